"""Many buyers, few units, two processes, every form sent twice: exactly as many are sold as there are."""

import multiprocessing
import warnings
from collections import Counter as Tally

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.engines.db import db
from orders.models import Order, OrderLine, Purchase
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import a_variant, problems, stock_of
from tests.builders.racing import SPARE, race, some_buyers


def run_race(app: Flask, buyers: int, units: int, guarded: bool = True) -> tuple[Tally[int], int, int]:
    """(answers by status, units sold, orders), and the variant's id is 1."""
    cooperative = a_cooperative("Tifawin", chair=a_person("Aïcha"))
    variant_id = a_variant(cooperative.id, 12_000, units if guarded else units + SPARE)
    forms = some_buyers(buyers, variant_id, cooperative.id, 12_000, 3_000)
    db.session.remove()
    db.engine.dispose()
    fork = multiprocessing.get_context("fork")
    gate, answers = fork.Barrier(2), fork.Queue()
    racers = [fork.Process(target=race, args=(app, forms[half::2], variant_id, guarded, gate, answers)) for half in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of a fork beside threads
        for racer in racers:
            racer.start()
    statuses: Tally[int] = Tally()
    for _ in racers:
        statuses.update(answers.get(timeout=120))
    for racer in racers:
        racer.join(30)
    sold = db.session.scalar(select(func.coalesce(func.sum(OrderLine.count), 0)))
    return statuses, int(sold or 0), db.session.scalar(select(func.count(Order.id))) or 0


@pytest.mark.parametrize(("buyers", "units"), [(200, 50)])
def test_exactly_what_there_is_is_sold(app: Flask, buyers: int, units: int) -> None:
    statuses, sold, orders = run_race(app, buyers, units)
    assert (sold, orders) == (units, units)
    assert stock_of(1) == (0, 0)
    assert set(statuses) == {303, 409}
    assert statuses[303] == 2 * units
    assert statuses[409] == 2 * (buyers - units)
    assert db.session.scalar(select(func.count(Purchase.id))) == units
    assert problems(app) == []


def test_without_the_guard_the_same_race_sells_too_much(app: Flask) -> None:
    statuses, sold, orders = run_race(app, 40, 10, guarded=False)
    assert sold == orders
    assert 10 < sold < 40, "more than there were, and some were told that nothing is left: they looked before"
    assert statuses[409] > 0
