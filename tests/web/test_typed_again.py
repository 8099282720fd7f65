"""A form that cannot be taken just now: what comes back, to whom, and that nothing is done by itself."""

import html
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.accounts import gateway
from app.accounts.models import Organisation, Person
from app.accounts.services.entry_cards import Met, add_person_met
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.sessions import SessionRow
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.web.filling import fill
from tests.browsing import HOST, sign_in, sign_out
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.house.forms_typed import WrittenForm, forms_of

FORM = "/fr/account/organisations/new"
OWN = {"Origin": "http://localhost", "Referer": f"http://localhost{FORM}"}
PASSWORD = "quatre mots bien longs"
NAME, PITCH = "Coopérative <Tifawin>", "Le miel\nde nos ruches"


def typed_on(client: FlaskClient) -> dict[str, str]:
    """The form opened and filled; its token is that of the page."""
    form = the_form(client.get(FORM).get_data(as_text=True))
    return {
        **dict(form.hidden()),
        "name": NAME,
        "pitch": PITCH,
        "commune": "Aït Baha",
        "region": "MA-09",
        "kind": "cooperative",
        "sector": "argan",
    }


def the_form(page: str, action: str = FORM) -> WrittenForm:
    return next(form for form in forms_of(page) if form.action == action)


def end_sessions() -> None:
    with transaction() as session:
        session.execute(delete(SessionRow))


def organisations() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Organisation)) or 0


def names_in(form: WrittenForm) -> tuple[str, str]:
    standing = dict(form.standing())
    return standing["name"], standing["pitch"]


def sign_in_there(client: FlaskClient, page: str, contact: str):
    hidden = MultiDict(the_form(page, "/fr/sign-in").hidden())
    return client.post("/fr/sign-in", data={**dict(hidden.lists()), "contact": contact, "password": PASSWORD})


@pytest.fixture(scope="module")
def hashed(_house: Flask) -> str:
    with _house.app_context():
        return gateway.hash_password(PASSWORD)


@pytest.fixture
def nadia(app: Flask, hashed: str) -> Person:
    return a_person("Nadia", "nadia@example.org", password_hash=hashed)


def ended(client: FlaskClient, person: Person, **more: str) -> str:
    """The answer to a form whose session has ended meanwhile."""
    sign_in(client, person)
    fields = typed_on(client) | more
    end_sessions()
    answer = client.post(FORM, data=fields, headers=OWN)
    assert answer.status_code == 403
    return answer.get_data(as_text=True)


def test_who_signs_in_on_the_spot_finds_the_form_as_it_was_and_nothing_was_done(client, nadia):
    answer = sign_in_there(client, ended(client, nadia), "nadia@example.org")
    assert (answer.status_code, answer.location) == (303, "/fr/typed")
    page = client.get("/fr/typed").get_data(as_text=True)
    assert names_in(the_form(page)) == (NAME, PITCH)
    assert "Rien de ce que vous avez saisi n’est perdu" in page
    assert organisations() == 0
    sent = client.post(FORM, data=dict([*the_form(page).hidden(), *the_form(page).standing()]), headers=OWN)
    assert (sent.status_code, organisations()) == (303, 1)


def test_it_is_shown_once(client, nadia):
    sign_in_there(client, ended(client, nadia), "nadia@example.org")
    assert client.get("/fr/typed").status_code == 200
    assert client.get("/fr/typed").location == "/fr/my-path"
    assert db.session.scalars(select(SessionRow)).one().data.get("typed") is None


def test_a_wrong_password_loses_nothing(client, nadia):
    page = ended(client, nadia)
    form = dict(the_form(page, "/fr/sign-in").hidden())
    wrong = client.post("/fr/sign-in", data={**form, "contact": "nadia@example.org", "password": "not the password"})
    assert wrong.status_code == 422
    sign_in_there(client, wrong.get_data(as_text=True), "nadia@example.org")
    assert names_in(the_form(client.get("/fr/typed").get_data(as_text=True))) == (NAME, PITCH)


def begun(client: FlaskClient, page: str, door: str) -> str:
    """Another page of coming in, by the button that takes along what was typed."""
    form = next(form for form in forms_of(page) if form.action == door and len(form.hidden()) == len(form.controls))
    answer = client.post(door, data=MultiDict([*form.hidden(), ("begin", "yes")]), headers=OWN)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def sent(client: FlaskClient, page: str, door: str, **fields: str) -> TestResponse:
    hidden = MultiDict(the_form(page, door).hidden())
    return client.post(door, data={**dict(hidden.lists()), **fields}, headers=OWN)


def test_a_forgotten_password_in_the_middle_of_it_loses_nothing(client, nadia):
    """Also by way of a wrong code and of going back to signing in."""
    page = begun(client, ended(client, nadia), "/fr/forgotten-password")
    page = begun(client, begun(client, page, "/fr/sign-in"), "/fr/forgotten-password")
    unread = sent(client, page, "/fr/forgotten-password", contact="?")
    assert unread.status_code == 422
    asked = sent(client, unread.get_data(as_text=True), "/fr/forgotten-password", contact="nadia@example.org")
    assert asked.status_code == 200
    body = db.session.scalars(select(Letter.body)).one()
    code = re.search(r"\b\d{6}\b", body)[0]
    door, chosen = "/fr/new-password", {"password": "un autre chemin de montagne"}
    wrong = sent(client, asked.get_data(as_text=True), door, code=f"{(int(code) + 1) % 10**6:06}", **chosen)
    assert wrong.status_code == 422
    inside = sent(client, wrong.get_data(as_text=True), door, code=code, **chosen)
    assert (inside.status_code, inside.location) == (303, "/fr/typed")
    assert names_in(the_form(client.get("/fr/typed").get_data(as_text=True))) == (NAME, PITCH)
    assert organisations() == 0


def test_an_entry_card_in_the_middle_of_it_loses_nothing(client, nadia):
    office = actor_of(an_operator())
    with transaction():
        card = add_person_met(office, Met("Itto", "fr", "came to the office"), "a form", now())
    page = begun(client, ended(client, nadia), "/fr/entry-card")
    fields = {"number": card.number, "code": card.code, "password": PASSWORD, "terms": "y"}
    assert sent(client, page, "/fr/entry-card", **fields | {"code": "0"}).status_code == 422
    inside = sent(client, page, "/fr/entry-card", **fields)
    assert (inside.status_code, inside.location) == (303, "/fr/typed")
    assert "avant que vous, Itto, ne vous connectiez" in client.get("/fr/typed").get_data(as_text=True)


def test_a_forgotten_password_leads_on_to_where_one_was_going(client, nadia):
    page = client.get("/fr/sign-in?next=/fr/account/contacts").get_data(as_text=True)
    assert 'href="/fr/forgotten-password?next=/fr/account/contacts"' in page
    page = client.get("/fr/forgotten-password?next=/fr/account/contacts").get_data(as_text=True)
    asked = sent(client, page, "/fr/forgotten-password", contact="nadia@example.org")
    assert (asked.status_code, asked.location) == (303, "/fr/new-password?next=/fr/account/contacts")
    code = re.search(r"\b\d{6}\b", db.session.scalars(select(Letter.body)).one())[0]
    page = client.get(asked.location).get_data(as_text=True)
    inside = sent(client, page, "/fr/new-password", code=code, password="un autre chemin de montagne")
    assert inside.location == "/fr/account/contacts"


def test_another_person_is_told_before_anything_is_shown(client, nadia, hashed):
    a_person("Omar", "omar@example.org", password_hash=hashed)
    sign_in_there(client, ended(client, nadia), "omar@example.org")
    page = client.get("/fr/typed").get_data(as_text=True)
    assert "avant que vous, Omar, ne vous connectiez" in page
    assert not [form for form in forms_of(page) if form.action == FORM and form.typable()]
    assert organisations() == 0
    again = forms_of(page)[0]
    shown = client.post(again.action, data=dict(again.hidden()), headers=OWN).get_data(as_text=True)
    assert names_in(the_form(shown)) == (NAME, PITCH)


def test_passwords_and_codes_are_never_written_into_a_page(client, nadia):
    page = ended(client, nadia, password="do not tell", present="do not tell", code="135791", factor_code="135791")
    assert "Tifawin" in html.unescape(page)
    assert "do not tell" not in page
    assert "135791" not in page
    sign_in_there(client, page, "nadia@example.org")
    again = client.get("/fr/typed").get_data(as_text=True)
    assert "Les mots de passe, les codes et les fichiers ne sont pas conservés" in again
    assert "do not tell" not in again


def test_a_press_without_words_leads_to_the_sign_in_page_as_before(client, nadia):
    sign_in(client, nadia)
    token = dict(the_form(client.get(FORM).get_data(as_text=True)).hidden())["csrf_token"]
    sign_out(client)
    answer = client.post("/fr/sign-out", data={"csrf_token": token}, headers=OWN)
    assert (answer.status_code, answer.location) == (302, "/fr/sign-in")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}],
)
@pytest.mark.parametrize("more", [{}, {"show_typed": "1"}])
def test_what_another_site_sends_is_never_carried(client, nadia, headers, more):
    sign_in(client, nadia)
    fields = typed_on(client) | more
    end_sessions()
    answer = client.post(FORM, data=fields, headers=headers)
    assert answer.status_code == (400 if more else 302)
    assert "Tifawin" not in html.unescape(answer.get_data(as_text=True))


def test_without_our_cookie_and_without_a_word_of_the_browser_nothing_is_carried(client, nadia):
    sign_in(client, nadia)
    fields = typed_on(client)
    end_sessions()
    client.delete_cookie("tiwizi-csrf", domain=HOST)
    silent = {"Origin": ""}
    assert client.post(FORM, data=fields, headers=silent).location == "/fr/sign-in"
    sign_in(client, nadia)
    client.delete_cookie("tiwizi-csrf", domain=HOST)
    refused = client.post(FORM, data={**fields, "show_typed": "1"}, headers=silent)
    assert (refused.status_code, "Tifawin" in refused.get_data(as_text=True)) == (400, False)


def test_a_visitor_of_whom_the_browser_says_nothing_goes_on_in_another_language_by_a_second_press(client):
    fields = {"name": "Nadia <B.>", "show_typed": "/fr/sign-up"}
    asked = client.post("/ar/sign-up", data=fields, headers={"Origin": ""})
    assert (asked.status_code, "Nadia" in asked.get_data(as_text=True)) == (400, True)
    back = the_form(asked.get_data(as_text=True), "/ar/sign-up")
    shown = client.post("/ar/sign-up", data=dict(back.hidden()), headers={"Origin": ""}).get_data(as_text=True)
    assert '<html lang="ar"' in shown
    assert dict(the_form(shown, "/ar/sign-up").standing())["name"] == "Nadia <B.>"


def test_a_form_from_an_earlier_session_comes_back_filled_and_is_sent_by_a_second_press(client, nadia):
    sign_in(client, nadia)
    fields = typed_on(client)
    sign_in(client, nadia)
    answer = client.post(FORM, data=fields, headers=OWN)
    assert (answer.status_code, organisations()) == (400, 0)
    form = the_form(answer.get_data(as_text=True))
    assert names_in(form) == (NAME, PITCH)
    sent = client.post(FORM, data=dict([*form.hidden(), *form.standing()]), headers=OWN)
    assert (sent.status_code, organisations()) == (303, 1)


@pytest.mark.parametrize("token", ["", "x", "0123456789abcdef" + "0" * 32])
def test_a_form_without_a_token_of_this_person_is_not_filled_in_by_itself(client, nadia, token):
    """It may have been made by somebody else: who sits there is told, and presses."""
    sign_in(client, nadia)
    answer = client.post(FORM, data={**typed_on(client), "csrf_token": token}, headers=OWN)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, organisations()) == (400, 0)
    assert not [form for form in forms_of(page) if form.action == FORM and form.typable()]
    again = forms_of(page)[0]
    shown = client.post(again.action, data=dict(again.hidden()), headers=OWN)
    assert names_in(the_form(shown.get_data(as_text=True))) == (NAME, PITCH)
    assert organisations() == 0


def test_where_the_page_is_not_known_it_is_asked_once_more_and_a_password_is_typed_again(client, nadia):
    sign_in(client, nadia)
    fields = {**typed_on(client), "csrf_token": "", "password": "do not tell"}
    page = client.post(FORM, data=fields, headers={"Origin": "http://localhost"}).get_data(as_text=True)
    form = the_form(page)
    assert "do not tell" not in page
    assert [one.name for one in form.controls if one.kind == "password"] == ["password"]
    sent = client.post(FORM, data={**dict(form.hidden()), "password": ""}, headers=OWN)
    assert (sent.status_code, organisations()) == (303, 1)


def test_a_page_in_another_language_writes_nothing(client, nadia):
    sign_in(client, nadia)
    answer = client.post(f"/ar{FORM[3:]}", data={**typed_on(client), "show_typed": FORM}, headers=OWN)
    assert (answer.status_code, organisations()) == (200, 0)
    assert '<html lang="ar" dir="rtl">' in answer.get_data(as_text=True)
    assert names_in(the_form(answer.get_data(as_text=True), f"/ar{FORM[3:]}")) == (NAME, PITCH)


def test_a_file_is_asked_for_again_where_one_was_chosen(client, nadia):
    for chosen in ("", "picture.png"):
        sign_in(client, nadia)
        fields = {**typed_on(client), "csrf_token": "", "picture": (io.BytesIO(b"x"), chosen)}
        page = client.post(FORM, data=fields, headers={"Origin": "http://localhost"}).get_data(as_text=True)
        assert [one.name for one in the_form(page).controls if one.kind == "file"] == (["picture"] if chosen else [])


def test_without_script_every_form_offers_the_other_languages(client, nadia):
    sign_in(client, nadia)
    page = client.get(FORM).get_data(as_text=True)
    offered = re.search(r"<noscript>.*?formaction=\"([^\"]+)\".*?</noscript>", page, re.DOTALL)
    assert offered is not None
    answer = client.post(offered[1], data={**typed_on(client), "show_typed": ""}, headers=OWN)
    assert names_in(the_form(answer.get_data(as_text=True), offered[1])) == (NAME, PITCH)


def test_a_busy_database_gives_the_words_back(client, nadia, monkeypatch):
    sign_in(client, nadia)
    fields = typed_on(client)
    endpoint = "accounts.do_new_organisation"
    usual = client.application.view_functions[endpoint]

    def busy(**arguments: str) -> str:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    busy.access_rule = usual.access_rule
    monkeypatch.setitem(client.application.view_functions, endpoint, busy)
    answer = client.post(FORM, data=fields, headers=OWN)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.undo()
    again = forms_of(answer.get_data(as_text=True))[0]
    shown = client.post(again.action, data=dict(again.hidden()), headers=OWN)
    assert names_in(the_form(shown.get_data(as_text=True))) == (NAME, PITCH)


def test_more_than_can_be_carried_is_not_begun(client, nadia):
    room = 270_000 - sum(map(len, carried(ended(client, nadia, pitch=""))))
    words = {f"pitch_{number}": "x" * 80_000 for number in (1, 2, 3, 4)}
    names = sum(len(f',["{name}",""]') for name in words)
    words["pitch_4"] = "x" * (room - names - 240_000)
    assert list(map(len, carried(ended(client, nadia, pitch="", **words)))) == [90_000, 90_000, 90_000]
    sign_in(client, nadia)
    fields = {**typed_on(client), "pitch": "x", **words}
    end_sessions()
    assert client.post(FORM, data=fields, headers=OWN).location == "/fr/sign-in"


def carried(page):
    return [value for name, value in the_form(page, "/fr/sign-in").hidden() if name == "typed"]


def test_a_long_lesson_in_three_languages_comes_back(client, nadia):
    """What one hidden field cannot hold goes in several, and through the sign-in into the form."""
    long = {"pitch": "م" * 90_000 + "\n«été»", "name": "Tifawin"}
    answer = ended(client, nadia, **long)
    assert [len(piece) for piece in carried(answer)][:-1] == [90_000]
    there = sign_in_there(client, answer, "nadia@example.org")
    shown = dict(the_form(client.get(there.location).get_data(as_text=True)).standing())
    assert shown | long == shown


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", "[" * 80_000, '{"action":"//evil.example","page":null}', '{"action":1}']
)
def test_what_we_did_not_write_is_not_read(client, nadia, text):
    sign_in(client, nadia)
    answer = client.post(FORM, data={"show_typed": "1", "typed": text}, headers=OWN)
    assert answer.status_code == 200
    assert dict(the_form(answer.get_data(as_text=True)).standing())["name"] == ""


PAGE = (
    '<form method="post" action="/fr/a"><input type="hidden" name="id" value="1"><input name="t" value="old"></form>'
    '<form method="post" action="/fr/a"><input type="hidden" name="id" value="2"><input name="t">'
    '<textarea name="w">x</textarea>'
    '<select name="s"><option value="1" selected>1</option><option value="2">2</option></select>'
    '<input type="checkbox" name="c" value="1" checked><input type="password" name="t"></form>'
)


def test_of_several_forms_the_one_that_was_sent_is_filled():
    filled = fill(PAGE, "/ar/a", [("id", "2"), ("t", '"><b>'), ("w", "</textarea>"), ("s", "2")])
    assert filled is not None
    first, second = forms_of(filled, main_only=False)
    assert first.standing() == [("t", "old")]
    assert second.standing() == [("t", '"><b>'), ("w", "</textarea>"), ("s", "2")]
    assert "<b>" not in filled
    assert [one.value for one in second.controls if one.kind == "password"] == [""]


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r", "\r\n"])
def test_signs_in_somebody_s_text_that_end_a_line_elsewhere_move_nothing(sign):
    filled = fill(f"<p>a{sign}b{sign}\nc</p>\n{PAGE}", "/fr/a", [("id", "2"), ("t", "x"), ("w", "y"), ("s", "2")])
    assert filled is not None
    first, second = forms_of(filled, main_only=False)
    assert (first.standing(), second.standing()) == ([("t", "old")], [("t", "x"), ("w", "y"), ("s", "2")])
    assert filled.startswith(f"<p>a{sign}b{sign}\nc</p>\n<form")


def test_a_page_without_the_form_is_not_filled():
    assert fill(PAGE, "/fr/b", [("t", "x")]) is None
    assert fill(PAGE, "/fr/a", [("other", "x")]) is None
    assert fill(PAGE, "", [("id", "1"), ("t", "x")]) is not None
