"""Nothing typed is lost: every form of every page, when a session has ended meanwhile or another language is chosen."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from app.accounts.demo import DEMO_PASSWORD
from app.engines.sessions import SessionRow
from app.engines.transactions import transaction
from app.web import typed_again
from app.web.access import demo, public, rule_of, token
from app.web.filling import fill
from tests.house.forms_typed import WrittenForm, forms_of, type_into
from tests.house.roles.world import World
from tests.house.walked_forms import GUEST, Found, Tour, browser_of, send

OPEN = (public, demo, token)
# Forms that no page of this small world shows, by the reason why.
ELSEWHERE = {
    "only a code, a password or a file, and a page between two steps": {
        *("accounts.do_confirm", "accounts.do_confirm_contact", "accounts.do_reset", "accounts.do_second_step"),
        *("accounts.do_sign_in_code", "accounts.do_first_run", "orders.confirm", "academy.upload_file"),
        "catalog.say_columns",
    },
    "a button alone, on a thing in another state": {
        *("academy.get_certificate", "academy.move_lesson", "academy.move_part", "academy.remove_lesson"),
        *("academy.remove_part", "academy.remove_question", "academy.start_attempt", "academy.submit_course"),
        *("academy.withdraw_course", "accounts.desk_end_sessions", "accounts.desk_reinstate", "accounts.desk_verify"),
        *("accounts.desk_remove_number", "accounts.desk_unblock", "accounts.do_agree_act", "accounts.do_stop_act"),
        *("accounts.do_join", "accounts.do_lost_factor", "accounts.do_remove_app", "accounts.do_withdraw_lost"),
        *("accounts.drop_picture", "accounts.give_up_second_step", "accounts.leave_organisation"),
        *("accounts.submit_to_office", "orders.drop", "orders.send_code", "projectbank.leave", "projectbank.ready"),
        *("projectbank.unsave", "orders.tell_lot_buyers"),
    },
    "the same form as another one, on a thing in another state": {
        *("academy.add_part", "academy.take_out", "accounts.desk_return", "projectbank.withdraw"),
        *("projectbank.send_changes", "catalog.desk_revoke_proof"),
    },
    "in the head of every page": {"accounts.sign_out"},
    "no form: a signed notice": {"payments.stripe_event"},
}


def test_every_form_of_the_house_is_walked(house: Flask, tour: Tour) -> None:
    """A new route that takes a form is found on its page, or told here by name and reason."""
    takes = {rule.endpoint for rule in house.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert takes - set(tour.forms) - tour.pressed == set().union(*ELSEWHERE.values())
    assert {endpoint.split(".")[0] for endpoint in tour.forms} == {"accounts", "catalog", "orders", "projectbank", "academy"}


def form_again(answer: TestResponse, one: Found) -> WrittenForm | None:
    """The form on a page that has come back, filled; of several, the one that was asked for."""
    forms = [form for form in forms_of(answer.get_data(as_text=True)) if form.action[3:] == one.form.action[3:]]
    names = [control.name for control in one.form.typable()]
    same = [form for form in forms if [control.name for control in form.typable()] == names]
    return next((form for form in same if form.standing() == one.form.standing()), same[0] if same else None)


def kept(answer: TestResponse, one: Found) -> bool:
    """Does everything typed stand in the form, or in the page that sends it as it is?"""
    again = form_again(answer, one)
    if again is not None:
        return again.standing() == one.form.standing()
    sent = [form.hidden() for form in forms_of(answer.get_data(as_text=True)) if form.action == one.form.action]
    return bool(sent) and set(one.form.standing()) <= set(sent[0])


def fresh(browser: FlaskClient, one: Found) -> Found:
    """The form as it stands on its page now, with something of one's own in every control."""
    page = browser.get(one.page).get_data(as_text=True)
    wanted = [control.name for control in one.form.controls]
    form = next(form for form in forms_of(page) if [control.name for control in form.controls] == wanted)
    type_into(form)
    return Found(one.page, one.who, form, one.endpoint)


def sign_in_again(browser: FlaskClient, answer: TestResponse, who: str) -> TestResponse:
    """On the page that came: the contact and the password, and on to where it leads."""
    form = next(form for form in forms_of(answer.get_data(as_text=True)) if form.action == "/fr/sign-in")
    hidden = dict(form.hidden())
    answer = browser.post("/fr/sign-in", data={**hidden, "contact": f"{who}@demo.tiwizi.example", "password": DEMO_PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return browser.get(answer.location)


def test_what_is_typed_comes_back_when_the_session_has_ended(house: Flask, world: World, tour: Tour) -> None:
    lost = []
    for one in tour.forms.values():
        if one.who == GUEST or rule_of(house, one.endpoint) in OPEN:
            continue
        browser = browser_of(house, world, one.who)
        typed = fresh(browser, one)
        end_sessions()
        answer = send(browser, typed.form.action, [*typed.form.hidden(), *typed.form.standing()], one.page)
        if answer.status_code != 403:
            lost.append(f"{one.endpoint}: {answer.status_code}")
            continue
        if not kept(sign_in_again(browser, answer, one.who), typed):
            lost.append(one.endpoint)
    assert lost == []


def end_sessions() -> None:
    with transaction() as session:
        session.execute(delete(SessionRow))


def lost_in_arabic(house: Flask, world: World, forms: list[Found]) -> list[str]:
    lost = []
    browsers = {who: browser_of(house, world, who) for who in {one.who for one in forms}}
    for one in forms:
        typed = fresh(browsers[one.who], one)
        fields = [*typed.form.hidden(), *typed.form.standing(), ("show_typed", typed.form.action)]
        answer = send(browsers[one.who], f"/ar{one.page[3:]}", fields, one.page)
        page = answer.get_data(as_text=True)
        if answer.status_code != 200 or '<html lang="ar"' not in page or not kept(answer, typed):
            lost.append(f"{one.endpoint}: {answer.status_code}")
    return lost


def test_what_is_typed_stands_in_the_page_in_another_language(house: Flask, world: World, tour: Tour) -> None:
    assert lost_in_arabic(house, world, list(tour.forms.values())) == []


def test_without_script_a_form_goes_on_in_another_language(tour: Tour) -> None:
    """By a button of its own; a line of the basket holds one number, beside a choice of languages for the page."""
    without = [name for name, one in tour.forms.items() if one.form.languages != {"ar", "en"}]
    assert without == ["orders.change_basket"]


def test_the_walk_would_notice(house: Flask, world: World, tour: Tour, monkeypatch: pytest.MonkeyPatch) -> None:
    """One form of each module, with a house that fills in all but the last thing typed."""
    monkeypatch.setattr(typed_again, "fill", lambda page, action, typed, within: fill(page, action, typed[:-1], within))
    names = ("accounts.save_words", "catalog.save_words", "projectbank.send_proposal", "academy.create_question")
    assert len(lost_in_arabic(house, world, [tour.forms[name] for name in names])) == len(names)
