"""A guest confirms an order that waits: the code that was sent, or another one."""

from flask import current_app, flash, request
from werkzeug.wrappers import Response

from app.accounts.services import count_attempt
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel import typed
from app.kernel.clock import now
from app.kernel.errors import Invalid, Refusal
from app.kernel.text import msg
from app.web.access import access, token
from app.web.addresses import PAGE
from app.web.sender import sender
from app.web.visitor import actor
from orders.forms import CodeForm
from orders.services.confirming import confirm_by_code, send_code_again
from orders.views.blueprint import orders
from orders.views.buyer import back_to, own_purchase, purchase_page


def _count_try() -> None:
    """A try is counted before it is looked at. Raises TooMany."""
    if current_app.config["RATE_LIMITS"]:
        with transaction():
            count_attempt({"try-address": sender()}, now())


@orders.post(f"{PAGE}/orders/<number>/confirm")
@access(token)
def confirm(number: str) -> Response:
    """The code: every order of the purchase that waits stands. A second time changes nothing."""
    purchase, form, key = own_purchase(number), CodeForm(), request.form.get("key")
    if not form.validate():
        return purchase_page(purchase, key, 422, code_form=form)
    try:
        _count_try()
        with transaction():
            left = confirm_by_code(actor(), purchase.id, typed.code(form.code.data))
        if left is not None:
            raise Invalid("code-wrong" if left else "code-ended", "code", left=left)
    except Refusal as refusal:
        form.show(refusal)
        return purchase_page(own_purchase(number), key, refusal.status, code_form=form)
    flash(translate(msg("Your order is confirmed. The cooperatives have been told.")), "success")
    return back_to(number)


@orders.post(f"{PAGE}/orders/<number>/code")
@access(token)
def send_code(number: str) -> Response:
    """Another code to the same contact."""
    purchase = own_purchase(number)
    with transaction():
        sent = send_code_again(actor(), purchase.id)
    if sent:
        flash(translate(msg("Another code is on its way.")), "success")
    else:
        flash(translate(msg("No more codes can be sent today. The cooperative will call you.")), "error")
    return back_to(number)
