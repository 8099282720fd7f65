"""A provider that does not answer, answers nonsense or says no later; money that comes twice; rows nobody can settle."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.engines.db import db
from app.engines.jobs import Job, run_due_jobs
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, guest
from app.kernel.clock import now
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.payments import jobs
from app.payments.gateway import InProcessClient, ProviderUnavailable, StripeGateway
from app.payments.models import LedgerSet, Payment, Refund
from app.payments.queries import invariants, ledger
from app.payments.queries.payables import payable_by_key, payable_for_update
from app.payments.services import payables, settlement
from app.practice.server import the_practice
from app.settings import PRACTICE_KEY
from tests.browsing import post, text_of
from tests.builders.payments import a_payable, come_back, notices_lost, open_page, pay_with

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def silent(_environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
    raise TimeoutError("nobody answers")


def broken(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("500 INTERNAL SERVER ERROR", [("Content-Type", "application/json")])
    return [b'{"error": {"type": "api_error", "message": "boom"}}']


def nonsense(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("502 BAD GATEWAY", [("Content-Type", "text/html")])
    return [b"<html>nginx</html>"]


ILL = [silent, broken, nonsense]


@contextmanager
def provider(app: Flask, application: Wsgi) -> Iterator[None]:
    """The house talks to this application instead of the practice provider."""
    before = app.extensions["card_gateway"]
    client = InProcessClient(application)
    app.extensions["card_gateway"] = StripeGateway(
        PRACTICE_KEY, app.config["STRIPE_WEBHOOK_SECRET"], http_client=client, max_network_retries=0
    )
    yield
    app.extensions["card_gateway"] = before


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def problems() -> list[str]:
    db.session.rollback()
    return [*invariants.broken_sets(), *invariants.unmatched_payments(), *invariants.unmatched_refunds()]


def fresh(row: Any) -> Any:
    db.session.rollback()
    return db.session.get_one(type(row), row.id, populate_existing=True)


@pytest.mark.parametrize("ill", ILL)
def test_a_page_that_cannot_be_opened_charges_nothing_and_opens_later(app: Flask, client: FlaskClient, ill: Wsgi) -> None:
    payable = a_payable()
    with provider(app, ill):
        answer = post(client, f"/fr/pay/{payable.key}")
        assert answer.status_code == 503
        assert "Rien n’a été débité" in text_of(answer)
    assert come_back(client, pay_with(app, open_page(client, payable))) == 303
    assert payable_by_key(payable.key).state == "settled"
    assert ledger.balance("card", "MAD") == Money(12_050, "MAD")


@pytest.mark.parametrize("ill", ILL)
def test_a_buyer_who_has_paid_is_not_told_that_nothing_was_charged(app: Flask, client: FlaskClient, ill: Wsgi) -> None:
    payable = a_payable()
    parts = urlsplit(pay_with(app, open_page(client, payable)))
    # The notice is there already in this house; take it away to be alone with the return page.
    with transaction() as session:
        session.execute(update(Payment).values(state="started").execution_options(synchronize_session=False))
    with provider(app, ill):
        answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 503
    page = text_of(answer)
    assert "rien ne sera débité deux fois" in page
    assert "Rien n’a été débité" not in page


@pytest.mark.parametrize("ill", ILL)
def test_jobs_of_a_silent_provider_change_nothing_and_are_tried_again(app: Flask, client: FlaskClient, ill: Wsgi) -> None:
    payable = a_payable(minutes=31)
    open_page(client, payable)
    with time_machine.travel(now() + timedelta(minutes=32)):
        with provider(app, ill):
            for job in (jobs.close_overdue, jobs.reconcile):
                with pytest.raises(ProviderUnavailable):
                    job()
        assert payable_by_key(payable.key).state == "open"
        jobs.close_overdue()
    db.session.rollback()
    assert payable_by_key(payable.key).state == "closed"


def a_visit_nobody_knows(client: FlaskClient, reference: int) -> Payment:
    """The provider has no such session: its file was lost, or the account was changed."""
    payment = open_page(client, a_payable(reference=reference, minutes=31))
    with transaction() as session:
        session.get_one(Payment, payment.id).session_id = f"cs_test_lost{reference}"
    return payment


def test_what_is_refused_about_one_payment_does_not_stop_the_others(app: Flask, client: FlaskClient, quiet: None) -> None:
    lost = [a_visit_nobody_knows(client, 1)]
    paid = a_payable(reference=2, minutes=31)
    pay_with(app, open_page(client, paid))
    lost.append(a_visit_nobody_knows(client, 3))
    jobs.reconcile()
    assert payable_by_key(paid.key).state == "settled"
    with time_machine.travel(now() + timedelta(minutes=32)):
        left = a_payable(reference=4, minutes=0)
        jobs.close_overdue()
    db.session.rollback()
    for payment in lost:
        payable = payable_for_update(payment.payable_id)
        assert payable.state == "closed"
    assert payable_by_key(left.key).state == "closed"


def test_an_amount_that_differs_stops_nobody_else(app: Flask, client: FlaskClient, quiet: None) -> None:
    odd, paid = a_payable(reference=1), a_payable(reference=2)
    for payable in (paid, odd):
        pay_with(app, open_page(client, payable))
    with transaction() as session:
        session.execute(
            update(Payment).where(Payment.payable_id == odd.id).values(amount=1).execution_options(synchronize_session=False)
        )
    jobs.reconcile()
    db.session.rollback()
    assert (payable_by_key(odd.key).state, payable_by_key(paid.key).state) == ("open", "settled")
    assert ledger.balance("card", "MAD") == Money(12_050, "MAD")


def two_visits(app: Flask, client: FlaskClient) -> tuple[Payment, Payment]:
    """Two tabs pressed "pay" at the same moment: neither knew of the other's page."""
    payable = a_payable()
    gateway = app.extensions["card_gateway"]
    visits = []
    for _ in range(2):
        with transaction():
            visit = payables.begin_visit(guest(), payable.id)
        assert isinstance(visit, payables.Visit)
        visits.append(visit)
    for visit in visits:
        page = gateway.start_checkout(
            reference=visit.reference,
            amount=visit.amount,
            description=visit.title,
            return_url=f"http://localhost/fr/pay/{payable.key}/back?session={{CHECKOUT_SESSION_ID}}",
            cancel_url=f"http://localhost/fr/pay/{payable.key}",
            locale="fr",
            expires_at=visit.expires_at,
            idempotency_key=visit.idempotency_key,
        )
        with transaction():
            assert payables.note_page(visit.payment_id, page.id, page.url)
    db.session.rollback()
    first, second = db.session.scalars(select(Payment).order_by(Payment.id)).all()
    return first, second


@pytest.mark.parametrize("later_first", [False, True])
def test_paid_in_two_tabs_the_second_goes_back_and_the_first_can_be_refunded(
    app: Flask, client: FlaskClient, quiet: None, later_first: bool
) -> None:
    pages = list(two_visits(app, client))
    if later_first:
        pages.reverse()
    backs = [pay_with(app, page) for page in pages]
    assert [come_back(client, back) for back in backs] == [303, 303]
    assert ledger.balance("card", "MAD") == Money(12_050, "MAD")
    assert [row.payment_id for row in db.session.scalars(select(Refund))] == [pages[1].id]
    with transaction():
        assert settlement.refund_purchase(SYSTEM, "test", 1, Money(12_050, "MAD"), "order-1")
    run_due_jobs()
    assert sorted(row.payment_id for row in db.session.scalars(select(Refund))) == sorted(page.id for page in pages)
    assert {fresh(row).state for row in db.session.scalars(select(Refund))} == {"done"}
    assert ledger.balance("card", "MAD") == Money(0, "MAD")
    assert problems() == []
    assert the_practice(app.extensions["practice"]).check() == []


def test_a_closed_payable_ends_its_card_page(app: Flask, client: FlaskClient) -> None:
    payable = a_payable()
    payment = open_page(client, payable)
    with transaction():
        payables.close_payable(SYSTEM, payable.id)
    run_due_jobs()
    assert fresh(payment).state == "expired"
    buyer = app.extensions["practice"].test_client()
    buyer.post(urlsplit(payment.url or "").path.removeprefix("/practice"), data={"card": "success"})
    assert app.extensions["card_gateway"].payment_state(payment.session_id).status == "expired"
    jobs.reconcile()
    assert ledger.balance("card", "MAD") == Money(0, "MAD")


def test_a_page_that_opens_after_the_closing_is_ended_too(app: Flask, client: FlaskClient) -> None:
    payable = a_payable()
    with transaction():
        visit = payables.begin_visit(guest(), payable.id)
    assert isinstance(visit, payables.Visit)
    with transaction():
        payables.close_payable(SYSTEM, payable.id)
    assert count(Job) == 0
    with transaction():
        assert not payables.note_page(visit.payment_id, "cs_test_late", "http://localhost/practice/pay/cs_test_late")
    assert db.session.scalars(select(Job.name)).all() == ["payments.end-visits"]


def a_refund(app: Flask, client: FlaskClient) -> Refund:
    """Asked of the provider, whose bank takes its time."""
    payable = a_payable()
    come_back(client, pay_with(app, open_page(client, payable)))
    with transaction():
        settlement.refund_purchase(SYSTEM, "test", 1, Money(12_050, "MAD"), "order-1")
    practice = the_practice(app.extensions["practice"])
    refund = db.session.scalars(select(Refund)).one()
    sent = app.extensions["card_gateway"].refund(
        db.session.get_one(Payment, refund.payment_id).payment_id, Money(12_050, "MAD"), "the bank"
    )
    the_bank_says(practice, sent.refund_id, "pending")
    with transaction():
        settlement.note_refund(refund.id, app.extensions["card_gateway"].refund_state(sent.refund_id))
    with transaction() as session:
        session.execute(update(Job).values(state="done"))
    assert fresh(refund).state == "asked"
    return refund


def the_bank_says(practice: Any, refund_id: str, status: str) -> None:
    with practice.store.writing() as shelf:
        row = shelf.find(refund_id)
        row["status"] = status
        shelf.save(row)


@pytest.mark.parametrize(("status", "state", "card"), [("succeeded", "done", 0), ("failed", "failed", 12_050)])
def test_a_refund_that_takes_days_is_asked_about_until_it_ends(
    app: Flask, client: FlaskClient, status: str, state: str, card: int
) -> None:
    refund = a_refund(app, client)
    jobs.reconcile()
    assert fresh(refund).state == "asked"
    the_bank_says(the_practice(app.extensions["practice"]), refund.provider_id or "", status)
    for _ in range(2):
        jobs.reconcile()
    assert fresh(refund).state == state
    assert ledger.balance("card", "MAD") == Money(card, "MAD")
    told = [f"refund {refund.id} failed: 12050 MAD are still owed to the buyer"] if state == "failed" else []
    assert list(invariants.refused_refunds()) == told
    assert problems() == [], "a refusal of the bank breaks no rule of ours: it needs a person"


@pytest.mark.parametrize("ill", ILL)
def test_a_refund_waits_for_a_provider_that_answers(app: Flask, client: FlaskClient, ill: Wsgi) -> None:
    payable = a_payable()
    come_back(client, pay_with(app, open_page(client, payable)))
    with transaction():
        settlement.refund_purchase(SYSTEM, "test", 1, Money(12_050, "MAD"), "order-1")
    with provider(app, ill):
        run_due_jobs()
    assert db.session.scalars(select(Refund.state)).all() == ["asked"]
    with time_machine.travel(now() + timedelta(seconds=6)):
        run_due_jobs()
    db.session.rollback()
    assert db.session.scalars(select(Refund.state)).all() == ["done"]
    assert count(LedgerSet) == 2
    assert the_practice(app.extensions["practice"]).check() == []


def test_nobody_begins_to_pay_what_is_closed(client: FlaskClient) -> None:
    payable = a_payable()
    with transaction():
        payables.close_payable(SYSTEM, payable.id)
    with pytest.raises(Conflict, match="payable-not-open"), transaction():
        payables.begin_visit(guest(), payable.id)
    assert post(client, f"/fr/pay/{payable.key}").status_code == 409
    assert count(Payment) == 0


@pytest.fixture
def quiet(app: Flask) -> Iterator[None]:
    with notices_lost(app):
        yield
