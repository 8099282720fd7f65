"""Limits stop who guesses and never who is right: training rooms, carriers and strangers, as browsers see it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.gateway import hash_password
from app.accounts.models import Attempt, Code, KnownBrowser, Person
from app.accounts.rules.limits import LIMITS, Limit
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.sessions import SessionRow
from tests.browsing import post, text_of
from tests.builders.accounts import a_person

PASSWORD = "la pluie sur les figuiers"
OTHER = "le vent dans les amandiers"
WRONG = "la neige sur les cerisiers"
TOO_MANY = "Trop de mots de passe erronés"


@pytest.fixture(autouse=True)
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are on, and a hash costs little: these tests count tries, not memory."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("app.accounts.gateway._hasher", cheap)
    monkeypatch.setattr("app.accounts.gateway._NOBODY", cheap.hash("nobody"))
    monkeypatch.setitem(app.config, "RATE_LIMITS", True)


@pytest.fixture
def nadia(app: Flask, limited: None) -> Person:
    return a_person("Nadia", "nadia@example.org", password_hash=hash_password(PASSWORD))


def browser(client: FlaskClient, address: str = "203.0.113.9") -> FlaskClient:
    """Another browser, at an address."""
    other = client.application.test_client()
    other.environ_base["REMOTE_ADDR"] = address
    return other


def enter(client: FlaskClient, contact: str = "nadia@example.org", password: str = PASSWORD, **more: Any) -> Any:
    return post(client, "/fr/sign-in", contact=contact, password=password, **more)


def count(model: type, *where: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def letters() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter.body).order_by(Letter.id)))


def digits(letter: str) -> str:
    found = re.search(r"\b(\d{6})\b", letter)
    assert found is not None
    return found[1]


def ticket_of(answer: Any) -> str:
    return re.findall(r'name="ticket" value="([^"]+)"', text_of(answer))[0]


def guess(client: FlaskClient, tries: int, contact: str = "nadia@example.org", address: str = "203.0.113.66") -> list[int]:
    stranger = browser(client, address)
    return [int(enter(stranger, contact, WRONG).status_code) for _ in range(tries)]


def training_room(client: FlaskClient, people: int, times: int) -> list[int]:
    """So many people, each at a browser of their own behind one address, sign in so many times; some mistype first."""
    hashed, answers = hash_password(PASSWORD), []
    for number in range(people):
        contact = f"learner-{number}@example.org"
        a_person(f"Learner {number}", contact, password_hash=hashed)
        for time in range(times):
            visitor = browser(client, "198.51.100.1")
            if time == 0 and number % 3 == 0:
                assert enter(visitor, contact, OTHER).status_code == 422
            answers.append(int(enter(visitor, contact).status_code))
    return answers


def test_a_training_room_signs_in_at_one_address(client: FlaskClient) -> None:
    with time_machine.travel("2026-11-27 09:00Z", tick=False):
        assert training_room(client, 11, 6) == [303] * 66
    assert count(Attempt) == 0


@pytest.mark.long
def test_two_hundred_right_sign_ins_of_one_minute_at_one_address_pass(client: FlaskClient) -> None:
    with time_machine.travel("2026-11-27 09:00Z", tick=False):
        assert training_room(client, 40, 5) == [303] * 200
    assert count(Attempt) == 0


def attack(client: FlaskClient, addresses: int, tries: int) -> None:
    """Many addresses guess at one contact, each a little; the owner signs in meanwhile and afterwards."""
    owner, most = client, LIMITS["sign-in-everywhere"].most
    assert enter(owner).status_code == 303
    post(owner, "/fr/sign-out")
    statuses: list[int] = []
    for number in range(addresses):
        statuses += guess(client, tries, address=f"2001:db8:{number:x}::7")
        if number == addresses // 2:
            assert enter(owner).status_code == 303
            post(owner, "/fr/sign-out")
    assert statuses == [422] * most + [429] * (addresses * tries - most)
    right = enter(browser(client, "2001:db8:ffff::7"))
    assert (right.status_code, TOO_MANY in text_of(right)) == (429, True)
    assert enter(owner).status_code == 303


def test_a_contact_guessed_from_many_addresses_is_guarded_and_its_owner_does_not_feel_it(
    client: FlaskClient, nadia: Person
) -> None:
    attack(client, 20, 2)


@pytest.mark.long
def test_a_thousand_guesses_from_five_hundred_addresses_stop(client: FlaskClient, nadia: Person) -> None:
    attack(client, 500, 2)


def test_above_the_limit_the_owner_gets_in_from_a_new_browser_with_a_code_by_letter(
    client: FlaskClient, nadia: Person
) -> None:
    assert guess(client, 9) == [422] * 8 + [429]
    assert letters() == []
    owner = browser(client, "203.0.113.66")  # at the very address of who guesses
    asked = enter(owner, next="/fr/account/password")
    assert (asked.status_code, owner.get("/fr/account/").status_code) == (429, 302)
    assert 0 < int(asked.headers["Retry-After"]) <= 901
    [letter] = letters()
    fields = {"ticket": ticket_of(asked), "contact": "nadia@example.org", "next": "/fr/account/password"}
    wrong = "000000" if digits(letter) != "000000" else "111111"
    refused = post(owner, "/fr/sign-in/code", code=wrong, **fields)
    assert (refused.status_code, "Ce n’est pas le code" in text_of(refused)) == (422, True)
    assert ticket_of(refused) == fields["ticket"]
    entered = post(owner, "/fr/sign-in/code", code=digits(letter), **fields)
    assert (entered.status_code, entered.location) == (303, "/fr/account/password")
    assert owner.get("/fr/account/").status_code == 200
    again = post(browser(client), "/fr/sign-in/code", code=digits(letter), **fields)
    assert again.status_code == 422
    post(owner, "/fr/sign-out")
    assert enter(owner).status_code == 303, "this browser is known from now on"


def test_above_the_limit_right_wrong_and_unknown_are_answered_alike(client: FlaskClient, nadia: Person) -> None:
    def shown(contact: str, password: str) -> list[Any]:
        visitor = browser(client, "203.0.113.66")
        asked = enter(visitor, contact, password)
        ticket = ticket_of(asked)
        code = post(visitor, "/fr/sign-in/code", ticket=ticket, contact=contact, code="12 34")
        pages = [re.sub(r'name="csrf_token" value="[^"]*"', "", text_of(one)) for one in (asked, code)]
        return [asked.status_code, code.status_code, *(one.replace(ticket, "…").replace(contact, "…") for one in pages)]

    with time_machine.travel("2026-11-27 09:00Z", tick=False):
        assert guess(client, 9)[-1] == 429
        assert guess(client, 9, "nobody@example.org")[-1] == 429
        right, wrong = shown("nadia@example.org", PASSWORD), shown("nadia@example.org", OTHER)
        assert right == wrong == shown("nobody@example.org", OTHER)
    assert len(letters()) == 1
    assert count(Code) == 1, "a wrong password leaves nothing to try a code against"
    assert count(SessionRow) == 0


def test_where_no_letter_arrives_a_right_password_is_told_by_nothing_either(
    client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.application.config, "DEMO", False)
    assert guess(client, 9)[-1] == 429
    answers = []
    for password in (PASSWORD, OTHER):
        asked = enter(browser(client, "203.0.113.66"), "nadia@example.org", password)
        page = re.sub(r'name="csrf_token" value="[^"]*"', "", text_of(asked)).replace(ticket_of(asked), "…")
        answers.append((asked.status_code, page))
    assert answers[0] == answers[1]
    assert answers[0][0] == 429
    assert (letters(), count(Code)) == ([], 0)


def test_a_code_for_signing_in_dies_with_the_password(client: FlaskClient, nadia: Person) -> None:
    guess(client, 8)
    owner = browser(client, "203.0.113.66")
    ticket = ticket_of(enter(owner))
    code = digits(letters()[0])
    post(client, "/fr/forgotten-password", contact="nadia@example.org")
    assert post(client, "/fr/new-password", code=digits(letters()[1]), password=OTHER).status_code == 303
    assert post(owner, "/fr/sign-in/code", ticket=ticket, contact="x", code=code).status_code == 422
    assert owner.get("/fr/account/").status_code == 302


def test_letters_with_codes_for_signing_in_are_so_many_a_day(
    client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "sign-in-letter", Limit(2, timedelta(hours=24)))
    guess(client, 8)
    assert [enter(browser(client, "203.0.113.66")).status_code for _ in range(4)] == [429] * 4
    assert len(letters()) == 2


def test_a_flood_from_one_address_is_no_longer_computed(
    client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "sign-in-flood", Limit(2, timedelta(minutes=15)))
    assert guess(client, 8) == [422] * 8
    computed: list[str] = []
    monkeypatch.setattr("app.accounts.gateway.password_fits", lambda *given: computed.append("x") or False)
    assert guess(client, 5) == [429] * 5
    assert len(computed) == 2


def test_what_one_visitor_fails_is_given_back_and_what_others_fail_is_not(client: FlaskClient, nadia: Person) -> None:
    guess(client, 3, "somebody@example.org")
    guess(client, 2)
    assert enter(browser(client, "203.0.113.66")).status_code == 303
    kinds = dict(db.session.execute(select(Attempt.kind, func.count()).group_by(Attempt.kind)).all())
    assert kinds == {"sign-in-contact": 3, "sign-in-address": 3, "sign-in-everywhere": 3}


def test_who_signs_in_with_an_account_of_their_own_does_not_guess_on(client: FlaskClient, nadia: Person) -> None:
    a_person("Thief", "thief@example.org", password_hash=hash_password(PASSWORD))
    assert guess(client, 8) == [422] * 8
    assert enter(browser(client, "203.0.113.66"), "thief@example.org").status_code == 303
    assert guess(client, 1) == [429]


def test_what_is_no_contact_is_counted_by_itself(client: FlaskClient) -> None:
    for word in ("amina", "nadia", "omar", "fatima", "zahra", "driss", "hind", "said"):
        assert guess(client, 4, word) == [422] * 4


# known browsers


def test_a_browser_is_known_by_a_secret_that_stands_hashed_and_changes_at_each_sign_in(
    client: FlaskClient, nadia: Person
) -> None:
    answer = enter(client)
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("tiwizi-device="))
    assert all(mark in cookie for mark in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=15552000"))
    first = client.get_cookie("tiwizi-device", domain="localhost").value
    assert count(KnownBrowser, KnownBrowser.token_hash == first) == 0
    a_person("Omar", "omar@example.org", password_hash=hash_password(PASSWORD))
    post(client, "/fr/sign-out")
    enter(client, "omar@example.org")
    second = client.get_cookie("tiwizi-device", domain="localhost").value
    assert second != first
    assert count(KnownBrowser) == 2, "a browser that two people use is known to both"
    thief = browser(client)
    thief.set_cookie("tiwizi-device", first, domain="localhost")
    guess(client, 8, address="203.0.113.9")
    assert enter(thief).status_code == 429, "a copy from before is worth nothing"
    post(client, "/fr/sign-out")
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert enter(client).status_code == 303


def test_a_browser_that_is_known_to_somebody_else_is_a_stranger(client: FlaskClient, nadia: Person) -> None:
    a_person("Thief", "thief@example.org", password_hash=hash_password(PASSWORD))
    thief = browser(client)
    assert enter(thief, "thief@example.org").status_code == 303
    post(thief, "/fr/sign-out")
    assert [enter(thief, password=WRONG).status_code for _ in range(9)] == [422] * 8 + [429]
    assert count(Attempt, Attempt.kind == "sign-in-everywhere") == 8


@pytest.mark.parametrize("how", ["change", "reset", "others ended"])
def test_other_browsers_are_strangers_again_after_a_new_password(
    client: FlaskClient, nadia: Person, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "sign-in-everywhere", Limit(4, timedelta(hours=24)))
    elsewhere = browser(client)
    enter(elsewhere)
    enter(client)
    now_with = PASSWORD
    if how == "change":
        post(client, "/fr/account/password", present=PASSWORD, password=OTHER)
        now_with = OTHER
    elif how == "reset":
        post(client, "/fr/forgotten-password", contact="nadia@example.org")
        post(client, "/fr/new-password", code=digits(letters()[-1]), password=OTHER)
        now_with = OTHER
    else:
        post(client, "/fr/account/sessions/end-others")
    assert count(KnownBrowser) == 1
    guess(client, 4)
    post(client, "/fr/sign-out")
    assert enter(elsewhere, password=now_with).status_code == 429
    assert enter(client, password=now_with).status_code == 303


def test_a_known_browser_is_counted_by_itself_and_then_asked_for_a_code_too(client: FlaskClient, nadia: Person) -> None:
    enter(client)
    post(client, "/fr/sign-out")
    most = LIMITS["sign-in-device"].most
    assert [enter(client, password=OTHER).status_code for _ in range(most + 1)] == [422] * most + [429]
    assert enter(client).status_code == 429
    assert post(client, "/fr/sign-in/code", ticket="x", contact="x", code=digits(letters()[0])).status_code == 422


def test_a_browser_that_has_not_signed_in_for_half_a_year_is_known_no_longer(client: FlaskClient, nadia: Person) -> None:
    with time_machine.travel("2026-01-01 09:00Z", tick=False):
        enter(client)
        post(client, "/fr/sign-out")
    for days, status in ((179, 303), (360, 429)):
        with time_machine.travel("2026-01-01 09:00Z", tick=False) as clock:
            clock.shift(timedelta(days=days))
            guess(client, 8, address="127.0.0.1")
            assert enter(client).status_code == status
            post(client, "/fr/sign-out")


# codes and tries


def sign_up(client: FlaskClient, contact: str) -> list[int]:
    asked = post(client, "/fr/sign-up", name="Nadia", contact=contact, password=PASSWORD, terms="y")
    return [asked.status_code, post(client, "/fr/confirm", code=digits(letters()[-1])).status_code]


def test_a_training_room_opens_its_accounts_at_one_address(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back right is given back: the limits are of what does not."""
    for kind in ("code-address", "try-address"):
        monkeypatch.setitem(LIMITS, kind, Limit(3, timedelta(hours=1)))
    for number in range(8):
        assert sign_up(browser(client), f"learner-{number}@example.org") == [303, 303]
    assert count(Attempt) == 0
    for number in range(3):
        assert post(browser(client), "/fr/forgotten-password", contact=f"x-{number}@example.org").status_code == 303
    assert post(browser(client), "/fr/forgotten-password", contact="y@example.org").status_code == 429


def test_the_right_present_password_is_never_too_many(client: FlaskClient, nadia: Person) -> None:
    enter(client)
    for present, new in [(PASSWORD, OTHER), (OTHER, PASSWORD)] * (LIMITS["password-person"].most // 2 + 1):
        assert post(client, "/fr/account/password", present=present, password=new).status_code == 303
    statuses = [post(client, "/fr/account/password", present="x", password=OTHER).status_code for _ in range(9)]
    assert statuses == [422] * 8 + [429]


def test_the_right_key_of_the_first_run_is_never_too_many(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "try-address", Limit(2, timedelta(hours=1)))
    address = client.application.extensions["first_run_address"]("http://localhost").removeprefix("http://localhost")
    assert [client.get(address).status_code for _ in range(5)] == [200] * 5
    assert [client.get(address[:-1] + "x").status_code for _ in range(3)] == [404, 404, 429]


def test_guessing_is_stopped_and_the_owner_elsewhere_still_gets_in(client: FlaskClient, nadia: Person) -> None:
    stranger, owner = client.application.test_client(), client.application.test_client()
    for _ in range(LIMITS["sign-in-contact"].most):
        assert enter(stranger, password=OTHER).status_code == 422
    stopped = enter(stranger)
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["Retry-After"]) <= 901
    assert "Trop" in text_of(stopped)
    owner.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert enter(owner).status_code == 303


@pytest.mark.parametrize(
    ("guessing", "same", "another"),
    [
        ("203.0.113.7", "203.0.113.7:49152", "203.0.113.8"),
        ("2001:db8:1:2::7", "[2001:db8:1:2:ffff::1]:443", "2001:db8:1:3::7"),
        ("::ffff:203.0.113.7", "203.0.113.7", "::ffff:203.0.113.8"),
        ("unknown", "unknown", "a name"),
    ],
)
def test_an_address_is_counted_however_a_proxy_writes_it(
    client: FlaskClient, nadia: Person, guessing: str, same: str, another: str
) -> None:
    def tries(address: str) -> int:
        visitor = client.application.test_client()
        visitor.environ_base["REMOTE_ADDR"] = address
        return int(enter(visitor, password=OTHER).status_code)

    assert [tries(guessing) for _ in range(LIMITS["sign-in-contact"].most)] == [422] * LIMITS["sign-in-contact"].most
    assert tries(same) == 429
    assert tries(another) == 422


def test_codes_are_not_sent_without_end(client: FlaskClient, nadia: Person) -> None:
    for _ in range(LIMITS["code-contact"].most):
        assert post(client, "/fr/forgotten-password", contact="nadia@example.org").status_code == 303
    assert post(client, "/fr/forgotten-password", contact="nadia@example.org").status_code == 429
    assert len(letters()) == LIMITS["code-contact"].most


@pytest.mark.parametrize("contact", ["nadia@example.org", "nobody@example.org"])
def test_a_code_cannot_be_guessed_from_many_addresses_and_the_owner_s_browser_is_not_kept_out(
    client: FlaskClient, nadia: Person, contact: str
) -> None:
    owner = client
    assert enter(owner).status_code == 303
    post(owner, "/fr/sign-out")

    def asks(number: int) -> int:
        stranger = client.application.test_client()
        stranger.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        return int(post(stranger, "/fr/forgotten-password", contact=contact).status_code)

    most = LIMITS["code-everywhere"].most
    assert [asks(number) for number in range(most + 2)] == [303] * most + [429] * 2
    assert post(owner, "/fr/forgotten-password", contact="nadia@example.org").status_code == 303
    assert post(owner, "/fr/new-password", code=digits(letters()[-1]), password=OTHER).location == "/fr/my-path"


def test_tries_of_a_code_are_counted_before_the_costly_hash(
    client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    monkeypatch.setattr("app.accounts.gateway.hash_password", lambda text: computed.append(text) or "no hash")
    monkeypatch.setitem(LIMITS, "try-address", Limit(3, timedelta(hours=1)))
    post(client, "/fr/forgotten-password", contact="nadia@example.org")
    tries = [post(client, "/fr/new-password", code="x", password=OTHER).status_code for _ in range(5)]
    assert tries == [422, 422, 422, 429, 429]
    assert len(computed) == 3
