"""An order that waits for its buyer: held for a day, confirmed by a code or on the phone, or its goods are free again."""

from datetime import datetime

from sqlalchemy import select

from app.accounts.services import ask_code, try_code
from app.engines import counters
from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.jobs import enqueue
from app.engines.journal import record
from app.engines.mail import carries
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from app.kernel.contacts import MAIL, PHONE, ContactValue
from app.kernel.errors import Conflict, NotFound
from catalog.queries import STOCK
from catalog.services import hold_goods, sell_held_goods
from orders.models import Order, Purchase
from orders.permissions import require_do
from orders.queries.purchases import axes_of, counts_in, order_for_update, orders_for_update, purchase_for_update
from orders.rules import purchases, states
from orders.rules.trust import PURPOSE
from orders.services.letters import write_lapsed, write_purchase_placed, write_waiting
from orders.services.placing import MOMENT, holder_of, ledger_key, place, write_axes

LAPSE_JOB = "orders.lapse"


def wait_for_buyer(actor: Actor, purchase: Purchase, orders: list[Order], until: datetime) -> None:
    """The goods, held for the purchase, are held for each of its orders until then; the buyer gets a code if one can go."""
    wanted = counts_in(order.id for order in orders)
    counters.release(holder_of(purchase.id))
    for order in orders:
        hold_goods(ledger_key(order.id), wanted[order.id], until + purchases.HOLD_MARGIN, now())
        write_axes(actor, order, "wait", states.after(axes_of(order), "wait"))
    db.session.flush()
    crash_point("order-waits")
    enqueue(LAPSE_JOB, unique_key=f"lapse:{purchase.id}", at=until, purchase_id=purchase.id)
    _send_code(actor, purchase, orders)


def _send_code(actor: Actor, purchase: Purchase, orders: list[Order]) -> bool:
    contact = _code_contact(purchase)
    if contact is None:
        return False
    code_id, code = ask_code(actor, PURPOSE, contact, now())
    sent = write_waiting(purchase, orders, code_id, code)
    purchase.code_id = code_id if sent else purchase.code_id
    return sent


def _code_contact(purchase: Purchase) -> ContactValue | None:
    """Where a code can go: by mail, else by a gateway for messages, if there is one; else the cooperative calls."""
    if purchase.mail and carries(MAIL):
        return ContactValue(MAIL, purchase.mail)
    return ContactValue(PHONE, purchase.phone) if purchase.phone and carries(PHONE) else None


def send_code_again(actor: Actor, purchase_id: int) -> bool:
    """Another code, as often as the bound of its letters lets it; False when none was sent. The door knows who asks."""
    purchase, waiting = _waiting(purchase_id)
    return bool(waiting) and _send_code(actor, purchase, waiting)


def _waiting(purchase_id: int) -> tuple[Purchase, list[Order]]:
    """The purchase and those of its orders that wait for the buyer, all locked. Raises Conflict when their day is over."""
    purchase = purchase_for_update(purchase_id)
    waiting = [order for order in orders_for_update(purchase_id) if order.commercial in states.WAITING]
    if waiting and _is_over(purchase):
        raise Conflict("confirmation-over")
    return purchase, waiting


def _is_over(purchase: Purchase) -> bool:
    return purchase.expires_at is not None and purchase.expires_at <= now()


def confirm_by_code(actor: Actor, purchase_id: int, code: str) -> int | None:
    """The buyer types the code: every order that waits stands. None then, and when nothing waits any more.

    Else how many tries are left; the try stays counted, so nothing is raised for it. Raises Conflict after the day.
    """
    purchase, waiting = _waiting(purchase_id)
    if not waiting:
        return None
    tried = try_code(purchase.code_id or 0, PURPOSE, code, now())
    if tried.asked is None:
        return tried.left
    record(actor, "confirm-purchase", "purchase", purchase_id)
    _place(actor, purchase, waiting)
    return None


def _place(actor: Actor, purchase: Purchase, orders: list[Order]) -> None:
    wanted = counts_in(order.id for order in orders)
    purchase.confirmed_at = now()
    for order in orders:
        numbers = dict.fromkeys(wanted[order.id], order.number)
        _hold_again(order, wanted[order.id])
        if sell_held_goods(actor, ledger_key(order.id), numbers) != wanted[order.id]:
            raise Conflict("confirmation-over")
        crash_point("stock-consumed")
        place(actor, order, "defer")
    write_purchase_placed(purchase, orders)
    crash_point("order-confirmed")


def _hold_again(order: Order, wanted: dict[int, int]) -> None:
    """A recalled lot has taken its holds with it: another may stand in for it. Raises Conflict where none does."""
    holder = ledger_key(order.id)
    if counters.held(holder, STOCK) != wanted:
        counters.release(holder)
        try:
            hold_goods(holder, wanted, now() + MOMENT, now())
        except counters.Short:
            raise Conflict("confirmation-over") from None


def answer_for_buyer(actor: Actor, order_id: int, action: str, version: int) -> bool:
    """The cooperative has called: "place" (it was the buyer) or "lapse" (it was not). False when it was done before.

    Raises NotFound, NotAllowed, Conflict (the order has moved on, or its day is over).
    """
    purchase_id = db.session.scalar(select(Order.purchase_id).where(Order.id == order_id))
    if purchase_id is None:
        raise NotFound()
    purchase = purchase_for_update(purchase_id)  # before its order, as everybody locks them
    order = order_for_update(order_id)
    require_do(actor, order.organisation_id, action)
    if order.version == version + 1 and order.last_action == action:
        return False
    if order.version != version or order.commercial not in states.WAITING:
        raise Conflict("order-moved-on")
    if _is_over(purchase):
        raise Conflict("confirmation-over")
    if action == "place":
        record(actor, "confirm-by-phone", "order", order.id, organisation=order.organisation_id)
        _place(actor, purchase, [order])
    else:
        _lapse(actor, [order])
    return True


def drop_waiting(actor: Actor, purchase_id: int) -> bool:
    """The buyer does not want it after all. False when nothing waits. The door has checked who asks."""
    _purchase, waiting = _waiting(purchase_id)
    _lapse(actor, waiting)
    return bool(waiting)


def lapse_purchase(purchase_id: int) -> None:
    """Nobody has confirmed it within the day: its goods are free. Does nothing before, nothing twice."""
    purchase = purchase_for_update(purchase_id)
    waiting = [order for order in orders_for_update(purchase_id) if order.commercial in states.WAITING]
    if waiting and _is_over(purchase):
        _lapse(SYSTEM, waiting)
        write_lapsed(purchase)
        crash_point("order-lapsed")


def _lapse(actor: Actor, orders: list[Order]) -> None:
    for order in orders:
        counters.release(ledger_key(order.id))
        write_axes(actor, order, "lapse", states.after(axes_of(order), "lapse"))
    db.session.flush()
