"""In an installation of two territories, a thing is shown and written about as people of its own territory would."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.services.certificates import issue_certificate
from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from catalog.models import Product
from orders.rules.purchases import Terms
from orders.services.checkout import prepare
from orders.services.fulfilment import move
from projectbank.models import Sheet
from tests.browsing import sign_in, text_of
from tests.builders.academy import a_course, finishes
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator
from tests.builders.catalog import a_product
from tests.builders.orders import a_variant, a_wish, orders_of, puts
from tests.builders.projectbank import a_group, a_sheet
from tests.builders.proofs import a_proof

NORTH = {"territory": "quebec", "region": "QC-03", "sector": "agriculture"}


def a_shop(**facts: object) -> Organisation:
    return a_cooperative("Érable du Nord", **{**NORTH, **facts})


def a_syrup(shop: Organisation) -> str:
    """The end of the address of a new product."""
    return db.session.get_one(Product, a_product(shop.id, "Sirop d’érable", price=1_800)).slug


def test_goods_and_their_maker(app: Flask, client: FlaskClient) -> None:
    chair, numbers = a_person("Marie"), {"neq": "1160000001", "gst_number": "160000001RT0001"}
    shop = a_shop(labels=["aliments-du-quebec", "igp"], identifiers=numbers, chair=chair)
    a_proof(chair, shop, an_operator("Samira"), "aliments-du-quebec")
    slug = a_syrup(shop)
    goods = text_of(client.get(f"/fr/market/products/{slug}"))
    maker = text_of(client.get("/fr/cooperatives/erable-du-nord"))
    assert ("18,00 $" in goods, "$CA" in goods, "MAD" in goods) == (True, False, False)
    assert "Capitale-Nationale" in goods
    assert ("12,00 $" in maker, "$CA" in maker) == (True, False)  # the usual delivery table of Quebec
    assert [word for word in ("Aliments du Québec", "NEQ", "1160000001", "Numéro de TPS") if word not in maker] == []
    assert "Indication géographique protégée" not in maker  # said, and not proved


def test_the_next_page_is_at_home_again(app: Flask, client: FlaskClient) -> None:
    slug = a_syrup(a_shop())
    assert "MAD" in text_of(client.get("/fr/design"))
    assert client.get(f"/fr/market/products/{slug}").status_code == 200
    home = text_of(client.get("/fr/design"))
    assert ("MAD" in home, "Souss-Massa" in home) == (True, True)


def test_an_idea_and_its_group(app: Flask, client: FlaskClient) -> None:
    founder = a_person("Ilyas")
    facts = {"territory": "quebec", "region": "QC-11", "sector": "agriculture", "investment": 25_000_000}
    sheet_id = a_sheet(founder, "Séchoir à algues", **facts)
    slug = db.session.get_one(Sheet, sheet_id).slug
    group = a_group(founder, sheet_id)
    page = text_of(client.get(f"/fr/projects/{slug}"))
    assert ("$" in page, "$CA" in page) == (True, False)
    assert "Gaspésie" in page
    sign_in(client, an_operator())
    desk = text_of(client.get(f"/fr/desk/projects/{sheet_id}"))
    assert ("$" in desk, "$CA" in desk) == (True, False)
    sign_in(client, founder)
    assert client.get(f"/fr/projects/groups/{group}").status_code == 200


def test_a_course_and_its_certificate(app: Flask, client: FlaskClient) -> None:
    learner = a_person("Gabriel")
    with time_machine.travel(datetime(2027, 1, 1, 4, 30, tzinfo=UTC), tick=True):  # 31 December in Montreal
        course = a_course("Coûts", territory="quebec")
        finishes(learner, course)
        with transaction():
            code = issue_certificate(actor_of(learner), course.id)
    assert "December 31, 2026" in text_of(client.get(f"/verify/{code}?lang=en"))
    assert "31 décembre 2026" in text_of(client.get(f"/verify/{code}?lang=fr"))
    sign_in(client, learner)
    assert "31 décembre 2026" in text_of(client.get(f"/fr/academy/courses/{course.slug}/quiz-1"))


@pytest.mark.parametrize(("code", "total"), [("fr", "30,00 $"), ("en", "$30.00")])
def test_the_letters_of_an_order_wherever_they_are_written(app: Flask, code: str, total: str) -> None:
    """A job or another territory's page may write them: Morocco, at home here, is in force all the while."""
    chair = a_person("Louise", "louise@example.org", language=code)
    buyer = Actor("guest", guest="a-guest", language=code)
    puts(buyer, {a_variant(a_shop(chair=chair).id, 1_800): 1})
    wish = a_wish(buyer, region="QC-03", commune="Québec", phone="+14185550199", mail=None)
    with transaction():
        purchase = prepare(buyer, wish, Terms("quebec", 500, timedelta(minutes=30)))
    for action in ("accept", "pack", "ship"):
        order = orders_of(purchase)[0]
        with transaction():
            move(actor_of(chair), order.id, action, order.version)
    bodies = [letter.body.replace("\xa0", " ") for letter in db.session.scalars(select(Letter).order_by(Letter.id))]
    assert here().key == "morocco"
    assert len([body for body in bodies if total in body]) == 4  # to the office, to the buyer, twice what to have ready
    assert not any("$CA" in body or "CA$" in body for body in bodies)


def test_a_cooperatives_file_at_the_desk(app: Flask, client: FlaskClient) -> None:
    a_shop(identifiers={"neq": "1160000001", "bank_account": "12345-678-9012345"}, chair=a_person("Louise"))
    sign_in(client, an_operator())
    page = text_of(client.get("/fr/desk/organisations/erable-du-nord"))
    assert [word for word in ("NEQ", "1160000001", "Compte bancaire", "12345-678-9012345") if word not in page] == []
    assert [word for word in ("ICE", "RIB") if f">{word}<" in page] == []


def test_an_office_asks_for_the_numbers_of_its_own_territory(app: Flask, client: FlaskClient) -> None:
    chair = a_person("Louise")
    a_shop(state="draft", chair=chair)
    sign_in(client, chair)
    front, facts, bank = (text_of(client.get(f"/fr/sell/erable-du-nord/{page}")) for page in ("", "facts", "bank"))
    assert ("<li>NEQ</li>" in front, "<li>ICE</li>" in front) == (True, False)
    assert ('name="neq"' in facts, 'name="gst_number"' in facts, 'name="ice"' in facts) == (True, True, False)
    assert ('name="bank_account"' in bank, 'name="rib"' in bank) == (True, False)
    assert ("Capitale-Nationale" in facts, "Souss-Massa" in facts) == (True, False)
