"""The way back from the card page: another's session opens nothing, money of another sort is not taken for ours."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.transactions import transaction
from app.kernel.errors import Invalid
from app.payments.gateway import PaymentState
from app.payments.models import LedgerSet, Payable, Payment
from app.payments.queries.payables import open_payments
from app.payments.services.settlement import finalise
from tests.builders.payments import a_payable, come_back, notices_lost, open_page, pay_with


@pytest.fixture(autouse=True)
def quiet(app: Flask) -> Iterator[None]:
    with notices_lost(app):
        yield


def stands() -> list[tuple[str, str]]:
    """(state of the payable, state of its visit), in the order they were made."""
    db.session.rollback()
    rows = db.session.execute(
        select(Payable.state, Payment.state).join(Payment, Payment.payable_id == Payable.id).order_by(Payable.id)
    )
    return [(payable, payment) for payable, payment in rows]


def booked() -> int:
    return db.session.scalar(select(func.count()).select_from(LedgerSet)) or 0


def test_the_session_of_another_purchase_is_not_read_at_mine(app: Flask, client: FlaskClient) -> None:
    """The address of the way back is the buyer's to write: it names a payment, it does not choose whose."""
    mine, theirs = a_payable(reference=1), a_payable(reference=2)
    open_page(client, mine)
    visit = open_page(client, theirs)
    way_back = pay_with(app, visit)
    answer = client.get(f"/fr/pay/{mine.key}/back?session={visit.session_id}")
    assert (answer.status_code, urlsplit(answer.location).path) == (303, f"/fr/pay/{mine.key}")
    assert stands() == [("open", "started"), ("open", "started")]
    assert booked() == 0
    assert come_back(client, way_back) == 303
    assert stands() == [("open", "started"), ("settled", "paid")]
    assert booked() == 1


@pytest.mark.parametrize(("amount", "currency"), [(12_050, "EUR"), (12_049, "MAD"), (12_051, "MAD")])
def test_money_of_another_amount_or_currency_settles_nothing(
    app: Flask, client: FlaskClient, amount: int, currency: str
) -> None:
    visit = open_page(client, a_payable(12_050))
    lines = db.session.scalar(select(func.count()).select_from(JournalLine))
    state = PaymentState(visit.session_id or "", "paid", "pi_1", amount, currency, None)
    with pytest.raises(Invalid, match="amount-differs"), transaction():
        finalise(state)
    assert stands() == [("open", "started")]
    assert booked() == 0
    assert db.session.scalar(select(func.count()).select_from(JournalLine)) == lines
    with transaction():
        assert finalise(PaymentState(visit.session_id or "", "paid", "pi_1", 12_050, "MAD", None)) == "paid"
    assert stands() == [("settled", "paid")]


def test_of_several_visits_the_newest_is_asked_first(app: Flask, client: FlaskClient) -> None:
    payable = a_payable()
    first = open_page(client, payable)
    facts = {name: getattr(first, name) for name in ("payable_id", "provider", "amount", "currency", "state", "created_at")}
    with transaction() as session:
        second = Payment(**facts, session_id="cs_second", expires_at=first.expires_at)
        session.add(second)
    assert [visit.session_id for visit in open_payments(payable.id)] == ["cs_second", first.session_id]
