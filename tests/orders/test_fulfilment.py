"""From accepted to handed over, and back: every cancellation undoes ledger and stock exactly."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.journal import lines_of
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.payments.models import LedgerSet
from app.payments.queries import ledger
from orders.models import Order
from orders.queries.office import has_sold, office_order, office_orders, stage_counts
from orders.services.fulfilment import cancel_as_buyer, move
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.orders import a_purchase, a_variant, an_order, orders_of, problems, stock_of, takes

BALANCES = ("buyer", "commission")


class Shop:
    """A cooperative with a seller and a packer, and oil."""

    def __init__(self) -> None:
        self.seller_person: Person = a_person("Aïcha")
        self.cooperative: Organisation = a_cooperative("Tifawin", chair=self.seller_person)
        packer = a_person("Hassan")
        joins(packer, self.cooperative, "packer")
        self.seller: Actor = actor_of(self.seller_person)
        self.packer: Actor = actor_of(packer)
        self.oil = a_variant(self.cooperative.id, 12_000, 10)

    def money(self) -> dict[str, int]:
        db.session.rollback()
        owned = {name: ledger.balance(name, "MAD", self.cooperative.id).amount for name in ("seller", "cash")}
        return {**owned, **{name: ledger.balance(name, "MAD").amount for name in BALANCES}}


@pytest.fixture
def shop(app: Flask) -> Shop:
    return Shop()


def fresh(order: Order) -> Order:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Order, order.id)


def test_a_cash_order_is_delivered_and_its_cash_booked(app: Flask, shop: Shop) -> None:
    order = an_order({shop.oil: 2}, shop.seller, "accept", "pack")
    assert shop.money() == {"seller": -25_800, "cash": 0, "buyer": 27_000, "commission": -1_200}
    with transaction():
        move(shop.packer, order.id, "ship", order.version, carrier="Amana", tracking="AM 123 456")
    order = fresh(order)
    assert (order.fulfilment, order.carrier, order.tracking) == ("shipped", "Amana", "AM 123 456")
    takes(shop.packer, order, "hand-over")
    order = fresh(order)
    assert (order.commercial, order.payment, order.fulfilment) == ("completed", "paid", "delivered")
    assert shop.money() == {"seller": -25_800, "cash": 27_000, "buyer": 0, "commission": -1_200}
    assert stock_of(shop.oil) == (8, 8)
    verbs = [line.verb for line in lines_of("order", order.id)]
    assert verbs == ["place-order", "accept-order", "pack-order", "ship-order", "hand-over-order"]
    subjects = db.session.scalars(
        select(Letter.subject).where(Letter.recipient == "nadia@example.org").order_by(Letter.id)
    ).all()
    assert len(subjects) == 5
    assert problems(app) == []


@pytest.mark.parametrize(
    ("walk", "action"),
    [
        ((), "refuse"),
        (("accept",), "cancel"),
        (("accept", "pack"), "cancel"),
        (("accept", "pack", "ship", "fail"), "cancel"),
    ],
)
def test_a_stopped_order_undoes_everything(app: Flask, shop: Shop, walk: tuple[str, ...], action: str) -> None:
    order = an_order({shop.oil: 3}, shop.seller, *walk)
    assert stock_of(shop.oil) == (7, 7)
    takes(shop.seller, order, action, "La récolte a manqué")
    order = fresh(order)
    assert (order.payment, order.fulfilment, order.reason) == ("void", "stopped", "La récolte a manqué")
    assert shop.money() == {"seller": 0, "cash": 0, "buyer": 0, "commission": 0}
    assert stock_of(shop.oil) == (10, 10)
    assert problems(app) == []


def test_a_step_sent_twice_is_one_step(app: Flask, shop: Shop) -> None:
    order = an_order({shop.oil: 1}, shop.seller, "accept")
    shown = order.version
    with transaction():
        assert move(shop.seller, order.id, "pack", shown) is True
    letters = db.session.scalar(select(func.count()).select_from(Letter))
    with transaction():
        assert move(shop.seller, order.id, "pack", shown) is False
    assert db.session.scalar(select(func.count()).select_from(Letter)) == letters
    assert fresh(order).fulfilment == "packed"


def test_cancelling_twice_gives_the_stock_back_once(app: Flask, shop: Shop) -> None:
    order = an_order({shop.oil: 4}, shop.seller)
    shown = order.version
    for expected in (True, False):
        with transaction():
            assert cancel_as_buyer(Actor("guest"), order.id, shown) is expected
    assert stock_of(shop.oil) == (10, 10)
    assert shop.money() == {"seller": 0, "cash": 0, "buyer": 0, "commission": 0}
    assert db.session.scalar(select(func.count()).select_from(LedgerSet)) == 2
    assert problems(app) == []


def test_two_people_decide_differently(app: Flask, shop: Shop) -> None:
    """The seller accepts while the buyer cancels: the first wins, the second is told."""
    order = an_order({shop.oil: 1}, shop.seller)
    seen = order.version
    takes(shop.seller, order, "accept")
    with pytest.raises(Conflict) as caught, transaction():
        cancel_as_buyer(Actor("guest"), order.id, seen)
    assert caught.value.code == "order-moved-on"
    assert fresh(order).commercial == "accepted"
    assert stock_of(shop.oil) == (9, 9)


@pytest.mark.parametrize("action", ["pack", "ship", "hand-over", "cancel", "fail"])
def test_a_step_out_of_turn_changes_nothing(app: Flask, shop: Shop, action: str) -> None:
    order = an_order({shop.oil: 1}, shop.seller)
    before = shop.money()
    with pytest.raises(Conflict), transaction():
        move(shop.seller, order.id, action, order.version, reason="non")
    after = fresh(order)
    assert (after.commercial, after.fulfilment, after.version) == ("placed", "waiting", order.version)
    assert shop.money() == before


def test_refusing_needs_a_reason(app: Flask, shop: Shop) -> None:
    order = an_order({shop.oil: 1}, shop.seller)
    for reason, code in (("  ", "reason-needed"), ("x" * 501, "text-too-long")):
        with pytest.raises(Invalid) as caught, transaction():
            move(shop.seller, order.id, "refuse", order.version, reason=reason)
        assert caught.value.code == code
    assert fresh(order).commercial == "placed"


def test_who_may_do_what(app: Flask, shop: Shop) -> None:
    order = an_order({shop.oil: 1}, shop.seller)
    other = a_person("Brahim")
    a_cooperative("Assif", chair=other)
    with pytest.raises(NotAllowed), transaction():
        move(shop.packer, order.id, "accept", order.version)
    for stranger in (actor_of(other), actor_of(a_person("Nadia")), Actor("guest")):
        with pytest.raises(NotFound), transaction():
            move(stranger, order.id, "accept", order.version)
    assert fresh(order).commercial == "placed"
    takes(shop.seller, order, "accept")
    takes(shop.packer, fresh(order), "pack")
    assert fresh(order).fulfilment == "packed"


def test_a_buyer_cannot_cancel_what_is_on_its_way(app: Flask, shop: Shop) -> None:
    order = an_order({shop.oil: 1}, shop.seller, "accept", "pack", "ship")
    with pytest.raises(Conflict) as caught, transaction():
        cancel_as_buyer(Actor("guest"), order.id, order.version)
    assert caught.value.code == "too-late-to-cancel"
    assert fresh(order).commercial == "accepted"


def test_an_office_sees_its_own_placed_orders(app: Flask, shop: Shop) -> None:
    other = a_cooperative("Assif", chair=a_person("Brahim"))
    honey = a_variant(other.id)
    both = a_purchase({shop.oil: 1, honey: 2})
    pending = a_purchase({shop.oil: 1}, "card")
    an_order({shop.oil: 1}, shop.seller, "accept")
    assert stage_counts(shop.cooperative.id) == {
        "to-confirm": 0,
        "new": 1,
        "to-pack": 1,
        "to-ship": 0,
        "on-the-way": 0,
        "delivered": 0,
        "stopped": 0,
    }
    rows, count = office_orders(shop.cooperative.id, "new", "", 0, 30)
    assert ([row.number for row in rows], count) == ([f"{both.number}-1"], 1)
    assert office_order(other.id, f"{both.number}-2").order.lines[0].count == 2
    for number in (f"{both.number}-2", f"{pending.number}-1", "T2026-NOTHING"):
        with pytest.raises(NotFound):
            office_order(shop.cooperative.id, number)


def test_the_first_sale(app: Flask, shop: Shop) -> None:
    assert not has_sold(shop.seller)
    assert not has_sold(Actor("guest"))
    a_purchase({shop.oil: 1}, "card")
    assert not has_sold(shop.seller)
    order = orders_of(a_purchase({shop.oil: 1}))[0]
    assert has_sold(shop.seller)
    assert not has_sold(actor_of(a_person("Nadia")))
    takes(shop.seller, order, "refuse")
    assert not has_sold(shop.seller)
