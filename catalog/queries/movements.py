"""What happened to the stock of a product's sizes, newest first; and whether it adds up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.accounts.queries import person_names
from app.engines.counters import counted, on_hand
from app.engines.db import db
from catalog.models import StockMovement, Variant
from catalog.queries.offers import STOCK, variant_name

PAGE_SIZE = 50


@dataclass(frozen=True)
class MovementLine:
    """A change of stock. `reference` is the order's number; `who` the person's name where there is no order."""

    at: datetime
    variant_id: int
    size: str
    reason: str
    change: int
    reference: str | None
    who: str | None


def movements(product_id: int, language: str, number: int) -> tuple[list[MovementLine], int]:
    """A page of the changes of all its sizes, newest first, and how many there are in all. Three statements."""
    of_product = Variant.product_id == product_id
    joined = select(func.count()).select_from(StockMovement).join(Variant, Variant.id == StockMovement.variant_id)
    total = db.session.scalar(joined.where(of_product)) or 0
    rows = db.session.execute(
        select(
            StockMovement.at,
            StockMovement.variant_id,
            StockMovement.reason,
            StockMovement.change,
            StockMovement.reference,
            StockMovement.person_id,
            Variant.names,
            Variant.quantity,
            Variant.unit,
        )
        .join(Variant, Variant.id == StockMovement.variant_id)
        .where(of_product)
        .order_by(StockMovement.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    names = person_names(sorted({row.person_id for row in rows if row.person_id and row.reference is None}))
    lines = [
        MovementLine(
            row.at,
            row.variant_id,
            variant_name(row.names, row.quantity, row.unit, language),
            row.reason,
            row.change,
            row.reference,
            names.get(row.person_id) if row.reference is None else None,
        )
        for row in rows
    ]
    return lines, total


@dataclass(frozen=True)
class SizeStock:
    """A size of a product: what there is."""

    variant_id: int
    name: str
    on_hand: int


def sizes_with_stock(product_id: int, language: str) -> Sequence[SizeStock]:
    """The product's sizes on sale or with something left, in order."""
    rows = db.session.execute(
        select(Variant.id, Variant.names, Variant.quantity, Variant.unit, Variant.active, on_hand())
        .outerjoin(*counted(STOCK, Variant.id))
        .where(Variant.product_id == product_id)
        .order_by(Variant.position, Variant.id)
    )
    return [
        SizeStock(row.id, variant_name(row.names, row.quantity, row.unit, language), row.on_hand or 0)
        for row in rows
        if row.active or row.on_hand
    ]


def unexplained_stock() -> Iterable[str]:
    """For `tiwizi check`: sizes whose movements do not add up to what there is."""
    sums = (
        select(StockMovement.variant_id, func.sum(StockMovement.change).label("moved"))
        .group_by(StockMovement.variant_id)
        .subquery()
    )
    moved = func.coalesce(sums.c.moved, 0)
    rows = db.session.execute(
        select(Variant.id, on_hand(), moved)
        .join(*counted(STOCK, Variant.id))
        .outerjoin(sums, sums.c.variant_id == Variant.id)
        .where(on_hand() != moved)
        .order_by(Variant.id)
    )
    yield from (f"variant {id_}: there are {there}, its movements make {made}" for id_, there, made in rows)
