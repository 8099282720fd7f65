"""A long list offers its first page, its last and those around the one that is shown."""

import pytest
from flask import Flask

from app.web.paging import Page, page_number


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
