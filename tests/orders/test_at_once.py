"""Two people, or a person and the house, at the same moment: one of them wins, goods and money move once."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation, Person
from app.engines import counters
from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.payments.models import Refund
from app.payments.queries import ledger, payables
from app.payments.services.payables import close_payable
from app.practice.server import the_practice
from orders.models import Order, Purchase
from orders.services import fulfilment
from orders.services.checkout import prepare
from orders.services.fulfilment import cancel_as_buyer, give_up, move
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import (
    TERMS,
    a_guest,
    a_purchase,
    a_variant,
    a_wish,
    orders_by,
    orders_of,
    pay_key,
    problems,
    puts,
    stock_of,
    takes,
)
from tests.builders.payments import come_back, notices_lost, open_page, pay_with
from tests.engines.together import at_once

ROUNDS = 6


class Stall:
    """A cooperative with ten bottles of oil."""

    def __init__(self) -> None:
        self.person: Person = a_person("Aïcha")
        self.cooperative: Organisation = a_cooperative("Tifawin", chair=self.person)
        self.seller: Actor = actor_of(self.person)
        self.oil = a_variant(self.cooperative.id, 12_000, 10)


@pytest.fixture
def stall(app: Flask) -> Stall:
    return Stall()


def bought(app: Flask, client: FlaskClient, wanted: dict[int, int], method: str = "card") -> int:
    """A purchase that stands, paid if it is by card; its id."""
    purchase_id = a_purchase(wanted, method).id
    if method == "card":
        come_back(client, pay_with(app, open_page(client, payables.payable_by_key(pay_key(purchase_id)))))
    return purchase_id


def in_transaction(act: Callable[..., Any], *given: Any, **facts: Any) -> Callable[[], Any]:
    def run() -> Any:
        with transaction():
            return act(*given, **facts)

    return run


def refunds() -> list[tuple[int, str]]:
    db.session.rollback()
    return [(row.amount, row.state) for row in db.session.scalars(select(Refund).order_by(Refund.id))]


def balances(stall: Stall) -> dict[str, int]:
    db.session.rollback()
    return {name: ledger.balance(name, "MAD").amount for name in ("buyer", "card", "cash", "seller", "commission")}


NOTHING = {"buyer": 0, "card": 0, "cash": 0, "seller": 0, "commission": 0}


@pytest.mark.parametrize("method", ["cash", "card"])
@pytest.mark.parametrize("walk", [(), ("accept",), ("accept", "pack")])
def test_buyer_and_seller_cancel_at_once_each_twice(
    app: Flask, client: FlaskClient, stall: Stall, method: str, walk: tuple[str, ...]
) -> None:
    purchase_id = bought(app, client, {stall.oil: 4}, method)
    for action in walk:
        takes(stall.seller, orders_by(purchase_id)[0], action)
    (order,) = orders_by(purchase_id)
    order_id, shown = order.id, order.version
    word = "cancel" if walk else "refuse"
    buyer = in_transaction(cancel_as_buyer, Actor("guest"), order_id, shown)
    seller = in_transaction(move, stall.seller, order_id, word, shown, reason="La récolte a manqué")
    outcomes = at_once(app, [buyer, seller, buyer, seller])
    assert [one for one in outcomes if one is True] == [True]
    assert all(one is True or one is False or isinstance(one, Conflict) for one in outcomes), outcomes
    run_due_jobs()
    (order,) = orders_by(purchase_id)
    assert (order.payment, order.fulfilment) == ("void" if method == "cash" else "refunded", "stopped")
    assert stock_of(stall.oil) == (10, 10)
    assert balances(stall) == NOTHING
    assert refunds() == ([] if method == "cash" else [(51_000, "done")])
    assert the_practice(app.extensions["practice"]).check() == []
    assert problems(app) == []


def test_without_reading_under_lock_a_second_cancellation_gives_the_goods_back_twice(
    app: Flask, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: an order as it was read before, and no key that keeps the ledger from a second reversal."""
    (order,) = orders_of(a_purchase({stall.oil: 4}))
    order_id, shown = order.id, order.version
    seen = {name: getattr(order, name) for name in ("commercial", "payment", "fulfilment", "version", "last_action")}

    def stale(order_id: int) -> Order:
        row = db.session.get_one(Order, order_id)
        for name, value in seen.items():
            setattr(row, name, value)
        return row

    monkeypatch.setattr(fulfilment, "order_for_update", stale)
    monkeypatch.setattr(fulfilment, "write_move", lambda *_: None)
    monkeypatch.setattr(fulfilment, "write_buyer_cancelled", lambda *_: None)
    for _ in range(2):
        with transaction():
            cancel_as_buyer(Actor("guest"), order_id, shown)
    assert stock_of(stall.oil) == (14, 14)


@pytest.mark.parametrize("method", ["cash", "card"])
@pytest.mark.parametrize(("walk", "action"), [((), "accept"), (("accept", "pack"), "ship")])
def test_a_step_races_with_a_cancellation(
    app: Flask, client: FlaskClient, stall: Stall, method: str, walk: tuple[str, ...], action: str
) -> None:
    for _ in range(2):
        purchase_id = bought(app, client, {stall.oil: 1}, method)
        for one in walk:
            takes(stall.seller, orders_by(purchase_id)[0], one)
        (order,) = orders_by(purchase_id)
        order_id, shown, before = order.id, order.version, stock_of(stall.oil)
        outcomes = at_once(
            app,
            [
                in_transaction(cancel_as_buyer, Actor("guest"), order_id, shown),
                in_transaction(move, stall.seller, order_id, action, shown),
            ],
        )
        assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "bool"]
        cancelled = outcomes[0] is True
        (order,) = orders_by(purchase_id)
        assert order.commercial == ("cancelled" if cancelled else "accepted")
        assert stock_of(stall.oil) == tuple(number + cancelled for number in before)
        assert problems(app) == []


def test_a_purchase_is_cancelled_part_by_part_with_its_delivery(app: Flask, client: FlaskClient, stall: Stall) -> None:
    other = a_person("Brahim")
    honey = a_variant(a_cooperative("Assif", chair=other).id, 9_000, 5)
    purchase_id = bought(app, client, {stall.oil: 2, honey: 1})
    first, second = orders_by(purchase_id)
    assert (first.total, second.total) == (27_000, 12_000)
    ids = [(first.id, first.version), (second.id, second.version)]
    outcomes = at_once(app, [in_transaction(cancel_as_buyer, Actor("guest"), *one) for one in ids])
    assert outcomes == [True, True]
    run_due_jobs()
    assert sorted(refunds()) == [(12_000, "done"), (27_000, "done")]
    assert (stock_of(stall.oil), stock_of(honey)) == ((10, 10), (5, 5))
    assert balances(stall) == NOTHING
    assert problems(app) == []


def test_paying_in_one_tab_and_giving_up_in_the_other(app: Flask, client: FlaskClient, stall: Stall) -> None:
    """Whoever takes the payable first; nobody waits for the other in a circle, and the money is never forgotten."""
    for _ in range(ROUNDS):
        purchase_id = a_purchase({stall.oil: 1}, "card").id
        with notices_lost(app):
            back = pay_with(app, open_page(client, payables.payable_by_key(pay_key(purchase_id))))
        outcomes = at_once(
            app,
            [
                lambda back=back: come_back(app.test_client(), back),
                in_transaction(give_up, Actor("guest"), purchase_id),
            ],
        )
        assert outcomes[0] == 303
        assert outcomes[1] in (True, False)
        (order,) = orders_by(purchase_id)
        assert (order.commercial, order.payment) == ("placed", "paid")
    assert stock_of(stall.oil) == (10 - ROUNDS, 10 - ROUNDS)
    assert problems(app) == []


def test_a_checkout_while_an_unpaid_purchase_of_the_same_basket_ends(app: Flask, stall: Stall) -> None:
    for _ in range(ROUNDS):
        buyer = a_guest()
        pending = a_purchase({stall.oil: 1}, "card", buyer).id
        payable = payables.payable_by_key(pay_key(pending))
        puts(buyer, {stall.oil: 1})
        wish = a_wish(buyer)
        outcomes = at_once(
            app,
            [
                in_transaction(close_payable, SYSTEM, payable.id),
                in_transaction(prepare, buyer, wish, TERMS),
            ],
        )
        assert outcomes[0] is True, outcomes
        assert isinstance(outcomes[1], Purchase | Conflict), outcomes
        assert orders_by(pending)[0].commercial == "abandoned"
    sold = db.session.scalar(select(func.count(Order.id)).where(Order.commercial == "placed"))
    assert stock_of(stall.oil) == (10 - sold, 10 - sold)
    assert problems(app) == []


def test_late_money_while_somebody_else_takes_the_goods(
    app: Flask, client: FlaskClient, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold has ended: it is looked at, and in the same moment somebody else frees and takes what was held."""
    purchase_id = a_purchase({stall.oil: 6}, "card").id
    with notices_lost(app):
        back = pay_with(app, open_page(client, payables.payable_by_key(pay_key(purchase_id))))
    looked = counters.held

    def slowly(holder: str, kind: str) -> dict[int, int]:
        found = looked(holder, kind)
        time.sleep(0.3)
        return found

    def later() -> int:
        time.sleep(0.15)
        return a_purchase({stall.oil: 6}).id

    with time_machine.travel(now() + timedelta(minutes=41)):
        monkeypatch.setattr(counters, "held", slowly)
        outcomes = at_once(app, [lambda: come_back(app.test_client(), back), later])
        assert outcomes[0] == 303
        monkeypatch.undo()
        (order,) = orders_by(purchase_id)
        assert stock_of(stall.oil) == (4, 4)
        winner = isinstance(outcomes[1], int)
        assert order.commercial == ("cancelled" if winner else "placed")
        assert problems(app) == []
        run_due_jobs()
        assert ledger.balance("card", "MAD") == Money(0 if winner else 75_000, "MAD")
