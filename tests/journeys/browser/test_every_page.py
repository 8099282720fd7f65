"""Whoever comes, whatever page they follow a link to: axe finds nothing, a phone shows it whole, nobody else is asked."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.walking import Walker

MOST_PAGES, OF_A_KIND = 60, 2
OWN = (
    "/my-path",
    "/account",
    "/sell",
    "/desk",
    "/orders",
    "/projects/mine",
    "/projects/groups",
    "/academy/mine",
    "/academy/teach",
)
NOT_PAGES = re.compile(r"\.(?:pdf|csv|xlsx)(?:\?|$)|/academy/files/|/verify/")
# What stands in an address for one thing of many.
NAMES = re.compile(
    r"(?<=/products/)[^/]+|(?<=/cooperatives/)[^/]+|(?<=/courses/)[^/]+(?:/[^/]+)?|(?<=/sell/)[^/]+|(?<=/teach/)[^/]+"
    r"|(?<=/organisations/)(?!new)[^/]+|(?<=/certificates/)[^/]+|(?<=/orders/)[^/]+|(?<=/projects/)(?!mine|propose|groups)[^/]+|\d+"
)
PEOPLE = [
    ("buyer", "fr"),
    ("buyer", "ar"),
    ("chair", "fr"),
    ("treasurer", "ar"),
    ("seller", "fr"),
    ("seller", "ar"),
    ("packer", "ar"),
    ("founder", "fr"),
    ("founder", "ar"),
    ("learner", "fr"),
    ("learner", "ar"),
    ("instructor", "fr"),
    ("instructor", "ar"),
    ("mentor", "fr"),
    ("funder", "ar"),
    ("evaluator", "fr"),
    ("operator", "fr"),
    ("operator", "ar"),
    ("seller2", "fr"),
    ("operator2", "ar"),
]


def kind_of(address: str) -> str:
    """What kind of page stands at an address: its path without names, and which questions it answers."""
    parts = urlsplit(address)
    asked = ",".join(sorted({name for name, _value in parse_qsl(parts.query)} - {"next"}))
    return f"{NAMES.sub('*', parts.path)}?{asked}"


def links_of(walker: Walker) -> list[str]:
    """The addresses in the walker's language that this page leads to."""
    found: list[str] = walker.page.eval_on_selector_all("a[href]", "links => links.map(one => one.getAttribute('href'))")
    home = f"/{walker.language}/"
    here = urlsplit(walker.page.url).path
    whole = [f"{here}{one}" if one.startswith("?") else one for one in found]
    return [one.split("#")[0] for one in whole if one.startswith(home) and not NOT_PAGES.search(one)]


def crawl(walker: Walker, start: str, own_only: bool) -> int:
    """Follow links from a page, a few of each kind; how many pages were looked at."""
    waiting, known, looked = [start], {start}, dict[str, int]()
    while waiting and sum(looked.values()) < MOST_PAGES:
        address = waiting.pop(0)
        kind = kind_of(address)
        if looked.get(kind, 0) >= (1 if own_only else OF_A_KIND):
            continue
        looked[kind] = looked.get(kind, 0) + 1
        walker.visit(address)
        for link in links_of(walker):
            path = link.removeprefix(f"/{walker.language}")
            if link not in known and (not own_only or path.startswith(OWN)):
                known.add(link)
                waiting.append(link)
    return sum(looked.values())


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_passer_by_finds_every_public_page_whole_on_a_phone(walker_of: OpenWalker, language: str) -> None:
    walker = walker_of(language, "phone")
    assert crawl(walker, f"/{language}/", own_only=False) >= 20


@pytest.mark.parametrize(("person", "language"), PEOPLE)
def test_everybody_finds_their_own_pages_whole_on_a_phone(walker_of: OpenWalker, person: str, language: str) -> None:
    walker = walker_of(language, "phone")
    walker.sign_in_as(person)
    assert crawl(walker, f"/{language}/my-path", own_only=True) >= 8


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_an_address_that_leads_nowhere_says_so_and_shows_the_way(walker_of: OpenWalker, language: str) -> None:
    walker = walker_of(language, "phone")
    walker.go("/market/products/there-is-no-such-thing", status=404)
    assert walker.main().locator("a").count() > 0
