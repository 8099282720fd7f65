"""Every service that takes its actor first leaves its line in the journal, in the transaction of what it does.

The services are found, not listed: a new one fails here until it has told what it writes, or why it writes nothing.
"""

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from app.engines import journal
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.errors import Refusal
from tests.kinds import (
    deeds_of_learning,
    deeds_of_notices,
    deeds_of_people,
    deeds_of_proofs,
    deeds_of_safety,
    deeds_of_shops,
)
from tests.kinds.deeds import Deed, last_line, written_after
from tests.kinds.world import World
from tests.kinds.written import check_kept

MODULES = ("app.accounts", "app.notices", "app.payments", "catalog", "orders", "projectbank", "academy")
DEEDS = (
    deeds_of_people.DEEDS
    | deeds_of_safety.DEEDS
    | deeds_of_shops.DEEDS
    | deeds_of_learning.DEEDS
    | deeds_of_notices.DEEDS
    | deeds_of_proofs.DEEDS
)
# What writes nothing by itself, or writes only as a part of a service that leaves the line.
WITHOUT_A_LINE = {
    "academy.services.courses.open_course": "a part of publish_course, and of agree_act on an operator's own course",
    "app.accounts.services.factors.note_change": "a part of every change of a factor",
    "catalog.services.importing.import_in_time": "the same as import_batch, which it does",
    "catalog.services.long_import.import_some": "portions of long work; its lines are those of import_batch",
    "catalog.services.making.make_product": "a part of create_product",
    "catalog.services.making.make_products": "a part of make_product and of import_batch",
    "catalog.services.stock.sell_goods": "a part of checkout.prepare; the movement is written beside it",
    "catalog.services.stock.sell_held_goods": "a part of settling and confirming; the movement is written beside it",
    "catalog.services.stock.return_goods": "a part of stopping an order; the movement is written beside it",
    "catalog.services.products.office_of": "locks and checks",
    "catalog.services.products.product_for": "locks and checks",
    "catalog.services.products.rewrite_product": "a part of import_batch, on what stands",
    "orders.services.basket.locked_basket": "opens an empty basket for whoever puts something in",
    "orders.services.trust.trust_in": "looks, before anything is written",
    "orders.services.confirming.wait_for_buyer": "a part of checkout.prepare (waits)",
    "orders.services.placing.write_axes": "the line of each step of an order; see fulfilment.move",
    "orders.services.placing.place": "a part of checkout.prepare and of settling",
    "orders.services.placing.place_at_once": "a part of checkout.prepare",
    "academy.services.courses.writable_course": "locks and checks; its line is that of change_course (withdrawn)",
    "academy.services.learning.add_completion": "a part of complete_lesson and of hand_in",
}

BY_THE_SYSTEM_ALONE = {
    "catalog.services.bulk.list_in_bulk",
    "catalog.services.bulk.waive_in_bulk",
}  # which refuse others


def services() -> set[str]:
    """Every public function of a services room whose first parameter is the actor."""
    found = set()
    for package in MODULES:
        room = importlib.import_module(f"{package}.services")
        for info in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            module = importlib.import_module(info.name)
            found |= {
                f"{info.name}.{name}"
                for name, thing in vars(module).items()
                if inspect.isfunction(thing)
                and thing.__module__ == info.name
                and not name.startswith("_")
                and next(iter(inspect.signature(thing).parameters), "") == "actor"
            }
    return found


class Undone(Exception):
    """The deed was looked at; the world stays as it was."""


def test_every_service_has_told_its_line_or_why_it_has_none() -> None:
    told = {name.split(" ")[0] for name in DEEDS}
    found = services()
    assert len(found) > 100
    assert sorted(found - told - set(WITHOUT_A_LINE)) == []
    assert sorted(set(WITHOUT_A_LINE) - found) == []
    assert sorted(set(WITHOUT_A_LINE) & told) == []


@pytest.mark.parametrize("name", DEEDS)
def test_a_service_leaves_its_lines_in_its_own_transaction(world: World, name: str) -> None:
    """Exactly these lines, with verb, subject, actor and facts; and with the deed undone, none of them stays.

    What somebody can do is done by somebody here: a line that says "the system", whoever acts, would go unseen.
    """
    before = last_line()
    db.session.rollback()
    with pytest.raises(Undone), transaction():
        deed = DEEDS[name](world)
        assert name in BY_THE_SYSTEM_ALONE or SYSTEM not in getattr(deed.call, "args", ())[:1]
        db.session.flush()
        mark = last_line()
        with noted(WRITTEN):
            answer = deed.call()
            db.session.flush()
        DONE.add(name)
        assert written_after(mark) == deed.lines(answer)
        AGAIN[name] = done_again(deed)
        raise Undone
    assert last_line() == before
    db.session.rollback()


AGAIN: dict[str, str] = {}


def done_again(deed: Deed) -> str:
    """What the same deed leaves when it is done a second time: its lines, the word of a refusal, or nothing."""
    mark = last_line()
    try:
        deed.call()
        db.session.flush()
    except Refusal as refused:
        return f"refused: {refused.code}\n"
    except SQLAlchemyError as failed:
        return f"{type(failed).__name__}\n"
    return ", ".join(f"{one.verb} {one.subject}" for one in written_after(mark)) + "\n"


def test_what_is_done_twice_is_refused_or_done_once_as_it_was_written(write_pages: bool) -> None:
    if set(DEEDS) != set(AGAIN):
        pytest.skip("not every deed was done before")
    check_kept("twice", AGAIN, write_pages)


ROOT = Path(journal.__file__).parents[2]
DONE: set[str] = set()  # the deeds that were done
WRITTEN: set[tuple[str, int]] = set()  # and where they wrote a line


@contextmanager
def noted(places: set[tuple[str, int]]) -> Iterator[None]:
    """The (file, line) of each call of `record` is put among the places."""

    def note(_connection: object, _cursor: object, statement: str, *_given: object) -> None:
        if not statement.startswith(f"INSERT INTO {JournalLine.__tablename__}"):
            return
        frame = sys._getframe()
        while frame.f_code is not journal.record.__code__:
            if frame.f_back is None:
                return
            frame = frame.f_back
        if frame.f_back is not None:
            places.add((frame.f_back.f_code.co_filename, frame.f_back.f_lineno))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@lru_cache
def recorded() -> dict[tuple[str, int, int], str]:
    """{(file, first line, last line): the function and the verb} of every call of `record` in the product."""
    found = {}
    for path in sorted(one for folder in PRODUCT for one in (ROOT / folder).rglob("*.py") if "demo" not in one.parts):
        source = path.read_text(encoding="utf-8")
        if "record(" not in source:
            continue
        module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for function in (one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef)):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and name_of(call.func) == "record":
                    told = f"{module}.{function.name} {ast.unparse(call.args[1])}"
                    found[(str(path), call.lineno, call.end_lineno or call.lineno)] = told
    return found


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


PRODUCT = ("app", "catalog", "orders", "projectbank", "academy")


def test_every_line_that_can_be_written_was_written_by_a_deed() -> None:
    """Those of acts that follow from another act as well: of erasing, of leaving, of deciding alone."""
    if set(DEEDS) != DONE:
        pytest.skip("not every deed was done before")
    unseen = {
        told
        for (path, first, last), told in recorded().items()
        if not any((path, line) in WRITTEN for line in range(first, last + 1))
    }
    assert sorted(unseen) == []
