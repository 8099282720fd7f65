"""Every route × every demo person × a second cooperative: nobody reads or changes what is not theirs.

A route whose parameters the matrix does not know fails the test: a new page is taught to the matrix on the day it is built.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.demo import DEMO_PASSWORD
from app.accounts.models import Person
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.settings import HOUSE
from app.web.access import asks_again
from tests.browsing import Browser, csrf_of, post, sign_in
from tests.house.roles.routes import Route, all_routes, broke, entitled
from tests.house.roles.world import CANARIES, World, build
from tests.schema import empty_tables

GUEST = "guest"
INLINE = re.compile(
    r"<style|<[^>]+\sstyle\s*=|<[^>]+\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\bsrc=\"/)(?![^>]*application/ld\+json)",
    re.I,
)
FOREIGN = re.compile(
    r"<(?:img|script|link|iframe|video|audio|source|form|object|embed|use)\b[^>]*\b(?:src|href|action|data|poster)=\"(?:https?:)?//"
    r"(?!localhost/)",
    re.I,
)
DATA = re.compile(r'<script type="application/ld\+json">.*?</script>', re.S)
UNBOUND = re.compile(r"%\(\w+\)[sd]|\{\{|\}\}|\bNone\b(?=</)|Undefined")
CHANGES_BY_READING = {"session"}
# The demo's letter box is everybody's, as it says; an invitation is opened by the secret of its letter; the office must
# read which address takes no letters.
NEIGHBOURS = ("seller2", "chair2", "seller", "chair", GUEST)  # who tries one office's ids in the other's address
NEEDS_MORE = {"accounts.confirm_contact"}  # a page between two steps: without the first there is none
SHOWN_ON_PURPOSE = {"pages.letters", "projectbank.invitation", "accounts.desk_letters"}


@dataclass
class Matrix:
    """What happened on the tour: (route, person) -> status, and everything that should not have been."""

    world: World
    routes: list[Route]
    people: list[str]
    statuses: dict[tuple[str, str, str], int] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    inline: set[str] = field(default_factory=set)
    foreign_hosts: set[str] = field(default_factory=set)
    raw: set[str] = field(default_factory=set)
    changed_by_reading: list[str] = field(default_factory=list)


def fingerprint() -> dict[str, str]:
    """One sum per table."""
    db.session.remove()
    return {
        table.name: hashlib.sha256(
            repr(db.session.execute(select(table).order_by(*table.primary_key.columns)).all()).encode()
        ).hexdigest()
        for table in db.metadata.sorted_tables
        if table.name not in CHANGES_BY_READING
    }


def changed(before: dict[str, str]) -> list[str]:
    """The tables that are not as they were; `before` then says how they are now, for whoever looks again."""
    after = fingerprint()
    names = sorted(name for name in before if before[name] != after[name])
    before.update(after)
    return names


def browser_of(house: Flask, world: World, person: str) -> FlaskClient:
    browser = Browser(house)
    if person != GUEST:
        sign_in(browser, world.people[person])
    return browser


def note(matrix: Matrix, route: Route, person: str, address: str, text: str, html: bool) -> None:
    folded = re.sub(r"\s|&nbsp;|\u202f|-", "", text).casefold()
    for canary, allowed in CANARIES.items():
        if canary in folded and route.endpoint not in SHOWN_ON_PURPOSE:
            matrix.seen.add(canary)
            matrix.leaks += [] if person in allowed else [f"{person} reads {canary} at {address}"]
    if html:
        text = DATA.sub("", text)
        matrix.inline |= {f"{route.pattern}: {match.group()[:80]}" for match in [INLINE.search(text)] if match}
        matrix.foreign_hosts |= {f"{route.pattern}: {match.group()[:120]}" for match in [FOREIGN.search(text)] if match}
        matrix.raw |= {f"{route.pattern}: {match.group()}" for match in [UNBOUND.search(text)] if match}


@pytest.fixture(scope="module")
def house(_house: Flask) -> Flask:
    """The application of the tests."""
    return _house


@pytest.fixture(scope="module")
def world(house: Flask) -> Iterator[World]:
    from_empty = house.config["INSTANCE"] / "empty.db"
    with house.app_context():
        empty_tables(from_empty)
        yield build(house)
        db.session.remove()


@pytest.fixture(scope="module")
def matrix(house: Flask, world: World) -> Matrix:
    """The tour of reading: every GET route as every person, once."""
    routes = all_routes(house, world)
    tour = Matrix(world, routes, [*world.people, GUEST])
    browsers = {person: browser_of(house, world, person) for person in tour.people}
    before = fingerprint()
    for route in routes:
        if not route.reads:
            continue
        for address, visitors in ((route.address, tour.people), (route.crossed, NEIGHBOURS)):
            for person in visitors if address else ():
                answer = browsers[person].get(address)
                text = (
                    answer.get_data(as_text=True)
                    if answer.mimetype.startswith(("text/", "application/json", "application/problem"))
                    else ""
                )
                answer.close()
                tour.statuses[address, person, "GET"] = answer.status_code
                if broke(answer):
                    tour.broken.append(f"{person} {address}: {answer.status_code}")
                note(tour, route, person, address, text, answer.mimetype == "text/html")
        tour.changed_by_reading += [f"{route.pattern}: {table}" for table in changed(before)]
    return tour


def reached(matrix: Matrix, address: str, route: Route, allowed: set[str]) -> list[str]:
    return [
        f"{person} {address}: {status}"
        for person in matrix.people
        if person not in allowed and (status := matrix.statuses[address, person, "GET"]) not in {302, 303, 403, 404}
    ]


def test_each_canary_is_seen_by_somebody_who_may(matrix):
    """A canary that nobody may see anywhere proves nothing."""
    assert matrix.seen == set(CANARIES)


def test_nobody_reads_what_is_private(matrix):
    assert matrix.leaks == []


def test_no_page_breaks_for_anybody(matrix):
    assert matrix.broken == []


def test_no_room_opens_for_who_may_not_enter(matrix):
    found = []
    for route in matrix.routes:
        allowed = entitled(route, set(matrix.people) - {GUEST})
        if route.reads and allowed is not None:
            found += reached(matrix, route.address, route, allowed)
    assert found == []


def test_who_may_enter_does(matrix):
    """The other side: a rule that lets nobody in would pass every other test."""
    closed = []
    for route in matrix.routes:
        allowed = entitled(route, set(matrix.people) - {GUEST})
        if (
            route.reads
            and allowed is not None
            and route.endpoint not in NEEDS_MORE
            and not any(matrix.statuses[route.address, person, "GET"] in {200, 302, 303} for person in allowed)
        ):
            closed.append(
                f"{route.address}: {[matrix.statuses[route.address, person, 'GET'] for person in sorted(allowed)]}"
            )
    assert closed == []


def test_the_second_cooperative_does_not_reach_the_first_ones_things_through_its_own_office(matrix):
    found = [
        f"{person} {route.crossed}: {matrix.statuses[route.crossed, person, 'GET']}"
        for route in matrix.routes
        if route.reads and route.crossed
        for person in NEIGHBOURS
        if matrix.statuses[route.crossed, person, "GET"] not in {302, 403, 404}
    ]
    assert found == []


def test_reading_changes_nothing(matrix):
    assert matrix.changed_by_reading == []


def test_no_page_holds_inline_script_style_or_handler(matrix):
    assert matrix.inline == set()


def test_no_page_asks_another_host(matrix):
    assert matrix.foreign_hosts == set()


def test_no_page_shows_a_raw_placeholder(matrix):
    assert matrix.raw == set()


FIELDS = dict.fromkeys(("quantity", "count", "price", "stock", "state", "decision", "role", "version", "page"), "1") | {
    "title": "Changed",
    "name": "Changed",
    "reason": "Changed",
    "contact": "changed@example.org",
    "role": "packer",
}


def test_nobody_changes_what_is_not_theirs(matrix, house):
    """Each writing route with the ids of others, as each who may not: refused at the door, and nothing has changed."""
    found = []
    browsers = {person: browser_of(house, matrix.world, person) for person in matrix.people}
    before = fingerprint()
    for route in matrix.routes:
        allowed = entitled(route, set(matrix.people) - {GUEST})
        if route.reads or allowed is None:
            continue
        for address, strangers in ((route.address, set(matrix.people) - allowed), (route.crossed, NEIGHBOURS)):
            for person in strangers if address else ():
                status = post(browsers[person], address, **FIELDS).status_code
                if status not in {302, 303, 403, 404} or (status in {302, 303} and person != GUEST):
                    found.append(f"{person} reaches {address}: {status}")
        found += [f"{route.pattern} changed {table}" for table in changed(before)]
    assert found == []


def test_no_form_is_taken_without_its_token(matrix, house):
    """Every writing route but the signed webhook, as somebody who may use it."""
    found = []
    before = fingerprint()
    browsers: dict[str, FlaskClient] = {}
    for route in matrix.routes:
        if route.reads or getattr(house.view_functions[route.endpoint], "csrf_exempt", False):
            continue
        allowed = entitled(route, set(matrix.people) - {GUEST}) or set(matrix.people) - {GUEST}
        person = sorted(allowed)[0]
        browser = browsers.setdefault(person, browser_of(house, matrix.world, person))
        csrf_of(browser)
        for method in sorted(route.methods):
            status = browser.open(route.address, method=method, data=FIELDS).status_code
            if status != 400:
                found.append(f"{person} {method} {route.address}: {status}")
    assert found == []
    assert changed(before) == []


# Dear acts, told here a second time: with "factor" the form itself asks the password of who has no second factor.
DEAR = {
    **dict.fromkeys(("accounts.office_bank", "accounts.save_bank"), "factor"),
    **dict.fromkeys(("accounts.invite_member", "accounts.office_member", "accounts.save_member"), "always"),
    **dict.fromkeys((f"accounts.{do}{who}_card" for do in ("", "do_") for who in ("desk", "office")), "always"),
    **dict.fromkeys((f"accounts.{do}{who}_new_person" for do in ("", "do_") for who in ("desk", "office")), "always"),
    **dict.fromkeys(("accounts.new_contact", "accounts.do_new_contact"), "factor"),
    **dict.fromkeys(("accounts.ask_remove_contact", "accounts.remove_contact"), "factor"),
    **dict.fromkeys(("accounts.take_own_data", "accounts.do_erase"), "factor"),
    **dict.fromkeys(("accounts.password", "accounts.do_password"), "factor"),
    **dict.fromkeys(("accounts.set_up_app_page", "accounts.do_set_up_app", "accounts.do_remove_app"), "always"),
    **dict.fromkeys((f"accounts.desk_{act}" for act in ("block", "unblock", "end_sessions")), "always"),
    **dict.fromkeys((f"accounts.desk_{act}" for act in ("agree_lost", "refuse_lost")), "always"),
    **dict.fromkeys(("accounts.do_agree_act", "accounts.do_stop_act"), "always"),
    **dict.fromkeys((f"accounts.{act}_passkey" for act in ("new", "do_new", "do_remove")), "always"),
    **dict.fromkeys(("accounts.print_codes_page", "accounts.do_print_codes"), "always"),
}


def test_every_dear_act_asks_again_and_does_nothing_before(matrix, house):
    """Each declared route as somebody who may use it and has a second factor: the question comes, and nothing changes."""
    assert {route.endpoint: asked for route in matrix.routes if (asked := asks_again(house, route.endpoint))} == DEAR
    with transaction() as session:
        session.execute(update(Person).values(secured_at=now()))
    browsers: dict[str, FlaskClient] = {}
    before, found = fingerprint(), []
    for route in (one for one in matrix.routes if one.endpoint in DEAR):
        person = sorted(entitled(route, set(matrix.people) - {GUEST}) or matrix.people)[0]
        browser = browsers.setdefault(person, Browser(house))
        sign_in(browser, matrix.world.people[person], asked=False)
        for fields in ({}, {"factor_code": "000000"}, {"factor_password": DEMO_PASSWORD}):
            if route.reads:
                answer = browser.get(route.address)
                wanted = (303, f"/fr/account/again?next={route.address}")
            else:
                answer = post(browser, route.address, **FIELDS, **fields)
                wanted = (422 if "factor_code" in fields else 403, None)
            if (answer.status_code, answer.location) != wanted:
                found.append(f"{person} {route.address} {fields}: {answer.status_code} {answer.location}")
    assert found == []
    assert set(changed(before)) <= {"journal_line"}
    with transaction() as session:
        session.execute(update(Person).values(secured_at=None))


def test_a_view_that_does_a_dear_act_declares_it(house):
    """Views are read: whoever calls one of these services is asked again, a new page too."""
    dear = {"set_bank", "set_roles", "invite", "promote", "ask_contact", "remove_own_contact", "set_password"}
    dear |= {
        "set_up_app",
        "remove_app",
        "print_codes",
        "agree_lost",
        "refuse_lost",
        "agree_act",
        "refuse_act",
        "add_passkey",
        "remove_passkey",
    }
    dear |= {"block_person", "unblock_person", "end_sessions_of_person"}
    by_code = {"_set_new_password"}  # a code that came by letter proves who it is
    found = []
    for path in sorted((HOUSE / "app/accounts/views").glob("*.py")):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef) and function.name not in by_code:
                called = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
                declared = {ast.unparse(one) for one in function.decorator_list}
                if called & dear and not declared & {"asked_again", "factor_asked_again"}:
                    found.append(f"{path.name}: {function.name} does {sorted(called & dear)}")
    assert found == []


def test_a_route_the_matrix_does_not_know_is_not_passed_over(house, world):
    with pytest.raises(AssertionError, match="tell tests/house/roles"):
        rule = next(rule for rule in house.url_map.iter_rules() if rule.endpoint == "pages.legal")
        clone = rule.empty()
        clone.endpoint, clone.arguments = "pages.unknown", {"mystery"}
        all_routes(
            type(
                "House",
                (),
                {
                    "url_map": type("Map", (), {"bind": lambda *_: None, "iter_rules": lambda _: [clone]})(),
                    "view_functions": {"pages.unknown": house.view_functions["pages.legal"]},
                },
            )(),
            world,
        )
