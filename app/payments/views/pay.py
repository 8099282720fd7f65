"""The pay page: opened by its secret key, leads to the card provider's page and back."""

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.engines.crash_points import crash_point
from app.engines.language import language
from app.engines.place import stand_in, where_paid_in
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Conflict
from app.payments.gateway import CardGateway, ProviderUnavailable
from app.payments.queries.payables import PayableFacts, payable_by_key, payment_by_session
from app.payments.services import alarms, payables, settlement
from app.web.access import access, token
from app.web.addresses import PAGE
from app.web.visitor import actor

pay = Blueprint("payments", __name__, template_folder="../templates")


def the_gateway() -> CardGateway:
    """The card provider of this installation."""
    gateway: CardGateway | None = current_app.extensions["card_gateway"]
    if gateway is None:
        raise ProviderUnavailable()
    return gateway


def seen_payable(key: str) -> PayableFacts:
    """The payable of an address, the territory of its currency in force."""
    payable = payable_by_key(key)
    stand_in(where_paid_in(payable.amount.currency))
    return payable


@pay.get(f"{PAGE}/pay/<key>")
@access(token)
def pay_page(key: str) -> Response | str:
    """What is to be paid, and the button that leads to the provider's page."""
    payable = seen_payable(key)
    if payable.state == "settled":
        return redirect(payable.done_url, 303)
    expired = payable.state != "open" or payable.expires_at <= now()
    return render_template("payments/pay.html", payable=payable, expired=expired, not_now=the_gateway().line.closed())


@pay.post(f"{PAGE}/pay/<key>")
@access(token)
def start(key: str) -> Response:
    """Open the provider's page (a second press leads to the same one) and go there."""
    payable = seen_payable(key)
    gateway = the_gateway()
    if payable.state == "settled":
        return redirect(payable.done_url, 303)
    with transaction():
        visit = payables.begin_visit(actor(), payable.id)
    if visit.url is not None:
        return redirect(visit.url, 303)
    crash_point("payment-begun")
    back = current_app.config["PUBLIC_URL"] + url_for("payments.come_back", key=key)
    try:
        page = gateway.start_checkout(
            reference=visit.reference,
            amount=visit.amount,
            description=visit.title,
            return_url=back + "?session={CHECKOUT_SESSION_ID}",
            cancel_url=current_app.config["PUBLIC_URL"] + url_for("payments.pay_page", key=key),
            locale=language(),
            expires_at=visit.expires_at,
            idempotency_key=visit.idempotency_key,
        )
    except ProviderUnavailable:
        with transaction():
            alarms.note_key(SYSTEM, gateway.line.key_refused)
        return make_response(render_template("payments/pay.html", payable=payable, expired=False, not_now=True), 503)
    crash_point("payment-page-open")
    with transaction():
        wanted = payables.note_page(visit.payment_id, page.id, page.url)
        alarms.note_key(SYSTEM, gateway.line.key_refused)
    if not wanted:
        raise Conflict("payable-not-open")
    return redirect(page.url, 303)


@pay.get(f"{PAGE}/pay/<key>/back")
@access(token)
def come_back(key: str) -> Response | str:
    """Back from the provider's page: ask the provider what is true, never the address; then on to the order."""
    payable = seen_payable(key)
    session_id = request.args.get("session", "")
    payment = payment_by_session(session_id) if session_id else None
    if payment is None or payment.payable_id != payable.id:
        return redirect(url_for("payments.pay_page", key=key), 303)
    if payment.state != "paid":
        try:
            state = the_gateway().payment_state(session_id)
        except ProviderUnavailable:
            # The card may have been charged: a notice or the reconciliation will say so.
            return _waiting(payable, 503)
        crash_point("payment-returned")
        with transaction():
            settlement.finalise(state)
    payable = seen_payable(key)
    if payable.state == "settled":
        return redirect(payable.done_url, 303)
    if payable.state == "closed":
        raise Conflict("payable-not-open")
    return _waiting(payable)


def _waiting(payable: PayableFacts, status: int = 200) -> Response:
    return make_response(render_template("payments/pay.html", payable=payable, expired=False, waiting=True), status)
