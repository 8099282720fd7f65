"""The steps of the checkout: who and where, the recap, the purchase. A second press leads to what the first one made."""

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.engines.crash_points import crash_point
from app.engines.language import comma, language, translate
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.text import msg
from app.payments.queries import METHODS, payable_for
from app.web.access import access, public
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.visitor import actor
from orders.forms import good_key
from orders.models import Purchase
from orders.permissions import is_own
from orders.queries.baskets import BasketItem, grouped, is_ready, items_in, view_basket
from orders.queries.purchases import by_idempotency_key
from orders.rules import purchases
from orders.services.checkout import prepare, refuse_too_little
from orders.views.basket import basket_page, buyer
from orders.views.blueprint import orders
from orders.views.checkout.look import Look, forget_typed, keep_typed, look_at, pressed, terms, terms_version
from orders.views.checkout.pages import form_page, recap_page

Answer = str | Response


def _look() -> Look | Response:
    """The checkout of a basket that can be bought as it is; otherwise the way back to the basket."""
    seen = view_basket(actor(), language())
    if not seen.ready:
        if seen.groups:
            flash(translate(msg("Something in your basket has changed. Look at it before you go on.")), "error")
        return redirect(url_for("orders.basket"), 303)
    return look_at(seen)


@orders.get(f"{PAGE}/checkout")
@access(public)
def checkout() -> Answer:
    """Contact, address, delivery of each cooperative, payment, terms."""
    look = _look()
    return look if isinstance(look, Response) else form_page(look)


@orders.post(f"{PAGE}/checkout")
@access(public)
def take_checkout() -> Answer:
    """The next step: `step` is recap, edit or place."""
    step = request.form.get("step", "recap")
    if step == "place":
        return _place()
    look = _look()
    if isinstance(look, Response):
        return look
    form = look.form
    if step == "edit":
        return form_page(look)
    if form.region_shown.data != look.region:
        return form_page(look, notice=translate(msg("You chose another region: look at delivery and its price again.")))
    if not form.validate():
        return form_page(look, 422)
    if look.quote.unserved:
        form.show(Invalid("not-delivered-there", "region"))
        return form_page(look, 422)
    try:
        refuse_too_little(form.method.data, look.quote.total)
    except Invalid as refusal:
        form.show(refusal)
        return form_page(look, 422)
    keep_typed(form)
    return recap_page(look)


def _replayed(key: str) -> Response | None:
    """Where a form that was sent before leads: to its purchase, whatever the basket holds by now."""
    first = by_idempotency_key(key) if good_key(key) else None
    if first is None or not is_own(actor(), first.buyer_id, first.guest):
        return None
    forget_typed()
    return _onward(first)


def _place() -> Answer:
    """The last press. What is plainly short is refused before anything is locked."""
    key = request.form.get("key", "")
    items = items_in(actor(), language())
    if not is_ready(items):  # or the same form, sent before or at the same moment, has bought it
        return _replayed(key) or basket_page(*_why_not(items), grouped(items, language()))
    wish = pressed(items) if good_key(key) else None
    if wish is None:
        look = look_at(grouped(items, language()))
        if not good_key(key) or not look.form.validate():
            return _replayed(key) or form_page(look, 422)
        wish = look.form.wish(terms_version(), look.form.deliveries())
    try:
        with transaction():
            purchase = prepare(buyer(), wish, terms())
            forget_typed()
    except Refusal as refusal:
        return _refused(refusal)
    crash_point("checkout-stored")
    return _onward(purchase)


WHY_NOT = {"short": "sold-out-meanwhile", "gone": "no-longer-sold", "waits": "waits-for-permit"}


def _why_not(items: Sequence[BasketItem]) -> tuple[int, str]:
    """The status and the sentence for a basket that cannot be bought as it is."""
    for item in (item for item in items if item.problem):
        alike = [item] if item.problem == "short" else [one for one in items if one.problem == item.problem]
        titles = comma().join(one.offer.title for one in alike)
        return 409, refusal_text(Conflict(WHY_NOT[item.problem or ""], title=titles, available=item.available))
    return 422, refusal_text(Invalid("basket-empty"))


def _refused(refusal: Refusal) -> Response:
    """Nothing was written; the page shows what is true now."""
    seen = view_basket(actor(), language())
    if not seen.ready or refusal.code in ("basket-empty", *WHY_NOT.values()):
        return basket_page(refusal.status, refusal_text(refusal), seen)
    look = look_at(seen)
    if refusal.code == "delivery-changed" and not look.form.validate():
        return form_page(look, 422)
    if refusal.code == "total-changed":
        return recap_page(look, 409, before=refusal.facts["seen"])
    look.form.show(refusal)
    page = form_page(look, refusal.status)
    if "retry_after" in refusal.facts:
        page.headers["Retry-After"] = str(refusal.facts["retry_after"])
    return page


def _onward(purchase: Purchase) -> Response:
    """To the pay page, or to the page of the purchase."""
    payable = payable_for(purchases.PURPOSE, purchase.id) if METHODS[purchase.method].ahead else None
    if payable is not None:
        return redirect(url_for("payments.pay_page", key=payable.key), 303)
    key = None if purchase.buyer_id else purchase.key
    return redirect(url_for("orders.show", number=purchase.number, key=key, thanks=1), 303)
