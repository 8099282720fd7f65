"""An idea that was not sent yet is its author's alone: the office reads what authors send."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, guest
from projectbank.models import Sheet
from projectbank.permissions import may_see, visible_sheets
from projectbank.services.deciding import return_sheet, withdraw_sheet
from tests.browsing import sign_in, text_of
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.builders.projectbank import a_sheet

STATES = ("draft", "submitted", "returned", "published", "archived")
SEEN = {
    "author": set(STATES),
    "office": {"submitted", "returned", "published", "archived"},
    "stranger": {"published"},
    "guest": {"published"},
    "system": set(STATES),
}


@pytest.mark.parametrize("who", sorted(SEEN))
def test_who_sees_a_sheet_in_which_state(app: Flask, client: FlaskClient, who: str) -> None:
    """The rule for one sheet, the rule for a list, and the pages say the same."""
    author, office, stranger = a_person("Fatima"), an_operator(), a_person("Karim")
    decider = actor_of(office)
    ids = {}
    for state in STATES:
        first = {"draft": "draft", "submitted": "submitted", "returned": "submitted"}.get(state, "published")
        ids[state] = a_sheet(author, f"Miellerie {state}", state=first)
    with transaction():
        return_sheet(decider, ids["returned"], 1, "Plus de chiffres")
        withdraw_sheet(decider, ids["archived"], 1, "Fermé")
    people = {"author": author, "office": office, "stranger": stranger}
    actor = actor_of(people[who]) if who in people else {"guest": guest(), "system": SYSTEM}[who]
    assert {state for state in STATES if may_see(actor, state, author.id)} == SEEN[who]
    visible = set(db.session.scalars(select(Sheet.state).where(visible_sheets(actor))))
    assert visible == SEEN[who]
    if who == "system":
        return
    if who in people:
        sign_in(client, people[who])
    shown = {state for state in STATES if client.get(f"/fr/projects/miellerie-{state}").status_code == 200}
    assert shown == SEEN[who]
    read = {state for state in STATES if client.get(f"/fr/desk/projects/{ids[state]}").status_code == 200}
    assert read == (SEEN["office"] if who == "office" else set())
    if who == "office":
        pages = [text_of(client.get(f"/fr/desk/projects?state={state}")) for state in STATES]
        assert not any("Miellerie draft" in page for page in pages)
        assert all(f"Miellerie {state}" in page for state, page in zip(STATES, pages, strict=True) if state != "draft")


def test_an_operator_s_own_draft_is_no_file_of_the_desk(app: Flask, client: FlaskClient) -> None:
    office = an_operator()
    own = a_sheet(office, "Mon moulin", state="draft")
    sign_in(client, office)
    assert client.get("/fr/projects/mon-moulin").status_code == 200
    assert client.get(f"/fr/desk/projects/{own}").status_code == 404
