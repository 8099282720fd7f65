"""What can be bought: variants as frozen offers, for baskets and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation
from app.engines.counters import counted, free, next_expiry
from app.engines.db import db, execute
from app.engines.language import quantity, speaking
from app.kernel.clock import now
from app.kernel.money import Money
from app.kernel.text import best_language
from catalog.models import Product, ProductText, Variant
from catalog.rules.products import FEW_LEFT
from catalog.rules.shapes import drawn_as

STOCK = "stock"  # the kind of counter; its subject is the variant's id

_wanted, _source = aliased(ProductText), aliased(ProductText)
OFFERS = (
    select(
        Variant.id,
        Variant.product_id,
        Variant.names,
        Variant.unit,
        Variant.quantity,
        Variant.price,
        Variant.weight_grams,
        Variant.active,
        Product.slug,
        Product.organisation_id,
        Product.picture_stem,
        Product.drawing,
        Product.carriage,
        Product.category,
        Product.listed,
        (Product.permitted_until > bindparam("now")).label("permitted"),
        Product.version,
        Product.currency,
        Organisation.state,
        Organisation.territory,
        free(bindparam("now")).label("free"),
        _wanted.title.label("wanted"),
        _source.title.label("source"),
    )
    .join(Product, Product.id == Variant.product_id)
    .join(Organisation, Organisation.id == Product.organisation_id)
    .outerjoin(*counted(STOCK, Variant.id))
    .outerjoin(_wanted, (_wanted.product_id == Product.id) & (_wanted.language == bindparam("language")))
    .outerjoin(_source, (_source.product_id == Product.id) & _source.source)
    .where(Variant.id.in_(bindparam("ids", expanding=True)))
)
# Whoever takes goods off sale, or a permit away, has locked their cooperative: it waits for who is buying, and they for it.
STAND_STILL = (
    select(Organisation.id)
    .where(Organisation.id.in_(select(Variant.organisation_id).where(Variant.id.in_(bindparam("ids", expanding=True)))))
    .order_by(Organisation.id)
    .with_for_update(read=True)
)
OFFERS_FOR_UPDATE = OFFERS.order_by(Variant.id).with_for_update(of=Variant)


def next_return(moment: datetime) -> datetime | None:
    """When the next hold of goods that are nearly gone ends: what a page says of them is then another thing."""
    return next_expiry(STOCK, FEW_LEFT, moment)


@dataclass(frozen=True)
class Offer:
    """A variant as it is offered now. `quantity` counts base units; `version` is the product's, rising with each change.

    `available` is how many nobody holds, `territory` where the cooperative is. `waits` says that a permit alone is missing
    before it can be bought.
    """

    variant_id: int
    product_id: int
    product_slug: str
    organisation_id: int
    title: str
    variant_name: str
    unit: str
    quantity: int
    price: Money
    weight_grams: int
    picture_stem: str | None
    drawing: str
    carriage: str
    sellable: bool
    waits: bool
    version: int
    available: int
    territory: str


def variant_name(names: Mapping[str, str], amount: int, unit: str, language: str) -> str:
    """The variant's own name in the language or the nearest; without one, the quantity is its name."""
    known = best_language(names, language)
    if known is not None and names[known]:
        return names[known]
    with speaking(language):
        return quantity(amount, unit)


def offers_of(variant_ids: Sequence[int], language: str) -> dict[int, Offer]:
    """The offers of these variants, known ones only; also what is not sellable, so that a basket can say so."""
    return _read(OFFERS, variant_ids, language)


def offers_for_update(variant_ids: Sequence[int], language: str = "fr") -> dict[int, Offer]:
    """The same, the variants' rows locked in id order until the transaction ends, and shared locks on their cooperatives."""
    stand_still(variant_ids)
    return _read(OFFERS_FOR_UPDATE, variant_ids, language)


def stand_still(variant_ids: Sequence[int]) -> None:
    """What these cooperatives sell stays sold, or unsold, until the transaction ends. On SQLite it is anyway."""
    if variant_ids and db.session.get_bind().dialect.name == "postgresql":
        execute(STAND_STILL, {"ids": list(variant_ids)}).all()


def _read(statement: Select[Any], variant_ids: Sequence[int], language: str) -> dict[int, Offer]:
    if not variant_ids:
        return {}
    asked = {"ids": list(variant_ids), "language": language, "now": now()}
    return {row.id: _offer(row, language) for row in execute(statement, asked)}


def _offer(row: Row[Any], language: str) -> Offer:
    offered = bool(row.listed and row.state == "verified" and row.active and row.price is not None)
    return Offer(
        row.id,
        row.product_id,
        row.slug,
        row.organisation_id,
        row.wanted or row.source or "",
        variant_name(row.names, row.quantity, row.unit, language),
        row.unit,
        row.quantity,
        Money(row.price or 0, row.currency),
        row.weight_grams,
        row.picture_stem,
        drawn_as(row.drawing, row.category, row.source or "", row.product_id),
        row.carriage,
        offered and row.permitted,
        offered and not row.permitted,
        row.version,
        row.free or 0,
        row.territory,
    )
