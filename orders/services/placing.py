"""From pending to placed: at once for cash, when the money is there for a card; or abandoned when it never comes."""

from datetime import datetime, timedelta

from app.engines import counters, tallies
from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments.services import post, refund_purchase, sale_booking
from catalog.queries import STOCK
from catalog.services import hold_goods, sell_held_goods
from orders.models import ORDERS, Order, Purchase
from orders.queries.baskets import basket_for_update, owner_of
from orders.queries.purchases import axes_of, bought_in, counts_in, orders_for_update, purchase_for_update
from orders.rules import purchases, states
from orders.rules.stages import tally_word
from orders.services.basket import give_back
from orders.services.letters import write_abandoned, write_not_deliverable, write_order_for_seller, write_purchase_placed

# A hold that is consumed in the same transaction needs a moment only.
MOMENT = timedelta(minutes=1)


def holder_of(purchase_id: int) -> str:
    """Who holds the stock of a purchase that waits for its money."""
    return f"purchase:{purchase_id}"


def ledger_key(order_id: int) -> str:
    return f"order:{order_id}"


def write_axes(actor: Actor, order: Order, action: str, axes: states.Axes, placed_at: datetime | None = None) -> None:
    """The order stands there now, from a moment on where it begins to; the journal says who did it."""
    tallies.went(ORDERS, order.organisation_id, tally_word(axes_of(order), order.placed_at is not None))
    order.placed_at = placed_at or order.placed_at
    tallies.came(ORDERS, order.organisation_id, tally_word(axes, order.placed_at is not None))
    order.commercial, order.payment = axes.commercial, axes.payment
    order.fulfilment, order.after_sale = axes.fulfilment, axes.after_sale
    order.last_action, order.version = action, order.version + 1
    record(actor, f"{action}-order", "order", order.id, organisation=order.organisation_id)


def place(actor: Actor, order: Order, payment_move: str) -> None:
    """The order stands: its sale is in the ledger, the cooperative hears of it. Its goods have left the stock before."""
    axes = states.after(axes_of(order), "place")
    paid = states.PAYMENT.after(axes.payment, payment_move)
    write_axes(actor, order, "place", states.Axes(axes.commercial, paid, axes.fulfilment, axes.after_sale), now())
    db.session.flush()
    total, commission = Money(order.total, order.currency), Money(order.commission, order.currency)
    post(sale_booking(ledger_key(order.id), total, commission, order.organisation_id))
    crash_point("sale-booked")
    write_order_for_seller(order)


def place_at_once(actor: Actor, purchase: Purchase, orders: list[Order]) -> None:
    """What is paid at the door, and whose goods have left the stock: every order stands at once."""
    crash_point("stock-consumed")
    for order in orders:
        place(actor, order, "defer")
    write_purchase_placed(purchase, orders)
    crash_point("letters-written")


def settle_purchase(purchase_id: int) -> None:
    """The card was paid: orders stand, once. Goods that somebody else has by now are paid back instead."""
    purchase = purchase_for_update(purchase_id)
    waiting = [order for order in orders_for_update(purchase_id) if order.commercial in states.UNPAID_CARD]
    if not waiting:
        return
    wanted = counts_in(order.id for order in waiting)
    placed, missed = _take_goods(purchase, waiting, wanted)
    crash_point("stock-consumed")
    for order in placed:
        place(SYSTEM, order, "pay")
    for order in missed:
        _stop_missed(order)
    if placed:
        write_purchase_placed(purchase, placed)
    if missed:
        write_not_deliverable(purchase, missed)
    record(SYSTEM, "settle-purchase", "purchase", purchase_id, placed=len(placed), missed=len(missed))
    crash_point("purchase-finalised")


def _take_goods(
    purchase: Purchase, orders: list[Order], wanted: dict[int, dict[int, int]]
) -> tuple[list[Order], list[Order]]:
    """The goods leave the stock: those held, else those still there, order by order."""
    every = {variant: count for lines in wanted.values() for variant, count in lines.items()}
    counters.extend(holder_of(purchase.id), now() + MOMENT)  # from here on nobody frees what has not been freed yet
    if counters.held(holder_of(purchase.id), STOCK) == every:
        numbers = {variant: order.number for order in orders for variant in wanted[order.id]}
        sell_held_goods(SYSTEM, holder_of(purchase.id), numbers)
        return orders, []
    counters.release(holder_of(purchase.id))
    placed, missed = [], []
    for order in orders:
        holder = ledger_key(order.id)
        try:
            with db.session.begin_nested():
                hold_goods(holder, wanted[order.id], now() + MOMENT, now())
        except counters.Short:
            missed.append(order)
        else:
            sell_held_goods(SYSTEM, holder, dict.fromkeys(wanted[order.id], order.number))
            placed.append(order)
    return placed, missed


def pay_back(actor: Actor, order: Order) -> None:
    """The card money of an order, its delivery included, goes back once."""
    money = Money(order.total, order.currency)
    refund_purchase(actor, purchases.PURPOSE, order.purchase_id, money, f"{ledger_key(order.id)}:refund")


def _stop_missed(order: Order) -> None:
    """The goods are with somebody else by now: the order never stands."""
    axes = states.after(axes_of(order), "fail-paid")
    paid = states.PAYMENT.after(states.PAYMENT.after(axes.payment, "pay"), "refund")
    write_axes(SYSTEM, order, "fail-paid", states.Axes(axes.commercial, paid, axes.fulfilment, axes.after_sale))
    db.session.flush()
    pay_back(SYSTEM, order)


def abandon_purchase(purchase_id: int) -> None:
    """Nobody paid: the goods are free again and lie in the buyer's basket."""
    purchase = purchase_for_update(purchase_id)
    waiting = [order for order in orders_for_update(purchase_id) if order.commercial == "pending"]
    if not waiting:
        return
    owner = owner_of(purchase.buyer_id, purchase.guest)
    basket_id = basket_for_update(owner) if owner else None  # before the counters, as a checkout of the same basket does
    counters.release(holder_of(purchase_id))
    for order in waiting:
        write_axes(SYSTEM, order, "abandon", states.after(axes_of(order), "abandon"))
    if basket_id is not None:
        give_back(basket_id, bought_in(purchase_id))
    write_abandoned(purchase, basket_again=basket_id is not None)
    record(SYSTEM, "abandon-purchase", "purchase", purchase_id)
    crash_point("purchase-abandoned")
