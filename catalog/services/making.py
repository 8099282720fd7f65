"""A new product with its words, its sizes and its pictures, written with as few statements as it takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.engines.journal import Line, record_many
from app.engines.slugs import chance_slug, free_slug
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Invalid
from app.kernel.text import best_language, one_line, random_code, slug_of
from app.territories.loading import territory_named
from catalog.models import Product, ProductPicture, ProductText
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts, checked_product, checked_text, checked_variants
from catalog.rules.products import MAX_PICTURES, PRODUCT, require_publishable
from catalog.services.variants import write_variants


def make_product(
    actor: Actor,
    organisation: Organisation,
    texts: Mapping[str, TextFacts],
    variants: Sequence[VariantFacts],
    facts: ProductFacts,
    pictures: Sequence[Picture] = (),
    *,
    form_key: str | None = None,
    slug: str | None = None,
    external_key: str | None = None,
    external_rows: Mapping[str, Any] | None = None,
    on_sale: bool = False,
) -> Product:
    """A draft, or on sale at once. The organisation is locked and the actor may edit; the caller tells the search."""
    facts, checked = checked_product(facts, organisation.territory), checked_variants(variants)
    moment = now()
    source = best_language(texts, next(iter(texts), ""))
    if not source or not one_line(texts[source].title):
        raise Invalid("catalog-title-missing", "title")
    clean = {language: text for language, said in texts.items() if (text := checked_text(said, language)).title}
    prices = [one.price for one in checked if one.active and one.price is not None]
    if on_sale:
        titles = {language: text.title for language, text in clean.items()}
        require_publishable(titles, prices, organisation.state == "verified")
    product = Product(
        slug=free_slug(Product.slug, slug or _slug_of(texts, source, facts.category)),
        organisation_id=organisation.id,
        category=facts.category,
        state=PRODUCT.after(PRODUCT.first, "publish") if on_sale else PRODUCT.first,
        listed=on_sale,
        drawing=facts.drawing,
        origin=facts.origin,
        labels=list(facts.labels),
        currency=territory_named(organisation.territory).currency,
        form_key=form_key,
        external_key=external_key,
        external_rows=dict(external_rows or {}),
        price_from=min(prices, default=None),
        picture_stem=pictures[0].stem if pictures else None,
        version=1,
        created_at=moment,
        changed_at=moment,
        published_at=moment if on_sale else None,
    )
    _add_under_a_free_slug(product)
    for language, text in clean.items():
        db.session.add(
            ProductText(
                product_id=product.id,
                language=language,
                title=text.title,
                description=text.description,
                ingredients=text.ingredients,
                storage=text.storage,
                source=language == source,
                stale=False,
            )
        )
    append_pictures(product, pictures)
    made = Line(actor, "create-product", "product", product.id, {"organisation": organisation.id}, moment)
    record_many([made, Line(actor, "publish-product", "product", product.id, {}, moment)] if on_sale else [made])
    write_variants(product, checked, new=True)
    return product


def append_pictures(product: Product, pictures: Sequence[Picture], there: int = 0, last: int = 0) -> None:
    """Behind those that are there, the last of them at this position. Raises Invalid when they are more than five."""
    if there + len(pictures) > MAX_PICTURES:
        raise Invalid("catalog-too-many-pictures", "pictures", limit=MAX_PICTURES)
    for position, picture in enumerate(pictures, last + 1):
        db.session.add(
            ProductPicture(
                product_id=product.id, position=position, stem=picture.stem, width=picture.width, height=picture.height
            )
        )


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
