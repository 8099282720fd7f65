"""A hundred guest checkouts in a minute, letters on, to a real receiver: what is taken, held, refused, and sent."""

import re
import time
from collections import Counter as Tally
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.engines.mail import Letter
from app.kernel.clock import now
from orders.models import Order, Purchase
from tests.browsing import post
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import a_variant, place, problems, recap, stock_of
from tests.engines.test_mail import Receiver, opened

pytestmark = pytest.mark.long


@pytest.fixture
def oil(app: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setitem(app.config, "RATE_LIMITS", True)
    chair = a_person("Aïcha", "aicha@example.org")
    return a_variant(a_cooperative("Tifawin", chair=chair, slug="tifawin").id, 12_000, 700)


def hundred_checkouts(app: Flask, oil: int, contact_of: str) -> Tally[int]:
    """Each by a browser of its own; the answers by status. `contact_of` may name {n}."""
    answers: Tally[int] = Tally()
    started = time.monotonic()
    for number in range(100):
        browser = app.test_client()
        post(browser, "/fr/basket/lines", variant=oil, quantity=2)
        answers[place(browser, recap(browser, mail=contact_of.format(n=number), phone="")).status_code] += 1
    assert time.monotonic() - started < 60
    return answers


def standing() -> Tally[str]:
    db.session.rollback()
    return Tally(db.session.scalars(select(Order.commercial)))


def received(office: Receiver) -> Tally[str]:
    return Tally(recipient for recipients, _content in office.letters for recipient in recipients)


def test_one_address_one_contact(app: Flask, oil: int) -> None:
    """270 dirhams each, 1,500 on trust: five stand, three wait, the others are refused; the contact gets six letters."""
    office = Receiver()
    with opened(app, office):
        assert hundred_checkouts(app, oil, "victim@example.org") == {303: 8, 429: 92}
        run_due_jobs()
        assert standing() == {"placed": 5, "unconfirmed": 3}
        assert stock_of(oil) == (690, 684)
        assert received(office) == {"victim@example.org": 6, "aicha@example.org": 5}
        with time_machine.travel(now() + timedelta(hours=24, minutes=1), tick=True):
            run_due_jobs()
        assert standing() == {"placed": 5, "lapsed": 3}
        assert stock_of(oil) == (690, 690)
        assert received(office) == {"victim@example.org": 9, "aicha@example.org": 5}
    assert problems(app) == []


def test_one_address_a_hundred_contacts(app: Flask, oil: int) -> None:
    """Five stand, thirty wait, each with its own code; nobody gets more than one letter."""
    office = Receiver()
    with opened(app, office):
        assert hundred_checkouts(app, oil, "n{n}@example.org") == {303: 35, 429: 65}
        run_due_jobs()
        assert standing() == {"placed": 5, "unconfirmed": 30}
        strangers = {to: count for to, count in received(office).items() if to != "aicha@example.org"}
        assert (len(strangers), set(strangers.values())) == (35, {1})
    assert problems(app) == []


def test_an_order_above_the_amount_waits_for_its_code_and_stands_by_it(app: Flask, oil: int) -> None:
    """620 bottles, as in the attack: nothing leaves the stock before the code that was in the letter is typed."""
    office, browser = Receiver(), app.test_client()
    with opened(app, office):
        post(browser, "/fr/basket/lines", variant=oil, quantity=620)
        assert place(browser, recap(browser)).status_code == 303
        run_due_jobs()
        assert (standing(), stock_of(oil), received(office)) == (
            {"unconfirmed": 1},
            (700, 80),
            {"nadia@example.org": 1},
        )
        purchase = db.session.scalars(select(Purchase)).one()
        body = db.session.scalars(select(Letter.body)).one()
        code = re.findall(r"\b\d{6}\b", body)[0]
        assert post(browser, f"/fr/orders/{purchase.number}/confirm", key=purchase.key, code=code).status_code == 303
        assert (standing(), stock_of(oil)) == ({"placed": 1}, (80, 80))
    assert problems(app) == []
