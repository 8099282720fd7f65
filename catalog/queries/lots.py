"""Goods in lots: what is left of each, which order took which, and whether it adds up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Subquery, bindparam, func, select

from app.engines.counters import counted, free, on_hand
from app.engines.db import db, execute
from app.kernel.errors import NotFound
from catalog.models import Lot, Product, StockMovement, Variant
from catalog.queries.offers import STOCK, variant_name

LOT = "lot"  # the kind of counter; its subject is the lot's id

LEFT = (
    select(Lot.id, Lot.variant_id, Lot.sells_until)
    .outerjoin(*counted(LOT, Lot.id))  # and coalesce: the lots first, since SQLite would begin with all counters of lots
    .where(Lot.variant_id.in_(bindparam("variants", expanding=True)), func.coalesce(on_hand(), 0) > 0)
    .order_by(Lot.best_before, Lot.id)
)
IN_LOTS = select(Lot.variant_id).where(Lot.variant_id.in_(bindparam("variants", expanding=True))).distinct()
TAKEN = (
    select(
        StockMovement.reference,
        StockMovement.variant_id,
        Lot.id,
        Lot.code,
        Lot.best_before,
        Lot.recalled_at,
        (-func.sum(StockMovement.change)).label("quantity"),
    )
    .join(Lot, Lot.id == StockMovement.lot_id)
    .where(StockMovement.reference == bindparam("order"))
    .group_by(StockMovement.reference, StockMovement.variant_id, Lot.id, Lot.code, Lot.best_before, Lot.recalled_at)
    .having(func.sum(StockMovement.change) < 0)
    .order_by(Lot.best_before, Lot.id)
)


def lots_left(variant_ids: Collection[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The lots (id, variant_id, sells_until) of which there is something, what expires first before the rest."""
    return execute(LEFT, {"variants": list(variant_ids)}).all()


def in_lots(variant_ids: Collection[int]) -> set[int]:
    """Which of the variants are in lots."""
    return set(execute(IN_LOTS, {"variants": list(variant_ids)}).scalars())


@dataclass(frozen=True)
class TakenLot:
    """So many of a variant that an order took from a lot and has not given back."""

    variant_id: int
    lot_id: int
    code: str
    best_before: date
    recalled: bool
    quantity: int


def taken_by(order: str) -> list[TakenLot]:
    """What an order has from which lot, what expires first before the rest; one statement."""
    return [
        TakenLot(row.variant_id, row.id, row.code, row.best_before, row.recalled_at is not None, int(row.quantity))
        for row in execute(TAKEN, {"order": order})
    ]


def takers(lot_id: int) -> Subquery:
    """The orders that have something of the lot, as a part of somebody's statement: columns `number` and `quantity`."""
    taken = -func.sum(StockMovement.change)
    return (
        select(StockMovement.reference.label("number"), taken.label("quantity"))
        .where(StockMovement.lot_id == lot_id, StockMovement.reference.is_not(None))
        .group_by(StockMovement.reference)
        .having(taken > 0)
        .subquery()
    )


@dataclass(frozen=True)
class LotLine:
    """A lot as its cooperative sees it. `free` of the `left` are held by nobody; sold until `sells_until`."""

    id: int
    variant_id: int
    product_id: int
    size: str
    code: str
    best_before: date
    sells_until: datetime
    recalled_at: datetime | None
    recall_reason: str
    left: int
    free: int


_LINES = (
    select(
        Lot.id,
        Lot.variant_id,
        Variant.product_id,
        Variant.names,
        Variant.quantity,
        Variant.unit,
        Lot.code,
        Lot.best_before,
        Lot.sells_until,
        Lot.recalled_at,
        Lot.recall_reason,
        on_hand().label("left"),
        free(bindparam("now")).label("free"),
    )
    .join(Variant, Variant.id == Lot.variant_id)
    .outerjoin(*counted(LOT, Lot.id))  # the lots first, as above
)


def _line(row: Row[*tuple[Any, ...]], language: str) -> LotLine:
    size = variant_name(row.names, row.quantity, row.unit, language)
    return LotLine(row.id, row.variant_id, row.product_id, size, *list(row)[6:])


PAGE_SIZE = 50


def lots_of(product_id: int, language: str, now: datetime, number: int) -> tuple[list[LotLine], int]:
    """A page of the lots of all its sizes, the latest to expire first, and how many there are; two statements."""
    of_product = Variant.product_id == product_id
    count = select(func.count(Lot.id)).join(Variant, Variant.id == Lot.variant_id).where(of_product)
    total = db.session.scalar(count) or 0
    page = _LINES.where(of_product).order_by(Lot.best_before.desc(), Lot.id.desc())
    rows = db.session.execute(page.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE), {"now": now})
    return [_line(row, language) for row in rows], total


def lot_of(organisation_id: int, lot_id: int, language: str, now: datetime) -> LotLine:
    """A lot of this organisation; else NotFound."""
    own = _LINES.where(Lot.id == lot_id, Variant.organisation_id == organisation_id)
    row = db.session.execute(own, {"now": now}).one_or_none()
    if row is None:
        raise NotFound()
    return _line(row, language)


def shelf_days_of(product_id: int) -> int:
    """Until how many days before its day a lot of the product is sold."""
    return db.session.scalar(select(Product.shelf_days).where(Product.id == product_id)) or 0


def lots_over(now: datetime) -> Sequence[int]:
    """The lots past their last moment of sale of which something nobody holds is still counted."""
    return db.session.scalars(
        select(Lot.id).join(*counted(LOT, Lot.id)).where(Lot.sells_until <= now, free(now) > 0).order_by(Lot.id)
    ).all()


def broken_lots() -> Iterable[str]:
    """For `tiwizi check`: lots that do not make up the stock of their variant, or whose movements do not make up them."""
    sums = (
        select(Lot.variant_id, func.sum(on_hand()).label("there"))
        .join(*counted(LOT, Lot.id))
        .group_by(Lot.variant_id)
        .subquery()
    )
    rows = db.session.execute(
        select(sums.c.variant_id, on_hand(), sums.c.there)
        .select_from(sums)
        .join(*counted(STOCK, sums.c.variant_id))
        .where(on_hand() != sums.c.there)
        .order_by(sums.c.variant_id)
    )
    yield from (f"variant {id_}: there are {stock}, its lots make {there}" for id_, stock, there in rows)
    moves = (
        select(StockMovement.lot_id, func.sum(StockMovement.change).label("moved")).group_by(StockMovement.lot_id).subquery()
    )
    moved = func.coalesce(moves.c.moved, 0)
    unexplained = db.session.execute(
        select(Lot.id, on_hand(), moved)
        .join(*counted(LOT, Lot.id))
        .outerjoin(moves, moves.c.lot_id == Lot.id)
        .where(on_hand() != moved)
        .order_by(Lot.id)
    )
    yield from (f"lot {id_}: there are {there}, its movements make {made}" for id_, there, made in unexplained)
