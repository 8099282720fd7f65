"""What happens to an order once it stands: accepted, packed, shipped, handed over; or stopped, and everything undone."""

from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.journal import record
from app.kernel import typed
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, Invalid
from app.kernel.money import Money
from app.kernel.text import one_line
from app.payments.queries import payable_for
from app.payments.services import cash_booking, close_payable, post, reverse_sale
from catalog.queries import WAYS
from catalog.services import return_goods
from orders.models import Order
from orders.permissions import require_do
from orders.queries.purchases import axes_of, counts_in, order_for_update
from orders.rules import purchases, states
from orders.services.letters import write_buyer_cancelled, write_move
from orders.services.placing import ledger_key, pay_back, write_axes

REASON_LONGEST = 500
PARCEL_LONGEST = 80


def _already(order: Order, action: str, version: int) -> bool:
    """The same form a second time: its effect stands already."""
    return order.version == version + 1 and order.last_action == action


def _text(text: str, longest: int, field: str) -> str:
    clean = one_line(text)
    if len(clean) > longest:
        raise Invalid("text-too-long", field, limit=longest)
    return clean


def move(
    actor: Actor, order_id: int, action: str, version: int, reason: str = "", carrier: str = "", tracking: str = ""
) -> bool:
    """A cooperative's next step with an order, as shown at `version`; False when this very step was made before.

    Raises NotFound, NotAllowed, Invalid (a reason is missing), Conflict (the order has moved on).
    """
    if action not in states.DECIDING | states.HANDLING:
        raise Invalid("action-unknown")
    order = order_for_update(order_id)
    require_do(actor, order.organisation_id, action)
    if _already(order, action, version):
        return False
    if order.version != version:
        raise Conflict("order-moved-on")
    if action not in states.office_actions(axes_of(order), WAYS[order.delivery_kind].shipped):
        raise Conflict("move-not-possible", states="order", state=order.commercial, move=action)
    if action in states.NEEDS_REASON:
        order.reason = typed.reason(one_line(reason), REASON_LONGEST)
    if action == "ship":
        order.carrier = _text(carrier, PARCEL_LONGEST, "carrier")
        order.tracking = _text(tracking, PARCEL_LONGEST, "tracking")
    _carry_out(actor, order, action)
    write_move(order, action)
    return True


def _carry_out(actor: Actor, order: Order, action: str) -> None:
    before = axes_of(order)
    axes = states.after(before, action)
    write_axes(actor, order, action, axes)
    db.session.flush()
    if action == "hand-over" and before.payment == "due-cash":
        post(cash_booking(ledger_key(order.id), Money(order.total, order.currency), order.organisation_id))
    if states.ACTIONS[action].stops:
        _undo(actor, order, axes)


def _undo(actor: Actor, order: Order, axes: states.Axes) -> None:
    """The goods come back, the sale is reversed, card money goes back."""
    return_goods(actor, counts_in([order.id])[order.id], order.number)
    crash_point("stock-put-back")
    reverse_sale(ledger_key(order.id))
    crash_point("sale-reversed")
    if axes.payment == "refunded":
        pay_back(actor, order)


def cancel_as_buyer(actor: Actor, order_id: int, version: int) -> bool:
    """The buyer no longer wants it, before it is shipped; the door has checked who asks. False when it was done before."""
    order = order_for_update(order_id)
    if _already(order, "cancel", version):
        return False
    if order.version != version:
        raise Conflict("order-moved-on")
    if not states.buyer_may_cancel(axes_of(order)):
        raise Conflict("too-late-to-cancel")
    _carry_out(actor, order, "cancel")
    write_move(order, "cancel")
    write_buyer_cancelled(order)
    return True


def give_up(actor: Actor, purchase_id: int) -> bool:
    """The buyer does not want to pay a pending purchase any more; orders hear of it as of any unpaid one.

    The payable is the lock, and the first one: whoever brings money for it takes it first as well.
    """
    payable = payable_for(purchases.PURPOSE, purchase_id)
    if payable is None or not close_payable(actor, payable.id):
        return False
    record(actor, "give-up-purchase", "purchase", purchase_id)
    return True
