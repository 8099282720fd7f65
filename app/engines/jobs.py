"""Jobs are rows of the same transaction. A worker runs them at least once; a job takes ids and may run twice."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Index, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, insert_once, rows_changed
from app.engines.transactions import after_transaction, transaction
from app.kernel.clock import now

log = logging.getLogger("tiwizi.jobs")
LEASE = timedelta(minutes=10)
TRIES = 8


class Job(Base):
    """Work to be done later. `unique_key` makes a second request for the same work the same row."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_run_at", "state", "run_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    unique_key: Mapped[str | None] = mapped_column(unique=True)
    run_at: Mapped[datetime]
    state: Mapped[str]  # waiting, running, done, failed
    attempts: Mapped[int]
    lease_until: Mapped[datetime | None]
    problem: Mapped[str | None]


def enqueue(name: str, unique_key: str | None = None, at: datetime | None = None, **arguments: int | str | None) -> None:
    """Ask for work in the caller's transaction; a second request with the same key is the first one."""
    asked = insert_once(
        Job,
        "unique_key",
        name=name,
        arguments=arguments,
        unique_key=unique_key,
        run_at=at or now(),
        state="waiting",
        attempts=0,
    )
    if asked is not None:
        after_transaction(wake_worker)


def wake_worker() -> None:
    """Tell the worker of this process, if there is one, that there is work."""
    wake = current_app.extensions.get("wake_worker")
    if wake is not None:
        wake()


def registered_jobs() -> dict[str, Callable[..., None]]:
    jobs: dict[str, Callable[..., None]] = current_app.extensions["jobs"]
    return jobs


def _claim(moment: datetime) -> tuple[int, str | None, dict[str, Any]] | None:
    """Take the oldest job that is due, or whose worker has died; two workers never take the same.

    A job that killed its worker at every try is given up; it then comes without a name.
    """
    with transaction() as session:
        row = session.scalars(
            select(Job)
            .where(
                ((Job.state == "waiting") & (Job.run_at <= moment))
                | ((Job.state == "running") & (Job.lease_until <= moment))
            )
            .order_by(Job.run_at, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        if row.attempts >= TRIES:
            row.state, row.problem = "failed", "its worker died at every try"
            return row.id, None, {}
        row.state, row.attempts, row.lease_until = "running", row.attempts + 1, moment + LEASE
        return row.id, row.name, row.arguments


def _finish(job_id: int, problem: str | None) -> None:
    with transaction() as session:
        row = session.get_one(Job, job_id)
        if problem is None:
            row.state, row.problem = "done", None
        elif row.attempts >= TRIES:
            row.state, row.problem = "failed", problem
        else:
            row.state, row.problem = "waiting", problem
            row.run_at = now() + timedelta(seconds=5 * 4 ** (row.attempts - 1))


def run_due_jobs(limit: int = 1000) -> int:
    """Run what is due; a job that raises is logged, tried again later, and given up after 8 tries. Returns how many ran."""
    done = 0
    while done < limit and (claimed := _claim(now())) is not None:
        job_id, name, arguments = claimed
        if name is None:
            continue
        problem = None
        try:
            registered_jobs()[name](**arguments)
        except Exception as trouble:  # a worker outlives any job; the row keeps the reason
            log.exception("job failed", extra={"job": name, "job_id": job_id})
            problem = f"{type(trouble).__name__}: {trouble}"[:500]
        finally:
            db.session.rollback()
        _finish(job_id, problem)
        done += 1
    return done


def forget_done_jobs(before: datetime) -> None:
    """Done jobs are kept a while as the guard of their unique keys, then dropped."""
    done = delete(Job).where(Job.state == "done", Job.run_at < before)
    db.session.execute(done.execution_options(synchronize_session=False))


def failed_jobs() -> list[str]:
    rows = db.session.execute(select(Job.id, Job.name, Job.problem).where(Job.state == "failed"))
    return [f"job {job_id} {name} was given up: {problem}" for job_id, name, problem in rows]


def retry_failed_jobs() -> int:
    """What was given up is tried anew, as often as before. Returns how many."""
    return rows_changed(
        update(Job)
        .where(Job.state == "failed")
        .values(state="waiting", attempts=0, run_at=now())
        .execution_options(synchronize_session=False)
    )
