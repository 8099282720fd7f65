"""What a person has in the project bank: own ideas and kept sheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select

from app.engines.db import db
from projectbank.models import SavedSheet, Sheet, SheetDecision, SheetText
from projectbank.queries.sheet_lists import Wanted, find_sheets


@dataclass(frozen=True)
class Idea:
    """One of the person's own sheets; `reason` is the office's last word when it was returned or withdrawn."""

    id: int
    slug: str
    state: str
    title: str
    changed_at: datetime
    reason: str
    territory: str


def ideas_of(person_id: int, first: int, size: int) -> list[Idea]:
    """The person's own sheets in the language they were written in, last changed first; one statement."""
    reason = (
        select(SheetDecision.reason)
        .where(SheetDecision.sheet_id == Sheet.id)
        .order_by(SheetDecision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Sheet.id, Sheet.slug, Sheet.state, SheetText.title, Sheet.changed_at, reason, Sheet.territory)
        .join(SheetText)
        .where(Sheet.author_id == person_id, SheetText.source)
        .order_by(Sheet.changed_at.desc(), Sheet.id.desc())
        .offset(first)
        .limit(size)
    )
    return [
        Idea(id_, slug, state, title, changed_at, (why or "") if state in ("returned", "archived") else "", territory)
        for id_, slug, state, title, changed_at, why, territory in rows
    ]


def count_ideas(person_id: int) -> int:
    """How many sheets the person wrote."""
    return db.session.scalar(select(func.count()).select_from(Sheet).where(Sheet.author_id == person_id)) or 0


def saved_sheets(person_id: int, count: int) -> Sequence[int]:
    """The sheets the person keeps that are still published."""
    return find_sheets(Wanted(saved_by=person_id), "new", 0, count)


def has_an_idea(person_id: int) -> bool:
    """Has the person kept or written a sheet? The first step of my path."""
    kept = exists().where(SavedSheet.person_id == person_id)
    wrote = exists().where(Sheet.author_id == person_id)
    return bool(db.session.scalar(select(or_(kept, wrote))))
