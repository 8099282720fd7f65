"""Work that comes back: a row for each piece of it, for ever, and none for each time."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, insert_once, rows_changed
from app.engines.jobs import Stopped, is_long, lane_of, prolonged_by, registered_jobs
from app.engines.transactions import transaction
from app.kernel.clock import now

log = logging.getLogger("tiwizi.jobs")
FIRST_WAIT, LONGEST_WAIT = 60, 3600  # seconds until work that failed is tried again, doubled each time
WORRYING = 5  # failures in a row


class RecurringJob(Base):
    """The last period (whole seconds since 1970 by its length) in which the work was begun, and how it went."""

    __tablename__ = "recurring_job"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    period: Mapped[int]
    again_at: Mapped[datetime | None]  # not done: it failed, or its worker is busy until then, or has died
    failures: Mapped[int]
    problem: Mapped[str | None]


def run_recurring(name: str, seconds: int) -> bool:
    """Do the work when its period has come and nobody has begun it; several who ask do it once. Whether it ran."""
    period, until = int(now().timestamp()) // seconds, now() + timedelta(seconds=lane_of(name).seconds)
    if not _begin(name, period, until):
        return False
    problem = None

    def prolong() -> bool:
        nonlocal until
        seconds = lane_of(name).seconds
        if is_long(until, seconds):
            return _is_ours(name, until)
        before, until = until, now() + timedelta(seconds=seconds)
        return _change(_ours(name, before), again_at=until)

    try:
        with prolonged_by(prolong):
            registered_jobs()[name].run()
    except Stopped:
        return True
    except Exception as trouble:  # a worker outlives any job; the row keeps the reason
        log.exception("recurring job failed", extra={"job": name})
        problem = f"{type(trouble).__name__}: {trouble}"[:500]
    finally:
        db.session.rollback()
    if problem is None:
        _change(_ours(name, until), again_at=None, failures=0, problem=None)
    else:
        failures = db.session.scalar(select(RecurringJob.failures).where(RecurringJob.name == name)) or 0
        wait = timedelta(seconds=min(FIRST_WAIT * 2**failures, LONGEST_WAIT))
        _change(_ours(name, until), again_at=now() + wait, failures=failures + 1, problem=problem)
    return True


def _begin(name: str, period: int, until: datetime) -> bool:
    moment = now()
    statement = select(RecurringJob.period, RecurringJob.again_at).where(RecurringJob.name == name)
    found = db.session.execute(statement).one_or_none()
    db.session.rollback()
    if found is None:
        with transaction():
            insert_once(RecurringJob, "name", name=name, period=period - 1, failures=0)
    last, again = found or (period - 1, None)
    if (again > moment) if again is not None else (last >= period):
        return False
    same = RecurringJob.again_at.is_(None) if again is None else RecurringJob.again_at == again
    mine = and_(RecurringJob.name == name, RecurringJob.period == last, same)
    return _change(mine, period=period, again_at=until)


def _ours(name: str, until: datetime) -> ColumnElement[bool]:
    return and_(RecurringJob.name == name, RecurringJob.again_at == until)


def _is_ours(name: str, until: datetime) -> bool:
    found = db.session.scalar(select(RecurringJob.id).where(_ours(name, until)))
    db.session.rollback()
    return found is not None


def _change(condition: ColumnElement[bool], **values: object) -> bool:
    with transaction():
        statement = update(RecurringJob).where(condition).values(**values)
        return rows_changed(statement.execution_options(synchronize_session=False)) == 1


def worrying_recurring_jobs() -> list[str]:
    """What fails again and again, in sentences."""
    rows = db.session.execute(
        select(RecurringJob.name, RecurringJob.failures, RecurringJob.problem)
        .where(RecurringJob.failures >= WORRYING)
        .order_by(RecurringJob.name)
    )
    return [f"{name} has failed {failures} times in a row: {problem}" for name, failures, problem in rows]
