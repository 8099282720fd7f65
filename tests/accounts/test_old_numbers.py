"""Numbers written before they were read as they are now: their organisations live on with them."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Organisation, OrganisationIdentifier, Person
from app.accounts.queries.identifiers import public_identifiers
from app.accounts.queries.invariants import broken_accounts
from app.accounts.services.verification import remove_foreign_number
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.transactions import transaction
from app.kernel.errors import NotFound
from app.territories.loading import territory_named
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator

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


FOREIGN = {"ice": ICE, "rib": "225010000000000026137768"}


@pytest.fixture
def northern(app: Flask) -> Organisation:
    """A cooperative of Quebec that was given Moroccan numbers when numbers were columns."""
    facts = {"territory": "quebec", "region": "QC-03", "sector": "agriculture", "identifiers": {"neq": "1160000001"}}
    organisation = a_cooperative("Boréal", chair=a_person("Louise"), **facts)
    with transaction() as session:
        for kind, value in FOREIGN.items():
            row = {"organisation_id": organisation.id, "territory": "quebec", "kind": kind, "value": value}
            session.add(OrganisationIdentifier(**row, sole_value=None if kind == "rib" else value))
    return organisation


def kinds_of(organisation: Organisation) -> set[str]:
    kinds = select(OrganisationIdentifier.kind).where(OrganisationIdentifier.organisation_id == organisation.id)
    return set(db.session.scalars(kinds))


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", ("Numéros d’un autre territoire", "Retirer", "Le numéro est retiré.", "Un numéro retiré")),
        ("ar", ("أرقام من مجال ترابي آخر", "إزالة", "أُزيل الرقم.", "إزالة رقم")),
        ("en", ("Numbers of another territory", "Remove", "The number is removed.", "A number removed")),
    ],
)
def test_the_office_removes_a_number_foreign_to_the_territory(
    client: FlaskClient, northern: Organisation, lang: str, said: tuple[str, ...]
) -> None:
    """`tiwizi check` names it, and the page at the desk takes it away; then both are silent."""
    sign_in(client, an_operator())
    page = f"/{lang}/desk/organisations/boreal"
    shown = text_of(client.get(page))
    names = [territory_named("morocco").identifier(kind).names[lang] for kind in FOREIGN]
    assert [word for word in (*said[:2], *FOREIGN.values(), *names) if word not in unescape(shown)] == []
    assert sorted(broken_accounts()) == [
        f"organisation boreal bears a number of a kind unknown in its territory: {kind}" for kind in ("ice", "rib")
    ]
    db.session.rollback()
    for kind in FOREIGN:
        assert f"{page}/numbers/{kind}/remove" in shown
        assert post(client, f"{page}/numbers/{kind}/remove").status_code == 303
    assert (kinds_of(northern), list(broken_accounts())) == ({"neq"}, [])
    shown = text_of(client.get(page))
    assert [word for word in said[2:] if word not in shown] == []
    assert [word for word in (said[0], *FOREIGN.values()) if word in shown] == []
    assert [post(client, f"{page}/numbers/{kind}/remove").status_code for kind in (*FOREIGN, "neq")] == [404] * 3
    lines = db.session.execute(
        select(JournalLine.verb, JournalLine.subject_id, JournalLine.facts).order_by(JournalLine.id)
    ).all()
    assert [tuple(line) for line in lines if line.verb == "remove-number"] == [
        ("remove-number", northern.id, {"kind": kind}) for kind in FOREIGN
    ]


def test_only_the_office_removes_a_number_and_only_a_foreign_one(northern: Organisation) -> None:
    office, chair = (
        actor_of(an_operator()),
        actor_of(db.session.scalars(select(Person).where(Person.name == "Louise")).one()),
    )
    db.session.rollback()
    for actor, kind in ((chair, "ice"), (office, "neq"), (office, "qst_number"), (office, "x")):
        with pytest.raises(NotFound), transaction():
            remove_foreign_number(actor, northern.id, kind)
    assert kinds_of(northern) == {"neq", "ice", "rib"}


def test_an_organisation_without_foreign_numbers_has_no_such_panel(client: FlaskClient) -> None:
    a_cooperative("Tifawin", chair=a_person(), identifiers={"ice": ICE, "rib": FOREIGN["rib"]})
    sign_in(client, an_operator())
    assert "Numbers of another territory" not in text_of(client.get("/en/desk/organisations/tifawin"))
