"""A long list offers its first page, its last and those around the one that is shown."""

import pytest
from flask import Flask

from app.web.paging import Page, address_with, page_number, toggled


@pytest.mark.parametrize(
    ("number", "count", "offered"),
    [
        (1, 0, [1]),
        (1, 24, [1]),
        (1, 25, [1, 2]),
        (1, 100, [1, 2, None, 5]),
        (3, 100, [1, 2, 3, 4, 5]),
        (417, 20_000, [1, None, 416, 417, 418, None, 834]),
        (834, 20_000, [1, None, 833, 834]),
        (9_999, 30, [1, 2]),
    ],
)
def test_the_pages_that_are_offered(number: int, count: int, offered: list[int | None]) -> None:
    assert Page([], number, 24, count).numbers == offered


@pytest.mark.parametrize(
    ("asked", "number"), [("10000", 10_000), ("10001", 10_000), ("0", 1), ("-1", 1), ("x", 1), ("2", 2)]
)
def test_no_page_beyond_the_ten_thousandth_is_looked_up(app: Flask, asked: str, number: int) -> None:
    with app.test_request_context(f"/?page={asked}"):
        assert page_number() == number


def test_each_page_has_one_address_and_keeps_what_was_asked(app: Flask) -> None:
    """The first page is the list itself; a filter switched on or off begins anew."""
    with app.test_request_context("/fr/market?category=honey&page=3&category=argan-oil&q=l'huile"):
        page = Page([], 3, 24, 100)
        kept = "/fr/market?category=honey&category=argan-oil&q=l'huile"
        assert [page.href(number) for number in (1, 2, 4)] == [kept, f"{kept}&page=2", f"{kept}&page=4"]
        assert address_with(q=None, page=None) == "/fr/market?category=honey&category=argan-oil"
        assert address_with(sort="cheap") == f"{kept.replace('&q', '&page=3&q')}&sort=cheap"
        assert toggled("category", "honey") == "/fr/market?q=l'huile&category=argan-oil"
        assert toggled("category", "carpets") == "/fr/market?q=l'huile&category=honey&category=argan-oil&category=carpets"
    with app.test_request_context("/fr/market?page=2"):
        assert [Page([], 2, 24, 100).href(number) for number in (1, 2)] == ["/fr/market", "/fr/market?page=2"]
