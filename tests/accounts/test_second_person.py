"""Four eyes: what waits for a second person, what is decided alone after 48 hours, what is void."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from academy.models import Course
from academy.services.courses import publish_course
from app.accounts.jobs import carry_out
from app.accounts.models import ActWaiting, Membership, Organisation, OrganisationIdentifier, Person
from app.accounts.queries.invariants import broken_accounts
from app.accounts.services.bank import set_bank
from app.accounts.services.second_person import agree_act, carry_out_act
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotFound
from tests.accounts.conftest import NOON
from tests.browsing import post, sign_in, text_of
from tests.builders.academy import a_course
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins

pytestmark = pytest.mark.usefixtures("clock")
OLD, NEW, THIRD = "225010000000000026137768", "225010000000000126137784", "225010000000000226137703"


@pytest.fixture
def chair(app: Flask) -> Person:
    return a_person("Aïcha", "aicha@example.org")


@pytest.fixture
def tifawin(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair, slug="tifawin", identifiers={"rib": OLD})


@pytest.fixture
def treasurer(tifawin: Organisation) -> Person:
    person = a_person("Brahim", "brahim@example.org")
    joins(person, tifawin, "treasurer")
    return person


def account() -> str:
    db.session.rollback()
    return db.session.scalars(select(OrganisationIdentifier.value).where(OrganisationIdentifier.kind == "rib")).one()


def act() -> ActWaiting:
    db.session.expire_all()
    return db.session.scalars(select(ActWaiting).order_by(ActWaiting.id.desc()).limit(1)).one()


def asks(person: Person, organisation: Organisation, number: str = NEW) -> int:
    with transaction():
        assert set_bank(actor_of(person), organisation.id, number) is False
    return act().id


def verbs() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalLine.verb).order_by(JournalLine.id)))


def letters() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(one.recipient, one.subject) for one in db.session.scalars(select(Letter).order_by(Letter.id))]


def test_another_entitled_person_agrees_and_it_is_done(
    client: FlaskClient, chair: Person, tifawin: Organisation, treasurer: Person
) -> None:
    sign_in(client, chair)
    answer = post(client, "/fr/sell/tifawin/bank", rib=NEW, present="unused")
    assert answer.status_code == 422  # who has no second factor gives the password in the form
    act_id = asks(chair, tifawin)
    assert (account(), act().due_at) == (OLD, None)
    assert letters() == [(f"{who}@example.org", "Ceci attend une deuxième personne") for who in ("aicha", "brahim")]
    other = client.application.test_client()
    sign_in(other, treasurer)
    page = text_of(other.get("/fr/account/acts"))
    assert "« Tifawin » doit être payée sur un autre compte. Il se termine par 7784." in page
    assert NEW not in page
    assert post(client, f"/fr/account/acts/{act_id}/agree").status_code == 409
    assert account() == OLD
    assert post(other, f"/fr/account/acts/{act_id}/agree").status_code == 303
    assert (account(), act().state, act().ended_by) == (NEW, "done", treasurer.id)
    assert post(other, f"/fr/account/acts/{act_id}/agree").status_code == 409
    assert verbs() == ["ask-second-person", "set-bank", "agree-act"]
    assert list(broken_accounts()) == []


def test_who_is_alone_waits_48_hours_and_the_journal_says_so(chair: Person, tifawin: Organisation, clock: Any) -> None:
    asks(chair, tifawin)
    assert act().due_at == NOON + timedelta(hours=48)
    assert letters() == [("aicha@example.org", "Ceci attend une deuxième personne")]
    clock.shift(timedelta(hours=48) - timedelta(seconds=1))
    carry_out()
    assert account() == OLD
    clock.shift(1)
    carry_out()
    carry_out()
    assert (account(), act().state) == (NEW, "done")
    assert verbs() == ["ask-second-person", "set-bank", "decide-alone"]
    line = db.session.scalars(select(JournalLine).where(JournalLine.verb == "decide-alone")).one()
    assert (line.actor_kind, line.facts) == ("system", {"act": act().id, "asked_by": chair.id})
    assert [subject for _to, subject in letters()] == [
        "Ceci attend une deuxième personne",
        "Les coordonnées bancaires ont changé",
        "Ce qui attendait une deuxième personne est décidé",
    ]


def test_what_waits_alone_can_be_stopped(client: FlaskClient, chair: Person, tifawin: Organisation, clock: Any) -> None:
    act_id = asks(chair, tifawin)
    sign_in(client, chair)
    assert "Tifawin" in text_of(client.get("/fr/sell/tifawin/bank"))
    assert post(client, f"/fr/account/acts/{act_id}/stop").status_code == 303
    clock.shift(timedelta(days=3))
    carry_out()
    assert (account(), act().state) == (OLD, "withdrawn")
    assert verbs() == ["ask-second-person", "withdraw-act"]
    assert asks(chair, tifawin) != act_id


def test_the_second_person_may_refuse(client: FlaskClient, chair: Person, tifawin: Organisation, treasurer: Person) -> None:
    act_id = asks(chair, tifawin)
    sign_in(client, treasurer)
    assert post(client, f"/fr/account/acts/{act_id}/stop").status_code == 303
    assert (account(), act().state) == (OLD, "refused")


def test_strangers_and_colleagues_without_the_role_have_no_part_in_it(
    client: FlaskClient, chair: Person, tifawin: Organisation, treasurer: Person
) -> None:
    act_id = asks(chair, tifawin)
    seller = a_person("Omar")
    joins(seller, tifawin, "seller")
    for somebody in (seller, a_person("Nadia"), an_operator()):
        browser = client.application.test_client()
        sign_in(browser, somebody)
        for move in ("agree", "stop"):
            assert post(browser, f"/fr/account/acts/{act_id}/{move}").status_code == 404
        assert "7784" not in text_of(browser.get("/fr/account/acts"))
    assert (account(), act().state) == (OLD, "waiting")


def test_one_change_waits_at_a_time(chair: Person, tifawin: Organisation, treasurer: Person) -> None:
    asks(chair, tifawin)
    with pytest.raises(Conflict, match="act-waits"), transaction():
        set_bank(actor_of(treasurer), tifawin.id, THIRD)
    assert len(db.session.scalars(select(ActWaiting.id)).all()) == 1
    db.session.rollback()


def test_the_right_is_looked_at_again(chair: Person, tifawin: Organisation, treasurer: Person, clock: Any) -> None:
    act_id = asks(treasurer, tifawin)
    with transaction() as session:
        session.execute(delete(Membership).where(Membership.person_id == treasurer.id))
    with pytest.raises(Conflict, match="act-void"), transaction():
        agree_act(actor_of(chair), act_id, now())
    assert (account(), act().state) == (OLD, "waiting")


@pytest.mark.parametrize("gone", ["right", "account"])
def test_alone_is_void_when_right_or_facts_have_changed(chair: Person, tifawin: Organisation, clock: Any, gone: str) -> None:
    asks(chair, tifawin)
    with transaction() as session:
        if gone == "right":
            session.get_one(Person, chair.id).blocked_at = now()
        else:
            session.get_one(OrganisationIdentifier, (tifawin.id, "rib")).value = THIRD
    clock.shift(timedelta(hours=48))
    carry_out()
    assert (account(), act().state) == (OLD if gone == "right" else THIRD, "lapsed")
    assert verbs() == ["ask-second-person", "lapse-act"]


def test_somebody_who_came_meanwhile_is_waited_for(chair: Person, tifawin: Organisation, clock: Any) -> None:
    act_id = asks(chair, tifawin)
    newcomer = a_person("Brahim", "brahim@example.org")
    joins(newcomer, tifawin, "treasurer")
    clock.shift(timedelta(hours=48))
    carry_out()
    assert (account(), act().state, act().due_at) == (OLD, "waiting", None)
    assert letters()[-1] == ("brahim@example.org", "Ceci attend une deuxième personne")
    with transaction():
        agree_act(actor_of(newcomer), act_id, now())
    assert account() == NEW


def test_what_nobody_agreed_to_in_fourteen_days_is_void(
    chair: Person, tifawin: Organisation, treasurer: Person, clock: Any
) -> None:
    asks(chair, tifawin)
    clock.shift(timedelta(days=14) - timedelta(seconds=1))
    carry_out()
    assert act().state == "waiting"
    clock.shift(1)
    carry_out()
    assert (account(), act().state) == (OLD, "lapsed")


def test_killed_half_way_nothing_is_done_and_the_next_time_it_is_done_once(
    chair: Person, tifawin: Organisation, clock: Any
) -> None:
    act_id = asks(chair, tifawin)
    clock.shift(timedelta(hours=48))
    with pytest.raises(RuntimeError, match="killed"), transaction():
        carry_out_act(SYSTEM, act_id, now())
        db.session.flush()
        raise RuntimeError("killed")
    assert (account(), act().state) == (OLD, "waiting")
    carry_out()
    assert (account(), act().state) == (NEW, "done")
    with transaction():
        assert carry_out_act(SYSTEM, act_id, now()) is None
    assert verbs().count("set-bank") == 1


def test_two_at_once_are_one(app: Flask, chair: Person, tifawin: Organisation) -> None:
    act_id = asks(chair, tifawin)
    answers: list[str | None] = []
    begin = threading.Barrier(2)

    def works() -> None:
        with app.app_context():
            begin.wait()
            with transaction():
                answers.append(carry_out_act(SYSTEM, act_id, NOON + timedelta(hours=48)))
            db.session.remove()

    threads = [threading.Thread(target=works) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == [None, "done"]
    assert verbs().count("set-bank") == 1


def test_a_first_account_and_a_draft_s_need_no_second_person(chair: Person) -> None:
    verified = a_cooperative("Adrar", chair=chair)
    draft = a_cooperative("Anzar", state="draft", chair=chair, identifiers={"rib": OLD})
    for organisation in (verified, draft):
        with transaction():
            assert set_bank(actor_of(chair), organisation.id, NEW) is True
    assert db.session.scalars(select(OrganisationIdentifier.value)).all() == [NEW, NEW]
    assert db.session.scalars(select(ActWaiting.id)).all() == []


# verdicts on one's own


def test_an_operator_s_verdict_on_the_own_cooperative_needs_another_operator(client: FlaskClient, clock: Any) -> None:
    own, other = an_operator("Samira"), an_operator("Driss")
    mine = a_cooperative("Tifawin", state="submitted", chair=own, slug="tifawin")
    sign_in(client, own)
    assert post(client, "/fr/desk/organisations/tifawin/verify").status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Organisation, mine.id).state == "submitted"
    act_id = act().id
    assert post(client, f"/fr/account/acts/{act_id}/agree").status_code == 409
    second = client.application.test_client()
    sign_in(second, other)
    assert "Tifawin" in text_of(second.get("/fr/desk/"))
    assert post(second, f"/fr/account/acts/{act_id}/agree").status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Organisation, mine.id).state == "verified"


def test_the_only_operator_s_own_verdict_waits_48_hours(client: FlaskClient, clock: Any) -> None:
    own = an_operator("Samira")
    mine = a_cooperative("Tifawin", state="suspended", chair=own, slug="tifawin")
    sign_in(client, own)
    assert post(client, "/fr/desk/organisations/tifawin/reinstate").status_code == 303
    clock.shift(timedelta(hours=48))
    carry_out()
    db.session.expire_all()
    assert db.session.get_one(Organisation, mine.id).state == "verified"
    assert "decide-alone" in verbs()


def test_an_unknown_act_is_not_found(chair: Person) -> None:
    with pytest.raises(NotFound), transaction():
        agree_act(actor_of(chair), 999, now())


def test_an_operator_s_own_course_is_published_by_another(client: FlaskClient) -> None:
    own, other = an_operator("Samira"), an_operator("Driss")
    course = a_course("Prix et marges", owner=own, state="submitted")
    with transaction():
        assert publish_course(actor_of(own), course.id) is False
    db.session.expire_all()
    assert db.session.get_one(Course, course.id).state == "submitted"
    sign_in(client, other)
    assert "Prix et marges" in text_of(client.get("/fr/account/acts"))
    assert post(client, f"/fr/account/acts/{act().id}/agree").status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Course, course.id).state == "published"
