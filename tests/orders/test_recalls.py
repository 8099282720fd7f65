"""Who has something of a recalled lot is told, once each, and nobody else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.jobs import Job, run_due_jobs
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, NotAllowed, NotFound
from catalog.services.lots import recall_lot
from orders.jobs import tell_of_recall
from orders.services.recalls import TELL, ask_to_tell
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_person, actor_of, joins
from tests.builders.dying import killed_at
from tests.builders.lots import a_lot
from tests.builders.orders import a_purchase, a_variant, orders_of, takes
from tests.engines.together import at_once

REASON = "Un couvercle mal fermé."


@pytest.fixture
def lot(shop: Organisation, chair: Person) -> int:
    """Of twelve jars four were bought: two by Nadia, one each by Omar and, in Arabic, by Salma; Zineb gave hers back."""
    jars = a_variant(shop.id, 12_000, 0, "Amlou")
    made = a_lot(shop, chair, jars, "L-1", 30, 12)
    a_purchase({jars: 2}, mail="nadia@example.org")
    a_purchase({jars: 1}, mail="omar@example.org")
    arabic = actor_of(a_person("Salma", "salma@example.org", language="ar"))
    a_purchase({jars: 1}, actor=arabic, mail="salma@example.org")
    back = orders_of(a_purchase({jars: 1}, mail="zineb@example.org"))[0]
    takes(actor_of(chair), back, "refuse")
    other = a_variant(shop.id, 5_000, 10, "Savon")
    a_purchase({other: 1}, mail="younes@example.org")
    return made


def asks(who: Person, shop_id: int, lot_id: int) -> None:
    actor = actor_of(who)
    with transaction():
        ask_to_tell(actor, shop_id, lot_id)


def recalled(chair: Person, shop_id: int, lot_id: int) -> None:
    with transaction():
        recall_lot(actor_of(chair), shop_id, lot_id, REASON)


def told() -> dict[str, str]:
    """{whom: what} of the letters about a recall."""
    db.session.rollback()
    rows = db.session.execute(select(Letter.recipient, Letter.subject, Letter.body).order_by(Letter.id)).all()
    found = [(row.recipient, row.body) for row in rows if "rappelés" in row.subject or "سحب" in row.subject]
    assert len(dict(found)) == len(found), "somebody was told twice"
    return dict(found)


def test_each_buyer_reads_what_is_recalled_and_why(chair: Person, shop: Organisation, lot: int) -> None:
    recalled(chair, shop.id, lot)
    for _ in range(2):
        asks(chair, shop.id, lot)
        run_due_jobs()
    letters = told()
    assert set(letters) == {"nadia@example.org", "omar@example.org", "salma@example.org"}
    assert f"La coopérative écrit\u00a0: {REASON}" in letters["nadia@example.org"]
    assert "Amlou, lot L-1" in letters["nadia@example.org"]
    assert ": 2 dans votre commande" in letters["nadia@example.org"]
    assert "لا تأكلوها ولا تستعملوها" in letters["salma@example.org"]


def test_begun_anew_nobody_is_told_twice(app: Flask, chair: Person, shop: Organisation, lot: int) -> None:
    shop_id = shop.id
    recalled(chair, shop_id, lot)
    assert killed_at(app, "notice-half-told", lambda: tell_of_recall(shop_id, lot))
    assert told() == {}
    for _ in range(2):
        tell_of_recall(shop_id, lot)
    assert len(told()) == 3


def test_asked_for_at_once_it_is_done_once(app: Flask, chair: Person, shop: Organisation, lot: int) -> None:
    recalled(chair, shop.id, lot)
    shop_id = shop.id
    assert at_once(app, [lambda: asks(chair, shop_id, lot) for _ in range(2)]) == [None, None]
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Job.name == TELL)) == 1


def test_of_what_is_still_sold_nobody_is_told(chair: Person, shop: Organisation, lot: int) -> None:
    with pytest.raises(Conflict) as refused:
        asks(chair, shop.id, lot)
    assert refused.value.code == "lot-not-recalled"
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Job.name == TELL)) == 0


def test_who_may_tell(client: FlaskClient, chair: Person, shop: Organisation, lot: int) -> None:
    """Who answers for what is sold; the button stands for them alone, and once the lot is recalled."""
    packer, stranger = a_person("Sami"), a_person("Omar")
    joins(packer, shop, "packer")
    page = f"/fr/sell/tifawin/lots/{lot}"
    sign_in(client, chair)
    assert "Écrire à tous" not in text_of(client.get(page))
    assert post(client, f"{page}/tell").status_code == 409
    recalled(chair, shop.id, lot)
    assert "Écrire à tous" in text_of(client.get(page))
    for who, refusal in ((packer, NotAllowed), (stranger, NotFound)):
        with pytest.raises(refusal):
            asks(who, shop.id, lot)
        db.session.rollback()
    assert post(client, f"{page}/tell").status_code == 303
    assert "une seule fois" in text_of(client.get(page))
    sign_in(client, packer)
    assert "Écrire à tous" not in text_of(client.get(page))
    assert post(client, f"{page}/tell").status_code == 403
