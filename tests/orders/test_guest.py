"""A guest's checkout is no megaphone: names are names, and a stranger's letters and orders have their bounds."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.mail import Letter
from orders.models import Purchase
from tests.browsing import post, text_of
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import a_variant, place, recap, stock_of


@pytest.fixture
def oil(app: Flask) -> int:
    return a_variant(a_cooperative("Tifawin", chair=a_person("Aïcha"), slug="tifawin").id, 12_000, 700)


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def fills(client: FlaskClient, variant_id: int, quantity: int) -> None:
    assert post(client, "/fr/basket/lines", variant=variant_id, quantity=quantity).status_code == 303


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", "Gagnez 10 000 DH sur http://evil.example"),
        ("name", "evil.com"),
        ("name", "Appelez le 06 12 34 56 78"),
        ("commune", "www.evil.ma"),
        ("street", "voir bit.ly/3xYz"),
    ],
)
def test_a_name_and_a_place_are_no_message(client: FlaskClient, oil: int, field: str, typed: str) -> None:
    fills(client, oil, 1)
    fields = recap(client)
    answer = place(client, {**fields, field: typed})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.get_data(as_text=True)
    assert (count(Purchase), count(Letter), stock_of(oil)) == (0, 0, (700, 700))


def test_a_guests_letter_repeats_nothing_that_was_typed(client: FlaskClient, oil: int) -> None:
    fills(client, oil, 1)
    assert place(client, recap(client, name="Gagnez vite", commune="Appelez", street="Vite vite")).status_code == 303
    (letter,) = db.session.scalars(select(Letter).where(Letter.recipient == "nadia@example.org"))
    assert [word for word in ("Gagnez", "Appelez", "Vite") if word in letter.subject + letter.body] == []
    page = client.get(letter.body.split("http://localhost")[1].split()[0])
    assert "Gagnez vite" in text_of(page)  # on the page it stands, for who has its key
