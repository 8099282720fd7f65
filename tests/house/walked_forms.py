"""A walk through all pages of the house that finds every form with something to type in."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browsing import Browser, post, sign_in
from tests.house.forms_typed import WrittenForm, forms_of
from tests.house.roles.routes import all_routes, entitled
from tests.house.roles.world import World

GUEST = "guest"
LOOKERS = ("buyer", "founder", "learner", "instructor", GUEST)  # of a page for everybody: the first for whom it is there
MORE = ("/fr/market/products/{public_product}", "/fr/checkout", "/fr/basket")


@dataclass
class Found:
    """A form with something to type in, the page it stands on, and somebody who finds it there."""

    page: str
    who: str
    form: WrittenForm
    endpoint: str


def browser_of(house: Flask, world: World, who: str) -> FlaskClient:
    browser = Browser(house)
    if who != GUEST:
        sign_in(browser, world.people[who])
    return browser


@dataclass
class Tour:
    """Every form with something to type in, once for each route that takes it, and the routes that are only pressed."""

    forms: dict[str, Found] = field(default_factory=dict)
    pressed: set[str] = field(default_factory=set)


def pages_and_people(house: Flask, world: World) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every page with those who may open it."""
    for route in all_routes(house, world):
        if route.reads and route.address.startswith("/fr"):
            allowed = entitled(route, set(world.people))
            everybody = allowed is None or len(allowed) == len(world.people)
            yield route.address, LOOKERS if everybody else tuple(sorted(allowed or ()))
    for address in MORE:
        yield address.format(**world.values), LOOKERS


def walk(house: Flask, world: World) -> Tour:
    """Every page of the house, looked through by those who may open it."""
    walked = Tour()
    adapter = house.url_map.bind("localhost")
    browsers = {who: browser_of(house, world, who) for who in (*world.people, GUEST)}
    assert post(browsers["buyer"], "/fr/basket/lines", variant=world.values["variant"], quantity="2").status_code == 303
    for address, people in pages_and_people(house, world):
        for who in people:
            answer = browsers[who].get(address)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            for form in forms_of(answer.get_data(as_text=True)):
                endpoint = adapter.match(form.action.partition("?")[0], method="POST")[0]
                if form.typable():
                    walked.forms.setdefault(endpoint, Found(address, who, form, endpoint))
                else:
                    walked.pressed.add(endpoint)
            break
    return walked


def send(browser: FlaskClient, address: str, fields: list[tuple[str, str]], page: str) -> TestResponse:
    """A form as a browser sends it: repeated fields, and the page it stood on."""
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return browser.post(address, data=data, headers={"Referer": f"http://localhost{page}", "Origin": "http://localhost"})
