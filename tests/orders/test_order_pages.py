"""What the pages of an order and of a basket say in each of its states, and to whom."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.engines.db import db
from app.engines.transactions import transaction
from catalog.models import DeliveryZone
from orders.models import Order
from orders.services.basket import add
from orders.services.fulfilment import move
from tests.browsing import Browser, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, costs, orders_of
from tests.schema import empty_tables

STEPS = {
    "new": (),
    "accepted": ("accept",),
    "packed": ("accept", "pack"),
    "shipped": ("accept", "pack", "ship"),
    "delivered": ("accept", "pack", "ship", "hand-over"),
    "refused": ("refuse",),
    "to collect": ("accept", "pack"),
}
ROLES = ("chair", "seller", "packer", "treasurer", "member")


class Shop:
    """An order in every state, at a cooperative with somebody in every role."""

    def __init__(self, house: Flask) -> None:
        people = {name: a_person(name.title(), language="en") for name in (*ROLES, "buyer")}
        shop = a_cooperative("Tifawin", chair=people["chair"])
        for role in ROLES[1:]:
            joins(people[role], shop, role)
        variant = variant_of(a_product(shop.id, "Huile", stock=100))
        self.seller, buyer = actor_of(people["seller"]), actor_of(people["buyer"])
        self.numbers: dict[str, tuple[str, str, str]] = {}
        for stage, steps in STEPS.items():
            if stage == "to collect":
                with transaction() as session:
                    zone = DeliveryZone(organisation_id=shop.id, position=1, kind="pickup", regions=[], place="Souk el Had")
                    zone.fee, zone.currency, zone.free_from, zone.days_min, zone.days_max = 0, "MAD", None, 0, 1
                    session.add(zone)
            purchase = a_purchase({variant: 1}, "cash", buyer)
            for action in steps:
                order = orders_of(purchase)[0]
                with transaction():
                    move(self.seller, order.id, action, order.version, "Plus de pots", "Amana", "RR12")
            self.numbers[stage] = (purchase.number, orders_of(purchase)[0].number, purchase.key)
        self.slug = shop.slug
        self.others = {name: variant_of(a_product(shop.id, name, stock=1)) for name in ("Cumin", "Anis", "Safran")}
        self.buyer = buyer
        self.browsers = {name: Browser(house) for name in (*people, "guest")}
        for name, person in people.items():
            sign_in(self.browsers[name], person)
        db.session.remove()

    def buyers(self, stage: str, query: str = "") -> str:
        return text_of(self.browsers["buyer"].get(f"/en/orders/{self.numbers[stage][0]}{query}"))

    def office(self, who: str, stage: str) -> tuple[int, str]:
        answer = self.browsers[who].get(f"/en/sell/{self.slug}/orders/{self.numbers[stage][1]}")
        return answer.status_code, text_of(answer)


@pytest.fixture(scope="module")
def shop(_house: Flask) -> Iterator[Shop]:
    with _house.app_context():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Shop(_house)
        db.session.remove()


SAID: dict[str, set[str]] = {
    "promised": {"new", "accepted", "packed", "shipped", "to collect"},
    "RR12": {"shipped", "delivered"},
    "Amana": {"shipped", "delivered"},
    "To collect: Souk el Had": {"to collect"},
    "Plus de pots": {"refused"},
    "Cancel this order": {"new", "accepted", "packed", "to collect"},
}


@pytest.mark.parametrize("words", SAID)
def test_a_buyer_reads_what_belongs_to_the_state(shop: Shop, words: str) -> None:
    assert {stage for stage in STEPS if words in shop.buyers(stage)} == SAID[words]


def test_thanks_are_said_of_what_stands(shop: Shop) -> None:
    thanks = "Thank you! Your order is confirmed."
    assert {stage for stage in STEPS if thanks in shop.buyers(stage, "?thanks=1")} == set(STEPS) - {"refused"}
    assert thanks not in shop.buyers("new")


def test_a_guest_is_told_to_keep_the_address(shop: Shop) -> None:
    number, _order, key = shop.numbers["new"]
    keep = "Keep the address of this page"
    guest = shop.browsers["guest"]
    assert keep in text_of(guest.get(f"/en/orders/{number}?key={key}&thanks=1"))
    assert keep not in text_of(guest.get(f"/en/orders/{number}?key={key}"))
    assert keep not in shop.buyers("new", f"?key={key}&thanks=1")


@pytest.mark.parametrize("who", ROLES)
def test_who_reads_what_of_an_order_in_its_office(shop: Shop, who: str) -> None:
    """Who packs reads where it goes, who answers for the money reads what it brings."""
    status, page = shop.office(who, "new")
    assert status == (403 if who == "member" else 200)
    assert ("For the cooperative" in page) == (who in ("chair", "seller", "treasurer"))
    assert ("rue des Orangers" in page) == (who in ("chair", "seller", "packer"))
    answer = shop.browsers[who].get(f"/en/sell/{shop.slug}/orders")
    assert answer.status_code == status
    assert ("Nadia Berrada" in text_of(answer)) == (who in ("chair", "seller", "packer"))


def test_cash_is_to_be_collected_where_it_is_due(shop: Shop) -> None:
    first = "in cash from the buyer first"
    assert {stage for stage in STEPS if first in shop.office("seller", stage)[1]} == {"shipped", "to collect"}
    order_number = shop.numbers["shipped"][1]
    with transaction() as session:
        order = session.query(Order).filter_by(number=order_number).one()
        order.payment = "paid"
    assert first not in shop.office("seller", "shipped")[1]
    with transaction() as session:
        session.query(Order).filter_by(number=order_number).one().payment = "due-cash"


def test_a_basket_keeps_its_order_and_tells_what_has_changed(shop: Shop) -> None:
    """First in, first shown; a new price is told; what is short must be changed before it is ordered."""
    for name in ("Safran", "Cumin", "Anis"):
        with transaction():
            add(shop.buyer, shop.others[name], 1)
    browser, changed = shop.browsers["buyer"], "A price has changed since you chose these goods."

    def page() -> str:
        return text_of(browser.get("/en/basket"))

    lines = page().partition("<main")[2]
    places = [lines.index(name) for name in ("Safran", "Cumin", "Anis")]
    assert places == sorted(places)
    assert (changed in page(), "Order now" in page()) == (False, True)
    costs(shop.others["Anis"], 13_000)
    assert changed in page()
    assert ("120.00" in page(), "Before:" in page()) == (True, True)
    with transaction():
        add(shop.buyer, shop.others["Cumin"], 1)
    assert ("Order now" in page(), "Only 1 left" in page()) == (False, True)


def stock_words(shop: Shop, slug: str) -> str:
    return text_of(shop.browsers["guest"].get(f"/en/market/products/{slug}"))


@pytest.mark.parametrize(("stock", "words"), [(0, "Sold out"), (1, "Only 1 left"), (5, "Only 5 left"), (6, "In stock")])
def test_a_product_says_how_many_are_left_and_is_bought_while_there_are_some(shop: Shop, stock: int, words: str) -> None:
    a_product(actor_organisation(shop), f"Beurre {stock}", stock=stock)
    page = stock_words(shop, f"beurre-{stock}")
    assert words in page
    assert ("Add to basket" in page) == (stock > 0)


def actor_organisation(shop: Shop) -> int:
    return next(iter(shop.seller.roles))
