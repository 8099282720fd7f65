"""What import-linter cannot say: fronts name what is for others, views hold no state and write nothing."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import HOUSE, Settings

ROOMS = ("services", "queries")
FRONTS = sorted(
    path
    for module in Settings.MODULES
    for room in ROOMS
    if (path := HOUSE / module.replace(".", "/") / room / "__init__.py").exists()
)
VIEWS = sorted(path for module in Settings.MODULES for path in (HOUSE / module.replace(".", "/") / "views").rglob("*.py"))
SESSION = r"\bsession\.(add|add_all|delete|execute|flush|merge)$"  # the database's, not the visitor's
# Tables that are written in one file each.
ROADS = {
    "LedgerSet": "app/payments/services/ledger.py",
    "LedgerEntry": "app/payments/services/ledger.py",
    "JournalLine": "app/engines/journal.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(dotted: str) -> str | None:
    """Which of the house's modules a dotted name lies in."""
    return next((one for one in Settings.MODULES if dotted == one or dotted.startswith(f"{one}.")), None)


def product_files() -> Iterator[Path]:
    for package in ("app", "catalog", "orders", "projectbank", "academy"):
        yield from sorted((HOUSE / package).rglob("*.py"))


def test_every_module_has_its_fronts():
    assert len(FRONTS) == len(Settings.MODULES) * len(ROOMS)
    assert len(VIEWS) > 40


@pytest.mark.parametrize("path", FRONTS, ids=name_of)
def test_a_front_names_exactly_what_stands_at_it(path):
    front = importlib.import_module(".".join(path.relative_to(HOUSE).parent.parts))
    brought = {
        alias.asname or alias.name for node in tree_of(path).body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert sorted(front.__all__) == sorted(brought)


def behind(tree: ast.Module, module: str | None) -> list[str]:
    """Names taken from the front of another module that it does not name."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None or module_of(node.module) in (None, module):
            continue
        if node.module.rsplit(".", 1)[-1] in ROOMS:
            named = importlib.import_module(node.module).__all__
            found += [f"{node.module}.{alias.name}" for alias in node.names if alias.name not in named]
    return found


def test_other_modules_take_what_a_front_names():
    found = {}
    for path in product_files():
        taken = behind(tree_of(path), module_of(".".join(path.relative_to(HOUSE).with_suffix("").parts)))
        if taken:
            found[name_of(path)] = taken
    assert found == {}


def test_a_name_behind_a_front_is_noticed():
    line = ast.parse("from catalog.queries import Offer, offers\nfrom app.payments.services import ledger, post")
    assert behind(line, "orders") == ["catalog.queries.offers", "app.payments.services.ledger"]
    assert behind(ast.parse("from catalog.queries import offers"), "catalog") == []


def writes(tree: ast.Module) -> list[int]:
    """Lines where a door does a service's work: it takes the session, or changes something inside a transaction."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.With) or not any("transaction()" in ast.unparse(item) for item in node.items):
            continue
        found += [item.context_expr.lineno for item in node.items if item.optional_vars is not None]
        for inner in (one for line in node.body for one in ast.walk(line)):
            targets = inner.targets if isinstance(inner, ast.Assign | ast.Delete) else [getattr(inner, "target", None)]
            found += [inner.lineno for one in targets if isinstance(one, ast.Attribute | ast.Subscript)]
            if isinstance(inner, ast.Call) and re.search(SESSION, ast.unparse(inner.func)):
                found.append(inner.lineno)
    return found


def test_views_call_services_and_write_nothing():
    assert {name_of(path): lines for path in VIEWS if (lines := writes(tree_of(path)))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "order.state = 'paid'",
        "order.count += 1",
        "del order.note",
        "db.session.add(order)",
        "facts['state'] = order",
        "for order in found:\n        order.state = 'paid'",
    ],
)
def test_a_view_that_writes_is_noticed(line):
    assert writes(ast.parse(f"with transaction():\n    {line}")) != []
    assert writes(ast.parse("with transaction() as session:\n    place(actor)")) == [1]
    assert writes(ast.parse("with transaction():\n    order = place(actor, order_id)")) == []


def with_state(tree: ast.Module) -> list[str]:
    """Classes that are neither frozen values without work of their own nor exceptions."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or [ast.unparse(base) for base in node.bases] == ["Exception"]:
            continue
        frozen = any("frozen=True" in ast.unparse(mark) for mark in node.decorator_list)
        if not frozen or any(isinstance(line, ast.FunctionDef) for line in node.body):
            found.append(node.name)
    return found


def test_views_hold_no_state():
    """What a page needs is a frozen value that a function makes."""
    assert {name_of(path): names for path in VIEWS if (names := with_state(tree_of(path)))} == {}


def test_a_class_with_state_is_noticed():
    assert with_state(ast.parse("class Look:\n    def __init__(self): self.form = 1")) == ["Look"]
    assert with_state(ast.parse("@dataclass(frozen=True)\nclass Look:\n    def page(self): ...")) == ["Look"]
    assert (
        with_state(ast.parse("@dataclass(frozen=True)\nclass Look:\n    form: str\nclass Stop(Exception):\n    pass")) == []
    )


def written(tree: ast.Module) -> set[str]:
    """The tables of ROADS that code makes rows of or changes."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rsplit(".", 1)[-1]
            about = {called} | (
                {ast.unparse(node.args[0]).removesuffix(".__table__").rsplit(".", 1)[-1]}
                if called in ("insert", "update") and node.args
                else set()
            )
            found |= about & ROADS.keys()
    return found


def test_the_ledger_and_the_journal_have_one_road():
    found = {name_of(path): tables for path in product_files() if (tables := written(tree_of(path)))}
    assert found == {file: {table for table, road in ROADS.items() if road == file} for file in set(ROADS.values())}


@pytest.mark.parametrize(
    "line", ["LedgerSet(event='sale')", "db.session.execute(insert(LedgerEntry), rows)", "update(models.LedgerSet)"]
)
def test_a_second_road_is_noticed(line):
    assert len(written(ast.parse(line))) == 1
