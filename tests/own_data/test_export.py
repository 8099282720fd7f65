"""Everything about a person, as they and the office take it: read back from the file that is handed out."""

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.accounts.gateway import hash_password
from app.accounts.models import Invitation, Person
from app.accounts.queries.own_data import whose
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.mail import post as write_letter
from app.engines.own_data import kinds_of_own_data, own_data
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.web.own_data import readable_file
from orders.models import Order, OrderLine, Purchase
from tests.browsing import post, sign_in, text_of
from tests.builders.academy import a_course, finishes
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.orders import a_purchase, a_variant
from tests.builders.projectbank import a_group, a_sheet, invited
from tests.kinds.listing import copies

PASSWORD = "quatre mots dans la nuit"
ADDRESS = "/fr/account/data"


@pytest.fixture
def nora(app: Flask) -> Person:
    """A member with an order, an order as a guest, a course, an idea, a group, a role and a letter."""
    person = a_person("Nora Tazi", "nora@example.org", password_hash=hash_password(PASSWORD))
    house = a_cooperative("Tifawin", chair=a_person("Fatima"))
    joins(person, house, "packer")
    variant = a_variant(house.id, title="Huile d’argane")
    a_purchase({variant: 2}, "cash", actor_of(person), name="Nora Tazi", street="7, rue du Puits")
    a_purchase({variant: 1}, "cash", mail="nora@example.org", name="N. T.")
    finishes(person, a_course("Prix et marges"))
    sheet = a_sheet(a_person("Omar"), "Moulin à grain")
    a_sheet(person, "Ruches de montagne", state="draft")
    a_group(person, sheet, name="Les abeilles")
    with transaction():
        write_letter("mail", "nora@example.org", "Bonjour Nora", "Un mot pour vous.", "fr")
    return person


def taken(answer: Any) -> tuple[dict[str, list[dict[str, Any]]], str]:
    """(rows by kind, the page) of an archive."""
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.namelist() == ["data.json", "data.html"]
        return json.loads(packed.read("data.json"))["data"], packed.read("data.html").decode()


def test_a_person_takes_everything_about_them(client: FlaskClient, nora: Person) -> None:
    sign_in(client, nora)
    answer = post(client, ADDRESS, present=PASSWORD)
    told, page = taken(answer)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert [(one["name"], one["language"], one["operator"]) for one in told["person"]] == [("Nora Tazi", "fr", False)]
    assert [one["contact"] for one in told["contacts"]] == ["nora@example.org"]
    assert [(one["organisation"], one["role"]) for one in told["memberships"]] == [("Tifawin", "packer")]
    assert [(one["name"], one["street"]) for one in told["purchases"]] == [
        ("Nora Tazi", "7, rue du Puits"),
        ("N. T.", "12, rue des Orangers"),
    ]
    assert [(one["title"], one["count"], one["unit_price"], one["currency"]) for one in told["order_lines"]] == [
        ("Huile d’argane", 2, 12_000, "MAD"),
        ("Huile d’argane", 1, 12_000, "MAD"),
    ]
    assert [one["street"] for one in told["address"]] == ["7, rue du Puits"]
    assert [one["course"] for one in told["enrolments"]] == ["Prix et marges"]
    assert len(told["completions"]) == 3
    assert len(told["answers"]) == 4
    assert [one["title"] for one in told["idea_texts"]] == ["Ruches de montagne"]
    assert [(one["name"], one["title"], one["founded_by_you"]) for one in told["groups"]] == [
        ("Les abeilles", "Moulin à grain", True)
    ]
    assert "Bonjour Nora" in [one["subject"] for one in told["letters"]]
    assert {"start", "complete", "export-own-data"} <= {one["verb"] for one in told["journal"]}
    assert told["person"][0]["created_at"].endswith("Z")
    for words in (
        "<h1>Ce qui est conservé au sujet de Nora Tazi</h1>",
        "Préparation des colis",
        "7, rue du Puits",
        "Bonjour Nora",
    ):
        assert words in page
    assert list(told) == [kind.key for kind in kinds_of_own_data()]


def test_nothing_of_anybody_else_is_in_it(client: FlaskClient, nora: Person) -> None:
    other = a_person("Samir", "samir@example.org")
    with transaction():
        write_letter("mail", "samir@example.org", "Pour Samir", "Rien que pour lui.", "fr")
    house = a_cooperative("Adrar", chair=other)
    a_purchase({a_variant(house.id): 1}, "cash", actor_of(other), name="Samir Idrissi", mail="samir@example.org")
    a_purchase({a_variant(house.id): 1}, "cash", actor_of(other), name="Cadeau", mail="nora@example.org")
    sign_in(client, nora)
    told, page = taken(post(client, ADDRESS, present=PASSWORD))
    for words in ("Samir", "samir@example.org", "Rien que pour lui", "Cadeau"):
        assert words not in page
        assert words not in json.dumps(told, ensure_ascii=False)


def test_no_secret_is_in_it(client: FlaskClient, nora: Person) -> None:
    """But for the links of letters that went to the very person."""
    keys = db.session.execute(select(Purchase.key, Purchase.idempotency_key)).all()
    secrets = [nora.password_hash, *(secret for pair in keys for secret in pair)]
    sign_in(client, nora)
    told, _page = taken(post(client, ADDRESS, present=PASSWORD))
    assert [secret for secret in secrets if str(secret) in json.dumps(told | {"letters": []})] == []


def lines() -> list[str]:
    return list(db.session.scalars(select(JournalLine.verb).where(JournalLine.verb == "export-own-data")))


def test_without_the_password_nothing_is_handed_out(client: FlaskClient, nora: Person) -> None:
    assert client.get(ADDRESS).status_code == 302
    sign_in(client, nora)
    answer = post(client, ADDRESS, present="un autre mot de passe")
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
    assert lines() == []


def test_it_is_handed_out_six_times_a_day(client: FlaskClient, nora: Person, app: Flask) -> None:
    sign_in(client, nora)
    app.config["RATE_LIMITS"] = True
    try:
        answers = [post(client, ADDRESS, present=PASSWORD).status_code for _ in range(7)]
    finally:
        app.config["RATE_LIMITS"] = False
    assert answers == [200] * 6 + [429]
    assert len(lines()) == 6


def test_the_page_says_what_is_kept_and_why(client: FlaskClient, nora: Person) -> None:
    sign_in(client, nora)
    page = text_of(client.get(ADDRESS))
    for words in ("Ce qui est conservé, et pourquoi", "Vos contacts", "Vos réponses", "Messages qui vous sont adressés"):
        assert words in page


def test_the_office_takes_it_from_the_terminal(app: Flask, nora: Person, tmp_path: Any) -> None:
    target = tmp_path / "nora.zip"
    result = app.test_cli_runner().invoke(args=["person", "export", "nora@example.org", str(target)])
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as packed:
        told = json.loads(packed.read("data.json"))["data"]
    assert told["person"][0]["name"] == "Nora Tazi"
    again = app.test_cli_runner().invoke(args=["person", "export", "nora@example.org", str(target)])
    assert again.exit_code != 0
    nobody = app.test_cli_runner().invoke(args=["person", "export", "nobody@example.org", str(tmp_path / "x")])
    assert nobody.output == "tiwizi: nobody has the contact nobody@example.org\n"
    assert not (tmp_path / "x").exists()


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        told.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield told
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_thousand_orders_take_no_more_statements_than_one(nora: Person, statements: list[str]) -> None:
    """One statement for each kind, however much there is."""
    purchase = db.session.scalars(select(Purchase).where(Purchase.buyer_id == nora.id)).one()
    order = db.session.scalars(select(Order).where(Order.purchase_id == purchase.id)).one()
    line = db.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
    purchases = copies(
        purchase, 1000, number=lambda n: f"P-{n}", key=lambda n: f"key-{n}", idempotency_key=lambda n: f"once-{n}"
    )
    orders = copies(order, 1000, number=lambda n: f"O-{n}", purchase_id=lambda n: purchases[n - 1])
    copies(line, 1000, order_id=lambda n: orders[n - 1])
    who = whose(nora.id)
    statements.clear()
    sections = own_data(who)
    assert len([one for one in statements if one.startswith("SELECT")]) == len(kinds_of_own_data())
    assert {one.kind.key: len(one.rows) for one in sections}["order_lines"] == 1002
    page = readable_file(sections, nora.name, now())
    assert page.count("<dl>") > 3000


def test_invitations_are_told_to_both_sides(client: FlaskClient, nora: Person) -> None:
    founder = a_person("Zineb", "zineb@example.org", password_hash=hash_password(PASSWORD))
    group = a_group(founder, a_sheet(a_person("Aziz"), "Fromagerie"), name="Les chèvres")
    invited(founder, group, "nora@example.org")
    house = a_cooperative("Ourika", chair=founder)
    with transaction() as session:
        row = Invitation(organisation_id=house.id, kind="mail", contact="nora@example.org", role="seller", token_hash="x")
        row.invited_by, row.expires_at = founder.id, now()
        session.add(row)
    sent = {one.kind.key: one.rows for one in own_data(whose(founder.id))}
    received = {one.kind.key: one.rows for one in own_data(whose(nora.id))}
    assert [one["contact"] for one in sent["group_invitations_sent"]] == ["nora@example.org"]
    assert [one["name"] for one in received["group_invitations_received"]] == ["Les chèvres"]
    assert [(one["organisation"], one["role"]) for one in sent["invitations_sent"]] == [("Ourika", "seller")]
    assert [one["organisation"] for one in received["invitations_received"]] == ["Ourika"]
