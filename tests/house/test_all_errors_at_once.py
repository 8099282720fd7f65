"""Whoever sends a form reads at once all that is wrong with it, and not one thing after the other."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.demo import DEMO_PASSWORD
from tests.house.forms_typed import WrittenForm, forms_of
from tests.house.roles.world import World
from tests.house.walked_forms import Found, Tour, browser_of, send

SOUND = {"email": "reader@example.org", "tel": "0612345678", "password": DEMO_PASSWORD}
TYPED = ("text", "email", "tel", "search", "number", "textarea")
WRONG = ("?!", "99999999999", "x" * 20_000)  # unreadable as a number or an address; out of every range; too long


def filled(form: WrittenForm) -> Iterator[tuple[str, str]]:
    """The form as it stands, with something sound where nothing stands."""
    for control in form.controls:
        if control.kind == "checkbox" or (control.kind == "radio" and control.ticked):
            yield control.name, control.value
        elif control.kind == "select":
            yield control.name, control.value or control.options[-1]
        elif control.kind not in ("hidden", "file", "radio"):
            yield control.name, control.value or SOUND.get(control.kind, "12")


def marked(browser: FlaskClient, one: Found, wrong: dict[str, str]) -> set[str]:
    """The fields beside which an error stands when these are sent with something wrong, and the others as they stand."""
    there = forms_of(browser.get(one.page).get_data(as_text=True))
    form = next((form for form in there if form.action == one.form.action), None)
    if form is None:  # what was taken before has changed the page
        return set()
    fields = [(name, wrong.get(name, value)) for name, value in filled(form)]
    answer = send(browser, form.action, [*form.hidden(), *fields], one.page)
    if answer.status_code != 422:
        return set()
    forms = forms_of(answer.get_data(as_text=True))
    return {control.name for form in forms for control in form.controls if control.wrong}


def kept_back(browser: FlaskClient, one: Found, value: str) -> set[str]:
    """The fields whose error is shown when they alone are wrong, and not when all are."""
    names = [control.name for control in one.form.typable() if control.kind in TYPED]
    at_once = marked(browser, one, dict.fromkeys(names, value)) if len(names) > 1 else set()
    return {name for name in names if at_once and name not in at_once and name in marked(browser, one, {name: value})}


@pytest.mark.parametrize("value", WRONG, ids=["unreadable", "too-large", "too-long"])
def test_all_that_is_wrong_is_told_at_once(house: Flask, world: World, tour: Tour, value: str) -> None:
    browsers = {who: browser_of(house, world, who) for who in {one.who for one in tour.forms.values()}}
    late = {one.endpoint: names for one in tour.forms.values() if (names := kept_back(browsers[one.who], one, value))}
    assert late == {}
