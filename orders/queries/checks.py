"""The invariants of orders, for `tiwizi check`: sums, the ledger, the stock that is held."""

from collections.abc import Iterable

from sqlalchemy import func, select

from app.engines.counters import Hold
from app.engines.db import db
from app.payments.queries import booked, settled_references
from orders import rules
from orders.models import Order, OrderLine, Purchase


def broken_sums() -> Iterable[str]:
    """An order is its lines and its delivery; a purchase is its orders."""
    lines = select(OrderLine.order_id, func.sum(OrderLine.total).label("goods")).group_by(OrderLine.order_id).subquery()
    rows = db.session.execute(
        select(Order.number, Order.goods, func.coalesce(lines.c.goods, -1))
        .outerjoin(lines, lines.c.order_id == Order.id)
        .where(Order.goods != func.coalesce(lines.c.goods, -1))
    )
    yield from (f"order {number}: goods are {goods}, its lines {sum_}" for number, goods, sum_ in rows)
    orders = select(Order.purchase_id, func.sum(Order.total).label("total")).group_by(Order.purchase_id).subquery()
    sums = db.session.execute(
        select(Purchase.number, Purchase.total, func.coalesce(orders.c.total, -1))
        .outerjoin(orders, orders.c.purchase_id == Purchase.id)
        .where(Purchase.total != func.coalesce(orders.c.total, -1))
    )
    yield from (f"purchase {number}: total is {total}, its orders {sum_}" for number, total, sum_ in sums)


def unbooked_orders() -> Iterable[str]:
    """A standing order has its sale, a stopped one its reversal, collected cash its set; nothing else has any."""
    sales, reversed_, cash = booked("sale"), booked("sale-reversed"), booked("cash-collected")
    rows = db.session.execute(
        select(Order.id, Order.number, Order.commercial, Order.payment, Order.placed_at, Purchase.method).join(
            Purchase, Purchase.id == Order.purchase_id
        )
    )
    for id_, number, commercial, payment, placed_at, method in rows:
        key = f"order:{id_}:sale"
        if (key in sales) != (placed_at is not None):
            yield f"order {number} is {commercial}, its sale is {'booked' if key in sales else 'not booked'}"
        stopped = commercial in rules.STOPPED and placed_at is not None
        if (f"{key}:reversed" in reversed_) != stopped:
            yield f"order {number} is {commercial}, its reversal is {'not booked' if stopped else 'booked'}"
        if (commercial in rules.SOLD) != (placed_at is not None and not stopped):
            yield f"order {number} is {commercial} but placed at {placed_at}"
        collected = method == "cash" and payment == "paid"
        if (f"order:{id_}:cash" in cash) != collected:
            yield f"order {number} is {payment}, its cash is {'not booked' if collected else 'booked'}"


def stray_holds() -> Iterable[str]:
    """Stock is held for purchases that wait for their money, and for nothing else."""
    pending = {
        f"purchase:{id_}" for id_ in db.session.scalars(select(Order.purchase_id).where(Order.commercial == "pending"))
    }
    holders = db.session.scalars(
        select(Hold.holder).where(Hold.holder.like("purchase:%") | Hold.holder.like("order:%")).distinct()
    )
    yield from (f"stock is held for {holder}, which waits for no money" for holder in sorted(set(holders) - pending))


def unanswered_money() -> Iterable[str]:
    """A purchase whose card was paid has no order left that waits, and its unplaced orders were paid back."""
    paid = settled_references("purchase")
    rows = db.session.execute(
        select(Order.number, Order.purchase_id, Order.commercial, Order.payment)
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(Purchase.method == "card")
    )
    for number, purchase_id, commercial, payment in rows:
        came = purchase_id in paid
        if came and (commercial in rules.UNPAID_CARD or (commercial in rules.STOPPED) != (payment == "refunded")):
            yield f"order {number} was paid by card and is {commercial}, {payment}"
        if not came and commercial not in rules.UNPAID_CARD:
            yield f"order {number} is {commercial}, its card was never paid"
