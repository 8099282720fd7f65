"""Orders as a cooperative's office and the operator's desk list them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, select

from app.engines.db import begins_with, db
from app.engines.tallies import tallied
from app.kernel.actor import Actor
from app.kernel.errors import NotFound
from app.kernel.money import Money
from orders.models import ORDERS, PURCHASES, Order, OrderLine, Purchase
from orders.permissions import visible_orders
from orders.queries.purchases import OrderFacts, PurchaseFacts, order_facts, with_orders
from orders.rules import stages, states

# The tabs of an office, in the order of the work.
TABS: Mapping[str, tuple[str, ...]] = {
    "to-confirm": ("unconfirmed",),
    "new": ("new",),
    "to-pack": ("accepted",),
    "to-ship": ("packed",),
    "on-the-way": ("shipped", "failed"),
    "delivered": ("delivered",),
    "stopped": ("refused", "cancelled", "lapsed"),
}


@dataclass(frozen=True)
class OfficeRow:
    """An order in an office's list."""

    number: str
    axes: states.Axes
    total: Money
    buyer: str
    region: str
    method: str
    placed_at: datetime | None
    promised_to: date
    pieces: int

    @property
    def stage(self) -> str:
        return stages.stage(self.axes)


def _in_stages(words: tuple[str, ...]) -> ColumnElement[bool]:
    """Both axes by name, also where one says all: the index then has a stage's orders in their order."""
    pairs = {pair for word in words for pair in stages.PLACES[word]}
    places = [
        (column, sorted({pair[axis] for pair in pairs})) for axis, column in enumerate((Order.commercial, Order.fulfilment))
    ]
    return and_(*(column == names[0] if len(names) == 1 else column.in_(names) for column, names in places))


def stage_counts(organisation_id: int) -> dict[str, int]:
    """How many orders of an office stand where: {tab: number}; one statement."""
    counts = stages.counted(tallied(ORDERS, organisation_id), for_office=True)
    return {tab: sum(counts[word] for word in words) for tab, words in TABS.items()}


def office_orders(organisation_id: int, tab: str, q: str, offset: int, size: int) -> tuple[list[OfficeRow], int]:
    """A page of an office's orders, oldest first while there is work, and how many there are; two statements."""
    mine = visible_orders(organisation_id)
    wanted = mine & (begins_with(Order.number, q.upper()) if q else _in_stages(TABS[tab]))
    if q:
        count = db.session.scalar(select(func.count(Order.id)).where(wanted)) or 0
    else:
        count = stage_counts(organisation_id)[tab]
    order = Order.id.desc() if q or tab in ("delivered", "stopped") else Order.id
    page = select(Order.id).where(wanted).order_by(order).offset(offset).limit(size).subquery()
    pieces = select(func.sum(OrderLine.count)).where(OrderLine.order_id == Order.id).scalar_subquery()
    rows = db.session.execute(
        select(
            Order.number,
            Order.commercial,
            Order.payment,
            Order.fulfilment,
            Order.after_sale,
            Order.total,
            Order.currency,
            Order.placed_at,
            Order.promised_to,
            Purchase.name,
            Purchase.region,
            Purchase.method,
            pieces.label("pieces"),
        )
        .join(Purchase, Purchase.id == Order.purchase_id)
        .join(page, page.c.id == Order.id)
        .order_by(order)
    )
    return [
        OfficeRow(
            row.number,
            states.Axes(row.commercial, row.payment, row.fulfilment, row.after_sale),
            Money(row.total, row.currency),
            row.name,
            row.region,
            row.method,
            row.placed_at,
            row.promised_to,
            int(row.pieces or 0),
        )
        for row in rows
    ], count


@dataclass(frozen=True)
class OfficeOrder:
    """An order as its cooperative works on it: the order, and of the buyer what the parcel needs."""

    order: OrderFacts
    buyer: str
    phone: str | None
    mail: str | None
    region: str
    commune: str
    street: str
    method: str
    language: str
    ordered_at: datetime
    until: datetime | None


def office_order(organisation_id: int, number: str) -> OfficeOrder:
    """One order of an office, started from the seller: a stranger's number is not found."""
    row = db.session.scalar(select(Order).where(visible_orders(organisation_id), Order.number == number))
    if row is None:
        raise NotFound()
    buyer = db.session.execute(
        select(
            Purchase.name,
            Purchase.phone,
            Purchase.mail,
            Purchase.region,
            Purchase.commune,
            Purchase.street,
            Purchase.method,
            Purchase.language,
            Purchase.created_at,
            Purchase.expires_at,
        ).where(Purchase.id == row.purchase_id)
    ).one()
    return OfficeOrder(order_facts([row])[0], *list(buyer))


def has_sold(actor: Actor) -> bool:
    """Does an order stand in a cooperative where the person has a role?"""
    if not actor.roles:
        return False
    return bool(
        db.session.scalar(
            select(exists().where(Order.organisation_id.in_(list(actor.roles)), Order.commercial.in_(states.SOLD)))
        )
    )


def desk_counts() -> dict[str, int]:
    """How many orders stand where in the whole house: {stage: number}; one statement."""
    return stages.counted(tallied(ORDERS), for_office=False)


def desk_purchases(q: str, offset: int, size: int) -> tuple[list[PurchaseFacts], int]:
    """Purchases for the operator, latest first, found by the beginning of their number."""
    statement = select(Purchase)
    beginning = q.upper().split("-")[0]
    if beginning:
        begins = begins_with(Purchase.number, beginning)
        statement = statement.where(begins)
        count = db.session.scalar(select(func.count(Purchase.id)).where(begins)) or 0
    else:
        count = tallied(PURCHASES).get("", 0)
    rows = db.session.scalars(statement.order_by(Purchase.id.desc()).offset(offset).limit(size)).all()
    return with_orders(rows), count
