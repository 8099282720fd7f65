"""One look at a checkout: what the basket, the region and what was typed make of it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, request, session

from app.engines.language import language, translate
from app.engines.place import here, stand_in, today
from app.kernel.contacts import MAIL, PHONE
from app.kernel.names import after_its_kind
from app.payments.queries import METHODS, Method
from app.territories.legal import legal_text
from app.territories.loading import name_in
from app.web.sender import sender
from app.web.visitor import visitor
from catalog.queries import CARRIAGES, WAYS, DeliveryChoice, delivery_choices
from orders.forms import CheckoutForm, checkout_form, good_key
from orders.queries.baskets import BasketItem, BasketView
from orders.queries.purchases import address_of
from orders.queries.quotes import Quote, QuoteLine, carriages_of, key_of, quote
from orders.queries.sellers import Seller, first_contacts
from orders.rules import purchases
from orders.views.showing import way_words

# What was typed and looked at in the recap, until it is bought: who goes back finds it.
IN_SESSION = "checkout"
NOT_KEPT = ("key", "region_shown", "terms")  # consent is given each time


@dataclass(frozen=True)
class Look:
    """What a page of the checkout shows; `sellers` by organisation."""

    region: str
    sellers: Mapping[int, Seller]
    form: CheckoutForm
    quote: Quote


def terms() -> purchases.Terms:
    """The settings a purchase is made under."""
    config, most = current_app.config, None
    if config["RATE_LIMITS"]:
        most = here().unconfirmed_cash if config["UNCONFIRMED_CASH"] < 0 else config["UNCONFIRMED_CASH"]
    hold = timedelta(minutes=config["HOLD_MINUTES"])
    return purchases.Terms(here().key, config["COMMISSION"], hold, most, sender())


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
        "phone": contacts.get(PHONE),
        "mail": contacts.get(MAIL),
        "region": regions[0].code,
        "method": offered_methods()[0].name,
    }


def keep_typed(form: CheckoutForm) -> None:
    """Whoever goes back from the recap, in whatever way, finds the form as it was."""
    typed = {name: value for name, value in form.values() if name not in NOT_KEPT}
    if session.get(IN_SESSION) != typed:
        session[IN_SESSION] = typed


def forget_typed() -> None:
    """It has been bought."""
    session.pop(IN_SESSION, None)


def look_at(seen: BasketView) -> Look:
    """The basket with the form of this request, or with what we know of the buyer; the quote follows from both."""
    stand_in(seen.groups[0].seller.territory)  # what lies in a basket has one currency, and comes from one territory
    known = {**known_of_buyer(), **session.get(IN_SESSION, {})}
    codes = {region.code: name_in(region.names, language()) for region in here().regions}
    asked = (request.form.get("region"), known["region"])
    region = next((code for code in asked if code in codes), next(iter(codes)))
    lines = [QuoteLine(item.offer, item.count) for group in seen.groups for item in group.items]
    ways = delivery_choices(carriages_of(lines), region)
    sellers = {group.seller.id: group.seller for group in seen.groups}
    form = _form(known, region, list(codes.items()), ways, sellers)
    rate = current_app.config["COMMISSION"]
    return Look(region, sellers, form, quote(lines, ways, form.deliveries(), rate, here(), today(), asked=form.asked()))


def pressed(items: Sequence[BasketItem]) -> purchases.Wish | None:
    """What the last press asks for, read without a look: whether it can be delivered so is asked under lock.

    None when something was typed that only a look can judge, or can show.
    """
    stand_in(items[0].offer.territory)
    sent = {item.offer.organisation_id: request.form.get(f"delivery_{item.offer.organisation_id}", "") for item in items}
    regions, methods = ((one.code, "") for one in here().regions), ((one.name, "") for one in offered_methods())
    needs = carriages_of(QuoteLine(item.offer, item.count) for item in items)
    form = checkout_form(here(), list(regions), list(methods), {}, {}, {}, _agreeing(needs))
    return form.wish(terms_version(), sent) if all(sent.values()) and form.validate() else None


def _form(
    known: Mapping[str, Any],
    region: str,
    regions: list[tuple[str, str]],
    ways: Mapping[int, Sequence[DeliveryChoice]],
    sellers: Mapping[int, Seller],
) -> CheckoutForm:
    """The key that makes a second press the first one is made here, unless the page brings its own."""
    served = {id_: some for id_, some in ways.items() if some}
    key = secrets.token_urlsafe(24)
    data = {
        **known,
        "region": region,
        "key": key,
        "region_shown": region,
        **{f"delivery_{id_}": _chosen(known.get(f"delivery_{id_}"), some) for id_, some in served.items()},
    }
    form = checkout_form(
        here(),
        regions,
        [(method.name, translate(method.label)) for method in offered_methods()],
        {id_: [(key_of(way), way_words(way)) for way in some] for id_, some in served.items()},
        {
            id_: translate("Goods of %(seller)s", seller=after_its_kind(seller.name, language()))
            for id_, seller in sellers.items()
        },
        data,
        [id_ for id_, some in served.items() if some[0].way.by_agreement],
    )
    if not good_key(form.key.data):
        form.key.data = key
    return form


def _agreeing(carriages: Mapping[int, str]) -> list[int]:
    """The cooperatives with whom a day is agreed on."""
    return [id_ for id_, name in carriages.items() if all(WAYS[way].by_agreement for way in CARRIAGES[name].ways)]


def _chosen(key: str | None, ways: Sequence[DeliveryChoice]) -> str:
    """The way that was chosen before, else the first."""
    keys = [key_of(way) for way in ways]
    return key if key in keys else keys[0]
