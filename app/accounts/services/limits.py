"""Attempts are counted in the database, so that every process counts the same."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from app.accounts.models import Attempt
from app.accounts.rules.limits import LIMITS
from app.engines.db import db
from app.kernel.errors import TooMany

KEEP = timedelta(hours=24)


def count_attempt(subjects: Mapping[str, str], moment: datetime) -> None:
    """Note one attempt under each {kind: subject}, before it is made; raises TooMany with `retry_after` in seconds."""
    for kind, subject in subjects.items():
        limit = LIMITS[kind]
        recent = select(Attempt.at).where(
            Attempt.kind == kind, Attempt.subject == subject, Attempt.at > moment - limit.within
        )
        if (db.session.scalar(select(func.count()).select_from(recent.subquery())) or 0) >= limit.most:
            opens = db.session.scalars(recent.order_by(Attempt.at.desc()).offset(limit.most - 1).limit(1)).one()
            raise TooMany("too-many", retry_after=max(1, int((opens + limit.within - moment).total_seconds()) + 1))
    db.session.add_all(Attempt(kind=kind, subject=subject, at=moment) for kind, subject in subjects.items())


def forget_attempts(subjects: Mapping[str, str]) -> None:
    """The rightful owner got in: what was counted against these subjects is forgotten."""
    for kind, subject in subjects.items():
        db.session.execute(
            delete(Attempt)
            .where(Attempt.kind == kind, Attempt.subject == subject)
            .execution_options(synchronize_session=False)
        )


def forget_old_attempts(moment: datetime) -> None:
    """Attempts older than any limit looks back."""
    db.session.execute(delete(Attempt).where(Attempt.at < moment - KEEP).execution_options(synchronize_session=False))
