"""Prepare: what is written when a buyer confirms, and that a refusal writes nothing."""

import dataclasses
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.engines.counters import Short
from app.engines.counters.tables import Hold
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.kernel.money import Money
from app.payments.queries import ledger, payables
from catalog.models import Variant
from orders.models import Address, BasketLine, Order, OrderLine, Purchase
from orders.queries.baskets import view_basket
from orders.services import basket
from orders.services.checkout import prepare
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.orders import (
    TERMS,
    a_guest,
    a_purchase,
    a_variant,
    a_wish,
    costs,
    orders_of,
    problems,
    puts,
    stock_of,
    wanted_by,
)


def counts() -> dict[str, int]:
    db.session.rollback()
    return {
        table.__name__: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Purchase, Order, OrderLine, Hold, Letter, BasketLine)
    }


def refused(actor: Actor, wish: Any, kind: type[Refusal], code: str) -> Refusal:
    """The refusal, after seeing that nothing was written."""
    before = counts()
    with pytest.raises(kind) as caught, transaction():
        prepare(actor, wish, TERMS)
    assert caught.value.code == code
    assert counts() == before
    return caught.value


@pytest.fixture
def seller(app: Flask) -> Any:
    person = a_person("Aïcha")
    return a_cooperative("Tifawin", chair=person)


def test_a_cash_purchase_from_two_cooperatives(app: Flask, seller: Any) -> None:
    other = a_cooperative("Assif", chair=a_person("Brahim"))
    oil, honey = a_variant(seller.id, 12_050, 10, "Huile d’argane"), a_variant(other.id, 9_000, 5, "Miel")
    purchase = a_purchase({oil: 3, honey: 1})

    first, second = orders_of(purchase)
    assert (first.organisation_id, first.goods, first.delivery_fee, first.total, first.commission) == (
        seller.id,
        36_150,
        3_000,
        39_150,
        1_808,
    )
    assert (second.organisation_id, second.total, second.commission) == (other.id, 12_000, 450)
    assert (first.number, second.number) == (f"{purchase.number}-1", f"{purchase.number}-2")
    assert purchase.total == 51_150
    assert [(o.commercial, o.payment, o.fulfilment, o.after_sale) for o in (first, second)] == [
        ("placed", "due-cash", "waiting", "none")
    ] * 2
    assert stock_of(oil) == (7, 7)
    assert stock_of(honey) == (4, 4)
    assert ledger.balance("seller", "MAD", seller.id) == Money(-37_342, "MAD")
    assert ledger.balance("commission", "MAD") == Money(-2_258, "MAD")
    assert ledger.balance("buyer", "MAD") == Money(51_150, "MAD")
    assert counts() == {"Purchase": 1, "Order": 2, "OrderLine": 2, "Hold": 0, "Letter": 3, "BasketLine": 0}
    assert problems(app) == []


def test_a_line_keeps_what_was_bought(app: Flask, seller: Any) -> None:
    oil = a_variant(seller.id, 12_050, 10, "Huile d’argane")
    purchase = a_purchase({oil: 2})
    costs(oil, 99_900)
    line = db.session.scalars(select(OrderLine)).one()
    assert (line.title, line.unit_price, line.count, line.total) == ("Huile d’argane", 12_050, 2, 24_100)
    assert orders_of(purchase)[0].total == 27_100
    assert problems(app) == []


def test_a_card_purchase_holds_and_waits(app: Flask, seller: Any) -> None:
    oil = a_variant(seller.id, stock=10)
    purchase = a_purchase({oil: 4}, "card")
    (order,) = orders_of(purchase)
    assert (order.commercial, order.payment, order.placed_at) == ("pending", "unpaid", None)
    assert stock_of(oil) == (10, 6)
    hold = db.session.scalars(select(Hold)).one()
    payable = payables.payable_for("purchase", purchase.id)
    assert payable is not None
    assert (payable.amount, payable.state, payable.expires_at) == (Money(51_000, "MAD"), "open", purchase.expires_at)
    assert (hold.expires_at - payable.expires_at).total_seconds() == 600
    assert payable.done_url == f"/fr/orders/{purchase.number}?key={purchase.key}&thanks=1"
    assert counts()["Letter"] == 0
    assert ledger.balance("seller", "MAD", seller.id) == Money(0, "MAD")
    assert problems(app) == []


@pytest.mark.parametrize("method", ["cash", "card"])
def test_the_same_key_gives_the_first_purchase(app: Flask, seller: Any, method: str) -> None:
    oil, buyer = a_variant(seller.id, stock=10), a_guest()
    puts(buyer, {oil: 2})
    wish = a_wish(buyer, method)
    with transaction():
        first = prepare(buyer, wish, TERMS)
    after_first = counts()
    puts(buyer, {oil: 1})
    with transaction():
        again = prepare(buyer, wish, TERMS)
    assert again.id == first.id
    assert counts() == {**after_first, "BasketLine": 1}
    assert stock_of(oil)[1] == 8


def test_somebody_elses_key_is_no_key(app: Flask, seller: Any) -> None:
    oil = a_variant(seller.id)
    buyer = actor_of(a_person("Nadia"))
    puts(buyer, {oil: 1})
    wish = a_wish(buyer)
    with transaction():
        prepare(buyer, wish, TERMS)
    stranger = a_guest()
    puts(stranger, {oil: 1})
    refused(stranger, wish, Conflict, "already-ordered")


def test_another_guests_key_is_no_key(app: Flask, seller: Any) -> None:
    """The browser of a café: the last guest's form is still there, the next guest has another session."""
    oil, first, second = a_variant(seller.id), a_guest(), a_guest()
    for one in (first, second):
        puts(one, {oil: 1})
    wish = a_wish(first)
    with transaction():
        prepare(first, wish, TERMS)
    refused(second, wish, Conflict, "already-ordered")
    nadia = actor_of(a_person("Nadia"))
    puts(nadia, {oil: 1})
    refused(nadia, wish, Conflict, "already-ordered")


def test_another_price_than_the_one_seen_orders_nothing(app: Flask, seller: Any) -> None:
    oil, buyer = a_variant(seller.id, 12_000), a_guest()
    puts(buyer, {oil: 2})
    wish = a_wish(buyer)
    costs(oil, 12_500)
    refusal = refused(buyer, wish, Conflict, "total-changed")
    assert (refusal.facts["seen"], refusal.facts["now"]) == (27_000, 28_000)
    assert stock_of(oil) == (10, 10)


def test_what_is_short_is_named_and_nothing_is_held(app: Flask, seller: Any) -> None:
    oil, honey, buyer = a_variant(seller.id, stock=10), a_variant(seller.id, stock=3, title="Miel d’euphorbe"), a_guest()
    puts(buyer, {oil: 2, honey: 3})
    wish = a_wish(buyer)
    a_purchase({honey: 1})
    refusal = refused(buyer, wish, Short, "sold-out-meanwhile")
    assert (refusal.facts["title"], refusal.facts["available"]) == ("Miel d’euphorbe", 2)
    assert stock_of(oil) == (10, 10)
    assert stock_of(honey) == (2, 2)


def test_what_is_no_longer_sold_is_refused(app: Flask, seller: Any) -> None:
    oil, buyer = a_variant(seller.id), a_guest()
    puts(buyer, {oil: 1})
    wish = a_wish(buyer)
    with transaction() as session:
        session.get_one(Variant, oil).active = False
    refused(buyer, wish, Conflict, "no-longer-sold")


def test_a_foreign_way_and_a_foreign_region_are_refused(app: Flask, seller: Any) -> None:
    oil, buyer = a_variant(seller.id), a_guest()
    puts(buyer, {oil: 1})
    wish = a_wish(buyer)
    refused(buyer, dataclasses.replace(wish, deliveries={seller.id: "pickup-99"}), Conflict, "delivery-changed")
    refused(buyer, dataclasses.replace(wish, region="CA-QC"), Invalid, "not-delivered-there")
    refused(a_guest(), wish, Invalid, "basket-empty")


def test_a_method_that_is_not_there_orders_nothing(app: Flask, seller: Any) -> None:
    oil, buyer = a_variant(seller.id), a_guest()
    puts(buyer, {oil: 1})
    refused(buyer, dataclasses.replace(a_wish(buyer), method="barter"), Invalid, "method-unknown")


def test_a_person_finds_the_address_again(app: Flask, seller: Any) -> None:
    buyer = actor_of(a_person("Nadia"))
    a_purchase({a_variant(seller.id): 1}, actor=buyer, street="3, derb El Ferrane")
    a_purchase({a_variant(seller.id): 1}, actor=buyer, street="9, rue Atlas")
    assert [row.street for row in db.session.scalars(select(Address))] == ["9, rue Atlas"]


def test_letters_are_in_the_readers_language(app: Flask) -> None:
    chair, packer = a_person("Aïcha", language="ar"), a_person("Hassan")
    cooperative = a_cooperative("Tifawin", chair=chair)
    joins(packer, cooperative, "packer")
    a_purchase({a_variant(cooperative.id): 1}, mail=None)
    letters = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    assert sorted((one.channel, one.recipient, one.language) for one in letters) == [
        ("mail", f"aicha.{chair.id}@example.org", "ar"),
        ("phone", "+212612345678", "fr"),
    ]


def test_baskets_count_and_refuse(app: Flask, seller: Any) -> None:
    oil, buyer = a_variant(seller.id), a_guest()
    puts(buyer, {oil: 2})
    puts(buyer, {oil: 3})
    assert wanted_by(buyer) == {oil: 5}
    for count, kind in ((0, Invalid), (1000, Invalid), (995, Invalid)):
        with pytest.raises(kind), transaction():
            basket.add(buyer, oil, count)
    with pytest.raises(NotFound), transaction():
        basket.add(buyer, 999_999, 1)
    assert wanted_by(buyer) == {oil: 5}
    with transaction():
        basket.change(buyer, oil, 1)
    assert wanted_by(buyer) == {oil: 1}
    with transaction():
        basket.change(buyer, oil, 0)
    assert wanted_by(buyer) == {}


def test_a_basket_says_what_has_changed(app: Flask, seller: Any) -> None:
    oil, honey, buyer = a_variant(seller.id, 12_000, 10), a_variant(seller.id, 5_000, 2), a_guest()
    puts(buyer, {oil: 1, honey: 2})
    assert view_basket(buyer, "fr").ready
    costs(oil, 11_000)
    a_purchase({honey: 1})
    seen = view_basket(buyer, "fr")
    first, second = seen.groups[0].items
    assert (first.was, first.total.amount, first.problem) == (12_000, 11_000, None)
    assert (second.problem, second.available) == ("short", 1)
    assert (seen.ready, seen.changed) == (False, True)


def test_a_guests_basket_becomes_the_persons(app: Flask, seller: Any) -> None:
    oil, honey, soap = a_variant(seller.id), a_variant(seller.id), a_variant(seller.id)
    visitor, person = a_guest(), actor_of(a_person("Nadia"))
    puts(visitor, {oil: 2, honey: 1})
    puts(person, {oil: 5, soap: 1})
    with transaction():
        basket.merge(person, visitor.guest or "")
    assert wanted_by(person) == {oil: 5, soap: 1, honey: 1}
    assert wanted_by(visitor) == {}
    with transaction():
        basket.merge(person, visitor.guest or "")
    assert wanted_by(person) == {oil: 5, soap: 1, honey: 1}


def test_a_basket_has_one_currency(app: Flask, seller: Any) -> None:
    """Two territories in one house: a purchase has one currency, so a basket has."""
    maple = a_cooperative("Érablière", chair=a_person("Julie"), territory="quebec", region="QC-03")
    syrup = a_variant(maple.id, 1_250)
    oil, visitor, person = a_variant(seller.id), a_guest(), actor_of(a_person("Nadia"))
    puts(visitor, {syrup: 2})
    puts(person, {oil: 1})
    with pytest.raises(Conflict) as caught, transaction():
        basket.add(visitor, oil, 1)
    assert (caught.value.code, caught.value.facts["currency"]) == ("other-currency", "MAD")
    seen = view_basket(visitor, "fr")
    assert (seen.goods, seen.ready) == (Money(2_500, "CAD"), True)
    with transaction():
        basket.merge(person, visitor.guest or "")
    assert wanted_by(person) == {oil: 1}
    assert view_basket(person, "fr").ready


def test_a_basket_holds_fifty_lines(app: Flask, seller: Any) -> None:
    buyer = a_guest()
    puts(buyer, {a_variant(seller.id): 1 for _ in range(50)})
    one_more = a_variant(seller.id)
    with pytest.raises(Conflict) as caught, transaction():
        basket.add(buyer, one_more, 1)
    assert caught.value.code == "basket-full"
    assert len(wanted_by(buyer)) == 50
