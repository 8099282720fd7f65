"""The buyer's pages: all purchases, one of them, cancelling. A guest enters by the secret of the letter."""

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.engines.language import language, translate
from app.engines.place import stand_in
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, NotFound
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.payments.queries import METHODS, payable_for
from app.web.access import access, signed_in, token
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.paging import Page, page_number
from app.web.visitor import actor, visitor
from orders.forms import CodeForm
from orders.permissions import may_act_for_buyer, may_see_purchase
from orders.queries.purchases import PurchaseFacts, purchase_id_of, purchases_of
from orders.queries.purchases import purchase as read_purchase
from orders.queries.sellers import sellers
from orders.rules import purchases
from orders.services.confirming import drop_waiting
from orders.services.fulfilment import cancel_as_buyer, give_up
from orders.views.blueprint import orders
from orders.views.showing import PAYMENTS, STATUSES, picture_of, promise_words, stage_of, timeline, told

SIZE = 20
Answer = str | Response


@orders.get(f"{PAGE}/orders")
@access(signed_in)
def my_orders() -> Answer:
    """One's purchases, latest first."""
    number = page_number()
    rows, count = purchases_of(actor(), (number - 1) * SIZE, SIZE)
    return render_template(
        "orders/my_orders.html",
        page=Page(rows, number, SIZE, count),
        statuses={row.id: told(STATUSES, row.status) for row in rows},
        picture_of=picture_of,
    )


def _opened(number: str, key: str | None) -> PurchaseFacts:
    """The purchase, for whom it is for, its territory in force; anybody else finds nothing."""
    purchase_id = purchase_id_of(number)
    found = read_purchase(purchase_id) if purchase_id is not None else None
    if found is None or not may_see_purchase(actor(), found.buyer_id, found.key, key):
        raise NotFound()
    stand_in(found.territory)
    return found


@orders.get(f"{PAGE}/orders/<number>")
@access(token)
def show(number: str) -> Answer:
    """Each cooperative's order with its story, lines and amounts; the key in the address lets a guest in."""
    key = request.args.get("key")
    if visitor() is None and not key:
        return redirect(url_for("accounts.sign_in", next=request.path))
    return purchase_page(_opened(number, key), key)


def purchase_page(
    purchase: PurchaseFacts,
    key: str | None,
    status: int = 200,
    problem: str | None = None,
    code_form: CodeForm | None = None,
) -> Response:
    """The page of a purchase, with what went wrong above it or beside the code."""
    known = sellers((order.organisation_id for order in purchase.orders), language())
    payable = payable_for(purchases.PURPOSE, purchase.id) if purchase.status == "pending" else None
    page = render_template(
        "orders/show.html",
        method=translate(METHODS[purchase.method].label),
        purchase=purchase,
        status=told(STATUSES, purchase.status),
        sellers=known,
        key=key or "",
        payable=payable,
        stages={order.id: stage_of(order) for order in purchase.orders},
        payments={order.id: told(PAYMENTS, order.axes.payment) for order in purchase.orders},
        steps_of={order.id: timeline(order) for order in purchase.orders},
        promises={order.id: promise_words(order.way, order.promised_from, order.promised_to) for order in purchase.orders},
        picture_of=picture_of,
        may_act=may_act_for_buyer(actor(), purchase.buyer_id, purchase.key, key),
        thanks="thanks" in request.args,
        problem=problem,
        code_form=code_form or CodeForm(formdata=None),
    )
    return make_response(page, status)


def back_to(number: str) -> Response:
    """To the page of the purchase, with the key it was opened by."""
    return redirect(url_for("orders.show", number=number, key=request.form.get("key") or None), 303)


def own_purchase(number: str) -> PurchaseFacts:
    """The purchase, for whoever may act as its buyer. Raises NotFound."""
    key = request.form.get("key")
    purchase = _opened(number, key)
    if not may_act_for_buyer(actor(), purchase.buyer_id, purchase.key, key):
        raise NotFound()
    return purchase


@orders.post(f"{PAGE}/orders/<number>/cancel")
@access(token)
def cancel(number: str) -> Answer:
    """One cooperative's order is cancelled, before it is shipped."""
    purchase = own_purchase(number)
    order = next((one for one in purchase.orders if one.number == request.form.get("order")), None)
    version = own_whole(request.form.get("version"))
    if order is None or version is None:
        raise NotFound()
    try:
        with transaction():
            done = cancel_as_buyer(actor(), order.id, version)
    except Conflict as refusal:
        return purchase_page(own_purchase(number), request.form.get("key"), 409, refusal_text(refusal))
    if done:
        flash(translate(msg("Order %(number)s is cancelled."), number=order.number), "success")
    return back_to(number)


@orders.post(f"{PAGE}/orders/<number>/give-up")
@access(token)
def drop(number: str) -> Answer:
    """The buyer does not want to pay any more: the goods are free, the basket is as before."""
    purchase = own_purchase(number)
    waits = purchase.status == "unconfirmed"
    with transaction():
        done = drop_waiting(actor(), purchase.id) if waits else give_up(actor(), purchase.id)
    if done:
        dropped = (
            msg("The order was dropped.") if waits else msg("The order was dropped. Its goods lie in your basket again.")
        )
        flash(translate(dropped), "success")
    return back_to(number)
