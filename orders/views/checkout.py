"""The checkout: who and where, the recap, the purchase. The key that makes a second press the first one is made here."""

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import named_identifiers, public_identifiers
from app.engines.crash_points import crash_point
from app.engines.language import language, money, percent, translate
from app.engines.place import here, stand_in, today
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.text import msg
from app.payments.queries import METHODS, Method, payable_for
from app.territories.legal import legal_text
from app.territories.loading import name_in
from app.web.access import access, public
from app.web.errors import refusal_text
from app.web.visitor import actor, visitor
from catalog.queries import DeliveryChoice, delivery_choices
from orders.forms import CheckoutForm, checkout_form, good_key
from orders.models import Purchase
from orders.permissions import is_own
from orders.queries.baskets import BasketView, view_basket
from orders.queries.purchases import address_of, by_idempotency_key
from orders.queries.quotes import Quote, QuoteLine, key_of, quote
from orders.queries.sellers import first_contacts, sellers
from orders.rules import purchases
from orders.services.checkout import prepare
from orders.views.basket import basket_page, buyer
from orders.views.blueprint import PAGE, orders
from orders.views.showing import days_words, picture_of, promise_words, way_words

Answer = str | Response


def terms() -> purchases.Terms:
    """The settings a purchase is made under."""
    config = current_app.config
    return purchases.Terms(here().key, config["COMMISSION"], timedelta(minutes=config["HOLD_MINUTES"]))


def terms_version() -> str:
    return legal_text(here().key, "terms", language(), {}).version


def offered_methods() -> list[Method]:
    """What the territory allows and this installation can take."""
    provider = current_app.extensions["card_gateway"] is not None
    return [method for method in METHODS.values() if method.offered(here().payment_methods, provider)]


def known_of_buyer() -> dict[str, Any]:
    """What the form begins with: the last address, else the name and contacts of the account."""
    regions = here().regions
    me = visitor()
    if me is None:
        return {"region": regions[0].code, "method": offered_methods()[0].name}
    last = address_of(me.id)
    if last is not None:
        return {
            "name": last.name,
            "phone": last.phone,
            "mail": last.mail,
            "region": last.region,
            "commune": last.commune,
            "street": last.street,
            "method": offered_methods()[0].name,
        }
    contacts = first_contacts(me.id)
    return {
        "name": me.name,
        "phone": contacts.get("phone"),
        "mail": contacts.get("mail"),
        "region": regions[0].code,
        "method": offered_methods()[0].name,
    }


class Look:
    """One look at a checkout: the basket, the region, the form and the quote that follow from them."""

    def __init__(self, seen: BasketView) -> None:
        stand_in(seen.groups[0].seller.territory)  # what lies in a basket has one currency, and comes from one territory
        known = known_of_buyer()
        codes = {region.code: name_in(region.names, language()) for region in here().regions}
        asked = (request.form.get("region"), known["region"])
        self.region = next((code for code in asked if code in codes), next(iter(codes)))
        self.lines = [QuoteLine(item.offer, item.count) for group in seen.groups for item in group.items]
        self.ways = delivery_choices([group.seller.id for group in seen.groups], self.region)
        self.sellers = {group.seller.id: group.seller for group in seen.groups}
        served = {id_: ways for id_, ways in self.ways.items() if ways}
        data = {
            **known,
            "region": self.region,
            "key": secrets.token_urlsafe(24),
            "region_shown": self.region,
            **{f"delivery_{id_}": key_of(ways[0]) for id_, ways in served.items()},
        }
        self.form: CheckoutForm = checkout_form(
            here(),
            list(codes.items()),
            [(method.name, translate(method.label)) for method in offered_methods()],
            {id_: [(key_of(way), way_words(way)) for way in ways] for id_, ways in served.items()},
            {id_: translate("Goods of %(seller)s", seller=seller.name) for id_, seller in self.sellers.items()},
            data,
        )
        if not good_key(self.form.key.data):
            self.form.key.data = data["key"]
        self.quote: Quote = quote(
            self.lines, self.ways, self.form.deliveries(), current_app.config["COMMISSION"], here(), today()
        )

    def details(self) -> dict[int, dict[str, str]]:
        """The second line of each way: its fee and days."""
        return {
            part.organisation_id: {key: self._way_line(part.organisation_id, way) for key, way in part.choices.items()}
            for part in self.quote.parts
        }

    def _way_line(self, organisation_id: int, way: DeliveryChoice) -> str:
        part = next(part for part in self.quote.parts if part.organisation_id == organisation_id)
        fee = way.fee_for(part.amounts.goods)
        price = money(fee.amount, fee.currency) if fee else translate("free")
        line = f"{price} · {days_words(way)}"
        if fee and way.free_from is not None:
            line += " · " + translate("free from %(amount)s", amount=money(way.free_from, fee.currency))
        return line

    def form_page(self, status: int = 200, notice: str | None = None) -> Response:
        self.form.region_shown.data = self.region
        unserved = [self.sellers[id_].name for id_ in self.quote.unserved]
        return make_response(
            render_template(
                "orders/checkout.html",
                form=self.form,
                quote=self.quote,
                sellers=self.sellers,
                details=self.details(),
                unserved=unserved,
                notice_text=notice,
                method_details={name: translate(method.terms) for name, method in METHODS.items()},
                version=terms_version(),
                signed_in=visitor() is not None,
            ),
            status,
        )

    def recap_page(self, status: int = 200, before: int | None = None) -> Response:
        """Everything a buyer should know before the last press; `before` is the total that was shown and no longer holds."""
        identities = sellers(self.sellers, language())
        promises = {part.organisation_id: promise_words(*part.promised) for part in self.quote.parts}
        ways = {part.organisation_id: way_words(part.choice) for part in self.quote.parts}
        return make_response(
            render_template(
                "orders/recap.html",
                form=self.form,
                quote=self.quote,
                sellers=identities,
                numbers={id_: named_identifiers(here(), own) for id_, own in public_identifiers(self.sellers).items()},
                promises=promises,
                ways=ways,
                before=before,
                picture_of=picture_of,
                version=terms_version(),
                method=METHODS[self.form.method.data],
                withdrawal_days=here().withdrawal_days,
                percent=percent,
            ),
            status,
        )


def _look() -> Look | Response:
    """The checkout of a basket that can be bought as it is; otherwise the way back to the basket."""
    seen = view_basket(actor(), language())
    if not seen.ready:
        if seen.groups:
            flash(translate(msg("Something in your basket has changed. Look at it before you go on.")), "error")
        return redirect(url_for("orders.basket"), 303)
    return Look(seen)


@orders.get(f"{PAGE}/checkout")
@access(public)
def checkout() -> Answer:
    """Contact, address, delivery of each cooperative, payment, terms."""
    look = _look()
    return look if isinstance(look, Response) else look.form_page()


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
        return look.form_page()
    if form.region_shown.data != look.region:
        return look.form_page(notice=translate(msg("You chose another region: look at delivery and its price again.")))
    if not form.validate():
        return look.form_page(422)
    if look.quote.unserved:
        form.show(Invalid("not-delivered-there", "region"))
        return look.form_page(422)
    return look.recap_page()


def _replayed(key: str) -> Response | None:
    """Where a form that was sent before leads: to its purchase, whatever the basket holds by now."""
    first = by_idempotency_key(key) if good_key(key) else None
    return _onward(first) if first is not None and is_own(actor(), first.buyer_id, first.guest) else None


def _place() -> Answer:
    """The last press. What is plainly short is refused before anything is locked."""
    key = request.form.get("key", "")
    again = _replayed(key)
    if again is not None:
        return again
    seen = view_basket(actor(), language())
    if not seen.ready:  # or the same form, sent at the same moment, has just bought it
        return _replayed(key) or basket_page(*_why_not(seen))
    look = Look(seen)
    if not good_key(key) or not look.form.validate():
        return look.form_page(422)
    wish = look.form.wish(terms_version())
    try:
        with transaction():
            purchase = prepare(buyer(), wish, terms())
    except Refusal as refusal:
        return _refused(refusal)
    crash_point("checkout-stored")
    return _onward(purchase)


def _why_not(seen: BasketView) -> tuple[int, str]:
    """The status and the sentence for a basket that cannot be bought as it is."""
    for item in (item for group in seen.groups for item in group.items if item.problem):
        code = "sold-out-meanwhile" if item.problem == "short" else "no-longer-sold"
        return 409, refusal_text(Conflict(code, title=item.offer.title, available=item.available))
    return 422, refusal_text(Invalid("basket-empty"))


def _refused(refusal: Refusal) -> Response:
    """Nothing was written; the page shows what is true now."""
    seen = view_basket(actor(), language())
    if not seen.ready or refusal.code in ("basket-empty", "sold-out-meanwhile", "no-longer-sold"):
        return basket_page(refusal.status, refusal_text(refusal))
    look = Look(seen)
    if refusal.code == "total-changed":
        return look.recap_page(409, before=refusal.facts["seen"])
    look.form.show(refusal)
    return look.form_page(refusal.status)


def _onward(purchase: Purchase) -> Response:
    """To the pay page, or to the page of the purchase."""
    payable = payable_for(purchases.PURPOSE, purchase.id) if METHODS[purchase.method].ahead else None
    if payable is not None:
        return redirect(url_for("payments.pay_page", key=payable.key), 303)
    key = None if purchase.buyer_id else purchase.key
    return redirect(url_for("orders.show", number=purchase.number, key=key, thanks=1), 303)
