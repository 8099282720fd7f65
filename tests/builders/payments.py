"""Payables for tests, and a buyer at the practice provider's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import guest
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments.models import Payment
from app.payments.queries.payables import PayableFacts
from app.payments.services.payables import ask_for_payment
from app.practice.server import the_practice
from tests.browsing import post


def a_payable(amount: int = 12_050, reference: int = 1, purpose: str = "test", minutes: int = 60) -> PayableFacts:
    """An open payable of a guest; its money leads to /fr/ when it is there."""
    with transaction():
        return ask_for_payment(
            guest(), purpose, reference, Money(amount, "MAD"), "Commande T-1", "/fr/", now() + timedelta(minutes=minutes)
        )


def open_page(client: FlaskClient, payable: PayableFacts) -> Payment:
    """The buyer presses "pay by card"; returns the visit with the address of the provider's page."""
    answer = post(client, f"/fr/pay/{payable.key}")
    assert answer.status_code == 303, answer.status_code
    db.session.rollback()
    return db.session.scalars(select(Payment).where(Payment.payable_id == payable.id).order_by(Payment.id.desc())).first()


def pay_with(app: Flask, payment: Payment, card: str = "success") -> str:
    """The buyer chooses a practice card on the provider's page; returns where the provider sends them."""
    buyer = app.extensions["practice"].test_client()
    answer = buyer.post(urlsplit(payment.url or "").path.removeprefix("/practice"), data={"card": card})
    assert answer.status_code == 303, answer.status_code
    return str(answer.location)


def come_back(client: FlaskClient, location: str) -> int:
    """The buyer's browser follows the provider's way back."""
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}").status_code


@contextmanager
def notices_lost(app: Flask) -> Iterator[None]:
    """Nothing the provider posts arrives; it keeps trying later."""
    provider = app.extensions["practice"]
    before = the_practice(provider)
    provider.extensions["practice"] = replace(before, post=lambda *_: 503)
    yield
    provider.extensions["practice"] = before
