"""New products with their words, their sizes and their pictures, written with as few statements as it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.engines.journal import Line, record_many
from app.engines.slugs import chance_slug, free_slugs
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Invalid
from app.kernel.text import best_language, one_line, random_code, slug_of
from app.territories.loading import territory_named
from catalog.models import Product, ProductPicture, ProductText
from catalog.queries.permits import Permits, permits_of
from catalog.rules.carriages import usual_carriage
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts, checked_product, checked_text, checked_variants
from catalog.rules.products import MAX_PICTURES, PRODUCT, require_publishable
from catalog.services.stock import Why
from catalog.services.variants import write_first_variants


@dataclass(frozen=True)
class NewProduct:
    """What a product is to be, as it was said."""

    texts: Mapping[str, TextFacts]
    variants: Sequence[VariantFacts]
    facts: ProductFacts
    pictures: Sequence[Picture] = ()
    form_key: str | None = None
    slug: str | None = None
    external_key: str | None = None
    external_rows: Mapping[str, Any] = field(default_factory=dict)
    on_sale: bool = False
    source: str = ""  # the language it was written in


def checked_new(organisation: Organisation, said: NewProduct) -> NewProduct:
    """As it is stored. Raises Invalid, Conflict; nothing is asked and nothing written."""
    facts, variants = checked_product(said.facts, organisation.territory), checked_variants(said.variants)
    source = best_language(said.texts, next(iter(said.texts), ""))
    if not source or not one_line(said.texts[source].title):
        raise Invalid("catalog-title-missing", "title")
    clean = {language: text for language, one in said.texts.items() if (text := checked_text(one, language)).title}
    if said.on_sale:
        prices = [one.price for one in variants if one.active and one.price is not None]
        titles = {language: text.title for language, text in clean.items()}
        require_publishable(titles, prices, organisation.state == "verified")
    _require_few(said.pictures)
    slug = said.slug or _slug_of(said.texts, source, facts.category)
    return replace(said, texts=clean, variants=variants, facts=facts, slug=slug, source=source)


def make_product(actor: Actor, organisation: Organisation, said: NewProduct) -> Product:
    """A draft, or on sale at once. The organisation is locked and the actor may edit; the caller tells the search."""
    return make_products(actor, organisation, [checked_new(organisation, said)])[0]


def make_products(actor: Actor, organisation: Organisation, checked: Sequence[NewProduct]) -> list[Product]:
    """The same of several that were checked: some ten statements for all of them. All are made, or none."""
    moment = now()
    slugs = free_slugs(Product.slug, [one.slug or "" for one in checked])
    permits = permits_of(organisation.id, moment)
    products = [_product(organisation, permits, one, slug, moment) for one, slug in zip(checked, slugs, strict=True)]
    _add_under_free_slugs(products)
    made = list(zip(products, checked, strict=True))
    db.session.execute(insert(ProductText), [text for product, one in made for text in _texts(product, one)])
    shown = [row for product, one in made for row in _pictures(product.id, one.pictures)]
    if shown:
        db.session.execute(insert(ProductPicture), shown)
    record_many([line for product, one in made for line in _lines(actor, product, one, moment)])
    why = Why(actor, "imported" if any(one.external_key for one in checked) else "counted", moment)
    write_first_variants(why, [(product, one.variants) for product, one in made])
    return products


def _product(organisation: Organisation, permits: Permits, said: NewProduct, slug: str, moment: datetime) -> Product:
    facts, prices = said.facts, [one.price for one in said.variants if one.active and one.price is not None]
    return Product(
        slug=slug,
        organisation_id=organisation.id,
        category=facts.category,
        state=PRODUCT.after(PRODUCT.first, "publish") if said.on_sale else PRODUCT.first,
        listed=said.on_sale,
        permitted_until=permits.until(facts.category),
        drawing=facts.drawing,
        carriage=facts.carriage or _usual(said),
        origin=facts.origin,
        labels=list(facts.labels),
        currency=territory_named(organisation.territory).currency,
        form_key=said.form_key,
        external_key=said.external_key,
        external_rows=dict(said.external_rows),
        price_from=min(prices, default=None),
        picture_stem=said.pictures[0].stem if said.pictures else None,
        version=1,
        created_at=moment,
        changed_at=moment,
        published_at=moment if said.on_sale else None,
    )


def _usual(said: NewProduct) -> str:
    return usual_carriage(said.facts.category, [(one.unit, one.quantity, one.weight_grams) for one in said.variants])


def _texts(product: Product, said: NewProduct) -> list[dict[str, Any]]:
    return [
        {
            "product_id": product.id,
            "language": language,
            "title": text.title,
            "description": text.description,
            "ingredients": text.ingredients,
            "storage": text.storage,
            "source": language == said.source,
            "stale": False,
        }
        for language, text in said.texts.items()
    ]


def _lines(actor: Actor, product: Product, said: NewProduct, moment: datetime) -> list[Line]:
    made = Line(actor, "create-product", "product", product.id, {"organisation": product.organisation_id}, moment)
    return [made, Line(actor, "publish-product", "product", product.id, {}, moment)] if said.on_sale else [made]


def append_pictures(product: Product, pictures: Sequence[Picture], there: int = 0, last: int = 0) -> None:
    """Behind those that are there, the last of them at this position. Raises Invalid when they are more than five."""
    _require_few(pictures, there)
    if pictures:
        db.session.execute(insert(ProductPicture), _pictures(product.id, pictures, last))


def _require_few(pictures: Sequence[Picture], there: int = 0) -> None:
    if there + len(pictures) > MAX_PICTURES:
        raise Invalid("catalog-too-many-pictures", "pictures", limit=MAX_PICTURES)


def _pictures(product_id: int, pictures: Sequence[Picture], last: int = 0) -> list[dict[str, Any]]:
    return [
        {"product_id": product_id, "position": position, "stem": one.stem, "width": one.width, "height": one.height}
        for position, one in enumerate(pictures, last + 1)
    ]


def _slug_of(texts: Mapping[str, TextFacts], source: str | None, category: str | None) -> str:
    """By the first name with Latin letters, the source's before others; by the kind of goods when there is none."""
    fallback = f"{category or 'product'}-{random_code(6).lower()}"
    names = [texts[code].title for code in dict.fromkeys((source or "", "fr", "en")) if code in texts]
    return next((slug for slug in (slug_of(name, "-") for name in names) if slug != "-"), fallback)


def _add_under_free_slugs(products: Sequence[Product]) -> None:
    """Another cooperative may take an address between our looking and our writing."""
    try:
        with db.session.begin_nested():
            db.session.add_all(products)
    except IntegrityError:
        for product in products:
            product.slug = chance_slug(product.slug)
        db.session.add_all(products)
        db.session.flush()
