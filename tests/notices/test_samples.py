"""The demonstration shows every letter of the house in three languages, and keeps none of it."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from academy.services.certificates import issue_certificate
from app.engines.db import db
from app.engines.jobs import Job
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.notices.models import Notice
from orders.models import Purchase
from tests.builders.academy import a_course, finishes
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import a_purchase, a_variant
from tests.kinds.test_subjects import FILLED, subjects

TITLE = re.compile(r'<h2 class="panel-title">(.*?)</h2>')
PLAIN = re.compile(r'<p class="letter" dir="auto">(.*?)</p>', re.DOTALL)


@pytest.fixture
def demo(app: Flask) -> None:
    """Somebody of the demonstration, an order and a certificate."""
    learner = a_person("Nora", demo=True)
    chair = a_person("Fatima", demo=True)
    house = a_cooperative("Tifawin", chair=chair)
    a_purchase({a_variant(house.id): 1}, "cash", actor_of(chair), mail="buyer@example.org")
    course = a_course("Prix et marges", owner=a_person("Prof", instructor=True))
    finishes(learner, course)
    with transaction():
        issue_certificate(actor_of(learner), course.id)


def counted() -> list[int]:
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (Letter, Job, JournalLine, Notice)]


def titles(page: str) -> list[str]:
    return [html.unescape(title) for title in TITLE.findall(page)]


def test_every_subject_of_the_house_is_there(client: FlaskClient, demo: None) -> None:
    shown = titles(client.get("/en/demo/letters/every").get_data(as_text=True))
    missing = [
        text
        for text in subjects()
        if not any(re.fullmatch(".+".join(map(re.escape, FILLED.sub("\0", text).split("\0"))), subject) for subject in shown)
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_all_are_shown_in_each_language_and_nothing_of_them_stays(client: FlaskClient, demo: None, language: str) -> None:
    before, orders = counted(), db.session.execute(select(Purchase.language, Purchase.buyer_id)).all()
    page = client.get(f"/{language}/demo/letters/every").get_data(as_text=True)
    assert len(titles(page)) == len(PLAIN.findall(page)) == 63
    assert "style=" not in page
    assert counted() == before
    assert db.session.execute(select(Purchase.language, Purchase.buyer_id)).all() == orders


def test_they_are_shown_by_the_demonstration_alone(app: Flask, client: FlaskClient, demo: None) -> None:
    app.config["DEMO"] = False
    try:
        assert client.get("/fr/demo/letters/every").status_code == 404
    finally:
        app.config["DEMO"] = True
