"""Making and changing products: drafts first, strangers see them once published."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.engines.journal import record
from app.engines.slugs import chance_slug, free_slug
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import best_language, one_line, random_code, slug_of
from app.territories.loading import territory_named
from catalog.models import Product, ProductPicture, ProductText, Variant
from catalog.permissions import require_edit
from catalog.rules.facts import (
    ProductFacts,
    TextFacts,
    VariantFacts,
    checked_product,
    checked_text,
    checked_variants,
)
from catalog.rules.products import MAX_PICTURES, PRODUCT, require_publishable
from catalog.services import listing
from catalog.services.variants import write_variants


def office_of(actor: Actor, organisation_id: int) -> Organisation:
    """The organisation, locked: two forms of one cooperative are written one after the other. The actor may edit."""
    require_edit(actor, organisation_id)
    organisation = db.session.scalar(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if organisation is None:
        raise NotFound()
    return organisation


def product_for(actor: Actor, product_id: int, version: int | None = None) -> tuple[Product, Organisation]:
    """A product to be changed, locked, with its organisation. Conflict when it was changed since `version` was shown."""
    organisation_id = db.session.scalar(
        select(Product.organisation_id).where(Product.id == product_id, Product.state != "discarded")
    )
    if organisation_id is None:
        raise NotFound()
    organisation = office_of(actor, organisation_id)
    product = db.session.scalars(
        select(Product).where(Product.id == product_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if version is not None and product.version != version:
        raise Conflict("catalog-edited-meanwhile")
    return product, organisation


def create_product(
    actor: Actor,
    organisation_id: int,
    texts: Mapping[str, TextFacts],
    variants: Sequence[VariantFacts],
    facts: ProductFacts,
    pictures: Sequence[Picture] = (),
    form_key: str | None = None,
    slug: str | None = None,
    external_key: str | None = None,
) -> int:
    """A new draft; returns its id. The first language is the source. The same form key again gives the same product."""
    organisation = office_of(actor, organisation_id)
    if form_key is not None:
        known = db.session.execute(select(Product.id, Product.organisation_id).where(Product.form_key == form_key)).first()
        if known is not None:
            product_id, owner_id = known
            if owner_id != organisation_id:
                raise NotFound()
            return product_id
    facts, checked = checked_product(facts, organisation.territory), checked_variants(variants)
    moment = now()
    source = best_language(texts, next(iter(texts), ""))
    title = texts[source].title if source else ""
    if not one_line(title):
        raise Invalid("catalog-title-missing", "title")
    product = Product(
        slug=free_slug(Product.slug, slug or _slug_of(texts, source, facts.category)),
        organisation_id=organisation_id,
        category=facts.category,
        state=PRODUCT.first,
        listed=False,
        drawing=facts.drawing,
        origin=facts.origin,
        labels=list(facts.labels),
        currency=territory_named(organisation.territory).currency,
        form_key=form_key,
        external_key=external_key,
        external_rows={},
        version=0,
        created_at=moment,
        changed_at=moment,
    )
    _add_under_a_free_slug(product)
    for language, text in texts.items():
        clean = checked_text(text, language)
        if clean.title:
            db.session.add(
                ProductText(
                    product_id=product.id,
                    language=language,
                    title=clean.title,
                    description=clean.description,
                    ingredients=clean.ingredients,
                    storage=clean.storage,
                    source=language == source,
                    stale=False,
                )
            )
    write_variants(product, checked)
    _append_pictures(product, pictures)
    listing.refresh(product, verified=False)
    record(actor, "create-product", "product", product.id, organisation=organisation_id)
    return product.id


def _slug_of(texts: Mapping[str, TextFacts], source: str | None, category: str | None) -> str:
    """By the first name with Latin letters, the source's before others; by the kind of goods when there is none."""
    fallback = f"{category or 'product'}-{random_code(6).lower()}"
    names = [texts[code].title for code in dict.fromkeys((source or "", "fr", "en")) if code in texts]
    return next((slug for slug in (slug_of(name, "-") for name in names) if slug != "-"), fallback)


def _add_under_a_free_slug(product: Product) -> None:
    """Another cooperative may take the address between our looking and our writing."""
    try:
        with db.session.begin_nested():
            db.session.add(product)
    except IntegrityError:
        product.slug = chance_slug(product.slug)
        db.session.add(product)
        db.session.flush()


def edit_product(
    actor: Actor,
    product_id: int,
    version: int,
    facts: ProductFacts,
    variants: Sequence[VariantFacts],
) -> None:
    """Facts and variants as the form shows them; a variant that is missing from the form goes off sale."""
    product, organisation = product_for(actor, product_id, version)
    facts = checked_product(facts, organisation.territory)
    product.category, product.drawing, product.origin = facts.category, facts.drawing, facts.origin
    product.labels = list(facts.labels)
    write_variants(product, checked_variants(variants))
    _keep_publishable(product, organisation)
    listing.refresh(product, organisation.state == "verified")
    record(actor, "edit-product", "product", product.id)


def write_texts(
    actor: Actor,
    product_id: int,
    version: int,
    texts: Mapping[str, TextFacts],
    variant_names: Mapping[int, Mapping[str, str]] | None = None,
) -> None:
    """The words in each language given; an empty title removes a translation. Others grow stale when the source changes."""
    product, organisation = product_for(actor, product_id, version)
    rows = {row.language: row for row in db.session.scalars(select(ProductText).where(ProductText.product_id == product_id))}
    source_changed = False
    for language, text in texts.items():
        clean = checked_text(text, language)
        row = rows.get(language)
        if row is None and clean.title:
            rows[language] = row = ProductText(product_id=product_id, language=language, source=not rows, title="")
            db.session.add(row)
        elif row is None:
            continue
        elif not clean.title and row.source:
            raise Invalid("catalog-title-missing", f"title_{language}")
        elif not clean.title:
            db.session.delete(rows.pop(language))
            continue
        before = (row.title, row.description)
        row.title, row.description, row.ingredients, row.storage, row.stale = (
            clean.title,
            clean.description,
            clean.ingredients,
            clean.storage,
            False,
        )
        source_changed = source_changed or (row.source and before != (clean.title, clean.description))
    if source_changed:
        for row in rows.values():
            row.stale = not row.source and row.language not in texts
    _name_variants(product_id, variant_names or {})
    _keep_publishable(product, organisation)
    listing.refresh(product, organisation.state == "verified")
    record(actor, "write-product-texts", "product", product.id)


def _name_variants(product_id: int, names: Mapping[int, Mapping[str, str]]) -> None:
    for row in db.session.scalars(select(Variant).where(Variant.product_id == product_id, Variant.id.in_(list(names)))):
        row.names = {code: name.strip()[:80] for code, name in names[row.id].items() if name.strip()}


def publish(actor: Actor, product_id: int) -> None:
    """Strangers see it from now on. Asking twice is once."""
    product, organisation = product_for(actor, product_id)
    if product.state == "published":
        return
    product.state = PRODUCT.after(product.state, "publish")
    _keep_publishable(product, organisation)
    product.published_at = now()
    listing.refresh(product, organisation.state == "verified")
    record(actor, "publish-product", "product", product.id)


def withdraw(actor: Actor, product_id: int) -> None:
    """Strangers no longer see it; orders that were placed stand. Asking twice is once."""
    product, organisation = product_for(actor, product_id)
    if product.state == "withdrawn":
        return
    product.state = PRODUCT.after(product.state, "withdraw")
    listing.refresh(product, organisation.state == "verified")
    record(actor, "withdraw-product", "product", product.id)


def discard(actor: Actor, product_id: int) -> None:
    """A draft or a withdrawn product leaves the office's list for good; its rows stay for the orders that name it."""
    product, _organisation = product_for(actor, product_id)
    product.state = PRODUCT.after(product.state, "discard")
    product.external_key, product.form_key = None, None
    for row in db.session.scalars(select(Variant).where(Variant.product_id == product_id)):
        row.active, row.sku, row.barcode, row.external_key = False, None, None, None
    listing.refresh(product, verified=False)
    record(actor, "discard-product", "product", product.id)


def _keep_publishable(product: Product, organisation: Organisation) -> None:
    """A published product keeps what it needed to be published (the maker may be suspended meanwhile)."""
    if product.state != "published":
        return
    db.session.flush()
    titles = dict(
        db.session.execute(select(ProductText.language, ProductText.title).where(ProductText.product_id == product.id)).all()
    )
    prices = db.session.scalars(select(Variant.price).where(Variant.product_id == product.id, Variant.active)).all()
    verified = organisation.state == "verified" or product.published_at is not None
    require_publishable(titles, prices, verified)


def _append_pictures(product: Product, pictures: Sequence[Picture]) -> None:
    there = (
        db.session.scalar(select(func.count()).select_from(ProductPicture).where(ProductPicture.product_id == product.id))
        or 0
    )
    if there + len(pictures) > MAX_PICTURES:
        raise Invalid("catalog-too-many-pictures", "pictures", limit=MAX_PICTURES)
    last = db.session.scalar(select(func.max(ProductPicture.position)).where(ProductPicture.product_id == product.id)) or 0
    for position, picture in enumerate(pictures, last + 1):
        db.session.add(
            ProductPicture(
                product_id=product.id, position=position, stem=picture.stem, width=picture.width, height=picture.height
            )
        )


def add_pictures(actor: Actor, product_id: int, pictures: Sequence[Picture]) -> None:
    """Pictures stored before the transaction; at most five in all."""
    product, organisation = product_for(actor, product_id)
    _append_pictures(product, pictures)
    listing.refresh(product, organisation.state == "verified")
    record(actor, "add-pictures", "product", product.id, count=len(pictures))


def _picture_of(product_id: int, picture_id: int) -> tuple[ProductPicture, list[ProductPicture]]:
    rows = list(
        db.session.scalars(
            select(ProductPicture)
            .where(ProductPicture.product_id == product_id)
            .order_by(ProductPicture.position, ProductPicture.id)
        )
    )
    found = next((row for row in rows if row.id == picture_id), None)
    if found is None:
        raise NotFound()
    return found, rows


def remove_picture(actor: Actor, product_id: int, picture_id: int) -> None:
    """The product shows it no more. Its files go when no order names them either (app.engines.files.named)."""
    product, organisation = product_for(actor, product_id)
    picture, _rows = _picture_of(product_id, picture_id)
    db.session.delete(picture)
    listing.refresh(product, organisation.state == "verified")
    record(actor, "remove-picture", "product", product.id, picture=picture_id)


def put_first(actor: Actor, product_id: int, picture_id: int) -> None:
    """This picture comes first, the others keep their order."""
    product, organisation = product_for(actor, product_id)
    picture, rows = _picture_of(product_id, picture_id)
    for position, row in enumerate([picture, *(row for row in rows if row is not picture)], 1):
        row.position = position
    listing.refresh(product, organisation.state == "verified")
    record(actor, "put-picture-first", "product", product.id, picture=picture_id)
