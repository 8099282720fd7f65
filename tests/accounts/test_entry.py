"""Coming in: signing up, in and out, forgotten passwords, limits; as a browser without script sees it."""

import re
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.gateway import password_fits
from app.accounts.models import Contact, Person
from app.accounts.queries import person_with_contact
from app.accounts.services.people import set_password
from app.accounts.signals import guest_signed_in
from app.engines import sessions
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from tests.accounts.conftest import PASSWORD
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_person, actor_of

OTHER = "le vent dans les amandiers"


def last_code() -> str:
    db.session.rollback()
    body = db.session.scalars(select(Letter.body).order_by(Letter.id.desc())).first() or ""
    return re.search(r"\b(\d{6})\b", body).group(1)  # type: ignore[union-attr]


def letters() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Letter.id)).all())


def known(mail: str) -> bool:
    db.session.rollback()
    return person_with_contact(ContactValue("mail", mail)) is not None


def signed_up(client: FlaskClient, contact: str = "nadia@example.org", **more: Any) -> Any:
    fields = {"name": "Nadia Chraibi", "contact": contact, "password": PASSWORD, "terms": "y", **more}
    return post(client, "/fr/sign-up", **fields)


def enter(client: FlaskClient, contact: str = "nadia@example.org", password: str = PASSWORD, **more: Any) -> Any:
    return post(client, "/fr/sign-in", contact=contact, password=password, **more)


def test_an_account_is_opened_by_mail_and_by_phone(client: FlaskClient) -> None:
    for contact in ("Nadia@Example.org", "06 12 34 56 78"):
        visitor = client.application.test_client()
        answer = signed_up(visitor, contact)
        assert (answer.status_code, answer.location) == (303, "/fr/confirm")
        assert visitor.get("/fr/account/").status_code == 302
        answer = post(visitor, "/fr/confirm", code=last_code())
        assert (answer.status_code, answer.location) == (303, "/fr/my-path")
        assert "Nadia Chraibi" in text_of(visitor.get("/fr/account/"))
    assert {one.channel for one in db.session.scalars(select(Letter))} == {"mail", "phone"}


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("fr", "Choisissez au moins 12 caractères."),
        ("ar", "عدد الحروف المطلوب على الأقل: 12."),
        ("en", "Choose at least 12 characters."),
    ],
)
def test_a_short_password_is_refused_beside_its_field_and_the_rest_is_kept(
    client: FlaskClient, lang: str, sentence: str
) -> None:
    answer = post(client, f"/{lang}/sign-up", name="Nadia", contact="nadia@example.org", password="court", terms="y")
    assert answer.status_code == 422
    page = text_of(answer)
    assert re.search(r'id="password-error".*?' + re.escape(sentence), page)
    assert 'value="Nadia"' in page
    assert 'value="nadia@example.org"' in page
    assert "court" not in page
    assert letters() == 0


def test_an_empty_form_names_each_field(client: FlaskClient) -> None:
    answer = post(client, "/fr/sign-up")
    assert answer.status_code == 422
    assert all(f'id="{field}-error"' in text_of(answer) for field in ("name", "contact", "password", "terms"))


def test_a_wrong_code_says_how_many_tries_are_left_and_opens_nothing(client: FlaskClient) -> None:
    signed_up(client)
    wrong = "000000" if last_code() != "000000" else "111111"
    answer = post(client, "/fr/confirm", code=wrong)
    assert (answer.status_code, "Essais restants : 4." in text_of(answer)) == (422, True)
    for _ in range(4):
        post(client, "/fr/confirm", code=wrong)
    assert "Ce code n’est plus valable" in text_of(post(client, "/fr/confirm", code=last_code()))
    assert not known("nadia@example.org")


def test_the_code_is_worth_nothing_in_another_browser(client: FlaskClient) -> None:
    signed_up(client)
    other = client.application.test_client()
    assert post(other, "/fr/confirm", code=last_code()).status_code == 404
    assert not known("nadia@example.org")


def test_the_same_code_twice_opens_one_account(client: FlaskClient) -> None:
    signed_up(client)
    code = last_code()
    assert post(client, "/fr/confirm", code=code).status_code == 303
    assert post(client, "/fr/confirm", code=code).status_code == 404
    assert len(db.session.scalars(select(Person)).all()) == 1


def _plain(page: str, *words: str) -> str:
    """A page without what changes on every showing."""
    page = re.sub(r'name="csrf_token" value="[^"]*"', "", page)
    for word in words:
        page = page.replace(word, "…")
    return page


def test_known_and_unknown_are_answered_alike(client: FlaskClient, nadia: Person) -> None:
    def answers(contact: str) -> list[tuple[int, str | None, str]]:
        found = []
        for path, fields in (
            ("/fr/sign-in", {"password": OTHER}),
            ("/fr/forgotten-password", {}),
            ("/fr/sign-up", {"name": "Somebody", "password": OTHER, "terms": "y"}),
        ):
            visitor = client.application.test_client()
            answer = post(visitor, path, contact=contact, **fields)
            found.append((answer.status_code, answer.location, _plain(text_of(answer), contact)))
            if answer.location:
                found.append((200, None, _plain(text_of(visitor.get(answer.location)), contact)))
        return found

    assert answers("nadia@example.org") == answers("nobody@example.org")


def test_known_and_unknown_cost_the_same_work(client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all the time of a sign-in is the password's hash: it is computed once, also for nobody, at the same cost."""
    computed: list[str] = []
    real = PasswordHasher.verify

    def watched(hasher: PasswordHasher, hashed: str, password: str) -> bool:
        computed.append(hashed.rsplit("$", 2)[0])
        return real(hasher, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    assert enter(client, "nadia@example.org", OTHER).status_code == 422
    assert enter(client, "nobody@example.org", OTHER).status_code == 422
    assert len(computed) == 2
    assert computed[0] == computed[1]


def test_signing_in_leads_to_where_one_was_going_on_this_site_only(client: FlaskClient, nadia: Person) -> None:
    answer = client.get("/fr/account/password")
    assert answer.location == "/fr/sign-in?next=/fr/account/password"
    assert enter(client, next="/fr/account/password").location == "/fr/account/password"
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        assert enter(client.application.test_client(), next=elsewhere).location == "/fr/my-path"


def test_signing_in_makes_a_new_token_and_signing_out_ends_it_on_the_server(client: FlaskClient, nadia: Person) -> None:
    post(client, "/fr/forgotten-password", contact="nobody@example.org")
    before = client.get_cookie("tiwizi", domain="localhost")
    enter(client)
    token = client.get_cookie("tiwizi", domain="localhost")
    assert before is not None
    assert token is not None
    assert before.value != token.value
    assert sessions.find_session(before.value, now()) is None
    assert post(client, "/fr/sign-out").location == "/fr/"
    client.set_cookie("tiwizi", token.value, domain="localhost")
    assert client.get("/fr/account/").status_code == 302


def test_a_guest_s_basket_follows_who_signs_in(client: FlaskClient, nadia: Person) -> None:
    heard: list[tuple[int, str]] = []

    def listener(_sender: object, person_id: int, guest: str) -> None:
        heard.append((person_id, guest))

    token = sessions.new_token()
    with transaction():
        sessions.start_session(token, {"guest": "a-basket"}, None, "tests", now())
    client.set_cookie("tiwizi", token, domain="localhost")
    with guest_signed_in.connected_to(listener):
        enter(client)
    assert heard == [(nadia.id, "a-basket")]


def test_a_forgotten_password_is_replaced_and_every_session_ends(client: FlaskClient, nadia: Person) -> None:
    elsewhere = client.application.test_client()
    sign_in(elsewhere, nadia)
    assert post(client, "/fr/forgotten-password", contact="nadia@example.org").location == "/fr/new-password"
    answer = post(client, "/fr/new-password", code=last_code(), password=OTHER)
    assert answer.location == "/fr/my-path"
    assert elsewhere.get("/fr/account/").status_code == 302
    assert client.get("/fr/account/").status_code == 200
    assert enter(client.application.test_client()).status_code == 422
    assert enter(client.application.test_client(), password=OTHER).status_code == 303


def test_who_once_held_a_mailbox_does_not_take_the_account_by_a_code_that_was_sent_there(
    client: FlaskClient, nadia: Person
) -> None:
    thief = client.application.test_client()
    with transaction():
        db.session.add(Contact(person_id=nadia.id, kind="mail", value="old@example.org", verified_at=now()))
    post(thief, "/fr/forgotten-password", contact="old@example.org")
    code = last_code()
    sign_in(client, nadia)
    [address] = re.findall(r'href="(/fr/account/contacts/\d+/remove)"', text_of(client.get("/fr/account/")))[1:]
    assert post(client, address, present=PASSWORD).location == "/fr/account/"
    assert post(client, "/fr/account/password", present=PASSWORD, password=OTHER).status_code == 303
    answer = post(thief, "/fr/new-password", code=code, password="le voleur de la nuit noire")
    assert (answer.status_code, "Ce code n’est plus valable" in text_of(answer)) == (422, True)
    assert thief.get("/fr/account/").status_code == 302
    assert client.get("/fr/account/").status_code == 200
    assert enter(client.application.test_client(), password=OTHER).status_code == 303


def test_a_password_that_is_changed_while_it_is_being_checked_opens_no_session(
    client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fits_and_is_changed(hashed: str | None, password: str) -> bool:
        with transaction():
            set_password(actor_of(nadia), nadia.id, "another hash")
        return password_fits(hashed, password)

    monkeypatch.setattr("app.accounts.gateway.password_fits", fits_and_is_changed)
    assert enter(client).status_code == 422
    assert client.get("/fr/account/").status_code == 302
    assert sessions.sessions_of(nadia.id, now()) == []


def test_a_change_of_password_asks_the_present_one(client: FlaskClient, nadia: Person) -> None:
    elsewhere = client.application.test_client()
    sign_in(client, nadia)
    sign_in(elsewhere, nadia)
    answer = post(client, "/fr/account/password", present="not this one", password=OTHER)
    assert (answer.status_code, "Ce n’est pas votre mot de passe actuel." in text_of(answer)) == (422, True)
    assert elsewhere.get("/fr/account/").status_code == 200
    assert post(client, "/fr/account/password", present=PASSWORD, password=OTHER).status_code == 303
    assert client.get("/fr/account/").status_code == 200
    assert elsewhere.get("/fr/account/").status_code == 302
    db.session.expire_all()
    assert password_fits(db.session.get_one(Person, nadia.id).password_hash, OTHER)


def test_sessions_are_listed_and_ended_by_their_owner_alone(client: FlaskClient, nadia: Person) -> None:
    elsewhere, stranger = client.application.test_client(), client.application.test_client()
    sign_in(client, nadia)
    sign_in(elsewhere, nadia)
    sign_in(stranger, a_person("Omar"))
    page = text_of(client.get("/fr/account/sessions"))
    [session_id] = re.findall(r"/fr/account/sessions/(\d+)/end", page)
    assert post(stranger, f"/fr/account/sessions/{session_id}/end").status_code == 404
    assert elsewhere.get("/fr/account/").status_code == 200
    assert post(client, f"/fr/account/sessions/{session_id}/end").status_code == 303
    assert elsewhere.get("/fr/account/").status_code == 302
    assert client.get("/fr/account/").status_code == 200


def test_preferences_change_language_and_notices(client: FlaskClient, nadia: Person) -> None:
    sign_in(client, nadia)
    answer = post(client, "/fr/account/preferences", language="ar", mail=["orders", "groups"], phone=[])
    assert answer.location == "/ar/account/preferences"
    db.session.expire_all()
    row = db.session.get_one(Person, nadia.id)
    assert (row.language, row.preferences) == (
        "ar",
        {"mail": ["courses", "news"], "phone": ["orders", "groups", "courses", "news"]},
    )


def test_a_contact_is_added_and_removed(client: FlaskClient, nadia: Person) -> None:
    sign_in(client, nadia)
    new = {"contact": "0612345678", "present": PASSWORD}
    assert post(client, "/fr/account/contacts/new", **new).location == "/fr/account/contacts/confirm"
    assert post(client, "/fr/account/contacts/confirm", code=last_code()).location == "/fr/account/"
    assert "+212612345678" in text_of(client.get("/fr/account/"))
    assert enter(client.application.test_client(), contact="06.12.34.56.78").status_code == 303
    [address] = re.findall(r'href="(/fr/account/contacts/\d+/remove)"', text_of(client.get("/fr/account/")))[1:]
    assert "+212612345678" in text_of(client.get(address))
    assert post(client, address, present=PASSWORD).location == "/fr/account/"
    assert "+212612345678" not in text_of(client.get("/fr/account/"))


def test_who_finds_an_open_session_changes_no_contact(client: FlaskClient, nadia: Person) -> None:
    """A contact opens the account by a new password: without the present one, none comes and none goes."""
    sign_in(client, nadia)
    with transaction():
        db.session.add(Contact(person_id=nadia.id, kind="phone", value="+212612345678", verified_at=now()))
    for present in ("", OTHER):
        answer = post(client, "/fr/account/contacts/new", contact="thief@example.org", present=present)
        assert (answer.status_code, 'id="present-error"' in text_of(answer)) == (422, True)
        assert 'value="thief@example.org"' in text_of(answer)
        for contact in db.session.scalars(select(Contact.id)).all():
            assert post(client, f"/fr/account/contacts/{contact}/remove", present=present).status_code == 422
    assert letters() == 0
    assert len(db.session.scalars(select(Contact.id)).all()) == 2


def test_nobody_sees_or_removes_a_stranger_s_contact(client: FlaskClient, nadia: Person, hashed: str) -> None:
    sign_in(client, a_person("Omar", password_hash=hashed))
    theirs = db.session.scalars(select(Contact.id).where(Contact.person_id == nadia.id)).one()
    assert client.get(f"/fr/account/contacts/{theirs}/remove").status_code == 404
    assert post(client, f"/fr/account/contacts/{theirs}/remove", present=PASSWORD).status_code == 404
    assert known("nadia@example.org")


# demo and first run


def test_one_click_signs_a_demo_person_in_and_nobody_else(
    client: FlaskClient, nadia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_person("Samira", "operator@demo.tiwizi.example", operator=True, demo=True)
    a_person("Driss", "driss@demo.tiwizi.example")
    assert 'value="operator"' in text_of(client.get("/fr/sign-in"))
    for key in ("driss", "nadia", "", "operator@demo.tiwizi.example"):
        assert post(client, "/fr/demo/sign-in", person=key).status_code == 404
    assert post(client, "/fr/demo/sign-in", person="operator").location == "/fr/desk/"
    monkeypatch.setitem(client.application.config, "DEMO", False)
    other = client.application.test_client()
    assert post(other, "/fr/demo/sign-in", person="operator").status_code == 404
    assert 'value="operator"' not in text_of(other.get("/fr/sign-in"))


def test_the_printed_key_makes_one_operator_once(client: FlaskClient) -> None:
    address = client.application.extensions["first_run_address"]("http://localhost").removeprefix("http://localhost")
    assert client.get(address[:-1] + "x").status_code == 404
    assert client.get(address).status_code == 200
    answer = post(client, address, name="Samira", contact="samira@example.org", password=PASSWORD)
    assert answer.location == "/fr/sign-in"
    assert post(client, address, name="Omar", contact="omar@example.org", password=PASSWORD).status_code == 404
    assert client.application.extensions["first_run_address"]("http://localhost") is None
    assert enter(client, "samira@example.org").location == "/fr/desk/"


def test_the_terminal_makes_people(app: Flask) -> None:
    terminal = app.test_cli_runner()
    made = terminal.invoke(
        args=["person", "create", "--name", "Omar", "--contact", "omar@example.org", "--password", PASSWORD]
    )
    assert (made.exit_code, "Omar" in made.output) == (0, True)
    assert terminal.invoke(args=["person", "promote", "omar@example.org", "--instructor"]).exit_code == 0
    assert terminal.invoke(args=["person", "promote", "nobody@example.org", "--operator"]).exit_code == 1
    refused = terminal.invoke(args=["person", "create", "--name", "Omar", "--contact", "x", "--password", PASSWORD])
    assert refused.exit_code == 1
    db.session.rollback()
    assert [(one.name, one.is_instructor, one.is_operator) for one in db.session.scalars(select(Person))] == [
        ("Omar", True, False)
    ]


@pytest.mark.parametrize("relay", ["console:", "smtp://127.0.0.1:1"])
def test_no_page_asks_for_a_phone_that_no_code_can_reach(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, relay: str
) -> None:
    config = client.application.config
    assert "numéro de téléphone" in text_of(client.get("/fr/sign-up")), "the demonstration prints messages to phones"
    monkeypatch.setitem(config, "DEMO", False)
    monkeypatch.setitem(config, "MAIL_URL", relay)
    for address in ("/fr/sign-up", "/fr/forgotten-password"):
        page = text_of(client.get(address))
        assert ("numéro de téléphone" in page, "06 12 34 56 78" in page) == (False, False), address
    for address, fields in (
        ("sign-up", {"name": "Nadia Chraibi", "password": PASSWORD, "terms": "y"}),
        ("forgotten-password", {}),
    ):
        answer = post(client, f"/fr/{address}", contact="06 12 34 56 78", **fields)
        assert (answer.status_code, "Donnez une adresse électronique" in text_of(answer)) == (422, True)
    assert letters() == 0
    answer = signed_up(client)
    assert answer.status_code == (422 if relay == "console:" else 303)
    assert letters() == (0 if relay == "console:" else 1)
