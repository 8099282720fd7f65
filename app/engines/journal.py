"""The journal: who did what to what, ids only, sealed in sequence with a chain of hashes.

Services write lines unsealed in their own transaction; a job seals them, so that writers never queue for the tail. The
database refuses to change or delete a line; `verify` names a line altered behind its back.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, and_, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, execute
from app.engines.locks import hold_words
from app.kernel.actor import Actor
from app.kernel.clock import now

FIRST_SEAL = "0" * 64
SEALED_AT_ONCE = 100  # lines in one transaction: others want to write too


class JournalLine(Base):
    """One thing that was done. `facts` holds ids, codes and numbers, never a person's words."""

    __tablename__ = "journal_line"
    __table_args__ = (Index("ix_journal_line_subject", "subject_kind", "subject_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None]
    verb: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]]
    sequence: Mapped[int | None] = mapped_column(unique=True)
    seal: Mapped[str | None]


LINE = insert(JournalLine)
# All lines at once: a statement each would let a busy server's other threads go first as often, with the lock in hand.
SEALING = {
    "sqlite": text(
        "UPDATE journal_line SET sequence = :sequence + due.key + 1, seal = json_extract(due.value, '$[1]')"
        " FROM json_each(:seals) AS due WHERE journal_line.id = json_extract(due.value, '$[0]')"
    ),
    "postgresql": text(
        "UPDATE journal_line SET sequence = :sequence + due.place, seal = due.line ->> 1"
        " FROM json_array_elements(CAST(:seals AS json)) WITH ORDINALITY AS due (line, place)"
        " WHERE journal_line.id = CAST(due.line ->> 0 AS bigint)"
    ),
}
# A line as it is sealed; made once, since check and seal write millions of them.
_written = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


@dataclass(frozen=True)
class Line:
    """What a line says; history alone says another time than now."""

    actor: Actor
    verb: str
    subject_kind: str
    subject_id: int | None
    facts: Mapping[str, int | str | None]
    at: datetime

    def row(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "actor_kind": self.actor.kind,
            "actor_id": self.actor.person_id,
            "verb": self.verb,
            "subject_kind": self.subject_kind,
            "subject_id": self.subject_id,
            "facts": dict(self.facts),
        }


def record(actor: Actor, verb: str, subject_kind: str, subject_id: int | None, **facts: int | str | None) -> None:
    """Write a line in the caller's transaction."""
    execute(LINE, Line(actor, verb, subject_kind, subject_id, facts, now()).row(), flush=False)


def record_many(lines: Sequence[Line]) -> None:
    """Write many lines at once, in the caller's transaction."""
    if lines:
        execute(LINE, [line.row() for line in lines])


def _seal_of(line: Any, sequence: int, before: str) -> str:
    """`line` is a JournalLine or its columns."""
    content = [
        before,
        sequence,
        line.id,
        line.at.isoformat(),
        line.actor_kind,
        line.actor_id,
        line.verb,
        line.subject_kind,
        line.subject_id,
        line.facts,
    ]
    return hashlib.sha256(_written(content).encode()).hexdigest()


@dataclass(frozen=True)
class Unsealed:
    """The oldest lines without a seal, and the head of the chain when they were read."""

    head: tuple[int, str] | None
    lines: Sequence[Any]


def unsealed_lines(limit: int = SEALED_AT_ONCE) -> Unsealed:
    """What is to be sealed next, read before anything is locked."""
    table = JournalLine.__table__
    last = head()
    lines = select(*table.c).where(table.c.sequence.is_(None)).order_by(table.c.id).limit(limit)
    return Unsealed(last, db.session.execute(lines).all())


def seal_lines(unsealed: Unsealed) -> int:
    """Seal them, in one statement; one sealer at a time. Returns how many: none when another was before us."""
    hold_words("seal the journal")
    if not unsealed.lines or head() != unsealed.head:
        return 0
    sequence, before = unsealed.head or (0, FIRST_SEAL)
    seals = list[tuple[int, str]]()
    for number, line in enumerate(unsealed.lines, sequence + 1):
        before = _seal_of(line, number, before)
        seals.append((line.id, before))
    statement = SEALING[db.session.get_bind().dialect.name]
    db.session.execute(statement, {"sequence": sequence, "seals": json.dumps(seals)})
    return len(seals)


def altered_lines() -> list[str]:
    """For `tiwizi verify-journal`: every sealed line whose seal does not fit, and gaps in the sequence."""
    problems: list[str] = []
    before, expected = FIRST_SEAL, 1
    table = JournalLine.__table__
    lines = select(*table.c).where(table.c.sequence.is_not(None)).order_by(table.c.sequence)
    for line in db.session.execute(lines.execution_options(yield_per=1000)):
        if line.sequence != expected:
            problems.append(f"journal: line {expected} of the sequence is missing")
            expected = line.sequence or expected
        if line.seal != _seal_of(line, expected, before):
            problems.append(f"journal: line {line.id} was altered")
        before, expected = line.seal or "", expected + 1
    return problems


def head() -> tuple[int, str] | None:
    """(sequence, seal) of the last sealed line: who keeps it elsewhere finds out when the end was cut off."""
    found = db.session.execute(
        select(JournalLine.sequence, JournalLine.seal)
        .where(JournalLine.sequence.is_not(None))
        .order_by(JournalLine.sequence.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    sequence, seal = found
    return None if sequence is None or seal is None else (sequence, seal)


def continues(sequence: int, seal: str) -> bool:
    """Does the chain still hold the line that was its last at an earlier moment?"""
    line = select(JournalLine.id).where(JournalLine.sequence == sequence, JournalLine.seal == seal)
    return db.session.scalar(line) is not None


def about(subject_kind: str, subject_id: int) -> ColumnElement[bool]:
    """Lines about one thing."""
    return and_(JournalLine.subject_kind == subject_kind, JournalLine.subject_id == subject_id)


def lines_of(subject_kind: str, subject_id: int) -> list[JournalLine]:
    """What was done to one thing, oldest first."""
    return list(db.session.scalars(select(JournalLine).where(about(subject_kind, subject_id)).order_by(JournalLine.id)))
