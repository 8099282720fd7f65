"""Pages as they are read, written down in `pages/`: who changes one sees in the diff what its readers will see.

`.venv/bin/pytest tests/kinds --write-pages` writes them anew. Read what has changed before you keep it.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import time_machine
from flask import template_rendered
from flask.testing import FlaskClient

from app.accounts.queries.own_data import whose
from app.engines.db import db
from app.engines.own_data import Whose, kinds_of_own_data
from app.web.own_data import as_plain
from tests.browsing import post
from tests.kinds.outline import drawn_lots, outline

FOLDER = Path(__file__).parent / "pages"
HEADING = re.compile(r"^== ", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page for somebody; with `sent`, the answer to a form that is not taken; `whole`, with the head and foot of all."""

    who: str
    address: str
    sent: Mapping[str, str] | None = None
    whole: bool = False


def standing_still() -> time_machine.travel:
    """A Monday morning in March, for as long as it lasts: dates on pages are always the same."""
    return time_machine.travel("2026-03-02T09:00:00+00:00", tick=False)


def as_read(client: FlaskClient, page: Page) -> str:
    answer = client.get(page.address) if page.sent is None else post(client, page.address, **page.sent)
    lines = [f"{answer.status_code} {answer.headers.get('Location', '')}".strip()]
    if answer.mimetype == "text/html" and answer.status_code not in (302, 303):
        read, faults = outline(answer.get_data(as_text=True), page.whole)
        if faults:
            pytest.fail(f"{page.address}: {faults}", pytrace=False)
        lines += read
    return "\n".join(lines) + "\n"


def read_back(name: str) -> dict[str, str]:
    """{name of the page: its lines} as they were written."""
    path = FOLDER / f"{name}.txt"
    if not path.exists():
        return {}
    pieces = [piece.split("\n", 1) for piece in HEADING.split(path.read_text(encoding="utf-8"))[1:]]
    return {title: lines.removesuffix("\n") for title, lines in pieces}


def shortened(pages: Mapping[str, str]) -> dict[str, str]:
    """A page that is much like one before it is told by what differs: lines gone and lines come."""
    told: dict[str, str] = {}
    full: dict[str, list[str]] = {}
    for title, text in pages.items():
        lines = text.splitlines()
        near = max(full, key=lambda one: len(set(full[one]) & set(lines)), default=None)
        differs = [] if near is None else list(difflib.unified_diff(full[near], lines, lineterm="", n=0))[2:]
        differs = [line for line in differs if not line.startswith("@@")]
        if near is None or len(differs) > len(lines) / 2:
            full[title], told[title] = lines, text
        else:
            told[title] = "\n".join([f"like: {near}", *differs]) + "\n"
    return told


TEMPLATES = "templates of these pages"


@contextmanager
def templates_noted() -> Iterator[dict[str, str]]:
    """What was rendered meanwhile, name by name, under TEMPLATES."""
    names: set[str] = set()
    told: dict[str, str] = {}

    def note(_sender: object, template: Any, **_more: object) -> None:
        names.add(str(template.name))

    template_rendered.connect(note)
    try:
        yield told
    finally:
        template_rendered.disconnect(note)
        told[TEMPLATES] = "".join(f"{name}\n" for name in sorted(names))


def own_data_of(people: Mapping[str, int]) -> dict[str, str]:
    """What each of these people would take away as the own data, row by row, as it is kept."""
    return {f"own data of {name}": "".join(_told(whose(person))) for name, person in people.items()}


def _told(who: Whose) -> Iterator[str]:
    for one in kinds_of_own_data():
        for row in db.session.execute(one.rows(who)).mappings():
            facts = {key: as_plain(value) for key, value in row.items() if value not in (None, "", [], {})}
            told = re.sub(r"\b\d{6}\b", "…", str(facts)) if one.key == "letters" else str(facts)  # their codes
            yield drawn_lots(f"{one.key}: {told}") + "\n"


def check_written(
    name: str,
    browsers: Mapping[str, FlaskClient],
    pages: Mapping[str, Page],
    write: bool,
    own_data: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Each page stands as it was written, and the own data of these people; what differs is shown line by line."""
    with templates_noted() as used:
        found = {title: as_read(browsers[page.who], page) for title, page in pages.items()}
    check_kept(name, shortened(found) | own_data_of(own_data) | used, write)


def check_kept(name: str, found: Mapping[str, str], write: bool) -> None:
    if write:
        FOLDER.mkdir(exist_ok=True)
        text = "".join(f"== {title}\n{lines}\n" for title, lines in found.items())
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
    kept = read_back(name)
    if list(found) != list(kept):
        pytest.fail(f"other pages than those in {name}.txt: {sorted(set(found) ^ set(kept))}", pytrace=False)
    differs = [
        "\n".join(difflib.unified_diff(kept[title].splitlines(), found[title].splitlines(), title, "now", lineterm="", n=1))
        for title in found
        if found[title] != kept[title]
    ]
    if differs:
        pytest.fail("\n".join(differs), pytrace=False)
