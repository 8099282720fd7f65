"""Whoever types what a certificate will bear is told at once which letters of it can only be a box."""

import pytest

from app.console.server import greet
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_person

NOTE = "Sur les certificats et autres documents, un carré remplace :"
TITLE = {"key": "form-1", "level": "beginner", "drawing": "course", "title_fr": "Savons", "title_en": "Soap"}


@pytest.fixture
def teacher(client):
    person = a_person("Khadija", instructor=True)
    sign_in(client, person)
    return person


def signs_up(client, words):
    password = "la pluie sur les figuiers"
    return post(client, "/fr/sign-up", name=words, contact="n@example.org", password=password, terms="y", follow=True)


def takes_a_name(client, words):
    return post(client, "/fr/account/", name=words, follow=True)


def writes_a_course(client, words):
    return post(client, "/fr/academy/teach/new", **{**TITLE, "title_en": words}, follow=True)


def changes_a_course(client, words):
    address = post(client, "/fr/academy/teach/new", **TITLE).location
    return post(client, f"{address}/facts", **{**TITLE, "title_fr": words}, follow=True)


@pytest.mark.parametrize("act", [takes_a_name, writes_a_course, changes_a_course])
def test_the_boxes_are_named_where_the_words_are_typed(app, client, teacher, act):
    assert f"{NOTE} 山🌿" in text_of(act(client, "Fleur 山 🌿 山"))


@pytest.mark.parametrize("act", [takes_a_name, writes_a_course, changes_a_course])
def test_nothing_is_said_where_every_letter_can_be_shown(app, client, teacher, act):
    page = act(client, "Tiziri ⵜⵉⵣⵉⵔⵉ تيزيري")
    assert (page.status_code, NOTE in text_of(page)) == (200, False)


@pytest.mark.parametrize(("words", "said"), [("Nadia 山", True), ("ⵏⴰⴷⵢⴰ", False)])
def test_a_newcomer_is_told_too(app, client, words, said):
    page = signs_up(client, words)
    assert (page.status_code, NOTE in text_of(page)) == (200, said)


@pytest.mark.parametrize(("name", "said"), [("Office 山", True), ("Office ⵜⵉⵡⵉⵣⵉ", False)])
def test_and_the_office_for_its_own_name_at_the_start(app, capsys, monkeypatch, name, said):
    monkeypatch.setitem(app.config, "OPERATOR_NAME", name)
    greet(app, "http://127.0.0.1:8000")
    assert ("a box stands for these letters of it: 山" in capsys.readouterr().out) is said
