"""Lists: what stands on their pages, in which order, and the numbers beside their filters."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from app.engines.db import db
from app.engines.transactions import transaction

MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
BESIDE = re.compile(r"<aside>.*?</aside>|<nav.*?</nav>|<form class=\"(?:sort|search).*?</form>", re.DOTALL)
TAB = re.compile(r'<li><a href="([^"]+)"[^>]*>[^<]*<span class="tab-count">(\d+)</span>')
OPTION = re.compile(r'name="(\w+)" value="([^"]+)"[^>]*><span>[^<]*</span> <span class="muted small">(\d+)</span>')
TOTAL = re.compile(r'<p class="muted" role="status">(\d+)')


@dataclass(frozen=True)
class Listed:
    """A list as somebody sees it: the names that must stand there in this order, so many on a page."""

    who: str
    address: str
    rows: Sequence[str]
    size: int
    token: str = r"Rang \d+"


def page_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer.get_data(as_text=True)


def names_on(page: str, token: str) -> list[str]:
    """The names of the rows in the main part of a page, each once, as they come."""
    main = MAIN.search(page)
    assert main is not None
    return list(dict.fromkeys(re.findall(token, BESIDE.sub("", main.group()))))


def turned_to(address: str, number: int) -> str:
    return address if number == 1 else f"{address}{'&' if '?' in address else '?'}page={number}"


def pages_of(client: FlaskClient, address: str, token: str, most: int = 5) -> list[list[str]]:
    """The names on each page until one is empty; each page but the last must lead on to the next."""
    found: list[list[str]] = []
    leads_on = []
    for number in range(1, most + 1):
        page = page_of(client, turned_to(address, number))
        names = names_on(page, token)
        if not names:
            break
        found.append(names)
        leads_on.append('rel="next"' in page)
    assert leads_on == [True] * (len(found) - 1) + [False] * bool(found), address
    return found


def check_list(client: FlaskClient, listed: Listed) -> None:
    """Every row once, in order, the pages cut where they must be."""
    pages = pages_of(client, listed.address, listed.token)
    wanted = [list(listed.rows[at : at + listed.size]) for at in range(0, len(listed.rows), listed.size)]
    assert (listed.address, pages) == (listed.address, wanted)


def wrong_tabs(client: FlaskClient, address: str, token: str) -> dict[str, tuple[int, int]]:
    """The tabs whose number is not the number of rows behind them: {address: (said, there)}."""
    tabs = [(html.unescape(href), int(count)) for href, count in TAB.findall(page_of(client, address))]
    assert tabs, address
    there = {href: sum(map(len, pages_of(client, href, token))) for href, _count in tabs}
    return {href: (count, there[href]) for href, count in tabs if count != there[href]}


def options_on(page: str) -> list[tuple[str, str, int]]:
    """(filter, value, how many) as they are offered."""
    return [(name, html.unescape(value), int(count)) for name, value, count in OPTION.findall(page)]


def wrong_options(client: FlaskClient, address: str) -> dict[str, tuple[int, int]]:
    """The choices of filters whose number is not what choosing them alone in their filter would show."""
    wrong = {}
    offered = options_on(page_of(client, address))
    assert offered, address
    for name, value, count in offered:
        path, _, query = address.partition("?")
        kept = [part for part in query.split("&") if part and not part.startswith(f"{name}=")]
        chosen = f"{path}?{'&'.join([*kept, f'{name}={value}'])}"
        shown = TOTAL.search(page_of(client, chosen))
        assert shown is not None
        if int(shown[1]) != count:
            wrong[chosen] = (count, int(shown[1]))
    return wrong


def copies(row: Any, count: int, **facts: Callable[[int], Any]) -> list[int]:
    """So many rows like this one, each with facts of its own told by its number from 1 on; returns their ids."""
    table = type(row)
    values = {column.key: getattr(row, column.key) for column in table.__table__.columns if column.key != "id"}
    with transaction() as session:
        made = [table(**values | {name: tell(number) for name, tell in facts.items()}) for number in range(1, count + 1)]
        for one in made:  # one by one, so that ids follow the numbers
            session.add(one)
            session.flush()
        ids = [getattr(one, "id", 0) for one in made]
    db.session.expire_all()
    return ids
