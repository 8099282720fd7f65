"""What an organisation's office and its file at the desk say in each state."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Contact
from app.engines import sessions
from app.engines.transactions import transaction
from app.kernel.clock import now
from tests.browsing import sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, an_operator

PAPERS = {"phone": "+212528000117", "commune": "Aït Baha"}
NUMBERS = {"local_register": "RC 1", "ice": "003114533000013"}


@pytest.mark.parametrize("complete", [True, False])
def test_the_desk_says_that_papers_are_missing(app: Flask, client: FlaskClient, complete: bool) -> None:
    a_cooperative("Tifawin", state="submitted", identifiers=NUMBERS if complete else {}, **PAPERS)
    sign_in(client, an_operator())
    page = text_of(client.get("/en/desk/organisations/tifawin"))
    assert ("Facts or numbers are missing." in page) is not complete


def test_the_desk_reads_contacts_that_were_confirmed(app: Flask, client: FlaskClient) -> None:
    chair = a_person("Aïcha", "aicha@example.org")
    a_cooperative("Tifawin", chair=chair)
    with transaction() as session:
        session.add(Contact(person_id=chair.id, kind="mail", value="typed@example.org", verified_at=None))
    sign_in(client, an_operator())
    page = text_of(client.get("/en/desk/organisations/tifawin"))
    assert ("aicha@example.org" in page, "typed@example.org" in page) == (True, False)


def test_an_office_hears_that_its_file_is_being_checked(app: Flask, client: FlaskClient) -> None:
    chair, said = a_person("Aïcha"), "The office is checking your file"
    states = ("draft", "submitted", "verified", "suspended")
    for state in states:
        a_cooperative(f"Coop {state}", state=state, chair=chair)
    sign_in(client, chair)
    assert {state for state in states if said in text_of(client.get(f"/en/sell/coop-{state}/"))} == {"submitted"}


def test_of_very_many_sessions_the_hundred_seen_last_are_shown(app: Flask, client: FlaskClient) -> None:
    nadia = a_person("Nadia", "nadia@example.org")
    with transaction():
        for number in range(101):
            moment = now() - timedelta(minutes=number + 1)
            sessions.start_session(sessions.new_token(), {}, nadia.id, f"Browser{number:03}", moment)
    sign_in(client, nadia)
    shown = client.get("/en/account/sessions").get_data(as_text=True)
    assert shown.count('/end"') == 99  # not the one in hand
