"""While tests run: a service that writes what visitors are shown says so, or the transaction is refused."""

import sys
import threading
from typing import Any

from sqlalchemy import Engine, Table, event, inspect
from sqlalchemy.orm import ORMExecuteState, Session

from app.engines.generations import SUBJECTS

# What the pages of visitors are made of, by the kind of fact whose number must rise. Stock is told by the counters.
SHOWN = {
    "market": {"product", "product_text", "product_picture", "variant"},
    "cooperatives": {"organisation", "organisation_text", "organisation_identifier", "delivery_zone"},
    "projects": {
        *("sheet", "sheet_text", "sheet_sdg", "equipment", "equipment_text", "risk", "risk_text"),
        *("evidence", "evidence_text", "training"),
    },
    "academy": {
        *("course", "course_text", "course_module", "course_module_text", "lesson", "lesson_text", "lesson_file"),
    },
}
UNSEEN = {"external_key", "external_rows"}  # where rows of a file are found again
KIND_OF = {table: kind for kind, tables in SHOWN.items() for table in tables}
_this = threading.local()


class UntoldChange(AssertionError):
    """A service has changed what pages show, and no number rises."""


def _by_a_service() -> bool:
    """Is it a service that writes, and not a test by itself?"""
    frame = sys._getframe(2)
    while frame is not None:
        if "/services/" in frame.f_code.co_filename and "/tests/" not in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _note(table: Any) -> None:
    if isinstance(table, Table) and table.name in KIND_OF and _by_a_service():
        _this.written = {*getattr(_this, "written", ()), (KIND_OF[table.name], table.name)}


def _flushing(session: Session, _context: Any, _instances: Any) -> None:
    changed = [one for one in session.dirty if {a.key for a in inspect(one).attrs if a.history.has_changes()} - UNSEEN]
    for one in (*session.new, *session.deleted, *changed):
        _note(type(one).__table__)


def _executing(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _note(getattr(state.statement, "table", None))


def _raising(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
    if statement.startswith("INSERT INTO generation") and "ON CONFLICT" in statement:
        rows = parameters if many else [parameters]
        _this.raised = {one["name"] if isinstance(one, dict) else one[0] for one in rows}


def _committing(session: Session) -> None:
    if session.in_nested_transaction():
        return
    written, raised = getattr(_this, "written", set()), getattr(_this, "raised", set())
    _forget()
    untold = sorted(f"{kind} ({table})" for kind, table in written if kind not in raised)
    if untold:
        raise UntoldChange(f"changed and not told: {', '.join(untold)}")


def _forget(*_facts: Any) -> None:
    _this.written, _this.raised = set(), set()


def watch() -> None:
    """From now on, for every session of this process."""
    assert set(SHOWN) == set(SUBJECTS.values())
    event.listen(Session, "before_flush", _flushing)
    event.listen(Session, "do_orm_execute", _executing)
    event.listen(Session, "before_commit", _committing)
    event.listen(Session, "after_rollback", _forget)
    event.listen(Engine, "before_cursor_execute", _raising)
