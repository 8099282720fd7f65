"""One product as its page shows it, and as its office edits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation, OrganisationText
from app.engines.counters import Counter, Hold
from app.engines.db import db
from app.kernel.text import best_language
from app.kernel.units import price_per_unit
from catalog.models import Product, ProductPicture, ProductText, Variant
from catalog.queries.offers import STOCK, variant_name


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
    """A product with everything that hangs on it. Names of the maker are in the reader's language."""

    id: int
    slug: str
    state: str
    listed: bool
    version: int
    category: str | None
    drawing: str
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


def product_by_slug(slug: str, language: str, now: datetime) -> ProductView | None:
    """The product of this address, whatever its state; the door decides who may see it. Four statements."""
    return _view(Product.slug == slug, language, now)


def product_by_id(product_id: int, language: str, now: datetime) -> ProductView | None:
    return _view(Product.id == product_id, language, now)


def _view(condition, language: str, now: datetime) -> ProductView | None:  # type: ignore[no-untyped-def]
    maker, source = aliased(OrganisationText), aliased(OrganisationText)
    row = db.session.execute(
        select(Product.id, Product.slug, Product.state, Product.listed, Product.version, Product.category,
               Product.drawing, Product.origin, Product.labels, Product.currency, Product.picture_stem,
               Product.changed_at, Product.organisation_id, Organisation.slug.label("maker_slug"), Organisation.region,
               Organisation.territory, Organisation.drawing.label("maker_drawing"),
               Organisation.picture_stem.label("maker_picture"), Organisation.state.label("maker_state"),
               func.coalesce(maker.name, source.name, Organisation.slug).label("maker"))
        .join(Organisation, Organisation.id == Product.organisation_id)
        .outerjoin(maker, and_(maker.organisation_id == Organisation.id, maker.language == language))
        .outerjoin(source, and_(source.organisation_id == Organisation.id, source.source))
        .where(condition, Product.state != "discarded")
    ).first()
    if row is None:
        return None
    return ProductView(
        row.id, row.slug, row.state, row.listed and row.maker_state == "verified", row.version, row.category,
        row.drawing, row.origin, tuple(row.labels), row.currency, row.picture_stem, row.changed_at, row.organisation_id,
        row.maker, row.maker_slug, row.region, row.territory, row.maker_drawing, row.maker_picture,
        row.maker_state == "verified", _texts(row.id), _variants(row.id, language, now), _pictures(row.id),
    )


def _texts(product_id: int) -> dict[str, Words]:
    rows = db.session.execute(
        select(ProductText.language, ProductText.title, ProductText.description, ProductText.ingredients,
               ProductText.storage, ProductText.source, ProductText.stale)
        .where(ProductText.product_id == product_id).order_by(ProductText.language)
    )
    return {row.language: Words(*row) for row in rows}


def _variants(product_id: int, language: str, now: datetime) -> list[VariantView]:
    expired = (
        select(func.sum(Hold.quantity)).where(Hold.counter_id == Counter.id, Hold.expires_at <= now).scalar_subquery()
    )
    rows = db.session.execute(
        select(Variant.id, Variant.names, Variant.unit, Variant.quantity, Variant.price, Variant.sku, Variant.barcode,
               Variant.weight_grams, Variant.active, Counter.available, Counter.on_hand, expired.label("expired"))
        .outerjoin(Counter, and_(Counter.kind == STOCK, Counter.subject == Variant.id))
        .where(Variant.product_id == product_id).order_by(Variant.position, Variant.id)
    )
    return [
        VariantView(
            row.id, variant_name(row.names, row.quantity, row.unit, language), row.names, row.unit, row.quantity, row.price,
            price_per_unit(row.price, row.quantity, row.unit) if row.price is not None else None, row.sku, row.barcode,
            row.weight_grams, row.active, (row.available or 0) + int(row.expired or 0), row.on_hand or 0,
        )
        for row in rows
    ]


def _pictures(product_id: int) -> list[tuple[int, str, int, int]]:
    rows = db.session.execute(
        select(ProductPicture.id, ProductPicture.stem, ProductPicture.width, ProductPicture.height)
        .where(ProductPicture.product_id == product_id).order_by(ProductPicture.position, ProductPicture.id)
    )
    return [(row.id, row.stem, row.width, row.height) for row in rows]
