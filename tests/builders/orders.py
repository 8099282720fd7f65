"""Purchases for tests, made through the services as buyers and cooperatives make them."""

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.engines.db import db
from app.engines.place import here, today
from app.engines.transactions import transaction
from app.kernel.actor import Actor, guest
from app.payments.queries.payables import payable_for
from catalog.models import Product, Variant
from catalog.queries import STOCK, delivery_choices, offers_of
from orders.models import Basket, Order, Purchase
from orders.queries.baskets import wanted_in
from orders.queries.quotes import QuoteLine, carriages_of, key_of, quote
from orders.rules import purchases
from orders.services import basket
from orders.services.checkout import prepare
from orders.services.fulfilment import move
from tests.browsing import post
from tests.builders.catalog import a_product, variant_of
from tests.builders.counters import counter

TERMS = purchases.Terms("morocco", 500, timedelta(minutes=30))
CASABLANCA = "MA-06"


def a_variant(organisation_id: int, price: int = 12000, stock: int = 10, title: str | None = None) -> int:
    """A published variant with this price (minor units) and stock; returns its id."""
    return variant_of(a_product(organisation_id, title, price=price, stock=stock))


def costs(variant_id: int, price: int) -> None:
    """The cooperative asks another price from now on."""
    with transaction() as session:
        variant = session.get_one(Variant, variant_id)
        variant.price = price
        session.get_one(Product, variant.product_id).price_from = price


def a_guest() -> Actor:
    return guest(secrets.token_urlsafe(12))


def puts(actor: Actor, wanted: Mapping[int, int]) -> None:
    """These variants lie in the actor's basket."""
    for variant_id, count in wanted.items():
        with transaction():
            basket.add(actor, variant_id, count)


def wanted_by(actor: Actor) -> dict[int, int]:
    """{variant: count} of the actor's basket, in the order they were put in."""
    owned = Basket.guest == actor.guest if actor.person_id is None else Basket.person_id == actor.person_id
    found = db.session.scalar(select(Basket.id).where(owned))
    return wanted_in(found) if found else {}


def a_wish(
    actor: Actor, method: str = "cash", key: str | None = None, total: int | None = None, **facts: object
) -> purchases.Wish:
    """What a buyer asks for with this basket: the first way of each cooperative, the total that is true now."""
    wanted = wanted_by(actor)
    offered = offers_of(list(wanted), "fr")
    lines = [QuoteLine(offered[id_], count) for id_, count in wanted.items()]
    region = str(facts.get("region", CASABLANCA))
    ways = delivery_choices(carriages_of(lines), region)
    chosen = {id_: key_of(choices[0]) for id_, choices in ways.items() if choices}
    if total is None:
        total = quote(lines, ways, chosen, TERMS.commission_rate, here(), today()).total.amount
    values: dict[str, object] = {
        "deliveries": chosen,
        "name": "Nadia Berrada",
        "phone": "+212612345678",
        "mail": "nadia@example.org",
        "region": region,
        "commune": "Casablanca",
        "street": "12, rue des Orangers",
        **facts,
    }
    return purchases.Wish(
        idempotency_key=key or secrets.token_urlsafe(24),
        method=method,
        total_seen=total,
        terms_version="2026-1",
        **values,
    )  # type: ignore[arg-type]


def a_purchase(wanted: Mapping[int, int], method: str = "cash", actor: Actor | None = None, **facts: object) -> Purchase:
    """A purchase of these variants by a guest unless an actor is given."""
    who = actor or a_guest()
    puts(who, wanted)
    with transaction():
        return prepare(who, a_wish(who, method, **facts), TERMS)


def orders_of(purchase: Purchase) -> list[Order]:
    db.session.rollback()
    db.session.expire_all()
    return orders_by(purchase.id)


def orders_by(purchase_id: int) -> list[Order]:
    """The orders of a purchase whose row belongs to a session that is gone."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Order).where(Order.purchase_id == purchase_id).order_by(Order.id)))


def an_order(wanted: Mapping[int, int], seller: Actor, *actions: str, method: str = "cash") -> Order:
    """The first order of a new purchase, taken through these actions by the seller."""
    order = orders_of(a_purchase(wanted, method))[0]
    for action in actions:
        takes(seller, order, action)
        order = orders_of(db.session.get_one(Purchase, order.purchase_id))[0]
    return order


def takes(seller: Actor, order: Order, action: str, reason: str = "Plus de bocaux") -> bool:
    with transaction():
        return move(seller, order.id, action, order.version, reason=reason)


def stock_of(variant_id: int) -> tuple[int, int]:
    """(on hand, available) of a variant, as the rows say."""
    db.session.rollback()
    db.session.expire_all()
    found = counter(STOCK, variant_id)
    assert found is not None
    return found.on_hand, found.available


def problems(app: Flask) -> list[str]:
    """What `tiwizi check` would list of the data; the schema, which no purchase touches, has tests of its own."""
    db.session.rollback()
    return [problem for name, check in app.extensions["checks"].items() if name != "schema" for problem in check()]


def fields_of(html: str) -> dict[str, str]:
    """The hidden fields of the recap, as the browser would send them."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: value for name, value in pairs if name != "csrf_token"}


CONTACT = {
    "name": "Nadia Berrada",
    "phone": "0612345678",
    "mail": "nadia@example.org",
    "region": CASABLANCA,
    "commune": "Casablanca",
    "street": "12, rue des Orangers",
    "terms": "y",
}


def recap(client: FlaskClient, method: str = "cash", language: str = "fr", **given: str) -> dict[str, str]:
    """Go through the checkout page to the recap; what the last press sends."""
    page = client.get(f"/{language}/checkout?region={CASABLANCA}").get_data(as_text=True)
    key = re.search(r'name="key" type="hidden" value="([^"]+)"', page)
    assert key is not None
    choices = dict(re.findall(r'name="(delivery_\d+)" value="([^"]+)" checked', page))
    fields = {**CONTACT, "method": method, "key": key[1], "region_shown": CASABLANCA, "step": "recap", **choices, **given}
    answer = post(client, f"/{language}/checkout", **fields)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return fields_of(answer.get_data(as_text=True))


def place(client: FlaskClient, fields: Mapping[str, str], language: str = "fr") -> TestResponse:
    """The last press."""
    return post(client, f"/{language}/checkout", **{**fields, "step": "place"})


def pay_key(purchase_id: int) -> str:
    payable = payable_for("purchase", purchase_id)
    assert payable is not None
    return payable.key
