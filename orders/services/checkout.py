"""Prepare, the first phase of a checkout: everything is computed anew under lock, held, and written in one transaction."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from app.engines import counters, tallies
from app.engines.crash_points import crash_point
from app.engines.db import db, execute
from app.engines.journal import record
from app.engines.language import money, speaking, translate
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid
from app.kernel.money import Money
from app.kernel.text import random_code
from app.payments.queries import METHODS, least_charge
from app.payments.services import ask_for_payment
from app.territories.loading import territory_named
from catalog.queries import delivery_choices, offers_for_update
from catalog.services import hold_goods, sell_goods
from orders.models import ORDERS, PURCHASES, Address, Order, OrderLine, Purchase
from orders.permissions import is_own
from orders.queries.baskets import basket_for_update, owned_by, wanted_in
from orders.queries.purchases import address_of, by_idempotency_key, number_is_taken
from orders.queries.quotes import Part, Quote, QuoteLine, carriages_of, quote
from orders.rules import purchases, states
from orders.rules.stages import tally_word
from orders.rules.trust import CONFIRM_LIFE, must_wait
from orders.services.basket import empty_of, refuse_unsold
from orders.services.confirming import wait_for_buyer
from orders.services.letters import order_page
from orders.services.placing import holder_of, place_at_once
from orders.services.trust import Trust, trust_in

NUMBER_LETTERS = 6
ORDER_LINES = insert(OrderLine)


def prepare(actor: Actor, wish: purchases.Wish, terms: purchases.Terms) -> Purchase:
    """The purchase of the actor's basket; the same key again gives the first one.

    Raises Invalid, Conflict("total-changed") with both totals, counters.Short.
    """
    basket_id = _locked_basket(actor)
    first = by_idempotency_key(wish.idempotency_key)
    if first is not None:
        if not is_own(actor, first.buyer_id, first.guest):
            raise Conflict("already-ordered")
        return first
    if wish.method not in METHODS:
        raise Invalid("method-unknown", "method")
    crash_point("checkout-locked")
    moment = now()
    trust = trust_in(actor, wish, terms, territory_named(terms.territory).currency, moment)
    quoted = _quote_under_lock(actor, basket_id, wish, terms, moment)
    if quoted.total.amount != wish.total_seen:
        raise Conflict("total-changed", seen=wish.total_seen, now=quoted.total.amount, currency=quoted.total.currency)
    refuse_too_little(wish.method, quoted.total)
    crash_point("checkout-prepared")
    waits = trust.standing is not None and must_wait(trust.standing, quoted.total, terms.unasked_most)
    until = _until(wish, terms, moment, waits)
    purchase = _write_purchase(actor, wish, terms, quoted, moment, until, trust)
    wanted = {line.offer.variant_id: line.count for part in quoted.parts for line in part.lines}
    _take_goods(actor, purchase, wanted, quoted, terms)
    crash_point("after-hold")
    orders = [_write_order(purchase, part, number) for number, part in enumerate(quoted.parts, 1)]
    crash_point("order-written")
    empty_of(basket_id, list(wanted))
    record(actor, "place-purchase", "purchase", purchase.id, method=purchase.method, total=purchase.total)
    _remember_address(actor, wish)
    if until is None:
        place_at_once(actor, purchase, orders)
    elif waits:
        wait_for_buyer(actor, purchase, orders, until)
    else:
        _ask_for_money(actor, purchase, until)
    return purchase


def _until(wish: purchases.Wish, terms: purchases.Terms, moment: datetime, waits: bool) -> datetime | None:
    """Until when the money, or the buyer, is waited for; None when nothing is."""
    if METHODS[wish.method].ahead:
        return moment + terms.hold
    return moment + CONFIRM_LIFE if waits else None


def refuse_too_little(method: str, total: Money) -> None:
    """A sum below the provider's least is refused while the basket is whole. Raises Invalid("too-little-for-cards")."""
    least = least_charge(total.currency)
    if METHODS[method].by_provider and total.amount < least.amount:
        raise Invalid("too-little-for-cards", "method", least=money(least.amount, least.currency))


def _locked_basket(actor: Actor) -> int:
    owner = owned_by(actor)
    basket_id = basket_for_update(owner) if owner is not None else None
    if basket_id is None:
        raise Invalid("basket-empty")
    return basket_id


def _quote_under_lock(actor: Actor, basket_id: int, wish: purchases.Wish, terms: purchases.Terms, moment: datetime) -> Quote:
    """Today's prices, fees and promises of the basket, the variants locked in id order."""
    wanted = wanted_in(basket_id)
    offered = offers_for_update(sorted(wanted), actor.language)
    refuse_unsold(offered[id_] for id_ in wanted if id_ in offered)
    if len(offered) < len(wanted):
        raise Conflict("no-longer-sold", title="")
    lines = [QuoteLine(offered[id_], count) for id_, count in wanted.items()]
    ways = delivery_choices(carriages_of(lines), wish.region)
    territory = territory_named(terms.territory)
    today = territory.day_of(moment)
    return quote(lines, ways, wish.deliveries, terms.commission_rate, territory, today, strict=True, asked=wish.asked)


def _write_purchase(
    actor: Actor,
    wish: purchases.Wish,
    terms: purchases.Terms,
    quoted: Quote,
    moment: datetime,
    until: datetime | None,
    trust: Trust,
) -> Purchase:
    purchase = Purchase(
        number=_new_number(territory_named(terms.territory).day_of(moment).year),
        key=secrets.token_urlsafe(24),
        idempotency_key=wish.idempotency_key,
        buyer_id=actor.person_id,
        guest=actor.guest if actor.person_id is None else None,
        name=wish.name,
        phone=wish.phone,
        mail=wish.mail,
        language=actor.language,
        territory=terms.territory,
        region=wish.region,
        commune=wish.commune,
        street=wish.street,
        method=wish.method,
        total=quoted.total.amount,
        currency=quoted.total.currency,
        terms_version=wish.terms_version,
        created_at=moment,
        expires_at=until,
        confirmed_at=moment if trust.known else None,
        sender=None if actor.person_id else terms.sender,
        code_id=None,
    )
    db.session.add(purchase)
    db.session.flush()
    tallies.came(PURCHASES)
    return purchase


def _new_number(year: int) -> str:
    """A number that is read aloud easily and cannot be guessed from another."""
    while True:
        number = f"T{year}{random_code(NUMBER_LETTERS)}"
        if not number_is_taken(number):
            return number


def _take_goods(actor: Actor, purchase: Purchase, wanted: Mapping[int, int], quoted: Quote, terms: purchases.Terms) -> None:
    """The goods are kept for a purchase that waits, and leave the stock at once for any other; what is short is named."""
    until = purchase.created_at + terms.hold + purchases.HOLD_MARGIN
    try:
        if purchase.expires_at is None:
            sell_goods(actor, wanted, _order_numbers(purchase, quoted))
        else:
            hold_goods(holder_of(purchase.id), wanted, until, now())
    except counters.Short as short:
        titles = {line.offer.variant_id: line.offer.title for part in quoted.parts for line in part.lines}
        facts = {name: short.facts[name] for name in ("kind", "subject", "asked", "available")}
        raise counters.Short("sold-out-meanwhile", title=titles[short.facts["subject"]], **facts) from None


def _order_numbers(purchase: Purchase, quoted: Quote) -> dict[int, str]:
    """{variant: the number its order will have}"""
    return {
        line.offer.variant_id: _order_number(purchase, number)
        for number, part in enumerate(quoted.parts, 1)
        for line in part.lines
    }


def _order_number(purchase: Purchase, number: int) -> str:
    return f"{purchase.number}-{number}"


def _write_order(purchase: Purchase, part: Part, number: int) -> Order:
    first, last = part.promised
    order = Order(
        purchase_id=purchase.id,
        number=_order_number(purchase, number),
        organisation_id=part.organisation_id,
        commercial=states.COMMERCIAL.first,
        payment=states.PAYMENT.first,
        fulfilment=states.FULFILMENT.first,
        after_sale=states.AFTER_SALE.first,
        goods=part.amounts.goods.amount,
        delivery_fee=part.amounts.delivery.amount,
        total=part.amounts.total.amount,
        commission=part.amounts.commission.amount,
        currency=purchase.currency,
        delivery_kind=part.choice.kind,
        pickup_place=part.choice.place,
        asked=part.asked,
        promised_from=first,
        promised_to=last,
        carrier="",
        tracking="",
        reason="",
        last_action="prepare",
        version=1,
        placed_at=None,
    )
    db.session.add(order)
    db.session.flush()
    tallies.came(ORDERS, order.organisation_id, tally_word(states.Axes(), placed=False))
    execute(ORDER_LINES, [order_line(order.id, line) for line in part.lines])
    return order


def order_line(order_id: int, line: QuoteLine) -> dict[str, Any]:
    """The columns of a line: what was bought, as it was offered then."""
    offer = line.offer
    return {
        "order_id": order_id,
        "variant_id": offer.variant_id,
        "product_slug": offer.product_slug,
        "title": offer.title,
        "variant_name": offer.variant_name,
        "unit": offer.unit,
        "quantity": offer.quantity,
        "count": line.count,
        "unit_price": offer.price.amount,
        "total": line.total.amount,
        "weight_grams": offer.weight_grams,
        "drawing": offer.drawing,
        "picture_stem": offer.picture_stem,
    }


def _ask_for_money(actor: Actor, purchase: Purchase, until: datetime) -> None:
    """A purchase that is paid ahead waits for its money; the pay page leads back to the order's page."""
    with speaking(purchase.language, purchase.territory):
        title = translate("Order %(number)s", number=purchase.number)
    ask_for_payment(
        actor,
        purchases.PURPOSE,
        purchase.id,
        Money(purchase.total, purchase.currency),
        title,
        order_page(purchase, thanks=True),
        until,
    )
    crash_point("payable-written")


def _remember_address(actor: Actor, wish: purchases.Wish) -> None:
    if actor.person_id is None:
        return
    row = address_of(actor.person_id)
    if row is None:
        row = Address(person_id=actor.person_id)
        db.session.add(row)
    row.name, row.phone, row.mail = wish.name, wish.phone, wish.mail
    row.region, row.commune, row.street = wish.region, wish.commune, wish.street
    db.session.flush()
