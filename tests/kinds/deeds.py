"""What a service writes into the journal: a deed is a call and the lines it must leave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.engines.db import db
from app.engines.journal import JournalLine
from app.kernel.actor import Actor
from tests.kinds.world import World


@dataclass(frozen=True)
class Line:
    """A line of the journal; `by` is the kind of actor and the person."""

    verb: str
    subject: str
    subject_id: int | None
    by: tuple[str, int | None]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """`call` does it inside the caller's transaction; `lines` tells from its answer what must stand in the journal."""

    call: Callable[[], Any]
    lines: Callable[[Any], list[Line]]


Prepare = Callable[[World], Deed]
SYSTEM_LINE = ("system", None)


def line(actor: Actor, verb: str, subject: str, subject_id: int | None, **facts: Any) -> Line:
    return Line(verb, subject, subject_id, (actor.kind, actor.person_id), facts)


def deed(actor: Actor, call: Callable[[], Any], verb: str, subject: str, subject_id: Any = None, **facts: Any) -> Deed:
    """A deed of one line; without an id its subject is what the call answers; facts may be called to be told."""

    def lines(answer: Any) -> list[Line]:
        told = {name: value() if callable(value) else value for name, value in facts.items()}
        found = subject_id() if callable(subject_id) else answer if subject_id is None else subject_id
        return [line(actor, verb, subject, getattr(found, "id", found), **told)]

    return Deed(call, lines)


def written_after(mark: int) -> list[Line]:
    """The lines of this transaction, in the order they were written."""
    rows = db.session.scalars(select(JournalLine).where(JournalLine.id > mark).order_by(JournalLine.id))
    return [
        Line(row.verb, row.subject_kind, row.subject_id, (row.actor_kind, row.actor_id), dict(row.facts)) for row in rows
    ]


def last_line() -> int:
    return db.session.scalar(select(func.max(JournalLine.id))) or 0


def latest(table: Any) -> Callable[[], int]:
    """The id of the row that was made last, asked when the call is over."""
    return lambda: db.session.scalar(select(func.max(table.id))) or 0
