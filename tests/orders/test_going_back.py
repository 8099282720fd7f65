"""Going back and forth between checkout and recap: nothing typed is lost, and nothing stays once it is bought."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.engines.db import db
from app.engines.sessions import SessionRow
from tests.browsing import csrf_of, post
from tests.builders.accounts import a_cooperative
from tests.builders.orders import CONTACT, a_variant, place, recap
from tests.house.forms_typed import WrittenForm, forms_of

TYPED = {"name": CONTACT["name"], "commune": CONTACT["commune"], "street": CONTACT["street"], "region": CONTACT["region"]}


@pytest.fixture
def buyer(app: Flask, client: FlaskClient) -> FlaskClient:
    """A guest with something in the basket."""
    oil = a_variant(a_cooperative("Tifawin").id, 12_000, 10, "Huile d’argane")
    assert post(client, "/fr/basket/lines", variant=oil, quantity=1).status_code == 303
    return client


def the_form(page: str) -> WrittenForm:
    return next(form for form in forms_of(page) if form.action[3:] == "/checkout")


def standing(page: str) -> dict[str, str]:
    return {name: value for name, value in the_form(page).standing() if name in TYPED}


def kept() -> dict[str, str] | None:
    db.session.rollback()
    return db.session.query(SessionRow).one().data.get("checkout")


def test_whoever_goes_back_from_the_recap_finds_the_form_as_it_was(buyer: FlaskClient) -> None:
    assert standing(buyer.get("/fr/checkout").get_data(as_text=True)) != TYPED
    fields = recap(buyer)
    for page in (buyer.get("/fr/checkout"), buyer.get("/ar/checkout"), post(buyer, "/fr/checkout", **fields, step="edit")):
        assert standing(page.get_data(as_text=True)) == TYPED


def test_consent_and_the_key_of_a_purchase_are_given_anew(buyer: FlaskClient) -> None:
    fields = recap(buyer)
    form = the_form(buyer.get("/fr/checkout").get_data(as_text=True))
    assert [one.ticked for one in form.controls if one.name == "terms"] == [False]
    assert dict(form.hidden())["key"] != fields["key"]


def test_it_is_forgotten_once_it_is_bought(buyer: FlaskClient) -> None:
    fields = recap(buyer)
    stored = kept()
    assert stored is not None
    assert stored["street"] == TYPED["street"]
    assert place(buyer, fields).status_code == 303
    assert kept() is None


def test_the_recap_in_another_language_is_the_form_with_everything_in_it(buyer: FlaskClient) -> None:
    fields = {**recap(buyer), "csrf_token": csrf_of(buyer), "show_typed": "/fr/checkout"}
    answer = buyer.post("/ar/checkout", data=fields)
    assert (answer.status_code, '<html lang="ar"' in answer.get_data(as_text=True)) == (200, True)
    assert standing(answer.get_data(as_text=True)) == TYPED


def test_a_browser_may_show_again_what_a_form_was_answered_with(buyer: FlaskClient) -> None:
    """Going back to an answer that is not kept, it would show an error of its own. No page keeps it for others."""
    fields = recap(buyer)
    for step in ("recap", "edit"):
        assert post(buyer, "/fr/checkout", **{**fields, "step": step}).headers["Cache-Control"] == "private, no-cache"
