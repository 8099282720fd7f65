"""The rows of the bench: pages and journeys, found in the data, each with its floor."""

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import event, text

from app.engines.db import db
from app.engines.logs import set_up_logs
from app.factory import create_app
from app.settings import read_settings
from bench.browser import HEADERS, Browser, ask
from bench.journeys import LEARNERS, Learner, Ware, add_to_basket, buy, signed_in

WORDS = ("argan", "huile d'olive", "miel", "safran", "tapis", "زيت أركان", "couscous")
MOST_STATEMENTS = 12


@dataclass
class Row:
    """Something that is measured.

    `act(port)` gives each of the four hands what it does again and again; `kept` says against which of our servers, the one
    that keeps pages or the one that keeps none. `paths` are what a row of plain pages asks, `short` a short list of them.
    `beside` happens once a second meanwhile.
    """

    name: str
    floor: float
    act: Callable[[int], Callable[[], object]]
    kept: bool = False
    paths: list[str] = field(default_factory=list)
    short: str = ""
    beside: Callable[[int], object] | None = None


def pages_row(name: str, floor: float, paths: list[str], kept: bool = False, short: str = "", **more: Any) -> Row:
    """Pages asked one after the other by a visitor without a session."""

    def act(port: int) -> Callable[[], object]:
        return _asking(port, paths, HEADERS)

    return Row(name, floor, act, kept, paths, short, **more)


def _asking(port: int, paths: list[str], headers: dict[str, str]) -> Callable[[], object]:
    turns = itertools.cycle(paths)

    def once() -> int:
        path = next(turns)
        answer = ask(port, "GET", path, headers)
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
        return len(answer.body)

    return once


def person_row(name: str, person: str, path: str) -> Row:
    """A page of somebody who is signed in."""

    def act(port: int) -> Callable[[], object]:
        return _asking(port, [path], {**HEADERS, "Cookie": signed_in(port, person).cookie})

    return Row(name, 0, act)


def _checkout_page(wares: Iterator[Ware]) -> Row:
    def act(port: int) -> Callable[[], object]:
        guest: Browser = add_to_basket(port, wares)
        return _asking(port, ["/fr/checkout"], {**HEADERS, "Cookie": guest.cookie})

    return Row("checkout page", 0, act)


class Wares:
    """What there is most of, in turn, whoever takes."""

    def __init__(self, wares: list[Ware]) -> None:
        self._turns, self._lock = itertools.cycle(wares), threading.Lock()

    def __iter__(self) -> "Wares":
        return self

    def __next__(self) -> Ware:
        with self._lock:
            return next(self._turns)


def _quiz(quiz: str) -> Row:
    people = itertools.cycle(LEARNERS)

    def act(port: int) -> Callable[[], object]:
        return Learner(port, next(people), quiz).answer

    return Row("quiz answer", 0, act)


def find_rows(app: Flask) -> list[Row]:
    """Every row, with addresses from the data of the instance."""
    with app.app_context():
        products = _column("SELECT slug FROM product WHERE state = 'published' ORDER BY id DESC")
        sheets = _column("SELECT slug FROM sheet WHERE state = 'published'")
        maker = _column("SELECT slug FROM organisation WHERE kind = 'cooperative' AND state = 'verified' ORDER BY id", 1)
        courses = _column("SELECT slug FROM course WHERE state = 'published'")
        seller = _column(
            "SELECT o.slug FROM organisation o JOIN membership m ON m.organisation_id = o.id "
            "JOIN contact c ON c.person_id = m.person_id WHERE c.value LIKE 'seller@%'",
            1,
        )
        quiz = db.session.execute(
            text(
                "SELECT c.slug, l.key FROM lesson l JOIN course c ON c.id = l.course_id "
                "WHERE l.kind = 'quiz' AND c.state = 'published' ORDER BY l.id LIMIT 1"
            )
        ).one()
        wares = Wares([Ware(f"/fr/market/products/{slug}", variant) for slug, variant in _plenty()])
        db.session.remove()
    lists = [f"/fr/market?page={number}" for number in (1, 2, 3, 5, 8)]
    product_pages = [f"/fr/market/products/{slug}" for slug in products]
    sheet_pages = [f"/fr/projects/{slug}" for slug in sheets]
    course_pages = [f"/fr/academy/courses/{slug}" for slug in courses]
    searches = [f"/fr/market?q={quote(word)}" for word in WORDS]
    return [
        pages_row("list, kept", 0.80, lists, True),
        pages_row("list, kept, a sale a second", 0.80, lists, True, beside=lambda port: buy(port, wares)),
        pages_row("product, kept", 0.80, product_pages, True),
        pages_row("home, kept", 0.80, ["/fr/"], True),
        pages_row("sheet, kept", 0.80, sheet_pages, True),
        pages_row("course, kept", 0.80, course_pages, True),
        pages_row("home", 0.15, ["/fr/"]),
        pages_row("list", 0.10, lists, short="/fr/market?page=800"),
        pages_row("product", 0.10, product_pages),
        pages_row("search", 0.060, searches, short=f"/fr/market?q=argan&cooperative={quote(maker[0])}"),
        pages_row("project list", 0.07, ["/fr/projects", "/fr/projects?page=2"]),
        pages_row("course", 0.09, course_pages),
        Row("basket add", 0.026, lambda port: lambda: add_to_basket(port, wares)),
        Row("whole guest checkout", 0.0085, lambda port: lambda: buy(port, wares)),
        _checkout_page(wares),
        person_row("seller's list", "seller", f"/fr/sell/{seller[0]}/orders"),
        person_row("desk", "operator", "/fr/desk/"),
        person_row("my path", "learner", "/fr/my-path"),
        _quiz(f"/fr/academy/courses/{quiz.slug}/{quiz.key}"),
    ]


def _column(statement: str, limit: int = 40) -> list[str]:
    return [str(value) for value in db.session.execute(text(f"{statement} LIMIT {limit}")).scalars()]


def _plenty() -> list[tuple[str, int]]:
    """Goods of which there is most, one of each cooperative: nothing is sold out while it is measured."""
    found = db.session.execute(
        text(
            "SELECT p.slug, min(v.id) FROM variant v JOIN product p ON p.id = v.product_id "
            "JOIN counter c ON c.kind = 'stock' AND c.subject = v.id "
            "WHERE p.listed AND v.active AND p.currency = 'MAD' AND c.available >= 50 "
            "GROUP BY p.slug, p.organisation_id ORDER BY max(c.available) DESC, p.slug LIMIT 60"
        )
    )
    return [(str(slug), int(variant)) for slug, variant in found]


def open_house(instance: Path, database_url: str, page_cache_mb: int = 0) -> Flask:
    """The application of an instance in this process: it reads the data and counts statements."""
    given = {
        "INSTANCE": instance,
        "DATABASE_URL": database_url,
        "DEMO": True,
        "RATE_LIMITS": False,
        "PAGE_CACHE_MB": page_cache_mb,
    }
    app = create_app(read_settings({}, **given))
    set_up_logs(logging.WARNING)
    return app


def statements_of(app: Flask, row: Row) -> tuple[int, int]:
    """SQL statements of the row's page on a short list, and the most on long ones."""
    most = max(_statements(app, path) for path in row.paths[:3])
    return (_statements(app, row.short) if row.short else most), most


def _statements(app: Flask, path: str) -> int:
    """SQL statements of one request (BEGIN and the like not counted), the second time it is asked."""
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SET ", "ROLLBACK")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    client = app.test_client(use_cookies=False)
    client.get(path, headers=HEADERS, base_url="http://127.0.0.1")
    event.listen(engine, "before_cursor_execute", count)
    answer = client.get(path, headers=HEADERS, base_url="http://127.0.0.1")
    event.remove(engine, "before_cursor_execute", count)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    return len(seen)
