"""The process is killed at each crash point of a checkout: nothing is lost, nothing is half, nothing is paid twice."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.engines.mail import Letter
from app.kernel.money import Money
from app.payments import jobs
from app.payments.models import Refund
from app.payments.queries import ledger
from app.practice.server import the_practice
from orders.models import Order, Purchase
from tests.browsing import post
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.dying import killed_at
from tests.builders.orders import a_variant, orders_by, orders_of, problems, stock_of
from tests.builders.payments import come_back, notices_lost
from tests.builders.racing import some_buyers

CASH = [
    "checkout-locked",
    "checkout-prepared",
    "after-hold",
    "order-written",
    "stock-consumed",
    "sale-booked",
    "letters-written",
    "checkout-stored",
]
CARD = ["after-hold", "order-written", "payable-written", "checkout-stored"]
PAY = ["payment-begun", "payment-page-open", "payment-page-noted"]
RETURN = ["payment-returned", "payment-received", "stock-consumed", "sale-booked", "purchase-finalised", "payment-settled"]
CANCEL = ["stock-put-back", "sale-reversed", "refund-asked", "refund-sent"]
HOUSE = Path(__file__).resolve().parents[2]


def rounds(config: pytest.Config) -> int:
    return 40 if config.getoption("--long") else 4


@pytest.fixture
def oil(app: Flask) -> int:
    return a_variant(a_cooperative("Tifawin", chair=a_person("Aïcha")).id, 12_000, 200)


@pytest.fixture(autouse=True)
def _silent_provider(app: Flask) -> Iterator[None]:
    """The provider's notices wait; the tests deliver them."""
    with notices_lost(app):
        yield


def buyers(
    config: pytest.Config, client: FlaskClient, oil: int, method: str
) -> Iterator[tuple[int, Callable[[], TestResponse]]]:
    """(round, the last press of a new buyer), as many as there are rounds."""
    for number, form in enumerate(some_buyers(rounds(config), oil, 1, 12_000, 3_000, method), 1):
        client.set_cookie("tiwizi", form.token, domain="localhost")
        yield number, partial(post, client, "/fr/checkout", **form.fields)


def count(table: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("point", CASH)
def test_a_cash_checkout_killed_anywhere(
    app: Flask, client: FlaskClient, oil: int, point: str, pytestconfig: pytest.Config
) -> None:
    for number, press in buyers(pytestconfig, client, oil, "cash"):
        assert killed_at(app, point, press)
        assert count(Purchase) == (number if point == "checkout-stored" else number - 1)
        assert problems(app) == []
        assert [press().status_code for _ in range(2)] == [303, 303]
        assert count(Purchase) == count(Order) == number
        assert stock_of(oil) == (200 - number, 200 - number)
        assert count(Letter) == 2 * number
        assert ledger.balance("buyer", "MAD") == Money(15_000 * number, "MAD")
    assert problems(app) == []


@pytest.mark.parametrize("point", CARD)
def test_a_card_checkout_killed_anywhere(
    app: Flask, client: FlaskClient, oil: int, point: str, pytestconfig: pytest.Config
) -> None:
    for number, press in buyers(pytestconfig, client, oil, "card"):
        assert killed_at(app, point, press)
        assert problems(app) == []
        first, second = press(), press()
        assert first.status_code == 303
        assert first.location == second.location
        assert count(Purchase) == number
        assert stock_of(oil) == (200, 200 - number)
    assert problems(app) == []


def last_purchase() -> Purchase:
    return db.session.scalars(select(Purchase).order_by(Purchase.id.desc()).limit(1)).one()


def pays(app: Flask, client: FlaskClient, pay_page: str) -> str:
    """The buyer goes to the provider's page and pays; where the provider sends them."""
    opened = post(client, pay_page)
    assert opened.status_code == 303
    path = urlsplit(opened.location).path.removeprefix("/practice")
    answer = app.extensions["practice"].test_client().post(path, data={"card": "success"})
    assert answer.status_code == 303
    return str(answer.location)


@pytest.mark.parametrize("point", PAY)
def test_killed_on_the_way_to_the_card_page(
    app: Flask, client: FlaskClient, oil: int, point: str, pytestconfig: pytest.Config
) -> None:
    for number, press in buyers(pytestconfig, client, oil, "card"):
        page = press().location
        assert killed_at(app, point, lambda page=page: post(client, page))
        assert problems(app) == []
        assert come_back(client, pays(app, client, page)) == 303
        assert ledger.balance("card", "MAD") == Money(15_000 * number, "MAD")
    assert problems(app) == []


@pytest.mark.parametrize("point", RETURN)
def test_killed_when_the_money_comes(
    app: Flask, client: FlaskClient, oil: int, point: str, pytestconfig: pytest.Config
) -> None:
    """The buyer comes back and we die; then the provider is asked again, and the buyer comes back again, twice."""
    for number, press in buyers(pytestconfig, client, oil, "card"):
        page = press().location
        back = pays(app, client, page)
        assert killed_at(app, point, lambda back=back: come_back(client, back))
        assert problems(app) == []
        for _ in range(2):
            assert come_back(client, back) == 303
            app.extensions["jobs"]["payments.reconcile"].run()
        purchase = last_purchase()
        assert [(order.commercial, order.payment) for order in orders_of(purchase)] == [("placed", "paid")]
        assert stock_of(oil) == (200 - number, 200 - number)
        assert ledger.balance("card", "MAD") == Money(15_000 * number, "MAD")
        assert ledger.balance("buyer", "MAD") == Money(0, "MAD")
        assert count(Letter) == 2 * number
    assert problems(app) == []


@pytest.mark.parametrize("point", CANCEL)
def test_a_cancellation_killed_anywhere(
    app: Flask, client: FlaskClient, oil: int, point: str, pytestconfig: pytest.Config
) -> None:
    """The buyer cancels what was paid and we die, or the job that tells the provider does; then both are done again."""
    for number, press in buyers(pytestconfig, client, oil, "card"):
        assert come_back(client, pays(app, client, press().location)) == 303
        purchase = last_purchase()
        purchase_id, (order,) = purchase.id, orders_of(purchase)
        fields = {"order": order.number, "version": order.version, "key": purchase.key}
        cancel = partial(post, client, f"/fr/orders/{purchase.number}/cancel", **fields)
        if point == "refund-sent":
            assert cancel().status_code == 303
            refund_id = db.session.scalars(select(func.max(Refund.id))).one()
            assert killed_at(app, point, partial(jobs.send_refund, refund_id))
        else:
            assert killed_at(app, point, cancel)
            assert orders_by(purchase_id)[0].commercial == "placed"
            assert stock_of(oil) == (199, 199)
        assert problems(app) == []
        assert [cancel().status_code for _ in range(2)] == [303, 303]
        run_due_jobs()
        (order,) = orders_by(purchase_id)
        assert (order.commercial, order.payment) == ("cancelled", "refunded")
        assert stock_of(oil) == (200, 200)
        assert [row.state for row in db.session.scalars(select(Refund))] == ["done"] * number
        for account in ("card", "buyer", "seller", "commission"):
            assert ledger.balance(account, "MAD") == Money(0, "MAD")
        assert the_practice(app.extensions["practice"]).check() == []
    assert problems(app) == []


def test_an_abandoning_killed_at_its_end(app: Flask, client: FlaskClient, oil: int, pytestconfig: pytest.Config) -> None:
    for _number, press in buyers(pytestconfig, client, oil, "card"):
        press()
        purchase = last_purchase()
        purchase_id = purchase.id
        drop = partial(post, client, f"/fr/orders/{purchase.number}/give-up", key=purchase.key)
        letters = count(Letter)
        assert killed_at(app, "purchase-abandoned", drop)
        assert orders_by(purchase_id)[0].commercial == "pending"
        assert stock_of(oil) == (200, 199)
        assert problems(app) == []
        assert [drop().status_code for _ in range(2)] == [303, 303]
        assert orders_by(purchase_id)[0].commercial == "abandoned"
        assert (stock_of(oil), count(Letter)) == ((200, 200), letters + 1)
    assert problems(app) == []


CHILD = """
import json, os, sys
from tests.builders.racing import Form, house_of, press
instance, url, token, fields = sys.argv[1:]
house = house_of(instance, url, os.environ["TIWIZI_CRASH_AT"])
print(press(house, Form(token, json.loads(fields))))
"""


@pytest.mark.operating
def test_the_setting_kills_a_whole_process(app: Flask, oil: int, tmp_path: Path) -> None:
    """Not a fork: a fresh process reads TIWIZI_CRASH_AT and dies of it; without the point it sells."""
    (order,) = some_buyers(1, oil, 1, 12_000, 3_000)
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    db.session.remove()
    for point, code in (("after-hold", -9), ("", 0)):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(app.config["INSTANCE"]), url, order.token, json.dumps(dict(order.fields))],
            env={**os.environ, "TIWIZI_CRASH_AT": point, "PYTHONPATH": str(HOUSE)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert count(Purchase) == (1 if code == 0 else 0)
        assert problems(app) == []
