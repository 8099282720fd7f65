"""What the office asks: from a day on, with a reason, and what held before stays readable."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.settings import SettingChange
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.territories.loading import territory_named
from app.territories.records import Requirement
from catalog.queries.proofs import labels_of_cooperatives
from catalog.queries.requirements import asked_at, changes_of, requirements_at
from catalog.rules.proofs import as_value
from catalog.services.requirements import set_requirement
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator
from tests.builders.proofs import a_proof

TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = {"fr": "Main propre", "ar": "يد نظيفة", "en": "Clean hand"}
HAND = Requirement("main-propre", NAMES, True, ("cooperative",), ("handicraft",), "document", ())
FORM = {
    "name_fr": "Main propre",
    "name_ar": "يد نظيفة",
    "name_en": "Clean hand",
    "asked": "y",
    "badge": "y",
    "proof": "document",
}
FORM |= {"bearers": "cooperative", "sectors": "handicraft", "holds_from": "", "reason": "Demandé par les acheteurs."}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(TODAY, tick=False) as travelling:
        yield travelling


@pytest.fixture
def office(app: Flask, clock: Any) -> Person:
    return an_operator()


def set_it(office: Person, requirement: Requirement, moment: datetime = TODAY, *, new: bool = False) -> None:
    with transaction():
        set_requirement(actor_of(office), "morocco", requirement, moment, "Décidé.", TODAY, new=new)


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(SettingChange)) or 0


def test_a_territory_begins_with_its_data(office: Person) -> None:
    assert set(requirements_at("morocco", TODAY)) == {one.key for one in territory_named("morocco").requirements}
    assert "permis-mapaq" in requirements_at("quebec", TODAY)
    assert changes_of("morocco") == {}


def test_what_is_set_holds_from_its_moment_and_what_is_past_as_it_held_then(office: Person) -> None:
    set_it(office, HAND, JUNE, new=True)
    off = Requirement(
        "igp", territory_named("morocco").requirements[2].names, True, ("product",), (), "document", (), asked=False
    )
    set_it(office, off)
    assert "main-propre" not in requirements_at("morocco", TODAY)
    assert as_value(requirements_at("morocco", JUNE)["main-propre"]) == as_value(HAND)
    assert requirements_at("morocco", JUNE)["igp"].asked is False
    before = datetime(2026, 3, 1, tzinfo=UTC)
    assert requirements_at("morocco", before)["igp"].asked is True
    assert "main-propre" not in requirements_at("quebec", JUNE)
    morocco = territory_named("morocco")
    of_crafts = {one.key for one in asked_at(morocco, "craft_wood", JUNE)}  # a branch of handicraft
    of_farms = {one.key for one in asked_at(morocco, "agriculture", JUNE)}
    assert of_crafts - of_farms == {"main-propre"}


def test_the_desk_sets_a_requirement_with_its_reason_and_shows_the_history(client: FlaskClient, office: Person) -> None:
    sign_in(client, office)
    assert "Commerce équitable" in text_of(client.get("/fr/desk/requirements"))
    made = post(client, "/fr/desk/new-requirement", key="main-propre", **FORM)
    assert (made.status_code, made.location) == (303, "/fr/desk/requirements/main-propre")
    later = post(
        client, "/fr/desk/requirements/main-propre", **{**FORM, "name_fr": "Mains propres", "holds_from": "01/06/2026"}
    )
    assert later.status_code == 303
    page = text_of(client.get("/fr/desk/requirements/main-propre"))
    assert ("Demandé par les acheteurs." in page, "prévu" in page, "Mains propres" in page) == (True, True, True)
    assert requirements_at("morocco", TODAY)["main-propre"].names["fr"] == "Main propre"
    assert requirements_at("morocco", JUNE)["main-propre"].names["fr"] == "Mains propres"
    assert "Un changement est prévu" in text_of(client.get("/fr/desk/requirements"))


@pytest.mark.parametrize(
    ("address", "fields", "sentence"),
    [
        ("new-requirement", {"key": "igp"}, "Ce nom court est pris."),
        ("new-requirement", {"key": "Mon Label"}, "Un nom court compte"),
        ("new-requirement", {"key": "neuf", "name_ar": ""}, "Donnez-lui un nom"),
        ("new-requirement", {"key": "neuf", "proof": "attested"}, "il lui faut un document"),
        ("requirements/igp", {"reason": " "}, "ce sera lu"),
        ("requirements/igp", {"holds_from": "01/03/2026"}, "Choisissez aujourd’hui ou plus tard"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_set(
    client: FlaskClient, office: Person, address: str, fields: dict[str, str], sentence: str
) -> None:
    sign_in(client, office)
    answer = post(client, f"/fr/desk/{address}", **{**FORM, **fields})
    assert answer.status_code in (409, 422)
    assert count() == 0
    assert sentence in text_of(answer)


def test_a_label_that_is_asked_no_longer_is_shown_no_longer(office: Person) -> None:
    chair = a_person("Aïcha")
    shop: Organisation = a_cooperative("Tifawin", chair=chair)
    a_proof(chair, shop, office, "igp", None, date(2027, 1, 31))
    assert [one.key for one in labels_of_cooperatives([shop.id], TODAY)[shop.id]] == ["igp"]
    known = requirements_at("morocco", TODAY)["igp"]
    set_it(office, Requirement("igp", known.names, True, known.bearers, (), "document", (), asked=False), JUNE)
    assert [one.key for one in labels_of_cooperatives([shop.id], TODAY)[shop.id]] == ["igp"]
    assert labels_of_cooperatives([shop.id], JUNE) == {}


def test_only_the_office_sets_what_is_asked(office: Person) -> None:
    stranger = actor_of(a_person("Omar"))
    with pytest.raises(NotFound), transaction():
        set_requirement(stranger, "morocco", HAND, TODAY, "Moi.", TODAY, new=True)
    with pytest.raises(Invalid), transaction():
        set_requirement(actor_of(office), "morocco", HAND, TODAY, "", TODAY, new=True)
    set_it(office, HAND, new=True)
    with pytest.raises(Conflict), transaction():
        set_requirement(actor_of(office), "morocco", HAND, TODAY, "Encore.", TODAY, new=True)
    assert count() == 1
