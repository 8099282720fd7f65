"""Products as cards: two statements for any number of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation, OrganisationText
from app.engines.counters import counted, free
from app.engines.db import db
from app.kernel.units import price_per_unit
from catalog.models import ON_SALE, Product, ProductText, Variant
from catalog.queries.offers import STOCK
from catalog.rules.shapes import drawn_as

_words, _source = aliased(ProductText), aliased(ProductText)
_maker, _maker_source = aliased(OrganisationText), aliased(OrganisationText)

# Both are written once: building a statement for each page costs more than running it. What is listed is sorted out
# afterwards, because an index of it would make SQLite read everything that is.
CARDS = (
    select(
        Product.id,
        Product.slug,
        Product.price_from,
        Product.currency,
        Product.picture_stem,
        Product.drawing,
        Organisation.slug,
        Organisation.region,
        func.coalesce(_words.title, _source.title, ""),
        func.coalesce(_maker.name, _maker_source.name, Organisation.slug),
        ON_SALE,
        Organisation.state,
        Product.category,
        func.coalesce(_source.title, ""),
    )
    .join(Organisation, Organisation.id == Product.organisation_id)
    .outerjoin(_words, and_(_words.product_id == Product.id, _words.language == bindparam("language")))
    .outerjoin(_source, and_(_source.product_id == Product.id, _source.source))
    .outerjoin(_maker, and_(_maker.organisation_id == Organisation.id, _maker.language == bindparam("language")))
    .outerjoin(_maker_source, and_(_maker_source.organisation_id == Organisation.id, _maker_source.source))
    .where(Product.id.in_(bindparam("ids", expanding=True)))
)
VARIANTS = (
    select(Variant.product_id, Variant.price, Variant.unit, Variant.quantity, free(bindparam("now")))
    .outerjoin(*counted(STOCK, Variant.id))
    .where(Variant.product_id.in_(bindparam("ids", expanding=True)), Variant.active, Variant.price.is_not(None))
    .order_by(Variant.product_id, Variant.price, Variant.id)
)


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product as lists show it.

    `price` is the lowest of the variants that can be bought (of all when it is sold out), `per` that one's price per kg,
    litre or metre; `several` says that there are dearer ones.
    """

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
    """The cards of these products, in this order; what is not on sale is left out."""
    if not ids:
        return []
    connection = db.session.connection()
    rows = connection.execute(CARDS, {"ids": list(ids), "language": language}).all()
    offered: dict[int, list[Any]] = {}
    for row in connection.execute(VARIANTS, {"ids": list(ids), "now": now}):
        offered.setdefault(row[0], []).append(row)
    known = {row[0]: _card(row, offered.get(row[0], ())) for row in rows if row[10] and row[11] == "verified"}
    return [known[product_id] for product_id in ids if product_id in known]


def _card(row: Any, offered: Sequence[Any]) -> ProductCard:
    id_, slug, price, currency, stem, drawing, maker_slug, region, title, maker, _listed, _state, category, said = row
    per = None
    shown = [one for one in offered if (one[4] or 0) > 0] or offered  # what can be bought; else what could be
    if shown:
        _product, price, unit, quantity, _free = shown[0]
        per = price_per_unit(price, quantity, unit)
    return ProductCard(
        id_,
        slug,
        title,
        price or 0,
        currency,
        bool(shown) and shown[0][1] != shown[-1][1],
        per,
        any((one[4] or 0) > 0 for one in offered),
        maker,
        maker_slug,
        region,
        stem,
        drawn_as(drawing, category, said, id_),
    )
