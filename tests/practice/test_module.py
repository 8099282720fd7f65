"""Practice mode in the house: there in the demo without a key, else nowhere; what did not arrive is delivered later."""

import sys
from contextlib import closing
from datetime import timedelta

import pytest
import time_machine

from app.engines.jobs import enqueue, run_due_jobs
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.clock import now
from app.payments.queries.payables import payable_by_key
from app.practice.server import the_practice
from tests.builders.payments import a_payable, notices_lost, open_page, pay_with


def test_the_demo_brings_its_card_provider(tmp_path):
    house = create_app(INSTANCE=tmp_path, DEMO=True)
    assert [module.name for module in house.extensions["modules"]][:2] == ["app.practice", "accounts"]
    assert house.extensions["card_gateway"] is not None
    with closing(house.test_client().get("/practice/look.css")) as look:
        assert look.status_code == 200
    assert "practice.deliver" in house.extensions["jobs"]
    assert ("practice.deliver", 60) in house.extensions["schedule"]
    assert (tmp_path / "practice.db").is_file()


@pytest.mark.parametrize(
    ("settings", "cards"),
    [
        ({"DEMO": False}, False),
        ({"DEMO": True, "CARD_PRACTICE": ""}, False),
        ({"DEMO": True, "STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"}, True),
    ],
    ids=["an office", "a demo of cash", "a demo with a key of its own"],
)
def test_nobody_else_has_it(tmp_path, settings, cards):
    house = create_app(INSTANCE=tmp_path, **settings)
    assert (house.extensions["card_gateway"] is not None) is cards
    assert "practice" not in house.extensions
    assert house.test_client().get("/practice/look.css").status_code == 404
    assert "practice.deliver" not in house.extensions["jobs"]
    assert not [job for job, _ in house.extensions["schedule"] if job.startswith("practice.")]
    assert not (tmp_path / "practice.db").exists()


def test_an_office_does_not_even_load_its_code(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name == "app.practice" or name.startswith("app.practice.")]:
        monkeypatch.delitem(sys.modules, name)
    create_app(INSTANCE=tmp_path, DEMO=False)
    assert [name for name in sys.modules if name.startswith("app.practice")] == []


def test_the_job_delivers_what_did_not_arrive(app, client):
    payable = a_payable()
    payment = open_page(client, payable)
    with notices_lost(app):
        pay_with(app, payment)
    provider = the_practice(app.extensions["practice"])
    waiting = provider.undelivered()
    assert waiting > 0
    assert payable_by_key(payable.key).state == "open"
    with time_machine.travel(now() + timedelta(minutes=1)):
        with transaction():
            enqueue("practice.deliver")
        run_due_jobs()
    assert provider.undelivered() == 0
    assert payable_by_key(payable.key).state == "settled"
