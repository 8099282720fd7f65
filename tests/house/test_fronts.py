"""What import-linter cannot say: fronts name what is for others, views hold no state and write nothing."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import HOUSE, Settings
from tests.house.syntax import name_of, tree_of

ROOMS = ("services", "queries")
FRONTS = sorted(
    path
    for module in Settings.MODULES
    for room in ROOMS
    if (path := HOUSE / module.replace(".", "/") / room / "__init__.py").exists()
)
READING = sorted(
    path for module in Settings.MODULES for path in (HOUSE / module.replace(".", "/") / "queries").rglob("*.py")
)
VIEWS = sorted(path for module in Settings.MODULES for path in (HOUSE / module.replace(".", "/") / "views").rglob("*.py"))
SESSION = r"\bsession\.(add|add_all|delete|execute|flush|merge)$"  # the database's, not the visitor's
# The session, a column by name, or a list that hangs on a row.
CHANGES = rf"{SESSION}|^setattr$|\w\.\w+\.(append|extend|insert|remove|clear|update)$"
STATEMENTS = {"insert", "update", "delete"}
# Tables that are written in one file each.
ROADS = {
    "LedgerSet": "app/payments/services/ledger.py",
    "LedgerEntry": "app/payments/services/ledger.py",
    "JournalLine": "app/engines/journal.py",
}


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
    fronts = fronts_named(tree, module)
    for node in ast.walk(tree):
        front = fronts.get(ast.unparse(node.value)) if isinstance(node, ast.Attribute) else None
        if front is not None and node.attr not in importlib.import_module(front).__all__:
            found.append(f"{front}.{node.attr}")
    return found


def fronts_named(tree: ast.Module, module: str | None) -> dict[str, str]:
    """{name in the code: front of another module} of fronts that are imported whole."""
    known = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        above = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            dotted = above + alias.name
            owner, _, room = dotted.rpartition(".")
            if owner in Settings.MODULES and owner != module and room in ROOMS:
                known[alias.asname or (alias.name if above else dotted)] = dotted
    return known


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


@pytest.mark.parametrize(
    "line",
    [
        "from catalog import queries\nqueries.offers.offer(1)",
        "from catalog import queries as shop\nshop.offers.offer(1)",
        "import catalog.queries\ncatalog.queries.offers.offer(1)",
        "import catalog.queries as shop\nshop.offers",
    ],
)
def test_a_name_behind_a_front_that_is_imported_whole_is_noticed(line):
    assert behind(ast.parse(line), "orders") == ["catalog.queries.offers"]
    assert behind(ast.parse(line), "catalog") == []
    assert behind(ast.parse(line.replace(".offers", ".Offer")), "orders") == []


def writes(tree: ast.Module) -> list[int]:
    """Lines where a door does a service's work: it takes the session, or changes something inside a transaction."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.With) or not any("transaction()" in ast.unparse(item) for item in node.items):
            continue
        found += [item.context_expr.lineno for item in node.items if item.optional_vars is not None]
        for inner in (inner for line in node.body for inner in ast.walk(line)):
            changed = isinstance(inner, ast.Attribute | ast.Subscript) and isinstance(inner.ctx, ast.Store | ast.Del)
            if changed or (isinstance(inner, ast.Call) and re.search(CHANGES, ast.unparse(inner.func))):
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
        "order.state, order.note = 'paid', ''",
        "setattr(order, 'state', 'paid')",
        "order.lines.append(line)",
        "for order in found:\n        order.state = 'paid'",
    ],
)
def test_a_view_that_writes_is_noticed(line):
    assert writes(ast.parse(f"with transaction():\n    {line}")) != []
    assert writes(ast.parse("with transaction() as session:\n    place(actor)")) == [1]
    assert writes(ast.parse("with transaction():\n    order = place(actor, order_id)")) == []


def writing(tree: ast.Module) -> list[int]:
    """Lines where a read writes: by the session, or by a statement that changes rows."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & STATEMENTS)
        or (isinstance(node, ast.Call) and re.search(rf"(^|\.)({'|'.join(STATEMENTS)})$", ast.unparse(node.func)))
        or (isinstance(node, ast.Call) and re.search(SESSION.replace("execute|", ""), ast.unparse(node.func)))
    ]


def test_queries_read_and_write_nothing():
    assert len(READING) > 40
    assert {name_of(path): lines for path in READING if (lines := writing(tree_of(path)))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "from sqlalchemy import insert as put",
        "db.session.execute(sqlalchemy.update(Order))",
        "Order.__table__.delete()",
        "db.session.add(order)",
        "session.flush()",
    ],
)
def test_a_read_that_writes_is_noticed(line):
    assert writing(ast.parse(line)) == [1]
    assert writing(ast.parse("db.session.execute(select(Order).with_for_update())\nfound.append(order)")) == []


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
