"""The demo's orders: one in every state, a year of them in the large size, and every invariant holds."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.payments.models import LedgerSet
from orders.demo import past
from orders.demo.load import load
from orders.models import Order, Purchase
from orders.queries.office import desk_counts
from orders.rules import stages
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import a_variant, problems


@pytest.fixture
def village(app: Flask) -> None:
    a_person("Nadia Chraibi", "buyer@demo.tiwizi.example")
    for number in range(6):
        cooperative = a_cooperative(f"Coopérative {number}", chair=a_person(f"Chair {number}"))
        for _ in range(3):
            a_variant(cooperative.id, 9_000, 60)


def quiet(_done: int, _of: int) -> None:
    """Nobody looks at the progress."""


def test_there_is_an_order_in_every_state(app: Flask, village: None) -> None:
    load("small", quiet)
    counts = desk_counts()
    assert all(counts[stage] > 0 for stage in stages.STAGES), counts
    run_due_jobs()
    assert problems(app) == []
    before = db.session.scalar(select(func.count(Purchase.id)))
    load("small", quiet)
    assert db.session.scalar(select(func.count(Purchase.id))) == before == 18


def test_a_year_of_orders_adds_up(app: Flask, village: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "ORDERS", 300)
    monkeypatch.setattr(past, "CHUNK", 120)
    monkeypatch.setattr(past, "ALREADY", 50)
    past.load_past(quiet)
    assert db.session.scalar(select(func.count(Order.id))) == 300
    assert (db.session.scalar(select(func.count(LedgerSet.id))) or 0) > 500
    assert problems(app) == []
    past.load_past(quiet)
    assert db.session.scalar(select(func.count(Order.id))) == 300
