"""The second factor as people meet it: setting one up, the second step, being asked again, the seven days of grace."""

import re
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.gateway import unsealed
from app.accounts.models import AppFactor, Contact, Membership, Organisation, Person, PrintedCode
from app.accounts.queries.invariants import broken_accounts
from app.accounts.rules.factors import fitting_step, step_of
from app.accounts.services.factors import print_codes, set_up_app
from app.accounts.services.people import promote
from app.engines import sessions
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from tests.accounts.conftest import NOON, PASSWORD
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, actor_of, an_operator, joins

pytestmark = pytest.mark.usefixtures("clock")
OTHER = "le vent dans les amandiers"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODES = ("1234567890", "0987654321")
STEP = "/fr/sign-in/second-step"
AGAIN = "/fr/account/again"
PAGE = "/fr/account/second-factor"


def with_app(person: Person, secret: str = SECRET) -> Person:
    """The person has set up an app some time ago."""
    with time_machine.travel(NOON - timedelta(hours=1), tick=False), transaction():
        set_up_app(actor_of(person), secret, code_at(NOON - timedelta(hours=1)), now())
    return person


def with_list(person: Person) -> Person:
    with transaction():
        print_codes(actor_of(person), CODES, now())
    return person


def code_at(moment: datetime, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(moment)


def enter(client: FlaskClient, contact: str = "nadia@example.org", password: str = PASSWORD, **more: Any) -> Any:
    return post(client, "/fr/sign-in", contact=contact, password=password, **more)


def inside(client: FlaskClient) -> bool:
    return client.get("/fr/account/preferences").status_code == 200


def verbs(*wanted: str) -> list[tuple[str, str | None]]:
    db.session.rollback()
    lines = db.session.scalars(select(JournalLine).where(JournalLine.verb.in_(wanted)).order_by(JournalLine.id))
    return [(line.verb, line.facts.get("kind") or line.facts.get("change")) for line in lines]


def subjects() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(one.recipient, one.subject) for one in db.session.scalars(select(Letter).order_by(Letter.id))]


def production(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(client.application.config, "DEMO", False)


# setting up


def test_an_app_is_set_up_by_its_secret_and_its_first_code(client: FlaskClient, nadia: Person) -> None:
    sign_in(client, nadia)
    page = text_of(client.get(f"{PAGE}/app"))
    secret = re.search(r'dir="ltr">((?:[A-Z2-7]{4} ?){8})</bdi>', page)[1].replace(" ", "")  # type: ignore[index]
    assert f"secret={secret}" in page
    assert "<svg" in page
    assert post(client, f"{PAGE}/app", code="000000").status_code == 422
    assert verbs("change-factor") == []
    assert post(client, f"{PAGE}/app", code=code_at(NOON, secret)).location == PAGE
    row = db.session.scalars(select(AppFactor)).one()
    assert secret not in row.sealed_secret
    assert unsealed(row.sealed_secret) == secret
    assert verbs("change-factor") == [("change-factor", "app")]
    assert subjects() == [("nadia@example.org", "Votre second facteur a changé")]
    assert list(broken_accounts()) == []


def test_a_list_is_shown_once_and_a_new_one_ends_it(client: FlaskClient, nadia: Person) -> None:
    sign_in(client, nadia)
    first = re.findall(r"\d{5} \d{5}", text_of(post(client, f"{PAGE}/codes")))
    assert len(set(first)) == 10
    assert re.findall(r"\d{5} \d{5}", text_of(client.get(f"{PAGE}/codes")) + text_of(client.get(PAGE))) == []
    second = re.findall(r"\d{5} \d{5}", text_of(post(client, f"{PAGE}/codes")))
    assert set(first).isdisjoint(second)
    kept = db.session.scalars(select(PrintedCode.code_hash)).all()
    assert len(kept) == 10
    assert not any(code.replace(" ", "") in "".join(kept) for code in second)
    visitor = client.application.test_client()
    enter(visitor)
    assert post(visitor, STEP, factor_code=first[0]).status_code == 422
    assert post(visitor, STEP, factor_code=second[0]).status_code == 303
    assert inside(visitor)


# the second step


def test_the_password_alone_opens_nothing_any_more(client: FlaskClient, nadia: Person) -> None:
    with_app(nadia)
    answer = enter(client, next="/fr/account/preferences")
    assert answer.location == STEP
    assert not inside(client)
    assert client.get_cookie("tiwizi-device", domain="localhost") is None
    assert verbs("sign-in") == []
    assert post(client, STEP, factor_code="000000").status_code == 422
    assert not inside(client)
    before = client.get_cookie("tiwizi", domain="localhost")
    assert post(client, STEP, factor_code=code_at(NOON)).location == "/fr/account/preferences"
    assert inside(client)
    after = client.get_cookie("tiwizi", domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert verbs("sign-in", "prove-factor", "refuse-factor") == [
        ("refuse-factor", "app"),
        ("prove-factor", "app"),
        ("sign-in", None),
    ]


@pytest.mark.parametrize(("seconds", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_wrong(client: FlaskClient, nadia: Person, seconds: int, fits: bool) -> None:
    with_app(nadia)
    enter(client)
    post(client, STEP, factor_code=code_at(NOON + timedelta(seconds=seconds)))
    assert inside(client) is fits


def test_each_code_of_the_app_counts_once_and_so_do_older_ones(client: FlaskClient, nadia: Person, clock: Any) -> None:
    with_app(nadia)
    enter(client)
    assert post(client, STEP, factor_code=code_at(NOON)).status_code == 303
    for used in (NOON, NOON - timedelta(seconds=30)):
        second = client.application.test_client()
        enter(second)
        assert post(second, STEP, factor_code=code_at(used)).status_code == 422
        assert not inside(second)
    clock.shift(30)
    enter(second)
    assert post(second, STEP, factor_code=code_at(NOON + timedelta(seconds=30))).status_code == 303


def test_a_code_fits_no_step_that_was_used_or_is_older() -> None:
    """The rule by itself; the update of the used step holds it a second time."""
    here = step_of(NOON)
    assert fitting_step(SECRET, code_at(NOON), NOON, here - 1) == here
    assert fitting_step(SECRET, code_at(NOON), NOON, here) is None
    assert fitting_step(SECRET, code_at(NOON - timedelta(seconds=30)), NOON, here) is None


def test_the_code_that_set_the_app_up_opens_nothing(client: FlaskClient, nadia: Person) -> None:
    with transaction():
        set_up_app(actor_of(nadia), SECRET, code_at(NOON), now())
    enter(client)
    assert post(client, STEP, factor_code=code_at(NOON)).status_code == 422


def test_codes_are_read_as_people_write_them(client: FlaskClient, nadia: Person) -> None:
    with_list(with_app(nadia))
    eastern = code_at(NOON).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for written in (f" {eastern[:3]} {eastern[3:]} ", "12345-67890"):
        visitor = client.application.test_client()
        enter(visitor)
        assert post(visitor, STEP, factor_code=written).status_code == 303
        assert inside(visitor)


def test_a_printed_list_alone_is_enough_and_each_code_opens_once(client: FlaskClient, nadia: Person) -> None:
    with_list(nadia)
    enter(client)
    answer = post(client, STEP, factor_code=CODES[0], follow=True)
    assert "Codes à usage unique restants : 1." in text_of(answer)
    visitor = client.application.test_client()
    enter(visitor)
    assert post(visitor, STEP, factor_code=CODES[0]).status_code == 422
    assert post(visitor, STEP, factor_code=CODES[1]).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Person, nadia.id).secured_at is None
    assert list(broken_accounts()) == []


def test_half_way_in_lasts_ten_minutes_and_no_new_password(client: FlaskClient, nadia: Person, clock: Any) -> None:
    with_app(nadia)
    enter(client)
    clock.shift(599)
    assert client.get(STEP).status_code == 200
    clock.shift(1)
    assert client.get(STEP).location == "/fr/sign-in"
    assert post(client, STEP, factor_code=code_at(now())).location == "/fr/sign-in"
    assert not inside(client)
    enter(client)
    elsewhere = client.application.test_client()
    sign_in(elsewhere, nadia)
    assert post(elsewhere, "/fr/account/password", present=PASSWORD, password=OTHER).status_code == 303
    assert post(client, STEP, factor_code=code_at(now())).location == "/fr/sign-in"
    assert not inside(client)


def test_half_way_in_is_no_session_of_the_list(client: FlaskClient, nadia: Person) -> None:
    with_app(nadia)
    enter(client)
    db.session.rollback()
    assert sessions.sessions_of(nadia.id, now()) == []
    assert post(client, "/fr/sign-in/give-up").location == "/fr/sign-in"
    assert client.get(STEP).location == "/fr/sign-in"


def test_a_forgotten_password_does_not_skip_the_second_step(client: FlaskClient, nadia: Person) -> None:
    with_app(nadia)
    post(client, "/fr/forgotten-password", contact="nadia@example.org")
    db.session.rollback()
    letter = db.session.scalars(select(Letter.body).order_by(Letter.id.desc())).first() or ""
    code = re.search(r"\b(\d{6})\b", letter)[1]  # type: ignore[index]
    assert post(client, "/fr/new-password", code=code, password=OTHER).location == STEP
    assert not inside(client)
    assert post(client, STEP, factor_code=code_at(NOON)).status_code == 303


def test_guessing_stops_and_the_owner_s_known_browser_still_gets_in(
    client: FlaskClient, nadia: Person, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_list(with_app(nadia))
    enter(client)
    post(client, STEP, factor_code=CODES[0])
    post(client, "/fr/sign-out")
    monkeypatch.setitem(client.application.config, "RATE_LIMITS", True)
    thief = client.application.test_client()
    enter(thief)
    assert [post(thief, STEP, factor_code=f"00000{n}").status_code for n in range(6)] == [422] * 5 + [429]
    other_address = client.application.test_client()
    other_address.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    enter(other_address)
    assert post(other_address, STEP, factor_code=code_at(NOON)).status_code == 429
    enter(client)
    assert post(client, STEP, factor_code=code_at(NOON)).status_code == 303
    clock.shift(301)
    assert post(thief, STEP, factor_code="000009").status_code == 422


# asked again


def test_a_dear_act_asks_again_keeps_what_was_typed_and_is_then_done(client: FlaskClient, nadia: Person, clock: Any) -> None:
    cooperative = a_cooperative("Tifawin", chair=with_app(nadia), slug="tifawin")
    sign_in(client, nadia, asked=False)
    invited = {"contact": "omar@example.org", "role": "packer"}
    answer = post(client, "/fr/sell/tifawin/members/invite", **invited)
    page = text_of(answer)
    assert (answer.status_code, 'name="contact" value="omar@example.org"' in page) == (403, True)
    assert 'action="/fr/sell/tifawin/members/invite"' in page
    assert verbs("invite") == []
    answer = post(client, "/fr/sell/tifawin/members/invite", factor_code="000000", **invited)
    assert (answer.status_code, 'value="omar@example.org"' in text_of(answer)) == (422, True)
    assert verbs("invite") == []
    answer = post(client, "/fr/sell/tifawin/members/invite", factor_code=code_at(NOON), **invited)
    assert answer.location == "/fr/sell/tifawin/members"
    assert verbs("invite") == [("invite", None)]
    clock.shift(599)
    assert client.get("/fr/sell/tifawin/bank").status_code == 200
    clock.shift(1)
    assert client.get("/fr/sell/tifawin/bank").location == f"{AGAIN}?next=/fr/sell/tifawin/bank"
    assert cooperative.state == "verified"


def test_a_page_leads_to_the_question_and_back(client: FlaskClient, nadia: Person) -> None:
    a_cooperative("Tifawin", chair=with_app(nadia), slug="tifawin")
    sign_in(client, nadia, asked=False)
    asked = client.get("/fr/sell/tifawin/bank").location
    assert "factor_code" in text_of(client.get(asked))
    answer = post(client, AGAIN, next="/fr/sell/tifawin/bank", factor_code=code_at(NOON))
    assert answer.location == "/fr/sell/tifawin/bank"
    page = text_of(client.get("/fr/sell/tifawin/bank"))
    assert 'name="rib"' in page
    assert 'name="present"' not in page
    for elsewhere in ("https://evil.example/", "//evil.example/"):
        assert post(client, AGAIN, next=elsewhere, factor_code=code_at(NOON + timedelta(seconds=30))).status_code != 500


def test_who_has_no_second_factor_gives_the_password(client: FlaskClient, nadia: Person) -> None:
    a_cooperative("Tifawin", chair=nadia, slug="tifawin")
    sign_in(client, nadia, asked=False)
    invited = {"contact": "omar@example.org", "role": "packer"}
    asked = post(client, "/fr/sell/tifawin/members/invite", **invited)
    assert (asked.status_code, 'name="factor_password"' in text_of(asked)) == (403, True)
    assert post(client, "/fr/sell/tifawin/members/invite", factor_password=OTHER, **invited).status_code == 422
    assert verbs("invite") == []
    assert post(client, "/fr/sell/tifawin/members/invite", factor_password=PASSWORD, **invited).status_code == 303
    assert client.get("/fr/sell/tifawin/bank").status_code == 200  # its form asks the password itself


def test_a_password_given_before_does_not_stand_for_a_factor_set_up_elsewhere(client: FlaskClient, nadia: Person) -> None:
    a_cooperative("Tifawin", chair=nadia, slug="tifawin")
    sign_in(client, nadia, asked=False)
    post(client, AGAIN, factor_password=PASSWORD)
    assert client.get(f"/fr/sell/tifawin/members/{nadia.id}").status_code == 200
    with_app(nadia)
    assert client.get(f"/fr/sell/tifawin/members/{nadia.id}").location.startswith(AGAIN)


def test_a_new_sign_in_is_asked_again_before_dear_acts(client: FlaskClient, nadia: Person) -> None:
    with_list(nadia)
    enter(client)
    post(client, STEP, factor_code=CODES[0])
    assert client.get("/fr/account/contacts/new").location.startswith(AGAIN)
    assert client.get("/fr/account/password").location.startswith(AGAIN)
    assert db.session.scalars(select(Contact.value)).all() == ["nadia@example.org"]


# required


def test_a_role_has_seven_days_and_then_only_the_page_that_sets_it_up(
    client: FlaskClient, nadia: Person, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_cooperative("Tifawin", chair=nadia, slug="tifawin")
    production(client, monkeypatch)
    enter(client)
    assert "à partir du 8 décembre 2026" in text_of(client.get(PAGE))
    clock.shift(timedelta(days=7) - timedelta(seconds=1))
    enter(client)
    assert client.get("/fr/sell/tifawin/").status_code == 200
    clock.shift(1)
    for address in ("/fr/sell/tifawin/", "/fr/my-path", "/fr/", "/fr/market", "/fr/account/", "/"):
        assert client.get(address).location == PAGE
    invited = {"contact": "omar@example.org", "role": "packer", "factor_password": PASSWORD}
    assert post(client, "/fr/sell/tifawin/members/invite", **invited).location == PAGE
    assert verbs("invite") == []
    assert client.get("/ar/account/second-factor").status_code == 200
    with client.get("/static/tiwizi.css") as look:
        assert look.status_code == 200
    assert post(client, f"{PAGE}/codes", factor_password=PASSWORD).status_code == 200
    assert client.get("/fr/sell/tifawin/").status_code == 200
    assert post(client, "/fr/sign-out").location == "/fr/"


@pytest.mark.parametrize(("role", "shut"), [("treasurer", True), ("chair", True), ("seller", False), ("member", False)])
def test_chair_and_treasurer_need_one_and_others_do_not(
    client: FlaskClient, nadia: Person, clock: Any, monkeypatch: pytest.MonkeyPatch, role: str, shut: bool
) -> None:
    joins(nadia, a_cooperative("Tifawin", slug="tifawin"), role)
    production(client, monkeypatch)
    clock.shift(timedelta(days=8))
    enter(client)
    assert (client.get("/fr/sell/tifawin/").status_code == 200) is not shut


def test_an_operator_s_days_begin_when_the_right_is_given(
    client: FlaskClient, nadia: Person, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    production(client, monkeypatch)
    clock.shift(timedelta(days=30))
    with transaction():
        promote(SYSTEM, nadia.id, operator=True)
    clock.shift(timedelta(days=6))
    enter(client)
    assert client.get("/fr/desk/").status_code == 200
    clock.shift(timedelta(days=1))
    assert client.get("/fr/desk/").location == PAGE


def test_who_was_there_before_the_rule_has_seven_days_too(
    client: FlaskClient, nadia: Person, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_cooperative("Tifawin", chair=nadia, slug="tifawin")
    with transaction() as session:
        session.execute(update(Membership).values(since=NOON - timedelta(days=400)))
        session.execute(update(Person).values(grace_from=NOON))
    production(client, monkeypatch)
    enter(client)
    assert client.get("/fr/sell/tifawin/").status_code == 200
    clock.shift(timedelta(days=7))
    assert client.get("/fr/sell/tifawin/").location == PAGE


def test_the_demonstration_offers_it_and_never_requires_it(client: FlaskClient, clock: Any, hashed: str) -> None:
    operator = an_operator()
    clock.shift(timedelta(days=60))
    sign_in(client, operator)
    assert client.get("/fr/desk/").status_code == 200
    assert client.get(PAGE).status_code == 200


def test_who_needs_a_factor_keeps_one(client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    a_cooperative("Tifawin", chair=with_app(nadia), slug="tifawin")
    production(client, monkeypatch)
    sign_in(client, nadia)
    assert post(client, f"{PAGE}/app/remove").status_code == 409
    db.session.rollback()
    assert len(db.session.scalars(select(AppFactor)).all()) == 1
    assert verbs("change-factor") == [("change-factor", "app")]
    with_list(nadia)
    assert post(client, f"{PAGE}/app/remove").location == PAGE
    db.session.rollback()
    assert db.session.scalars(select(AppFactor)).all() == []
    assert db.session.get_one(Person, nadia.id).secured_at is not None
    assert db.session.scalars(select(Organisation.slug)).all() == ["tifawin"]


def test_another_secret_of_the_installation_opens_no_app(
    client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_app(nadia)
    monkeypatch.setitem(client.application.config, "SECRET_KEY", "another secret of the installation, as long")
    enter(client)
    assert post(client, STEP, factor_code=code_at(NOON)).status_code == 422
    assert not inside(client)
