"""The demo's people and cooperatives: believable, checked, loaded once."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.demo import DEMO_PASSWORD
from app.accounts.demo.invented import invent
from app.accounts.demo.loading import cooperatives, load
from app.accounts.gateway import password_fits
from app.accounts.models import Membership, Organisation, Person
from app.accounts.queries import load_visitor, organisation_by_slug, person_with_contact
from app.accounts.queries.invariants import broken_accounts
from app.accounts.rules.identifiers import ice_value, rib_value
from app.accounts.rules.passwords import check_password
from app.accounts.search import organisation_documents
from app.engines.db import db
from app.engines.journal import altered_lines
from app.kernel.contacts import ContactValue

PEOPLE = (
    "buyer",
    "chair",
    "treasurer",
    "seller",
    "packer",
    "seller2",
    "founder",
    "learner",
    "instructor",
    "mentor",
    "funder",
    "evaluator",
    "operator",
    "operator2",
)

pytestmark = pytest.mark.usefixtures("app")


def silent(_done: int, _total: int) -> None:
    """Nobody watches."""


def states() -> dict[str, int]:
    return dict(db.session.execute(select(Organisation.state, func.count()).group_by(Organisation.state)).all())  # type: ignore[arg-type]


def test_the_demo_is_loaded_once(app: Flask) -> None:
    load("small", silent)
    before = (states(), db.session.scalar(select(func.count()).select_from(Person)))
    load("small", silent)
    assert (states(), db.session.scalar(select(func.count()).select_from(Person))) == before
    assert before[0] == {"verified": 14, "submitted": 1, "returned": 1}
    assert list(broken_accounts()) == []
    assert altered_lines() == []


def test_the_people_of_the_sign_in_page_have_their_parts(app: Flask) -> None:
    load("small", silent)
    found = {key: person_with_contact(ContactValue("mail", f"{key}@demo.tiwizi.example")) for key in PEOPLE}
    assert all(found.values())
    assert all(password_fits(one.password_hash, DEMO_PASSWORD) for one in found.values() if one)
    assert check_password(DEMO_PASSWORD) == DEMO_PASSWORD
    roles = {
        key: [(place.slug, sorted(place.roles)) for place in load_visitor(one.id, "fr").workplaces]  # type: ignore[union-attr]
        for key, one in found.items()
        if one
    }
    assert {key: roles[key] for key in ("chair", "treasurer", "seller", "packer", "seller2", "buyer")} == {
        "chair": [("tifawin", ["chair"])],
        "treasurer": [("tifawin", ["treasurer"])],
        "seller": [("tifawin", ["seller"])],
        "packer": [("tifawin", ["packer"])],
        "seller2": [("ourgh-siroua", ["seller"])],
        "buyer": [],
    }


def test_the_cooperatives_numbers_pass_their_check_digits() -> None:
    more = [invent(number) for number in range(0, 1000, 7)]
    for facts in (*cooperatives(), *({**one["organisation"], **one["numbers"]} for one in more)):
        assert ice_value(facts["ice"]) == facts["ice"]
        assert rib_value(facts["rib"]) == facts["rib"]
        assert facts["women"] <= facts["members"]


def test_a_thousand_more_come_in_the_large_demo_and_not_twice(app: Flask) -> None:
    for _ in range(2):
        load("large", silent)
    assert states()["verified"] == 1014
    assert db.session.scalar(select(func.count(Membership.id)).where(Membership.role == "chair")) == 1016
    assert list(broken_accounts()) == []


def test_verified_cooperatives_are_found_in_three_languages(app: Flask) -> None:
    load("small", silent)
    documents = {one.id: one for one in organisation_documents(None)}
    assert len(documents) == 14
    tifawin = documents[organisation_by_slug("tifawin", "ar").card.id]
    assert set(tifawin.titles) == {"fr", "ar", "en"}
    assert "Souss-Massa" in tifawin.classes
