"""Long work as its page and its cards tell it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from app.accounts.models import LongWorkPiece, LongWorkUnderWay, Organisation
from app.engines.db import db
from app.engines.long_work import READ_AT_ONCE, NextPortions, kinds_for, long_works
from app.kernel.actor import Actor
from app.kernel.errors import NotFound


@dataclass(frozen=True)
class LongWorkPage:
    """How far long work is; `before` counts the other work that has its turn first."""

    id: int
    title: str
    slug: str
    back: str
    state: str
    total: int
    done: int
    counts: dict[str, int]
    problems: Sequence[dict[str, Any]]
    drafts: int
    notes: Sequence[dict[str, Any]]
    started_at: datetime
    moved_at: datetime
    before: int


def long_work_page(actor: Actor, work_id: int) -> LongWorkPage:
    """Raises NotFound for a stranger's."""
    found = _told(actor, LongWorkUnderWay.id == work_id)
    if not found:
        raise NotFound()
    return found[0]


def under_way(actor: Actor, organisation_id: int | None) -> list[LongWorkPage]:
    """The work under way that this person sees, of one organisation or of all of theirs."""
    wanted: ColumnElement[bool] = LongWorkUnderWay.open_key.is_not(None)
    if organisation_id is not None:
        wanted = and_(wanted, LongWorkUnderWay.organisation_id == organisation_id)
    return _told(actor, wanted)


def next_portions(work_id: int) -> NextPortions | None:
    """What is to be written next, read before anything is locked; None when nothing is left."""
    found = db.session.execute(
        select(LongWorkPiece.id, LongWorkPiece.portions, LongWorkUnderWay.kind)
        .join(LongWorkUnderWay, LongWorkUnderWay.id == LongWorkPiece.work_id)
        .where(LongWorkPiece.work_id == work_id)
        .order_by(LongWorkPiece.position)
        .limit(1)
    ).first()
    if found is None:
        return None
    portions, read = json.loads(found.portions)[:READ_AT_ONCE], long_works()[found.kind].read
    return NextPortions(found.id, found.portions, [rows for rows, _ in portions], [read(content) for _, content in portions])


def _told(actor: Actor, wanted: ColumnElement[bool]) -> list[LongWorkPage]:
    row, earlier = LongWorkUnderWay, LongWorkUnderWay.__table__.alias("earlier")
    before = (
        select(func.count())
        .select_from(earlier)
        .where(earlier.c.open_key.is_not(None), earlier.c.id < row.id)
        .correlate(row)
        .scalar_subquery()
    )
    sees = [
        and_(row.organisation_id == organisation_id, row.kind.in_(kinds_for(roles)))
        for organisation_id, roles in actor.roles.items()
    ]
    statement = (
        select(row, Organisation.slug, before)
        .join(Organisation, Organisation.id == row.organisation_id)
        .where(wanted, or_(false(), *sees))
        .order_by(row.id)
        .execution_options(populate_existing=True)
    )
    return [
        LongWorkPage(
            work.id,
            long_works()[work.kind].title,
            slug,
            long_works()[work.kind].back,
            work.state,
            work.total,
            work.done,
            work.counts,
            work.problems,
            work.drafts,
            work.notes,
            work.started_at,
            work.moved_at,
            waiting,
        )
        for work, slug, waiting in db.session.execute(statement)
    ]
