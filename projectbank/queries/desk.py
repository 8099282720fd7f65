"""The office's queue of sheets, and what it decided about one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.engines.db import db
from app.kernel.errors import NotFound
from projectbank.models import Sheet, SheetDecision, SheetText

# What the office sees: everything but what an author has not sent yet.
QUEUE = ("submitted", "published", "returned", "archived")


@dataclass(frozen=True)
class QueueLine:
    """A sheet in the office's list, titled in the language it was written in."""

    id: int
    reference: str
    title: str
    kind: str
    region: str | None
    sector: str | None
    author: str | None
    submitted_at: datetime | None
    territory: str


@dataclass(frozen=True)
class Decision:
    """What was decided, by whom and why."""

    decision: str
    reason: str
    decided_at: datetime
    by: str | None


def queue(state: str, first: int, size: int) -> list[QueueLine]:
    """Sheets in a state: those that wait oldest first, the others newest first; one statement."""
    order = (Sheet.submitted_at, Sheet.id) if state == "submitted" else (Sheet.submitted_at.desc(), Sheet.id.desc())
    rows = db.session.execute(
        select(
            Sheet.id,
            Sheet.reference,
            SheetText.title,
            Sheet.kind,
            Sheet.region,
            Sheet.sector,
            Person.name,
            Sheet.submitted_at,
            Sheet.territory,
        )
        .join(SheetText, SheetText.sheet_id == Sheet.id)
        .outerjoin(Person, Person.id == Sheet.author_id)
        .where(Sheet.state == state, SheetText.source)
        .order_by(*order)
        .offset(first)
        .limit(size)
    )
    return [QueueLine(*row) for row in rows]


def count_by_state() -> Mapping[str, int]:
    """How many sheets are in each state the office sees."""
    rows = db.session.execute(select(Sheet.state, func.count()).where(Sheet.state.in_(QUEUE)).group_by(Sheet.state)).all()
    return {row[0]: row[1] for row in rows}


def waiting() -> int:
    """How many sheets wait for the office."""
    return db.session.scalar(select(func.count()).select_from(Sheet).where(Sheet.state == "submitted")) or 0


def file_of(sheet_id: int) -> tuple[str, list[Decision]]:
    """Who wrote a sheet and what the office decided about it, newest first; one statement. Raises NotFound."""
    author, decider = aliased(Person), aliased(Person)
    rows = db.session.execute(
        select(author.name, SheetDecision.decision, SheetDecision.reason, SheetDecision.decided_at, decider.name)
        .select_from(Sheet)
        .outerjoin(author, author.id == Sheet.author_id)
        .outerjoin(SheetDecision, SheetDecision.sheet_id == Sheet.id)
        .outerjoin(decider, decider.id == SheetDecision.decided_by)
        .where(Sheet.id == sheet_id)
        .order_by(SheetDecision.id.desc())
        .limit(20)
    ).all()
    if not rows:
        raise NotFound()
    return rows[0][0] or "", [Decision(*row[1:]) for row in rows if row.decision is not None]
