"""Money that comes is counted once: by the return page or by notices, three times, shuffled, at once; and it can go back."""

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.payments import jobs
from app.payments.models import LedgerSet, Payable, Payment, ProviderEvent, Refund
from app.payments.queries import invariants, ledger, payables
from app.payments.services.payables import close_payable
from app.payments.services.settlement import ask_refund, refund_purchase
from app.payments.signals import payment_abandoned, payment_settled
from app.practice.delivery import sign
from app.practice.provider import Practice
from app.practice.server import the_practice
from tests.browsing import post
from tests.builders.payments import a_payable, come_back, open_page, pay_with


@pytest.fixture
def settled() -> Iterator[list[dict[str, Any]]]:
    """What modules hear."""
    heard: list[dict[str, Any]] = []

    def listen(_sender: object, **facts: Any) -> None:
        heard.append(facts)

    payment_settled.connect(listen)
    payment_abandoned.connect(listen)
    yield heard
    payment_settled.disconnect(listen)
    payment_abandoned.disconnect(listen)


@pytest.fixture
def notices(app: Flask) -> Iterator[list[tuple[bytes, str]]]:
    """The provider's notices, kept instead of delivered."""
    provider = app.extensions["practice"]
    before: Practice = the_practice(provider)
    kept: list[tuple[bytes, str]] = []

    def keep(_url: str, body: bytes, headers: dict[str, str]) -> int:
        kept.append((body, headers["Stripe-Signature"]))
        return 200

    provider.extensions["practice"] = replace(before, post=keep)
    yield kept
    provider.extensions["practice"] = before


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def deliver(client: FlaskClient, notice: tuple[bytes, str]) -> int:
    return client.post("/webhooks/stripe", data=notice[0], headers={"Stripe-Signature": notice[1]}).status_code


def assert_counted_once(settled: list[dict[str, Any]]) -> None:
    db.session.rollback()
    assert [payment.state for payment in db.session.scalars(select(Payment))] == ["paid"]
    assert db.session.scalars(select(Payable.state)).all() == ["settled"]
    assert ledger.balance("card", "MAD") == Money(12_050, "MAD")
    assert ledger.balance("buyer", "MAD") == Money(-12_050, "MAD")
    assert count(LedgerSet) == 1
    assert len(settled) == 1
    assert list(invariants.broken_sets()) + list(invariants.unmatched_payments()) == []


def test_a_buyer_pays_and_comes_back(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]], notices: list[Any]
) -> None:
    payable = a_payable()
    payment = open_page(client, payable)
    back = pay_with(app, payment)
    assert come_back(client, back) == 303
    assert_counted_once(settled)
    assert settled == [{"payable_id": payable.id, "purpose": "test", "reference": 1}]


def test_a_notice_settles_when_the_buyer_never_comes_back(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]], notices: list[Any]
) -> None:
    pay_with(app, open_page(client, a_payable()))
    assert notices
    assert {deliver(client, notice) for notice in notices} == {200}
    assert_counted_once(settled)


@pytest.mark.parametrize("seed", range(6))
def test_notices_three_times_shuffled_around_the_return(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]], notices: list[Any], seed: int
) -> None:
    chance = random.Random(seed)
    back = pay_with(app, open_page(client, a_payable()))
    steps: list[Any] = [*notices * 3, back]
    chance.shuffle(steps)
    for step in steps:
        assert (come_back(client, step) if isinstance(step, str) else deliver(client, step)) in (200, 303)
    assert_counted_once(settled)
    assert count(ProviderEvent) == len(notices)


def test_notices_and_return_at_the_same_moment(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]], notices: list[Any]
) -> None:
    back = pay_with(app, open_page(client, a_payable()))
    answers: list[int] = []
    doors = [lambda notice=notice: deliver(app.test_client(), notice) for notice in notices * 2]
    doors += [lambda: come_back(app.test_client(), back)] * 2
    threads = [threading.Thread(target=lambda door=door: answers.append(door())) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(answers) <= {200, 303}
    assert_counted_once(settled)


@pytest.mark.parametrize("spoil", ["body", "signature", "old", "none"])
def test_a_forged_notice_changes_nothing(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]], notices: list[Any], spoil: str
) -> None:
    pay_with(app, open_page(client, a_payable()))
    body, signature = notices[0]
    secret = app.config["STRIPE_WEBHOOK_SECRET"]
    if spoil == "body":
        body = body.replace(b"12050", b"1")
    elif spoil == "signature":
        signature = sign(body, "whsec_of_somebody_else", int(now().timestamp()))
    elif spoil == "old":
        signature = sign(body, secret, int(now().timestamp()) - 301)
    else:
        signature = ""
    assert deliver(client, (body, signature)) == 400
    assert (count(ProviderEvent), count(LedgerSet), settled) == (0, 0, [])


def test_an_event_of_somebody_elses_session_is_answered_and_left(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]]
) -> None:
    event = {
        "id": "evt_other",
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(now().timestamp()),
        "data": {"object": {"id": "cs_unknown", "object": "checkout.session"}},
    }
    body = json.dumps(event).encode()
    assert deliver(client, (body, sign(body, app.config["STRIPE_WEBHOOK_SECRET"], int(now().timestamp())))) == 200
    assert (count(LedgerSet), settled) == (0, [])


def test_pressing_pay_twice_opens_one_page(client: FlaskClient, app: Flask) -> None:
    payable = a_payable()
    first, second = post(client, f"/fr/pay/{payable.key}"), post(client, f"/fr/pay/{payable.key}")
    assert first.location == second.location
    assert count(Payment) == 1


def test_a_declined_card_leaves_the_payable_open(app: Flask, client: FlaskClient, settled: list[dict[str, Any]]) -> None:
    payable = a_payable()
    payment = open_page(client, payable)
    assert pay_with(app, payment, "declined") == payment.url
    assert (payables.payable_by_key(payable.key).state, count(LedgerSet), settled) == ("open", 0, [])


def test_nobody_pays_a_payable_whose_time_is_over(client: FlaskClient) -> None:
    payable = a_payable(minutes=-1)
    assert post(client, f"/fr/pay/{payable.key}").status_code == 409
    assert count(Payment) == 0


def test_a_payable_left_alone_is_closed_and_its_page_with_it(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]]
) -> None:
    payable = a_payable(minutes=31)
    payment = open_page(client, payable)
    with time_machine.travel(now() + timedelta(minutes=32)):
        jobs.close_overdue()
        jobs.close_overdue()
    db.session.rollback()
    assert payables.payable_by_key(payable.key).state == "closed"
    assert db.session.get_one(Payment, payment.id).state == "expired"
    assert settled == [{"payable_id": payable.id, "purpose": "test", "reference": 1}]


def test_money_that_arrived_while_nobody_looked_settles_before_the_payable_is_closed(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]], notices: list[Any]
) -> None:
    payable = a_payable(minutes=31)
    pay_with(app, open_page(client, payable))
    with time_machine.travel(now() + timedelta(minutes=32)):
        jobs.close_overdue()
    assert_counted_once(settled)


def test_money_after_closing_is_still_counted_and_announced(
    app: Flask, client: FlaskClient, settled: list[dict[str, Any]], notices: list[Any]
) -> None:
    payable = a_payable()
    pay_with(app, open_page(client, payable))
    with transaction():
        assert close_payable(SYSTEM, payable.id)
    jobs.reconcile()
    db.session.rollback()
    assert payables.payable_by_key(payable.key).state == "settled"
    assert len(settled) == 2


def a_paid_payable(app: Flask, client: FlaskClient) -> Payment:
    payable = a_payable()
    payment = open_page(client, payable)
    come_back(client, pay_with(app, payment))
    db.session.rollback()
    return db.session.get_one(Payment, payment.id)


def test_a_refund_goes_back_once_however_often_it_is_asked(app: Flask, client: FlaskClient) -> None:
    payment = a_paid_payable(app, client)
    asked = []
    for _ in range(3):
        with transaction():
            asked.append(refund_purchase(SYSTEM, "test", 1, Money(2_050, "MAD"), "order-7"))
    run_due_jobs()
    jobs.send_refund(db.session.scalars(select(Refund.id)).one())
    assert asked == [True, False, False]
    db.session.rollback()
    refund = db.session.scalars(select(Refund)).one()
    assert (refund.state, refund.amount) == ("done", 2_050)
    assert ledger.balance("card", "MAD") == Money(10_000, "MAD")
    assert the_practice(app.extensions["practice"]).check() == []
    assert payables.refunded_amount(payment.id) == 2_050


def test_no_more_goes_back_than_came(app: Flask, client: FlaskClient) -> None:
    payment = a_paid_payable(app, client)
    with transaction():
        ask_refund(SYSTEM, payment.id, Money(12_000, "MAD"), "first")
    with pytest.raises(Conflict, match="refund-too-large"), transaction():
        ask_refund(SYSTEM, payment.id, Money(51, "MAD"), "second")
    assert count(Refund) == 1
    assert ledger.balance("card", "MAD") == Money(50, "MAD")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_entry",
        "UPDATE ledger_entry SET amount = 1",
        "DELETE FROM ledger_set",
        "UPDATE ledger_set SET unique_key = 'x'",
    ],
)
def test_the_database_refuses_to_change_the_ledger(app: Flask, client: FlaskClient, statement: str) -> None:
    a_paid_payable(app, client)
    with pytest.raises(Exception, match="only grows"), transaction() as session:
        session.execute(text(statement))
    assert ledger.balance("card", "MAD") == Money(12_050, "MAD")
