"""The office and an account: blocking it, ending its sessions, a lost second factor; by pages, job and terminal."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.jobs import carry_out
from app.accounts.models import AppFactor, LostFactor, Person, PersonDecision, PrintedCode
from app.accounts.queries.invariants import broken_accounts
from app.accounts.services.lost_factors import agree_lost, ask_lost, carry_out_lost
from app.engines import sessions
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, guest
from app.kernel.clock import now
from tests.accounts.conftest import NOON, PASSWORD
from tests.accounts.test_factors import CODES, STEP, code_at, with_app, with_list
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_person, actor_of, an_operator

pytestmark = pytest.mark.usefixtures("clock")
LOST = "/fr/sign-in/lost-factor"


@pytest.fixture
def office(app: Flask) -> FlaskClient:
    browser = app.test_client()
    sign_in(browser, an_operator())
    return browser


def enter(client: FlaskClient, contact: str = "nadia@example.org") -> Any:
    return post(client, "/fr/sign-in", contact=contact, password=PASSWORD)


def inside(client: FlaskClient) -> bool:
    return client.get("/fr/account/preferences").status_code == 200


def lines(*wanted: str) -> list[tuple[str, str]]:
    db.session.rollback()
    found = db.session.scalars(select(JournalLine).where(JournalLine.verb.in_(wanted)).order_by(JournalLine.id))
    return [(line.verb, line.actor_kind) for line in found]


def subjects() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter.subject).order_by(Letter.id)))


def state() -> str:
    db.session.rollback()
    return db.session.scalars(select(LostFactor.state).order_by(LostFactor.id.desc())).first() or ""


def secured(person: Person) -> bool:
    db.session.expire_all()
    return db.session.get_one(Person, person.id).secured_at is not None


# blocked


def test_a_blocked_person_is_out_at_once_and_told_at_the_door(
    client: FlaskClient, nadia: Person, office: FlaskClient
) -> None:
    sign_in(client, nadia)
    address = f"/fr/desk/people/{nadia.id}"
    assert post(office, f"{address}/block", reason=" ").status_code == 422
    assert inside(client)
    assert post(office, f"{address}/block", reason="Compte volé").location == address
    assert not inside(client)
    answer = enter(client)
    assert (answer.status_code, "L’office a bloqué ce compte." in text_of(answer)) == (403, True)
    assert post(client, "/fr/sign-in", contact="nadia@example.org", password="un autre mot de passe").status_code == 422
    assert post(office, f"{address}/block", reason="Encore").status_code == 409
    assert post(office, f"{address}/unblock", reason="C’était une erreur").status_code == 303
    assert enter(client).location == "/fr/my-path"
    assert lines("block", "unblock") == [("block", "person"), ("unblock", "person")]
    assert db.session.scalars(select(PersonDecision.reason).order_by(PersonDecision.id)).all() == [
        "Compte volé",
        "C’était une erreur",
    ]
    assert subjects() == ["Votre compte est bloqué", "Votre compte est de nouveau ouvert"]
    assert "Compte volé" in text_of(office.get(address))
    assert list(broken_accounts()) == []


def test_a_session_that_outlived_the_block_opens_nothing(client: FlaskClient, nadia: Person) -> None:
    with transaction() as session:
        session.get_one(Person, nadia.id).blocked_at = now()
    sign_in(client, nadia)
    assert not inside(client)
    assert list(broken_accounts()) == [f"person {nadia.id} is blocked and has an open session"]


def test_a_block_comes_between_the_two_steps_and_after_a_new_password(
    client: FlaskClient, nadia: Person, office: FlaskClient
) -> None:
    with_app(nadia)
    enter(client)
    post(office, f"/fr/desk/people/{nadia.id}/block", reason="Compte volé")
    assert post(client, STEP, factor_code=code_at(NOON)).location == "/fr/sign-in"
    assert not inside(client)
    post(client, "/fr/forgotten-password", contact="nadia@example.org")
    db.session.rollback()
    letter = db.session.scalars(select(Letter.body).order_by(Letter.id.desc())).first() or ""
    code = next(word for word in letter.split() if word.isdecimal() and len(word) == 6)
    assert post(client, "/fr/new-password", code=code, password="le vent dans les amandiers").status_code == 403
    assert not inside(client)


def test_an_operator_ends_anyone_s_sessions_and_nobody_else_does(
    client: FlaskClient, nadia: Person, office: FlaskClient
) -> None:
    elsewhere, stranger = client.application.test_client(), client.application.test_client()
    sign_in(client, nadia)
    sign_in(elsewhere, nadia)
    sign_in(stranger, a_person("Omar"))
    for act in ("end-sessions", "block", "unblock"):
        assert post(stranger, f"/fr/desk/people/{nadia.id}/{act}", reason="x").status_code == 404
    assert inside(client)
    assert post(office, f"/fr/desk/people/{nadia.id}/end-sessions", reason="Téléphone perdu").status_code == 303
    assert [inside(one) for one in (client, elsewhere, stranger)] == [False, False, True]
    assert enter(client).status_code == 303


def test_nobody_decides_about_themselves(office: FlaskClient) -> None:
    me = db.session.scalars(select(Person.id).where(Person.is_operator)).one()
    for act in ("block", "end-sessions"):
        assert post(office, f"/fr/desk/people/{me}/{act}", reason="x").status_code == 409
    assert office.get("/fr/desk/").status_code == 200
    assert lines("block", "end-sessions") == []


def test_people_are_found_by_name_and_by_whole_contact(nadia: Person, office: FlaskClient) -> None:
    a_person("Omar", "+212612345678")
    for text, found, other in (
        ("nad", "Nadia", "Omar"),
        ("06 12 34 56 78", "Omar", "Nadia"),
        ("NADIA@example.org", "Nadia", "Omar"),
    ):
        page = text_of(office.get("/fr/desk/people", query_string={"q": text}))
        assert (f"<bdi>{found}</bdi>" in page, f"<bdi>{other}</bdi>" in page) == (True, False)
    assert "<bdi>Nadia</bdi>" not in text_of(office.get("/fr/desk/people"))
    assert "<bdi>Nadia</bdi>" not in text_of(office.get("/fr/desk/people", query_string={"q": "example.org"}))


# lost


def test_a_lost_factor_goes_after_another_operator_and_48_hours(
    client: FlaskClient, nadia: Person, office: FlaskClient, clock: Any
) -> None:
    with_list(with_app(nadia))
    enter(client)
    assert client.get(LOST).status_code == 200
    assert post(client, LOST).status_code == 200
    assert post(client, LOST).status_code == 200
    assert state() == "asked"
    clock.shift(timedelta(days=3))
    carry_out()
    assert (state(), secured(nadia)) == ("asked", True)
    lost_id = db.session.scalars(select(LostFactor.id)).one()
    assert "Nadia" in text_of(office.get("/fr/desk/people"))
    sign_in(office, db.session.scalars(select(Person.id).where(Person.is_operator)).one())
    assert post(office, f"/fr/desk/people/{nadia.id}/lost/{lost_id}/agree").status_code == 303
    clock.shift(timedelta(hours=48) - timedelta(seconds=1))
    carry_out()
    assert (state(), secured(nadia)) == ("waiting", True)
    with transaction():  # the service by itself, a moment too early
        assert carry_out_lost(SYSTEM, lost_id, now()) is False
    clock.shift(1)
    carry_out()
    carry_out()
    assert (state(), secured(nadia)) == ("done", False)
    assert db.session.scalars(select(AppFactor.person_id)).all() + db.session.scalars(select(PrintedCode.id)).all() == []
    assert enter(client).location == "/fr/my-path"
    assert lines("lose-factor", "agree-lost-factor", "reset-factor") == [
        ("lose-factor", "guest"),
        ("agree-lost-factor", "person"),
        ("reset-factor", "system"),
    ]
    assert subjects()[-3:] == [
        "Quelqu’un demande le retrait de votre second facteur",
        "Votre second facteur sera retiré",
        "Votre second facteur a changé",
    ]
    assert list(broken_accounts()) == []


@pytest.mark.parametrize("agreed", [False, True])
def test_whoever_signs_in_with_the_factor_stops_it(client: FlaskClient, nadia: Person, clock: Any, agreed: bool) -> None:
    with_app(nadia)
    with transaction():
        ask_lost(guest(), nadia.id, now())
    lost_id = db.session.scalars(select(LostFactor.id)).one()
    if agreed:
        operator = actor_of(an_operator())
        with transaction():
            agree_lost(operator, lost_id, now())
    clock.shift(60)
    enter(client)
    assert state() == ("waiting" if agreed else "asked")
    assert post(client, STEP, factor_code=code_at(now())).status_code == 303
    assert state() == "withdrawn"
    clock.shift(timedelta(days=3))
    carry_out()
    assert (state(), secured(nadia)) == ("withdrawn", True)


def test_an_open_session_stops_it_too(client: FlaskClient, nadia: Person) -> None:
    with_app(nadia)
    sign_in(client, nadia)
    with transaction():
        ask_lost(guest(), nadia.id, now())
    assert "Arrêter" in text_of(client.get("/fr/account/second-factor"))
    assert post(client, "/fr/account/second-factor/not-lost").status_code == 303
    assert (state(), secured(nadia)) == ("withdrawn", True)


def test_no_operator_agrees_to_the_own_loss(client: FlaskClient, hashed: str) -> None:
    operator = with_app(an_operator())
    sign_in(client, operator)
    with transaction():
        ask_lost(guest(), operator.id, now())
    lost_id = db.session.scalars(select(LostFactor.id)).one()
    assert post(client, f"/fr/desk/people/{operator.id}/lost/{lost_id}/agree").status_code == 409
    assert (state(), secured(operator)) == ("asked", True)


def test_what_the_office_refuses_stays(client: FlaskClient, nadia: Person, office: FlaskClient) -> None:
    with_app(nadia)
    with transaction():
        ask_lost(guest(), nadia.id, now())
    lost_id = db.session.scalars(select(LostFactor.id)).one()
    assert post(office, f"/fr/desk/people/{nadia.id}/lost/{lost_id}/refuse").status_code == 303
    assert post(office, f"/fr/desk/people/{nadia.id}/lost/{lost_id}/agree").status_code == 409
    assert (state(), secured(nadia)) == ("refused", True)


def test_only_who_knows_the_password_asks(client: FlaskClient, nadia: Person) -> None:
    with_app(nadia)
    assert client.get(LOST).location == "/fr/sign-in"
    assert post(client, LOST).location == "/fr/sign-in"
    assert state() == ""


def test_the_terminal_takes_a_lost_factor_away_at_once(client: FlaskClient, app: Flask, nadia: Person) -> None:
    with_list(with_app(nadia))
    sign_in(client, nadia)
    with transaction():
        ask_lost(guest(), nadia.id, now())
    terminal = app.test_cli_runner()
    assert terminal.invoke(args=["person", "reset-factor", "nobody@example.org"]).exit_code == 1
    done = terminal.invoke(args=["person", "reset-factor", "nadia@example.org"])
    assert (done.exit_code, "no second factor any more" in done.output) == (0, True)
    assert (state(), secured(nadia)) == ("done", False)
    assert not inside(client)
    assert sessions.sessions_of(nadia.id, now()) == []
    assert lines("reset-factor") == [("reset-factor", "system")]
    assert len(CODES) == 2
