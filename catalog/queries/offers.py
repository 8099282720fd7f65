"""What can be bought: variants as frozen offers, for baskets and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation
from app.engines.counters import next_expiry
from app.engines.db import db
from app.engines.language import quantity, speaking
from app.kernel.money import Money
from app.kernel.text import best_language
from catalog.models import Product, ProductText, Variant
from catalog.rules.products import FEW_LEFT

STOCK = "stock"  # the kind of counter; its subject is the variant's id


def next_return(now: datetime) -> datetime | None:
    """When the next hold of goods that are nearly gone ends: what a page says of them is then another thing."""
    return next_expiry(STOCK, FEW_LEFT, now)


@dataclass(frozen=True)
class Offer:
    """A variant as it is offered now. `quantity` counts base units; `version` is the product's, rising with each change."""

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
    sellable: bool
    version: int


def variant_name(names: Mapping[str, str], amount: int, unit: str, language: str) -> str:
    """The variant's own name in the language or the nearest; without one, the quantity is its name."""
    known = best_language(names, language)
    if known is not None and names[known]:
        return names[known]
    with speaking(language):
        return quantity(amount, unit)


def offers_of(variant_ids: Sequence[int], language: str) -> dict[int, Offer]:
    """The offers of these variants, known ones only; also what is not sellable, so that a basket can say so."""
    if not variant_ids:
        return {}
    return _read(_asked(variant_ids, language), language)


def offers_for_update(variant_ids: Sequence[int], language: str = "fr") -> dict[int, Offer]:
    """The same, the variants' rows locked in id order until the transaction ends."""
    if not variant_ids:
        return {}
    return _read(_asked(variant_ids, language).order_by(Variant.id).with_for_update(of=Variant), language)


def _asked(variant_ids: Sequence[int], language: str) -> Select[Any]:
    wanted, source = aliased(ProductText), aliased(ProductText)
    return (
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
            Product.listed,
            Product.version,
            Product.currency,
            Organisation.state,
            wanted.title.label("wanted"),
            source.title.label("source"),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Organisation, Organisation.id == Product.organisation_id)
        .outerjoin(wanted, (wanted.product_id == Product.id) & (wanted.language == language))
        .outerjoin(source, (source.product_id == Product.id) & source.source)
        .where(Variant.id.in_(variant_ids))
    )


def _read(asked: Select[Any], language: str) -> dict[int, Offer]:
    return {row.id: _offer(row, language) for row in db.session.execute(asked)}


def _offer(row: Row[Any], language: str) -> Offer:
    sellable = row.listed and row.state == "verified" and row.active and row.price is not None
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
        row.drawing,
        bool(sellable),
        row.version,
    )
