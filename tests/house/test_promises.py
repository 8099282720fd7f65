"""What the pages of rules promise is there: each promise has its address, its figure or its cookie.

A sentence that is added to them, or taken away, is told here a second time with what stands behind it.
"""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.gateway import hash_password
from app.accounts.rules.limits import BROWSER_LIFE
from app.accounts.services.limits import KEEP
from app.engines import sessions
from app.payments.rules import METHODS
from app.territories.legal import LEGAL_PLACEHOLDERS, legal_text
from app.territories.loading import territories
from orders.rules.trust import LOOK_BACK
from tests.browsing import post
from tests.builders.accounts import a_person

PLACES = [place.key for place in territories()]
DAY = timedelta(days=1)
DAYS_KEPT = {"letters_days": "77", "notices_days": "66", "unread_days": "88", "cards_days": "55"}

SECOND_STEP = ("accounts.do_remove_app", "accounts.do_remove_passkey", "accounts.do_print_codes")
# Of each row of “What we keep”: the pages that show it or do it, and the time that the row names.
KEPT: dict[str, tuple[tuple[str, ...], timedelta | None]] = {
    "Mail address or telephone, name, password in a form that cannot be turned back": (
        ("accounts.account", "accounts.erase"),
        None,
    ),
    "Your entry card: its number, how whoever made it knows you, a telephone if one is given": (
        ("accounts.entry_card", "accounts.own_data"),
        55 * DAY,
    ),
    "Delivery address": (("orders.show", "accounts.own_data"), sessions.ABSOLUTE),
    "Orders and payments": (("orders.my_orders", "accounts.own_data"), None),
    "Courses taken, answers, certificates": (("academy.my_learning", "academy.verify", "accounts.own_data"), None),
    "Projects and groups": (("projectbank.my_projects", "accounts.own_data"), None),
    "Your second factor (application, passkey, printed codes)": (SECOND_STEP, None),
    "Where you are signed in": (("accounts.sessions", "accounts.end_session"), sessions.ABSOLUTE),
    "Browsers you have signed in with": (("accounts.own_data",), BROWSER_LIFE),
    "Failed sign-ins and requests for codes, under a key that cannot be turned back": ((), KEEP),
    "The network address of an order without an account, under such a key": ((), LOOK_BACK),
    "Letters and messages to you": (("accounts.own_data",), 77 * DAY),
    "Notices on your page": (("notices.list_notices", "accounts.own_data"), 66 * DAY),
}
# Of each right: where it is used.
RIGHTS = {
    "see your data": "accounts.own_data",
    "have them corrected": "accounts.save_account",
    "take them with you": "accounts.take_own_data",
    "ask for their erasure": "accounts.do_erase",
}
COOKIES = {"your session", "the protection of forms", "that you have signed in with this browser before"}
# What is promised of selling, and what does it; the rest of those pages is what people owe each other.
DONE = {
    "the recap shows every seller": "orders.take_checkout",
    "you receive proof by mail or message": "orders.confirm",
    "you may cancel what has not left": "orders.cancel",
    "the commission is shown on each order": "orders.office_one",
    "you can take your list of products with you": "catalog.export_file",
}
# Said by no page before it is built.
NOT_YET = ("invoice", "bank transfer", "from the order’s page", "with a picture", "gives a receipt", "export")


def page(place: str, key: str) -> str:
    given = {name: f"value of {name}" for name in LEGAL_PLACEHOLDERS} | DAYS_KEPT
    return " ".join(legal_text(place, key, "en", given).markdown.split())


def rows(place: str) -> dict[str, str]:
    """Of each row of the table its first cell, and how long."""
    text = legal_text(place, "privacy", "en", DAYS_KEPT).markdown
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {first: long for first, _why, long in cells[2:]}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_kept_is_kept_as_long_as_the_page_says(app: Flask, place: str) -> None:
    said = rows(place)
    assert set(said) == set(KEPT)
    for what, (endpoints, time) in KEPT.items():
        assert set(endpoints) <= set(app.view_functions), what
        if time is not None:
            number, unit = re.search(r"(\d+) (days|hours)", said[what]).groups()
            assert timedelta(**{unit: int(number)}) == time, what
        else:
            assert not re.search(r"\d", said[what]), what
    assert said["Notices on your page"] == "66 days after you have read one, 88 days if you do not read it"


@pytest.mark.parametrize("place", PLACES)
def test_each_right_and_each_service_has_its_address(app: Flask, place: str) -> None:
    asked = re.search(r"You may (see .*?), from your account", page(place, "privacy"))[1]
    named = re.split(r", | and ", asked)
    assert [one for one in named if not one.startswith("object")] == list(RIGHTS)
    assert set(RIGHTS.values()) <= set(app.view_functions)
    for words, endpoint in DONE.items():
        assert words in page(place, "terms").lower()
        assert endpoint in app.view_functions


@pytest.mark.parametrize("place", PLACES)
def test_the_ways_to_pay_are_those_that_are_offered(place: str) -> None:
    part = legal_text(place, "terms", "en", {}).markdown.split("## 4.")[1].split("**Demonstration")[0]
    assert re.findall(r"^- \*\*(.*?)[.*]", part, re.MULTILINE) == [method.label for method in METHODS.values()]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", ["terms", "privacy", "contact", "legal"])
def test_nothing_is_promised_that_is_not_built(place: str, key: str) -> None:
    assert [word for word in NOT_YET if word in page(place, key)] == []


def test_the_cookies_of_the_page_are_all_that_a_browser_gets(app: Flask, client: FlaskClient) -> None:
    password = "quatre mots dans la nuit"
    a_person("Amina", "amina@example.org", password_hash=hash_password(password))
    assert client.get("/fr/sign-in").status_code == 200
    signed_in = post(client, "/fr/sign-in", contact="amina@example.org", password=password)
    assert signed_in.status_code == 303
    for address in ("/fr/account/", "/ar/account/", "/fr/basket", "/fr/market"):
        assert client.get(address).status_code == 200
    said = re.search(r"all necessary: (.*?)\. None", page("morocco", "privacy"))[1]
    assert set(re.split(r", and |, ", said)) == COOKIES
    assert {cookie.key for cookie in client._cookies.values()} == {"tiwizi", "tiwizi-csrf", "tiwizi-device"}
