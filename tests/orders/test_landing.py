"""Where somebody is who has just signed in: at the page that asked for it, at the day's work, or where they were reading."""

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from tests.browsing import post
from tests.builders.accounts import a_cooperative, a_person, an_organisation, joins

PASSWORD = "la pluie sur les figuiers"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
READ = "/fr/market/products/miel"
WORK = "/fr/sell/tifawin/orders"


@pytest.fixture
def people(app: Flask) -> dict[str, str]:
    """A contact for each kind of person, all with the same password."""
    hashed = QUICK.hash(PASSWORD)
    made = {name: a_person(name, f"{name}@example.org", password_hash=hashed) for name in ("buyer", "packer", "treasurer")}
    made["founder"] = a_person("founder", "founder@example.org", password_hash=hashed)
    shop = a_cooperative("Tifawin")
    joins(made["packer"], shop, "packer")
    joins(made["treasurer"], shop, "treasurer")
    joins(made["founder"], an_organisation("Assif", state="draft"), "chair")
    return {name: f"{name}@example.org" for name in made}


def enters(client: FlaskClient, contact: str, **asked: str) -> str:
    answer = post(client, "/fr/sign-in", contact=contact, password=PASSWORD, **asked)
    assert answer.status_code == 303
    return answer.location


@pytest.mark.parametrize(
    ("who", "came_from", "leads_to"),
    [
        ("packer", READ, WORK),
        ("packer", "", WORK),
        ("buyer", READ, READ),
        ("buyer", "", "/fr/my-path"),
        ("treasurer", "", "/fr/my-path"),  # who sends no parcels
        ("founder", "", "/fr/my-path"),  # whose cooperative is not verified yet
        ("buyer", "https://evil.example/", "/fr/my-path"),
        ("buyer", "//evil.example", "/fr/my-path"),
    ],
)
def test_a_sign_in_leads_to_what_the_person_does(
    client: FlaskClient, people: dict[str, str], who: str, came_from: str, leads_to: str
) -> None:
    assert enters(client, people[who], **({"from": came_from} if came_from else {})) == leads_to


def test_a_page_that_asked_for_the_sign_in_comes_first(client: FlaskClient, people: dict[str, str]) -> None:
    assert enters(client, people["packer"], **{"next": "/fr/account/", "from": READ}) == "/fr/account/"


def test_the_way_to_sign_in_remembers_the_page_it_stands_on(client: FlaskClient) -> None:
    assert 'href="/fr/sign-in?from=/fr/market"' in client.get("/fr/market").text
    assert 'href="/fr/sign-in"' in client.get("/fr/").text
    assert f'name="from" value="{READ}"' in client.get(f"/fr/sign-in?from={READ}").text
    assert 'name="from"' not in client.get("/fr/sign-in?from=//evil.example").text
