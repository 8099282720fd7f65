"""The docs say what is: links, pictures, commands, settings, files and buttons they name exist."""

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from babel.messages.pofile import read_po

from app.engines.language import PACKAGES
from app.factory import create_app
from app.settings import HOUSE, PREFIX, Settings
from app.terminal import main

DOCS = HOUSE / "docs"
PAGES = [HOUSE / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|^(?: {4}|\t)[^\n]*$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(?:^|[\s`]|bin/)tiwizi((?: +[^\s`#&]+)+)")
FILE = re.compile(
    r"(?<![\w/.-])(?:app|catalog|orders|projectbank|academy|tests|docs|migrations|requirements)/[\w./-]+\.[a-z]+\b"
)
TESTS_OWN = {"TIWIZI_PICTURES", "TIWIZI_E2E_SITE"}


def name_of(page: Path) -> str:
    return page.relative_to(HOUSE).as_posix()


def code_of(page: Path) -> str:
    """The blocks and spans of code of a page, a line each."""
    return "\n".join(CODE.findall(page.read_text(encoding="utf-8")))


def plain(text: str) -> str:
    """Headings as links name them."""
    return re.sub(r"[^\w -]", "", text.strip().lower()).replace(" ", "-")


def headings(page: Path) -> list[str]:
    return [plain(text) for text in re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)]


def broken_links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in headings(there)):
            yield target


def test_every_link_and_picture_is_there():
    assert {name_of(page): found for page in PAGES if (found := list(broken_links(page)))} == {}


@pytest.mark.parametrize("folder", ["tutorials", "operating", "decisions", "subsystems"])
def test_every_page_is_reached_from_its_list(folder):
    index = DOCS / folder / "README.md"
    index = index if index.exists() else DOCS / "README.md"
    linked = {
        (index.parent / target.partition("#")[0]).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))
    }
    assert [name_of(page) for page in sorted((DOCS / folder).glob("*.md")) if page != index and page not in linked] == []


def test_every_target_of_make_exists():
    targets = set(re.findall(r"^([a-z0-9-]+):", (HOUSE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {(name_of(page), target) for page in PAGES for target in re.findall(r"\bmake ([a-z][a-z0-9-]*)", code_of(page))}
    assert {"run", "test", "check"} <= {target for _page, target in named}
    assert {(page, target) for page, target in named if target not in targets} == set()


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The command with what the modules add to it."""
    app = create_app(INSTANCE=tmp_path_factory.mktemp("docs"))
    return {**main.commands, **app.cli.commands}


def untrue(words: list[str], commands: dict[str, click.Command]) -> str | None:
    """The first word of a command line that means nothing; words in capitals and after a command's name are arguments."""
    command: click.Command | None = None
    for word in words:
        if word.startswith("--"):
            known = {option for parameter in (command.params if command else []) for option in parameter.opts}
            known |= {option for parameter in (command.params if command else []) for option in parameter.secondary_opts}
            if word.partition("=")[0] not in known:
                return word
        elif commands and re.fullmatch(r"[a-z|-]+", word):
            if unknown := [one for one in word.split("|") if one not in commands]:
                return unknown[0]
            command = commands[word.split("|")[0]]
            commands = command.commands if isinstance(command, click.Group) else {}
    return None


def command_lines(page: Path) -> Iterator[list[str]]:
    for line in code_of(page).splitlines():
        for found in COMMAND.findall(line):
            words = found.split(" >")[0].split()
            yield [word.strip('[](),.;"') for word in words if word.strip('[](),.;"')]


def test_every_command_and_its_options_exist(tree):
    lines = [(name_of(page), words) for page in PAGES for words in command_lines(page)]
    assert len(lines) > 20
    assert [(page, " ".join(words)) for page, words in lines if words[0].isalpha() and untrue(words, tree)] == []


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("run --port 8000", None),
        ("person promote CONTACT --no-operator", None),
        ("import products FILE --cooperative SLUG", None),
        ("fly", "fly"),
        ("backup FILE --fast", "--fast"),
        ("person promote|sell CONTACT", "sell"),
        ("import shoes FILE", "shoes"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(tree, words, word):
    assert untrue(words.split(), tree) == word


def test_every_setting_that_is_named_exists():
    known = {PREFIX + one.name for one in fields(Settings)} | TESTS_OWN
    named = {
        (name_of(page), name)
        for page in PAGES
        for name in re.findall(rf"\b{PREFIX}[A-Z][A-Z_]*\b", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert {(page, name) for page, name in named if name not in known} == set()


def test_the_page_of_settings_has_them_all():
    rows = re.findall(r"^\| (`[^|]+) \|", (DOCS / "operating/settings.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == {one.name for one in fields(Settings)}


def test_every_file_that_is_named_exists():
    named = {(name_of(page), path) for page in PAGES for path in FILE.findall(code_of(page))}
    assert len(named) > 20
    assert {(page, path) for page, path in named if not (HOUSE / path).exists()} == set()


@cache
def messages() -> frozenset[str]:
    """Every word of ours on a page, in English; what is filled in is written as …."""
    found: set[str] = set()
    for package in PACKAGES:
        with (HOUSE / package / "translations/fr.po").open("rb") as file:
            for message in read_po(file):
                found |= set(message.id if isinstance(message.id, tuple | list) else [message.id])
    return frozenset(re.sub(r"%\(\w+\)s", "…", message) for message in found) - {""}


@cache
def filled_in() -> list[re.Pattern[str]]:
    """The messages in which something is filled in, with anything in its place."""
    return [re.compile(".*?".join(map(re.escape, one.split("…"))) + r"\Z") for one in messages() if "…" in one]


def is_on_a_page(quoted: str) -> bool:
    """A whole message, or its beginning; what is filled in is written as … or as an example."""
    if quoted in messages() or any(pattern.match(quoted) for pattern in filled_in()):
        return True
    return len(quoted) > 15 and any(message.startswith(quoted.rstrip("… ")) for message in messages())


def quotations(page: Path) -> Iterator[str]:
    """Buttons and links are set bold; what the site says when something goes wrong begins a row of a table."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from (" ".join(found.split()) for found in re.findall(r"\*\*([^*]+)\*\*", text))
    yield from re.findall(r"^\| \*([^*]+)\*", text, re.MULTILINE)


def test_tutorials_name_buttons_and_answers_as_the_pages_do():
    said = [(name_of(page), quoted) for page in sorted((DOCS / "tutorials").glob("*.md")) for quoted in quotations(page)]
    assert len(said) > 60
    assert [(page, quoted) for page, quoted in said if not is_on_a_page(quoted)] == []
    assert not is_on_a_page("Buy everything now")


def test_the_docs_name_no_machine():
    bad = re.compile(r"(?<![\w.])/(?:root|work|home/\w+)/|pypi\.org|registry\.|/dev/shm")
    assert {name_of(page): found for page in PAGES if (found := bad.findall(page.read_text(encoding="utf-8")))} == {}
