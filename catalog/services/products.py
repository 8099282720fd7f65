"""Making and changing products: drafts first, strangers see them once published."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import one_line
from catalog.models import Product, ProductPicture, ProductText, Variant
from catalog.permissions import require_edit
from catalog.queries.permits import permits_of
from catalog.rules.facts import (
    ProductFacts,
    TextFacts,
    VariantFacts,
    checked_product,
    checked_text,
    checked_variants,
)
from catalog.rules.products import PRODUCT, VARIANT_NAME_LENGTH, require_publishable, require_text
from catalog.services import listing
from catalog.services.making import NewProduct, append_pictures, make_product
from catalog.services.stock import Why
from catalog.services.variants import require_free_numbers, write_variants


def office_of(actor: Actor, organisation_id: int) -> Organisation:
    """The organisation, locked: two forms of one cooperative are written one after the other. The actor may edit."""
    require_edit(actor, organisation_id)
    return locked_maker(organisation_id)


def locked_maker(organisation_id: int) -> Organisation:
    """The organisation, locked against others who write of its goods or proofs. Raises NotFound."""
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
    require_free_numbers(organisation_id, variants)
    product = make_product(actor, organisation, NewProduct(texts, variants, facts, pictures, form_key, slug, external_key))
    listing.tell_search(organisation_id, product.id)
    return product.id


def edit_product(
    actor: Actor,
    product_id: int,
    version: int,
    facts: ProductFacts,
    variants: Sequence[VariantFacts],
) -> None:
    """Facts and variants as the form shows them; a variant that is missing from the form goes off sale."""
    product, organisation = product_for(actor, product_id, version)
    require_free_numbers(organisation.id, variants, product.id)
    _put_facts(Why(actor, "counted", now()), product, organisation, facts, variants)
    _keep_publishable(product, organisation)
    listing.refresh(product, organisation.state == "verified")
    record(actor, "edit-product", "product", product.id)


def _put_facts(
    why: Why, product: Product, organisation: Organisation, facts: ProductFacts, variants: Sequence[VariantFacts]
) -> None:
    facts = checked_product(facts, organisation.territory)
    if facts.category != product.category:
        product.permitted_until = permits_of(organisation.id, now()).until(facts.category, product.id)
    product.category, product.drawing, product.origin = facts.category, facts.drawing, facts.origin
    product.carriage = facts.carriage or product.carriage
    product.labels = list(facts.labels)
    write_variants(why, product, checked_variants(variants))


def write_texts(
    actor: Actor,
    product_id: int,
    version: int,
    texts: Mapping[str, TextFacts],
    variant_names: Mapping[int, Mapping[str, str]] | None = None,
) -> None:
    """The words in each language given; an empty title removes a translation. Others grow stale when the source changes."""
    product, organisation = product_for(actor, product_id, version)
    _put_texts(product, texts)
    _name_variants(product_id, variant_names or {})
    _keep_publishable(product, organisation)
    listing.refresh(product, organisation.state == "verified")
    record(actor, "write-product-texts", "product", product.id)


def _put_texts(product: Product, texts: Mapping[str, TextFacts]) -> None:
    product_id = product.id
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


def _name_variants(product_id: int, names: Mapping[int, Mapping[str, str]]) -> None:
    for row in db.session.scalars(select(Variant).where(Variant.product_id == product_id, Variant.id.in_(list(names)))):
        said = {code: one_line(name) for code, name in names[row.id].items()}
        row.names = {code: require_text(name, VARIANT_NAME_LENGTH, "name") for code, name in said.items() if name}


def rewrite_product(
    actor: Actor,
    product: Product,
    organisation: Organisation,
    facts: ProductFacts | None,
    variants: Sequence[VariantFacts],
    texts: Mapping[str, TextFacts],
    move: str | None,
) -> None:
    """All that a file says anew, with one set of copies: facts and variants, words, then `publish` or `withdraw`.

    The organisation is locked, the product read since, the actor may edit it, and the caller tells the search. None
    changes nothing of that kind.
    """
    if facts is not None:
        _put_facts(Why(actor, "imported", now()), product, organisation, facts, variants)
        record(actor, "edit-product", "product", product.id)
    if texts:
        _put_texts(product, texts)
        record(actor, "write-product-texts", "product", product.id)
    if move is not None:
        product.state = PRODUCT.after(product.state, move)
        record(actor, f"{move}-product", "product", product.id)
    _keep_publishable(product, organisation)
    if move == "publish":
        product.published_at = now()
    listing.copy(product, organisation.state == "verified")


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
    lowest = select(func.min(Variant.price)).where(Variant.product_id == product.id, Variant.active).scalar_subquery()
    said = db.session.execute(
        select(ProductText.language, ProductText.title, lowest).where(ProductText.product_id == product.id)
    ).all()
    verified = organisation.state == "verified" or product.published_at is not None
    require_publishable({code: title for code, title, _ in said}, [price for _, _, price in said], verified)


def add_pictures(actor: Actor, product_id: int, pictures: Sequence[Picture]) -> None:
    """Pictures stored before the transaction; at most five in all."""
    product, organisation = product_for(actor, product_id)
    there, last = db.session.execute(
        select(func.count(), func.coalesce(func.max(ProductPicture.position), 0)).where(
            ProductPicture.product_id == product.id
        )
    ).one()
    append_pictures(product, pictures, there, last)
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
