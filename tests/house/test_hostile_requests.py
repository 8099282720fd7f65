"""Every route is sent what no page of ours sends: the answer is a page, never a defect and never the words as code."""

import random
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.engines.db import db
from tests.browsing import Browser, csrf_of, sign_in
from tests.house.roles.routes import Route, all_routes, broke, entitled
from tests.house.roles.world import World, build
from tests.schema import empty_tables

MARK = "\"'><script>mark(1)</script><b onmark=1>"
VALUES = [
    MARK,
    "",
    "0",
    "-1",
    "1" * 31,
    "9223372036854775808",
    "1e9",
    "NaN",
    "١٢",
    "0.005",
    "é" * 3_000,
    "x" * 99_000,
    "{{7*7}}",
    "%s%(x)s",
    "\u202e",
    "\x07\x1b",
    "\r\nX-Forged: 1",
    "=1+1",
    "AND OR NOT (",
    '"',
    "*",
    "[a TO b]",
    "2026-13-45",
    "null",
    "[]",
    "../../etc/passwd",
    "\U0001f600" * 50,
    "on",
]
QUERY = (
    "q",
    "page",
    "sort",
    "region",
    "sector",
    "category",
    "cooperative",
    "state",
    "price_min",
    "price_max",
    "in_stock",
    "kind",
    "sdg",
    "saved",
    "investment_min",
    "investment_max",
    "next",
    "key",
    "code",
)
FIELD = re.compile(r'<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"')
USUAL = {"name", "contact", "code", "title", "reason", "quantity", "variant_id", "price", "role", "is_operator", "state"}
SEED = 20


@pytest.fixture(scope="module")
def house(_house: Flask) -> Flask:
    """The application of the tests."""
    return _house


@pytest.fixture(scope="module")
def world(_house: Flask) -> Iterator[World]:
    with _house.app_context():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield build(_house)
        db.session.remove()


class Visitors:
    """A browser of each person; the one who may use a route is asked to."""

    def __init__(self, house: Flask, world: World) -> None:
        self.house, self.world = house, world
        self.browsers: dict[str, FlaskClient] = {}

    def of(self, route: Route) -> FlaskClient:
        who = min(entitled(route, set(self.world.people)) or {"buyer"})
        if who not in self.browsers:
            self.browsers[who] = Browser(self.house)
        sign_in(self.browsers[who], self.world.people[who])  # a route may have ended the session
        return self.browsers[who]


def wrong_with(answer: TestResponse, address: str) -> list[str]:
    text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
    answer.close()
    found = [f"{address}: {answer.status_code}"] if broke(answer) else []
    if "<script>mark" in text or "<b onmark" in text or "javascript:" in text:
        found.append(f"{address}: words became code")
    if "X-Forged" in answer.headers:
        found.append(f"{address}: a header was forged")
    if text and answer.status_code >= 400 and '<html lang="' not in text:
        found.append(f"{address}: no page of ours")
    return found


def test_a_strange_query_breaks_no_page(house: Flask, world: World) -> None:
    chance, visitors, found = random.Random(SEED), Visitors(house, world), []
    for route in all_routes(house, world):
        for _ in range(2 if route.reads else 0):
            query = {name: chance.choice(VALUES) for name in chance.sample(QUERY, 6)}
            address = route.address.partition("?")[0]
            found += wrong_with(visitors.of(route).get(address, query_string=query), f"{address} {sorted(query)}")
    assert found == []


def test_a_strange_form_breaks_no_door(house: Flask, world: World) -> None:
    """The names are those of the page's own form, and some that no form of ours has."""
    chance, visitors, found = random.Random(SEED), Visitors(house, world), []
    routes = all_routes(house, world)
    pages = {route.pattern: route for route in routes if route.reads}
    for route in routes:
        if route.reads:
            continue
        browser = visitors.of(route)
        shown = pages.get(route.pattern)
        names = set(FIELD.findall(browser.get(shown.address).get_data(as_text=True))) if shown else set()
        for _ in range(2):
            fields = {name: chance.choice(VALUES) for name in sorted((names | USUAL) - {"csrf_token"})}
            answer = browser.post(route.address, data={**fields, "csrf_token": csrf_of(browser)})
            found += wrong_with(answer, f"{route.address} {fields}"[:600])
            browser = visitors.of(route)
    assert found == []
