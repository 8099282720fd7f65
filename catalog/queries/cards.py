"""Products as cards: two statements for any number of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation, OrganisationText
from app.engines.counters import Counter, Hold
from app.engines.db import db
from app.kernel.units import price_per_unit
from catalog.models import Product, ProductText, Variant
from catalog.queries.offers import STOCK

_words, _source = aliased(ProductText), aliased(ProductText)
_maker, _maker_source = aliased(OrganisationText), aliased(OrganisationText)


@dataclass(frozen=True)
class ProductCard:
    """A product as lists show it. `price` is the lowest of its variants, `per` that variant's price per kg, litre or metre."""

    id: int
    slug: str
    title: str
    price: int
    currency: str
    several: bool
    per: tuple[int, str] | None
    in_stock: bool
    maker: str
    maker_slug: str
    region: str
    picture_stem: str | None
    drawing: str


def cards_of(ids: Sequence[int], language: str, now: datetime) -> list[ProductCard]:
    """The cards of these products, in this order; what is not listed is left out."""
    if not ids:
        return []
    rows = db.session.execute(
        select(
            Product.id, Product.slug, Product.price_from, Product.currency, Product.picture_stem, Product.drawing,
            Organisation.slug.label("maker_slug"), Organisation.region,
            func.coalesce(_words.title, _source.title, "").label("title"),
            func.coalesce(_maker.name, _maker_source.name, Organisation.slug).label("maker"),
        )
        .join(Organisation, Organisation.id == Product.organisation_id)
        .outerjoin(_words, and_(_words.product_id == Product.id, _words.language == language))
        .outerjoin(_source, and_(_source.product_id == Product.id, _source.source))
        .outerjoin(_maker, and_(_maker.organisation_id == Organisation.id, _maker.language == language))
        .outerjoin(_maker_source, and_(_maker_source.organisation_id == Organisation.id, _maker_source.source))
        .where(Product.id.in_(ids), Product.listed, Organisation.state == "verified")
    ).all()
    offered = _variants(ids, now)
    known = {row.id: _card(row, offered.get(row.id, [])) for row in rows}
    return [known[product_id] for product_id in ids if product_id in known]


def _variants(ids: Sequence[int], now: datetime) -> dict[int, list[Row[tuple[int, int, str, int, int | None, int | None]]]]:
    """Per product the variants on sale, cheapest first, with what is free of each."""
    expired = (
        select(func.sum(Hold.quantity)).where(Hold.counter_id == Counter.id, Hold.expires_at <= now).scalar_subquery()
    )
    found: dict[int, list[Row[tuple[int, int, str, int, int | None, int | None]]]] = {}
    for row in db.session.execute(
        select(Variant.product_id, Variant.price, Variant.unit, Variant.quantity, Counter.available, expired)
        .outerjoin(Counter, and_(Counter.kind == STOCK, Counter.subject == Variant.id))
        .where(Variant.product_id.in_(ids), Variant.active, Variant.price.is_not(None))
        .order_by(Variant.product_id, Variant.price, Variant.id)
    ):
        found.setdefault(row[0], []).append(row)
    return found


def _card(row: Row, offered: Sequence[Row]) -> ProductCard:  # type: ignore[type-arg]
    cheapest = offered[0] if offered else None
    return ProductCard(
        row.id, row.slug, row.title, row.price_from or 0, row.currency,
        len({one[1] for one in offered}) > 1,
        price_per_unit(cheapest[1], cheapest[3], cheapest[2]) if cheapest else None,
        any((one[4] or 0) + (one[5] or 0) > 0 for one in offered),
        row.maker, row.maker_slug, row.region, row.picture_stem, row.drawing,
    )
