"""Passkeys: where they are offered, one made and used, and every answer that is not the right one."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Passkey, Person
from app.accounts.queries.invariants import broken_accounts
from app.accounts.rules.passkeys import Place, local_place, place_of
from app.engines.db import db
from app.engines.transactions import transaction
from tests.accounts.conftest import NOON, PASSWORD
from tests.accounts.test_factors import STEP
from tests.browsing import post, sign_in
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.authenticator import Device

pytestmark = pytest.mark.usefixtures("clock")
PAGE = "/fr/account/second-factor"
NEW = f"{PAGE}/passkeys/new"


@pytest.fixture
def device(client: FlaskClient, nadia: Person) -> Device:
    """Nadia's device has made its key; its next answer is its second."""
    made = Device()
    sign_in(client, nadia)
    assert added(client, made).location == PAGE
    client.delete_cookie("tiwizi", domain="localhost")
    return made


def question(client: FlaskClient, address: str) -> dict[str, Any]:
    page = client.get(address).get_data(as_text=True)
    return dict(json.loads(html.unescape(re.search(r'data-options="([^"]+)"', page)[1])))  # type: ignore[index]


def added(client: FlaskClient, device: Device, name: str = "Mon téléphone") -> Any:
    return post(client, NEW, name=name, factor_passkey=device.makes(question(client, NEW)))


def half_way(client: FlaskClient) -> dict[str, Any]:
    assert post(client, "/fr/sign-in", contact="nadia@example.org", password=PASSWORD).location == STEP
    return question(client, STEP)


def inside(client: FlaskClient) -> bool:
    return client.get("/fr/account/preferences").status_code == 200


HERE, SITE = Place("localhost", "http://localhost:8000"), Place("tiwizi.ma", "https://tiwizi.ma")


@pytest.mark.parametrize(
    ("public", "asked", "place"),
    [
        ("https://tiwizi.ma", "tiwizi.ma", SITE),
        ("https://tiwizi.ma", "evil.example", None),
        ("https://tiwizi.ma", "localhost:8000", None),
        ("http://tiwizi.ma", "tiwizi.ma", None),
        ("http://127.0.0.1:8000", "localhost:8000", HERE),
        ("http://localhost:8000", "localhost:8000", HERE),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", None),
        ("http://localhost:8000", "127.0.0.1:8000", None),
        ("https://192.0.2.7", "192.0.2.7", None),
        ("https://[2001:db8::1]", "[2001:db8::1]", None),
        ("http://127.0.0.1:8000", "localhost:99999", None),
    ],
)
def test_passkeys_are_offered_under_a_name_and_never_under_a_number(public: str, asked: str, place: Place | None) -> None:
    assert place_of(public, asked) == place


def test_who_typed_the_number_of_this_machine_is_told_its_name() -> None:
    assert local_place("http://127.0.0.1:8000", "127.0.0.1:8000") == HERE
    assert local_place("http://127.0.0.1:8000", "localhost:8000") is None
    assert local_place("https://tiwizi.ma", "192.0.2.7") is None


def test_a_passkey_is_made_and_opens_the_second_step(client: FlaskClient, nadia: Person, device: Device) -> None:
    asked = half_way(client)
    assert [one["id"] for one in asked["allowCredentials"]] == [db.session.scalars(select(Passkey.credential_id)).one()]
    assert not inside(client)
    assert post(client, STEP, factor_passkey=device.answers(asked)).location == "/fr/my-path"
    assert inside(client)
    db.session.expire_all()
    key = db.session.scalars(select(Passkey)).one()
    assert (key.name, key.rp_id, key.sign_count, key.used_at) == ("Mon téléphone", "localhost", 2, NOON)
    assert list(broken_accounts()) == []


def test_it_is_asked_again_before_dear_acts_too(client: FlaskClient, nadia: Person, device: Device) -> None:
    a_cooperative("Tifawin", chair=nadia, slug="tifawin")
    sign_in(client, nadia, asked=False)
    invite = "/fr/sell/tifawin/members/invite"
    page = post(client, invite, contact="omar@example.org", role="packer")
    assert page.status_code == 403
    asked = json.loads(html.unescape(re.search(r'data-options="([^"]+)"', page.get_data(as_text=True))[1]))  # type: ignore[index]
    done = post(client, invite, contact="omar@example.org", role="packer", factor_passkey=device.answers(asked))
    assert done.location == "/fr/sell/tifawin/members"
    sign_in(client, nadia, asked=False)
    led = client.get("/fr/account/contacts/new").location
    answer = device.answers(question(client, led))
    assert post(client, "/fr/account/again", next="/fr/account/contacts/new", factor_passkey=answer).location == (
        "/fr/account/contacts/new"
    )


def test_an_answer_counts_once_and_soon(client: FlaskClient, device: Device, clock: Any) -> None:
    first = device.answers(half_way(client))
    assert post(client, STEP, factor_passkey=first).status_code == 303
    second = client.application.test_client()
    half_way(second)
    assert post(second, STEP, factor_passkey=first).status_code == 422
    asked = question(second, STEP)
    clock.shift(timedelta(minutes=9))
    assert post(second, STEP, factor_passkey="{}").status_code == 422
    assert post(second, STEP, factor_passkey=device.answers(asked)).status_code == 422  # its challenge was replaced
    assert not inside(second)


def test_an_answer_of_a_device_that_does_not_count_is_worth_nothing_the_second_time(
    client: FlaskClient, device: Device
) -> None:
    """Many devices always say nought: there the challenge alone tells a new answer from an old one."""
    with transaction() as session:
        session.execute(update(Passkey).values(sign_count=0))
    asked = half_way(client)
    device.count = -1
    answer = device.answers(asked)
    assert post(client, STEP, factor_passkey=answer).status_code == 303
    assert post(client, "/fr/account/again", factor_passkey=answer).status_code == 422
    device.count = -1
    again = device.answers(question(client, "/fr/account/again"))
    assert post(client, "/fr/account/again", factor_passkey=again).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://evil.example"},
        {"rp_id": "evil.example"},
        {"count": 0},  # a copy that does not know how often the key was used
        {"key": Device().key},
        {"credential_id": b"another key of the tests, as long"},
    ],
    ids=["origin", "host", "copy", "key", "unknown"],
)
def test_what_is_not_the_device_s_own_answer_opens_nothing(
    client: FlaskClient, device: Device, wrong: dict[str, Any]
) -> None:
    asked = half_way(client)
    for name, value in wrong.items():
        setattr(device, name, value)
    assert post(client, STEP, factor_passkey=device.answers(asked)).status_code == 422
    assert not inside(client)
    assert db.session.scalars(select(Passkey.sign_count)).one() == 1


@pytest.mark.parametrize(
    "sent", ["{}", "[]", "null", "x", '{"id": 1}', '{"id":"a","rawId":"a","type":"x","response":{}}', "9" * 30_000]
)
def test_strange_answers_are_refused(client: FlaskClient, nadia: Person, sent: str) -> None:
    sign_in(client, nadia)
    client.get(NEW)
    assert post(client, NEW, name="x", factor_passkey=sent).status_code == 422
    assert db.session.scalars(select(Passkey.id)).all() == []


def test_a_device_made_for_another_person_or_question_is_refused(client: FlaskClient, nadia: Person, device: Device) -> None:
    sign_in(client, nadia)
    assert added(client, device).status_code == 409  # known already
    stale = question(client, NEW)
    question(client, NEW)
    other = Device(credential_id=b"another key of the tests, as long")
    assert post(client, NEW, name="x", factor_passkey=other.makes(stale)).status_code == 422
    stranger = client.application.test_client()
    sign_in(stranger, a_person("Omar"))
    [key] = db.session.scalars(select(Passkey.id))
    assert post(stranger, f"{PAGE}/passkeys/{key}/remove").status_code == 404
    assert post(client, f"{PAGE}/passkeys/{key}/remove").location == PAGE
    db.session.expire_all()
    assert db.session.scalars(select(Passkey.id)).all() == []
    assert db.session.get_one(Person, nadia.id).secured_at is None


def test_under_a_number_there_are_none(client: FlaskClient, nadia: Person) -> None:
    sign_in(client, nadia)
    client.set_cookie("tiwizi", client.get_cookie("tiwizi", domain="localhost").value, domain="127.0.0.1")  # type: ignore[union-attr]
    assert client.get(NEW, base_url="http://127.0.0.1").status_code == 404
    page = client.get(PAGE, base_url="http://127.0.0.1").get_data(as_text=True)
    assert f"http://localhost{PAGE}" in page
    assert NEW not in page
