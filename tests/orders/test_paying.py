"""A card purchase on the practice provider: return page and webhook in any order, late money, walking away, paying back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.engines.counters.tables import Hold
from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments import jobs
from app.payments.models import LedgerSet, Refund
from app.payments.queries import ledger
from app.practice.server import the_practice
from orders.models import Purchase
from orders.services import basket
from orders.services.fulfilment import cancel_as_buyer, give_up
from tests.browsing import post
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import a_guest, a_purchase, a_variant, orders_of, pay_key, problems, stock_of, takes, wanted_by


@pytest.fixture
def chair(app: Flask) -> Any:
    return a_person("Aïcha")


@pytest.fixture
def oil(app: Flask, chair: Any) -> int:
    return a_variant(a_cooperative("Tifawin", chair=chair).id, 12_000, 10)


def opens_page(client: FlaskClient, purchase: Purchase) -> str:
    """The buyer presses "pay": the address of the provider's page."""
    answer = post(client, f"/fr/pay/{pay_key(purchase.id)}")
    assert answer.status_code == 303
    return answer.location


def chooses(app: Flask, page: str, card: str) -> str:
    """A click on a practice card: where the buyer is sent."""
    answer = (
        app.extensions["practice"].test_client().post(urlsplit(page).path.removeprefix("/practice"), data={"card": card})
    )
    assert answer.status_code == 303
    return answer.location


@pytest.fixture(autouse=True)
def notices(app: Flask) -> Iterator[list[tuple[bytes, str]]]:
    """What the provider posts to us, kept instead of sent."""
    provider = app.extensions["practice"]
    before = the_practice(provider)
    kept: list[tuple[bytes, str]] = []

    def keep(_url: str, body: bytes, headers: dict[str, str]) -> int:
        kept.append((body, headers["Stripe-Signature"]))
        return 200

    provider.extensions["practice"] = replace(before, post=keep)
    yield kept
    provider.extensions["practice"] = before


Notices = list[tuple[bytes, str]]


def hears(client: FlaskClient, notice: tuple[bytes, str]) -> int:
    answer = client.post("/webhooks/stripe", data=notice[0], headers={"Stripe-Signature": notice[1]})
    return answer.status_code


def goes_back(client: FlaskClient, address: str) -> int:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}").status_code


def facts() -> dict[str, int]:
    db.session.rollback()
    return {
        table.__name__: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (LedgerSet, Letter, Hold)
    }


WAYS: list[str] = ["".join(order) for order in sorted(set(permutations("RRWWW")))]


@pytest.mark.parametrize("order", WAYS)
def test_return_page_and_notices_in_any_order_are_one_payment(
    app: Flask, client: FlaskClient, oil: int, notices: Notices, order: str
) -> None:
    """R: the buyer comes back; W: the same notice arrives (three times in all)."""
    purchase = a_purchase({oil: 2}, "card")
    back = chooses(app, opens_page(client, purchase), "success")
    paid = [one for one in notices if b"checkout.session.completed" in one[0]]
    assert len(paid) == 1
    for step in order:
        status = goes_back(client, back) if step == "R" else hears(client, paid[0])
        assert status in (200, 303)
    (placed,) = orders_of(purchase)
    assert (placed.commercial, placed.payment, placed.fulfilment) == ("placed", "paid", "waiting")
    assert stock_of(oil) == (8, 8)
    assert facts() == {"LedgerSet": 2, "Letter": 2, "Hold": 0}
    assert ledger.balance("card", "MAD") == Money(27_000, "MAD")
    assert ledger.balance("buyer", "MAD") == Money(0, "MAD")
    assert problems(app) == []


def test_a_declined_card_leaves_everything_waiting(app: Flask, client: FlaskClient, oil: int, notices: Notices) -> None:
    purchase = a_purchase({oil: 2}, "card")
    page = opens_page(client, purchase)
    assert chooses(app, page, "declined") == page
    for notice in notices:
        assert hears(client, notice) == 200
    assert orders_of(purchase)[0].commercial == "pending"
    assert stock_of(oil) == (10, 8)
    assert goes_back(client, chooses(app, page, "success")) == 303
    assert orders_of(purchase)[0].commercial == "placed"
    assert problems(app) == []


def test_who_has_no_basket_any_more_is_not_told_of_one(app: Flask, oil: int) -> None:
    """The guest has signed in since: the guest's basket is the person's now."""
    visitor, nadia = a_guest(), a_person("Nadia")
    purchases = [a_purchase({oil: 1}, "card", visitor), a_purchase({oil: 1}, "card", actor_of(nadia))]
    with transaction():
        basket.merge(actor_of(nadia), visitor.guest or "")
    for purchase in purchases:
        with transaction():
            give_up(Actor("guest"), purchase.id)
    letters = db.session.scalars(select(Letter.body).order_by(Letter.id)).all()
    assert ["/fr/basket" in body for body in letters] == [False, True]
    assert wanted_by(actor_of(nadia)) == {oil: 1}


def after(minutes: int) -> Any:
    return time_machine.travel(now() + timedelta(minutes=minutes), tick=True)


def test_a_buyer_who_walks_away_finds_the_basket_again(app: Flask, client: FlaskClient, oil: int) -> None:
    buyer = a_guest()
    purchase = a_purchase({oil: 2}, "card", buyer)
    opens_page(client, purchase)
    assert wanted_by(buyer) == {}
    with after(31):
        jobs.close_overdue()
        jobs.close_overdue()
        (order,) = orders_of(purchase)
        assert (order.commercial, order.payment) == ("abandoned", "unpaid")
        assert stock_of(oil) == (10, 10)
        assert wanted_by(buyer) == {oil: 2}
        assert facts() == {"LedgerSet": 0, "Letter": 1, "Hold": 0}
        assert problems(app) == []


def test_giving_up_frees_the_goods_at_once(app: Flask, oil: int) -> None:
    buyer = actor_of(a_person("Nadia"))
    purchase = a_purchase({oil: 2}, "card", buyer)
    for expected in (True, False):
        with transaction():
            assert give_up(buyer, purchase.id) is expected
    assert orders_of(purchase)[0].commercial == "abandoned"
    assert stock_of(oil) == (10, 10)
    assert wanted_by(buyer) == {oil: 2}
    assert problems(app) == []


def late_money(
    app: Flask, client: FlaskClient, purchase: Purchase, notices: Notices, meanwhile: Callable[[], object]
) -> None:
    """The card is paid in time, but we hear of it only after the order was given up."""
    back = chooses(app, opens_page(client, purchase), "success")
    with transaction():
        give_up(Actor("guest"), purchase.id)
    meanwhile()
    assert goes_back(client, back) == 303
    for notice in notices:
        assert hears(client, notice) == 200


def test_late_money_still_gets_its_goods(app: Flask, client: FlaskClient, oil: int, notices: Notices) -> None:
    purchase = a_purchase({oil: 2}, "card")
    late_money(app, client, purchase, notices, lambda: None)
    (order,) = orders_of(purchase)
    assert (order.commercial, order.payment) == ("placed", "paid")
    assert stock_of(oil) == (8, 8)
    assert problems(app) == []


def test_late_money_for_what_is_sold_goes_back(app: Flask, client: FlaskClient, oil: int, notices: Notices) -> None:
    other = a_variant(a_cooperative("Assif", chair=a_person("Brahim")).id, 5_000, 10)
    purchase = a_purchase({oil: 6, other: 1}, "card")
    late_money(app, client, purchase, notices, lambda: a_purchase({oil: 5}))
    missed, placed = orders_of(purchase)
    assert (missed.commercial, missed.payment, missed.fulfilment) == ("cancelled", "refunded", "stopped")
    assert (placed.commercial, placed.payment) == ("placed", "paid")
    assert stock_of(oil) == (5, 5)
    assert stock_of(other) == (9, 9)
    (refund,) = db.session.scalars(select(Refund)).all()
    assert (refund.amount, refund.state) == (75_000, "asked")
    run_due_jobs()
    db.session.expire_all()
    assert db.session.scalars(select(Refund.state)).all() == ["done"]
    assert ledger.balance("card", "MAD") == Money(8_000, "MAD")
    assert problems(app) == []


@pytest.mark.parametrize("who", ["buyer", "seller"])
def test_cancelling_a_paid_order_reverses_everything(
    app: Flask, client: FlaskClient, oil: int, chair: Any, who: str
) -> None:
    purchase = a_purchase({oil: 2}, "card")
    goes_back(client, chooses(app, opens_page(client, purchase), "success"))
    (order,) = orders_of(purchase)
    if who == "buyer":
        with transaction():
            cancel_as_buyer(Actor("guest"), order.id, order.version)
    else:
        takes(actor_of(chair), order, "refuse")
    told = db.session.scalars(select(Letter.body).where(Letter.recipient == "nadia@example.org").order_by(Letter.id)).all()
    assert "270,00\xa0MAD retournent sur votre carte" in told[-1]
    run_due_jobs()
    (order,) = orders_of(purchase)
    assert (order.payment, order.fulfilment) == ("refunded", "stopped")
    assert stock_of(oil) == (10, 10)
    for account in ("card", "buyer", "commission", "seller"):
        assert ledger.balance(account, "MAD") == Money(0, "MAD")
    assert db.session.scalars(select(Refund.state)).all() == ["done"]
    assert problems(app) == []


def test_holds_that_ended_are_taken_again_if_possible(app: Flask, client: FlaskClient, oil: int) -> None:
    """The hold ran out and nobody looked yet: somebody else took the freed goods, the payment comes."""
    purchase = a_purchase({oil: 6}, "card")
    back = chooses(app, opens_page(client, purchase), "success")
    with after(41):
        a_purchase({oil: 6})
        assert stock_of(oil) == (4, 4)
        goes_back(client, back)
        (order,) = orders_of(purchase)
        assert (order.commercial, order.payment) == ("cancelled", "refunded")
        assert stock_of(oil) == (4, 4)
        assert problems(app) == []
