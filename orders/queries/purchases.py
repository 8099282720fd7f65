"""Purchases and their orders: rows to change, and frozen values for pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select

from app.engines.db import db, execute
from app.engines.journal import JournalLine
from app.kernel.actor import Actor
from app.kernel.errors import NotFound
from app.kernel.money import Money
from catalog.queries import WAYS, Way
from orders.models import Address, Order, OrderLine, Purchase
from orders.permissions import visible_purchases
from orders.rules import stages, states

LINES = (
    select(
        OrderLine.order_id,
        OrderLine.variant_id,
        OrderLine.product_slug,
        OrderLine.title,
        OrderLine.variant_name,
        OrderLine.unit,
        OrderLine.quantity,
        OrderLine.count,
        OrderLine.unit_price,
        OrderLine.total,
        OrderLine.drawing,
        OrderLine.picture_stem,
    )
    .where(OrderLine.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(OrderLine.id)
)
COUNTS = (
    select(OrderLine.order_id, OrderLine.variant_id, OrderLine.count)
    .where(OrderLine.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(OrderLine.id)
)
MOMENTS = (
    select(JournalLine.subject_id, JournalLine.verb, JournalLine.at)
    .where(JournalLine.subject_kind == "order", JournalLine.subject_id.in_(bindparam("orders", expanding=True)))
    .order_by(JournalLine.id)
)
BY_KEY = select(Purchase).where(Purchase.idempotency_key == bindparam("key"))
ID_OF = select(Purchase.id).where(Purchase.number == bindparam("number"))
PURCHASE_FOR_UPDATE = (
    select(Purchase).where(Purchase.id == bindparam("purchase")).with_for_update().execution_options(populate_existing=True)
)
_FOR_UPDATE = select(Order).order_by(Order.id).with_for_update().execution_options(populate_existing=True)
ORDER_FOR_UPDATE = _FOR_UPDATE.where(Order.id == bindparam("order"))
ORDERS_FOR_UPDATE = _FOR_UPDATE.where(Order.purchase_id == bindparam("purchase"))
ORDERS_OF = select(Order).where(Order.purchase_id.in_(bindparam("purchases", expanding=True))).order_by(Order.id)


@dataclass(frozen=True)
class LineFacts:
    """A line of an order as it was bought; amounts in minor units, `quantity` in base units."""

    order_id: int
    variant_id: int
    product_slug: str
    title: str
    variant_name: str
    unit: str
    quantity: int
    count: int
    unit_price: int
    total: int
    drawing: str
    picture_stem: str | None


@dataclass(frozen=True)
class OrderFacts:
    """An order as pages and letters read it; `moments` maps verbs of the journal to when they last happened."""

    id: int
    purchase_id: int
    number: str
    organisation_id: int
    axes: states.Axes
    goods: Money
    delivery_fee: Money
    total: Money
    commission: Money
    delivery_kind: str
    pickup_place: str
    asked: str | None
    promised_from: date
    promised_to: date
    carrier: str
    tracking: str
    reason: str
    version: int
    placed_at: datetime | None
    lines: tuple[LineFacts, ...]
    moments: Mapping[str, datetime]

    @property
    def stage(self) -> str:
        return stages.stage(self.axes)

    @property
    def may_cancel(self) -> bool:
        return states.buyer_may_cancel(self.axes)

    @property
    def actions(self) -> list[str]:
        return states.office_actions(self.axes, self.way.shipped)

    @property
    def way(self) -> Way:
        return WAYS[self.delivery_kind]


@dataclass(frozen=True)
class PurchaseFacts:
    """A purchase with its orders."""

    id: int
    number: str
    key: str
    buyer_id: int | None
    name: str
    phone: str | None
    mail: str | None
    language: str
    territory: str
    region: str
    commune: str
    street: str
    method: str
    total: Money
    created_at: datetime
    expires_at: datetime | None
    code_sent: bool
    orders: tuple[OrderFacts, ...]

    @property
    def status(self) -> str:
        return stages.purchase_status([order.stage for order in self.orders])


def axes_of(row: Order) -> states.Axes:
    return states.Axes(row.commercial, row.payment, row.fulfilment, row.after_sale)


def purchase_for_update(purchase_id: int) -> Purchase:
    """A purchase, locked. Raises NotFound."""
    row = db.session.scalar(PURCHASE_FOR_UPDATE, {"purchase": purchase_id})
    if row is None:
        raise NotFound()
    return row


def orders_for_update(purchase_id: int) -> list[Order]:
    """The orders of a purchase, locked in id order."""
    return list(db.session.scalars(ORDERS_FOR_UPDATE, {"purchase": purchase_id}))


def order_for_update(order_id: int) -> Order:
    """An order, locked. Raises NotFound."""
    row = db.session.scalar(ORDER_FOR_UPDATE, {"order": order_id})
    if row is None:
        raise NotFound()
    return row


def counts_in(order_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """{order: {variant: count}}."""
    counts: dict[int, dict[int, int]] = {}
    for order_id, variant_id, count in execute(COUNTS, {"orders": list(order_ids)}):
        counts.setdefault(order_id, {})[variant_id] = count
    return counts


def bought_in(purchase_id: int) -> dict[int, tuple[int, int]]:
    """{variant: (count, unit price)} of a purchase."""
    rows = db.session.execute(
        select(OrderLine.variant_id, OrderLine.count, OrderLine.unit_price)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.purchase_id == purchase_id)
        .order_by(OrderLine.id)
    )
    return {variant_id: (count, price) for variant_id, count, price in rows}


def by_idempotency_key(key: str) -> Purchase | None:
    return db.session.scalar(BY_KEY, {"key": key})


def number_is_taken(number: str) -> bool:
    return purchase_id_of(number) is not None


def address_of(person_id: int | None) -> Address | None:
    """Where the person had the last purchase sent."""
    return None if person_id is None else db.session.get(Address, person_id)


def purchase_id_of(number: str) -> int | None:
    found: int | None = execute(ID_OF, {"number": number}).scalar()
    return found


def purchase(purchase_id: int) -> PurchaseFacts:
    """A purchase with everything its page shows; four statements."""
    row = db.session.get(Purchase, purchase_id)
    if row is None:
        raise NotFound()
    return with_orders([row])[0]


def order_facts(rows: Sequence[Order]) -> list[OrderFacts]:
    """Rows of orders with their lines and moments; two statements for all."""
    ids = [row.id for row in rows]
    lines: dict[int, list[LineFacts]] = {}
    for line in execute(LINES, {"orders": ids}):
        lines.setdefault(line.order_id, []).append(LineFacts(*line))
    moments = _moments(ids)
    return [
        OrderFacts(
            row.id,
            row.purchase_id,
            row.number,
            row.organisation_id,
            axes_of(row),
            Money(row.goods, row.currency),
            Money(row.delivery_fee, row.currency),
            Money(row.total, row.currency),
            Money(row.commission, row.currency),
            row.delivery_kind,
            row.pickup_place,
            row.asked,
            row.promised_from,
            row.promised_to,
            row.carrier,
            row.tracking,
            row.reason,
            row.version,
            row.placed_at,
            tuple(lines.get(row.id, ())),
            moments.get(row.id, {}),
        )
        for row in rows
    ]


def _moments(order_ids: Sequence[int]) -> dict[int, dict[str, datetime]]:
    """The timeline is the journal's: {order: {action: when}}."""
    moments: dict[int, dict[str, datetime]] = {}
    for order_id, verb, at in execute(MOMENTS, {"orders": list(order_ids)}):
        if order_id is not None:
            moments.setdefault(order_id, {})[verb.removesuffix("-order")] = at
    return moments


def purchases_of(actor: Actor, offset: int, size: int) -> tuple[list[PurchaseFacts], int]:
    """A buyer's purchases, latest first, and how many there are in all."""
    owner = visible_purchases(actor)
    count = db.session.scalar(select(func.count(Purchase.id)).where(owner)) or 0
    rows = db.session.scalars(select(Purchase).where(owner).order_by(Purchase.id.desc()).offset(offset).limit(size)).all()
    return with_orders(rows), count


def with_orders(rows: Sequence[Purchase]) -> list[PurchaseFacts]:
    """Rows of purchases with their orders; three statements for all."""
    orders: dict[int, list[OrderFacts]] = {}
    order_rows = db.session.scalars(ORDERS_OF, {"purchases": [row.id for row in rows]}).all()
    for order in order_facts(order_rows):
        orders.setdefault(order.purchase_id, []).append(order)
    return [
        PurchaseFacts(
            row.id,
            row.number,
            row.key,
            row.buyer_id,
            row.name,
            row.phone,
            row.mail,
            row.language,
            row.territory,
            row.region,
            row.commune,
            row.street,
            row.method,
            Money(row.total, row.currency),
            row.created_at,
            row.expires_at,
            row.code_id is not None,
            tuple(orders.get(row.id, ())),
        )
        for row in rows
    ]
