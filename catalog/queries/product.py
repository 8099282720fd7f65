"""One product as its page shows it, and as its office edits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation, OrganisationText
from app.engines.counters import counted, free, on_hand
from app.engines.db import db
from app.kernel.text import best_language
from app.kernel.units import price_per_unit
from catalog.models import Product, ProductPicture, ProductText, Variant
from catalog.queries.offers import STOCK, variant_name
from catalog.rules.shapes import drawn_as


@dataclass(frozen=True)
class Words:
    """A product's words; `language` is the one really shown, `stale` says that the source has moved on."""

    language: str
    title: str
    description: str
    ingredients: str
    storage: str
    source: bool
    stale: bool


@dataclass(frozen=True)
class VariantView:
    """A way it is sold. `price` may be missing in a draft; `left` counts what nobody holds, `on_hand` what there is."""

    id: int
    name: str
    names: Mapping[str, str]
    unit: str
    quantity: int
    price: int | None
    per: tuple[int, str] | None
    sku: str | None
    barcode: str | None
    weight_grams: int
    active: bool
    left: int
    on_hand: int


@dataclass(frozen=True)
class ProductView:
    """A product with everything that hangs on it. Names of the maker are in the reader's language.

    `listed` says that strangers see it; `permitted`, that it has the permits its kind needs.
    """

    id: int
    slug: str
    state: str
    listed: bool
    permitted: bool
    version: int
    category: str | None
    drawing: str
    carriage: str
    origin: str | None
    labels: tuple[str, ...]
    currency: str
    picture_stem: str | None
    changed_at: datetime
    organisation_id: int
    maker: str
    maker_slug: str
    maker_region: str
    maker_territory: str
    maker_drawing: str
    maker_picture: str | None
    maker_verified: bool
    texts: Mapping[str, Words]
    variants: Sequence[VariantView]
    pictures: Sequence[tuple[int, str, int, int]]  # id, stem, width and height of the large form

    def words(self, language: str) -> Words:
        """The words in the language, else in the one they were written in."""
        source = next((code for code, one in self.texts.items() if one.source), None)
        return self.texts[best_language(set(self.texts), language, source) or ""]

    @property
    def on_sale(self) -> list[VariantView]:
        return [one for one in self.variants if one.active and one.price is not None]


_maker, _maker_source = aliased(OrganisationText), aliased(OrganisationText)

# Written once, like the cards': building a statement for each page costs more than running it.
PRODUCT = (
    select(
        Product.id,
        Product.slug,
        Product.state,
        Product.listed,
        Product.permitted_until,
        Product.version,
        Product.category,
        Product.drawing,
        Product.carriage,
        Product.origin,
        Product.labels,
        Product.currency,
        Product.picture_stem,
        Product.changed_at,
        Product.organisation_id,
        Organisation.slug.label("maker_slug"),
        Organisation.region,
        Organisation.territory,
        Organisation.drawing.label("maker_drawing"),
        Organisation.picture_stem.label("maker_picture"),
        Organisation.state.label("maker_state"),
        func.coalesce(_maker.name, _maker_source.name, Organisation.slug).label("maker"),
    )
    .join(Organisation, Organisation.id == Product.organisation_id)
    .outerjoin(_maker, and_(_maker.organisation_id == Organisation.id, _maker.language == bindparam("language")))
    .outerjoin(_maker_source, and_(_maker_source.organisation_id == Organisation.id, _maker_source.source))
    .where(Product.state != "discarded")
)
BY_SLUG = PRODUCT.where(Product.slug == bindparam("wanted"))
BY_ID = PRODUCT.where(Product.id == bindparam("wanted"))
TEXTS = (
    select(
        ProductText.language,
        ProductText.title,
        ProductText.description,
        ProductText.ingredients,
        ProductText.storage,
        ProductText.source,
        ProductText.stale,
    )
    .where(ProductText.product_id == bindparam("product"))
    .order_by(ProductText.language)
)
VARIANTS = (
    select(
        Variant.id,
        Variant.names,
        Variant.unit,
        Variant.quantity,
        Variant.price,
        Variant.sku,
        Variant.barcode,
        Variant.weight_grams,
        Variant.active,
        free(bindparam("now")).label("free"),
        on_hand(),
    )
    .outerjoin(*counted(STOCK, Variant.id))
    .where(Variant.product_id == bindparam("product"))
    .order_by(Variant.position, Variant.id)
)
PICTURES = (
    select(ProductPicture.id, ProductPicture.stem, ProductPicture.width, ProductPicture.height)
    .where(ProductPicture.product_id == bindparam("product"))
    .order_by(ProductPicture.position, ProductPicture.id)
)


def product_by_slug(slug: str, language: str, now: datetime) -> ProductView | None:
    """The product of this address, whatever its state; the door decides who may see it. Four statements."""
    return _view(BY_SLUG, slug, language, now)


def product_by_id(product_id: int, language: str, now: datetime, *, pictured: bool = True) -> ProductView | None:
    """`pictured`: with its pictures, which cost a statement."""
    return _view(BY_ID, product_id, language, now, pictured)


def _view(
    asked: Select[*tuple[Any, ...]], wanted: str | int, language: str, now: datetime, pictured: bool = True
) -> ProductView | None:
    connection = db.session.connection()
    row = connection.execute(asked, {"wanted": wanted, "language": language}).first()
    if row is None:
        return None
    this = {"product": row.id}
    texts = {one.language: Words(*one) for one in connection.execute(TEXTS, this)}
    variants = [_variant(one, language) for one in connection.execute(VARIANTS, {**this, "now": now})]
    pictures = [(one.id, one.stem, one.width, one.height) for one in connection.execute(PICTURES, this)] if pictured else []
    verified, permitted = row.maker_state == "verified", row.permitted_until > now
    return ProductView(
        row.id,
        row.slug,
        row.state,
        row.listed and verified and permitted,
        permitted,
        row.version,
        row.category,
        drawn_as(row.drawing, row.category, next((one.title for one in texts.values() if one.source), ""), row.id),
        row.carriage,
        row.origin,
        tuple(row.labels),
        row.currency,
        row.picture_stem,
        row.changed_at,
        row.organisation_id,
        row.maker,
        row.maker_slug,
        row.region,
        row.territory,
        row.maker_drawing,
        row.maker_picture,
        verified,
        texts,
        variants,
        pictures,
    )


def _variant(row: Row[Any], language: str) -> VariantView:
    return VariantView(
        row.id,
        variant_name(row.names, row.quantity, row.unit, language),
        row.names,
        row.unit,
        row.quantity,
        row.price,
        price_per_unit(row.price, row.quantity, row.unit) if row.price is not None else None,
        row.sku,
        row.barcode,
        row.weight_grams,
        row.active,
        int(row.free or 0),
        row.on_hand or 0,
    )
