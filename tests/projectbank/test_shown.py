"""What pages of ideas and groups show: decisions, members, what waits."""

from flask import Flask
from flask.testing import FlaskClient

from app.engines.transactions import transaction
from projectbank.queries.desk import file_of, waiting
from projectbank.services.deciding import publish_sheet, return_sheet
from projectbank.services.groups import remove_member
from projectbank.services.writing import submit_sheet
from tests.browsing import sign_in, text_of
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.builders.projectbank import a_group, a_sheet


def test_decisions_stand_latest_first_and_only_what_was_sent_waits(app: Flask, client: FlaskClient) -> None:
    author, office = a_person("Fatima", language="en"), an_operator()
    sheet = a_sheet(author, "Miellerie", state="submitted")
    a_sheet(author, "Moulin", state="draft")
    a_sheet(author, "Laiterie")
    assert waiting() == 1
    with transaction():
        return_sheet(actor_of(office), sheet, 1, "Plus de chiffres")
    assert waiting() == 0
    sign_in(client, author)
    assert "Plus de chiffres" in text_of(client.get("/en/projects/mine"))
    with transaction():
        submit_sheet(actor_of(author), sheet)
        publish_sheet(actor_of(office), sheet, 1)
    told, decisions = file_of(sheet)
    assert told == "Fatima"
    assert [(one.decision, one.reason, one.by) for one in decisions] == [
        ("published", "", "Samira"),
        ("returned", "Plus de chiffres", "Samira"),
    ]
    assert "Plus de chiffres" not in text_of(client.get("/en/projects/mine"))


def test_who_was_removed_is_listed_no_more_and_i_am_called_you(app: Flask, client: FlaskClient) -> None:
    founder, friend, third = a_person("Fatima"), a_person("Brahim"), a_person("Karima")
    group = a_group(founder, a_sheet(founder, members_min=2), friend, third)
    with transaction():
        remove_member(actor_of(founder), group, third.id)
    sign_in(client, friend)
    page = client.get(f"/en/projects/groups/{group}").get_data(as_text=True).partition("<main")[2]
    assert "Karima" not in page
    assert 'Brahim</bdi></b> <span class="muted">(you)</span>' in page
    assert page.count("(you)") == 1
