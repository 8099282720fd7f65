"""Who has something of a lot: for calling it back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, select

from app.engines.db import db
from catalog.queries import takers
from orders.models import Order, OrderLine, Purchase
from orders.rules import stages, states

LOT_BUYERS_SHOWN = 50
WRITTEN_AT_ONCE = 20  # letters of a recall, in one transaction
# Not in anybody's hands yet: these parcels can still be kept back.
STILL_HERE = ("waiting", "packed")


@dataclass(frozen=True)
class LotBuyer:
    """An order that has so many of a lot, and whom to reach about it."""

    number: str
    stage: str
    quantity: int
    name: str
    phone: str | None
    mail: str | None
    language: str
    placed_at: datetime | None


def _buyers(organisation_id: int, lot_id: int) -> Select[*tuple[Any, ...]]:
    have = takers(lot_id)
    return (
        select(
            Order.number,
            Order.commercial,
            Order.payment,
            Order.fulfilment,
            Order.after_sale,
            have.c.quantity,
            Purchase.name,
            Purchase.phone,
            Purchase.mail,
            Purchase.language,
            Order.placed_at,
        )
        .select_from(have)
        .join(Order, Order.number == have.c.number)
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(Order.organisation_id == organisation_id)
        .order_by(case((Order.fulfilment.in_(STILL_HERE), 0), else_=1), Order.id)
    )


def _buyer(row: Row[*tuple[Any, ...]]) -> LotBuyer:
    axes = states.Axes(row.commercial, row.payment, row.fulfilment, row.after_sale)
    rest = (int(row.quantity), row.name, row.phone, row.mail, row.language, row.placed_at)
    return LotBuyer(row.number, stages.stage(axes), *rest)


@dataclass(frozen=True)
class TakenFromLot:
    """So many of a lot in an order, by the title under which it was bought."""

    order_id: int
    purchase_id: int
    organisation_id: int
    number: str
    title: str
    quantity: int


def taken_from_lot(organisation_id: int, lot_id: int, variant_id: int) -> Iterator[Sequence[TakenFromLot]]:
    """By every order that has some of it, a portion at a time: what each has is summed up once for all."""
    have = takers(lot_id)
    asked = (
        select(Order.id, Order.purchase_id, Order.organisation_id, Order.number, OrderLine.title, have.c.quantity)
        .select_from(have)
        .join(Order, Order.number == have.c.number)
        .join(OrderLine, (OrderLine.order_id == Order.id) & (OrderLine.variant_id == variant_id))
        .where(Order.organisation_id == organisation_id)
    )
    taken = [TakenFromLot(*row) for row in db.session.execute(asked.order_by(Order.id)).all()]
    for start in range(0, len(taken), WRITTEN_AT_ONCE):
        yield taken[start : start + WRITTEN_AT_ONCE]


def buyers_of_lot(organisation_id: int, lot_id: int, limit: int) -> tuple[list[LotBuyer], int]:
    """The first of those who have some of it, whose parcels have not left before the rest, and how many there are."""
    have = takers(lot_id)
    total = db.session.scalar(select(func.count()).select_from(have)) or 0
    rows = db.session.execute(_buyers(organisation_id, lot_id).limit(limit)) if total else ()
    return [_buyer(row) for row in rows], total


def all_buyers_of_lot(organisation_id: int, lot_id: int) -> Iterator[LotBuyer]:
    """All of them."""
    return map(_buyer, db.session.execute(_buyers(organisation_id, lot_id)))
