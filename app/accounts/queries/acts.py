"""Acts that wait for a second person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from app.accounts.models import ActWaiting, Person
from app.accounts.rules.acts import ACT_LAPSES
from app.engines.acts import act_named
from app.engines.db import db


@dataclass(frozen=True)
class WaitingAct:
    """An act as somebody sees it whom it concerns; `words` may name what is in `shown`."""

    id: int
    kind: str
    words: str
    shown: Mapping[str, str]
    asked_by: str
    asked_at: datetime
    due_at: datetime | None
    own: bool
    may_agree: bool


def acts_before(person_id: int, language: str, kind: str | None = None, subject_id: int | None = None) -> list[WaitingAct]:
    """The acts that wait and that this person asked for, may agree to or may refuse; latest first."""
    statement = (
        select(ActWaiting, Person.name)
        .join(Person, Person.id == ActWaiting.asked_by)
        .where(ActWaiting.state == "waiting")
        .order_by(ActWaiting.id.desc())
        .limit(200)
    )
    if kind is not None:
        statement = statement.where(ActWaiting.kind == kind, ActWaiting.subject_id == subject_id)
    found = []
    for row, name in db.session.execute(statement):
        act = act_named(row.kind)
        agreeing = set(act.may_agree(row.subject_id)) - {row.asked_by}
        if person_id in {row.asked_by, *agreeing, *act.may_ask(row.subject_id)}:
            shown = act.shown(row.subject_id, row.facts, language)
            own, agrees = row.asked_by == person_id, person_id in agreeing
            found.append(WaitingAct(row.id, row.kind, act.words, shown, name, row.asked_at, row.due_at, own, agrees))
    return found


def acts_due(moment: datetime) -> list[int]:
    """The acts that are to be decided alone now, and those that nobody agreed to in time."""
    due = or_(
        ActWaiting.due_at <= moment,
        and_(ActWaiting.due_at.is_(None), ActWaiting.asked_at <= moment - ACT_LAPSES),
    )
    return list(db.session.scalars(select(ActWaiting.id).where(ActWaiting.state == "waiting", due).order_by(ActWaiting.id)))
