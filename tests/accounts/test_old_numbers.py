"""Numbers written before they were read as they are now: their organisations live on with them."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Organisation, OrganisationIdentifier, Person
from app.accounts.queries.identifiers import public_identifiers
from app.engines.db import db
from app.engines.transactions import transaction
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person

NUMBER = "RLC–١/2026"  # with a dash and a digit that are told apart from others today
ICE = "003114533000013"


@pytest.fixture
def chair(client: FlaskClient) -> Person:
    person = a_person("Aïcha")
    sign_in(client, person)
    return person


def form_of(client: FlaskClient, slug: str) -> dict[str, str]:
    """The form of the office's facts as the browser would send it back."""
    page = client.get(f"/fr/sell/{slug}/facts").get_data(as_text=True)
    fields = {
        name: unescape(value.group(1))
        for tag in re.findall(r"<input[^>]*>", page)
        if (name := (re.search(r'name="(\w+)"', tag) or [""] * 2)[1]) and (value := re.search(r'value="([^"]*)"', tag))
    }
    return {**fields, "kind": "cooperative", "region": "MA-09", "sector": "argan"}


def of(organisation: Organisation) -> dict[str, str]:
    return public_identifiers([organisation.id])[organisation.id]


def test_a_verified_cooperative_whose_number_was_written_otherwise_changes_its_phone(
    client: FlaskClient, chair: Person
) -> None:
    numbers = {"local_register": NUMBER, "ice": ICE}
    organisation = a_cooperative("Tifawin", chair=chair, identifiers=numbers)
    form = form_of(client, "tifawin")
    assert form["local_register"] == NUMBER
    answer = post(client, "/fr/sell/tifawin/facts", **{**form, "phone": "0612345678"})
    assert answer.status_code == 303
    assert db.session.scalar(select(Organisation.phone)) == "+212612345678"
    assert of(organisation) == numbers
    refused = post(client, "/fr/sell/tifawin/facts", **{**form, "local_register": "RLC-2/2026", "phone": "0612000000"})
    assert refused.status_code in (409, 422)
    assert of(organisation) == numbers


def test_the_second_bearer_of_a_number_let_in_before_changes_its_phone_but_takes_no_number(
    client: FlaskClient, chair: Person
) -> None:
    a_cooperative("Tigmi", identifiers={"local_register": "RLC1/2026"})
    second = a_cooperative("Tifawin", chair=chair, state="returned")
    with transaction() as session:
        row = {"organisation_id": second.id, "territory": "morocco", "kind": "local_register", "value": "RLC1/2026"}
        session.add(OrganisationIdentifier(**row, sole_value=None))
    form = form_of(client, "tifawin")
    answer = post(client, "/fr/sell/tifawin/facts", **{**form, "phone": "0612345678"})
    assert answer.status_code == 303
    assert of(second) == {"local_register": "RLC1/2026"}
    db.session.rollback()
    with transaction() as session:
        session.execute(
            update(OrganisationIdentifier).where(OrganisationIdentifier.organisation_id == second.id).values(value="X9")
        )
    taken = post(client, "/fr/sell/tifawin/facts", **{**form, "phone": "0612000000"})
    assert (taken.status_code, "porte déjà ce numéro" in text_of(taken)) == (409, True)
    assert of(second) == {"local_register": "X9"}
    assert db.session.scalar(select(Organisation.phone).where(Organisation.id == second.id)) == "+212612345678"
