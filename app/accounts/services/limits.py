"""Attempts are counted in the database, so that every process counts the same."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from app.accounts.models import Attempt
from app.accounts.rules.limits import LIMITS
from app.engines.db import db, rows_changed
from app.kernel.errors import TooMany

KEEP = timedelta(hours=24)


def count_attempt(subjects: Mapping[str, str], moment: datetime) -> None:
    """Note one attempt under each {kind: subject}, before it is made; raises TooMany with `retry_after` in seconds.

    Counted first, so that many at once do not pass; what turns out right is given back.
    """
    for kind, subject in subjects.items():
        limit = LIMITS[kind]
        recent = select(Attempt.at).where(
            Attempt.kind == kind, Attempt.subject == subject, Attempt.at > moment - limit.within
        )
        if (db.session.scalar(select(func.count()).select_from(recent.subquery())) or 0) >= limit.most:
            opens = db.session.scalars(recent.order_by(Attempt.at.desc()).offset(limit.most - 1).limit(1)).one()
            raise TooMany("too-many", retry_after=max(1, int((opens + limit.within - moment).total_seconds()) + 1))
    db.session.add_all(Attempt(kind=kind, subject=subject, at=moment) for kind, subject in subjects.items())


def forgive(own: Mapping[str, str], shared: Mapping[str, str]) -> None:
    """It was right at last: what stands under own subjects goes, and as much of the shared ones; what others did stays.

    Without own subjects it is the one attempt that was just counted under the shared ones.
    """
    failed = sum(_take_off(kind, subject, LIMITS[kind].most) for kind, subject in own.items()) if own else 1
    for kind, subject in shared.items():
        _take_off(kind, subject, failed)


def _take_off(kind: str, subject: str, times: int) -> int:
    """The last `times` counted under the subject; returns how many there were."""
    newest = (
        select(Attempt.id)
        .where(Attempt.kind == kind, Attempt.subject == subject)
        .order_by(Attempt.at.desc(), Attempt.id.desc())
        .limit(times)
    )
    return rows_changed(delete(Attempt).where(Attempt.id.in_(newest)).execution_options(synchronize_session=False))


def forget_old_attempts(moment: datetime) -> None:
    """Attempts older than any limit looks back."""
    db.session.execute(delete(Attempt).where(Attempt.at < moment - KEEP).execution_options(synchronize_session=False))
