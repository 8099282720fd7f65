"""Pages as they are read, written down in `pages/`: who changes one sees in the diff what its readers will see.

`.venv/bin/pytest tests/kinds --write-pages` writes them anew. Read what has changed before you keep it.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
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
from tests.kinds.branches import Sides, Turned, sides_noted, turned, written_out
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
    return read_with_others(client, page, [])[0]


def read_with_others(client: FlaskClient, page: Page, wanted: list[Turned]) -> tuple[str, dict[str, str]]:
    """(the page, {conditions turned round: by which lines of its source it then differs})."""
    others = {", ".join(f"{template}: {said}" for template, said in sorted(one)): one for one in wanted}
    differs = dict.fromkeys(others, "")

    def make_again(_sender: object, template: Any, context: dict[str, Any], **_more: object) -> None:
        before = template.render(context) if wanted else ""
        for title, one in others.items():
            with turned(one):
                differs[title] += _in_source(before, template.render(context))

    with template_rendered.connected_to(make_again):
        answer = client.get(page.address) if page.sent is None else post(client, page.address, **page.sent)
    lines = [f"{answer.status_code} {answer.headers.get('Location', '')}".strip()]
    if answer.mimetype == "text/html" and answer.status_code not in (302, 303):
        read, faults = outline(answer.get_data(as_text=True), page.whole)
        if faults:
            pytest.fail(f"{page.address}: {faults}", pytrace=False)
        lines += read
    return "\n".join(lines) + "\n", differs


def _in_source(before: str, now: str) -> str:
    """The lines of its source by which a page differs."""
    return _differs(*(_spaced(one) for one in _unlike(before.splitlines(), now.splitlines())))


def _unlike(before: list[str], now: list[str]) -> tuple[list[str], list[str]]:
    """Both without what they begin and end with alike."""
    pairs = list(zip(before, now, strict=False))
    first = next((at for at, (old, new) in enumerate(pairs) if old != new), len(pairs))
    pairs = list(zip(reversed(before[first:]), reversed(now[first:]), strict=False))
    last = next((at for at, (old, new) in enumerate(pairs) if old != new), len(pairs))
    return before[first : len(before) - last], now[first : len(now) - last]


def _spaced(lines: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in drawn_lots("\n".join(lines)).splitlines() if line.strip()]


def _differs(before: list[str], now: list[str]) -> str:
    told = list(difflib.unified_diff(before, now, lineterm="", n=0))[2:]
    return "".join(f"{line}\n" for line in told if not line.startswith("@@"))


def otherwise() -> dict[tuple[str, str], list[Turned]]:
    """{(name of the pages, page): the conditions to be turned round on it}, of `pages/otherwise.txt`."""
    found: dict[tuple[str, str], list[Turned]] = {}
    for line in (FOLDER / "otherwise.txt").read_text(encoding="utf-8").splitlines():
        name, title, *conditions = line.split(" | ")
        one = frozenset((template, said) for template, _, said in (told.partition(": ") for told in conditions))
        found.setdefault((name, title), []).append(one)
    return found


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
    sets: dict[str, set[str]] = {}
    for title, text in pages.items():
        lines = text.splitlines()
        own = set(lines)
        near = max(full, key=lambda one: len(sets[one] & own), default=None)
        differs = [] if near is None else _differs(full[near], lines).splitlines()
        if near is None or len(differs) > len(lines) / 2:
            full[title], sets[title], told[title] = lines, own, text
        else:
            told[title] = "\n".join([f"like: {near}", *differs]) + "\n"
    return told


TEMPLATES = "templates of these pages"
CONDITIONS = "conditions of these templates"


class Reading:
    """Pages that are read, each for somebody, and what they were made of; `told` is what is to be written down."""

    def __init__(self, name: str, browsers: Mapping[str, FlaskClient]) -> None:
        self.found: dict[str, str] = {}
        self._name, self._browsers = name, browsers
        self._others: dict[str, str] = {}
        self._templates: set[str] = set()
        self._sides: Sides = {}

    def read(self, pages: Mapping[str, Page]) -> None:
        wanted = otherwise()

        def note(_sender: object, template: Any, **_more: object) -> None:
            self._templates.add(str(template.name))

        with sides_noted(self._sides), template_rendered.connected_to(note):
            for title, page in pages.items():
                turns = wanted.get((self._name, title), [])
                self.found[title], others = read_with_others(self._browsers[page.who], page, turns)
                self._others |= {f"{title}, were it otherwise: {said}": differs for said, differs in others.items()}

    def told(self) -> dict[str, str]:
        used = "".join(f"{name}\n" for name in sorted(self._templates))
        return shortened(self.found) | self._others | {TEMPLATES: used, CONDITIONS: written_out(self._sides)}


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
    reading = Reading(name, browsers)
    reading.read(pages)
    check_kept(name, reading.told() | own_data_of(own_data), write)


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
