"""Jobs are rows of the same transaction: the truth of what is asked for, done or given up. A carrier runs them.

A job takes ids, reads again what it needs, and may run twice: its row is taken by one worker at a time, for the time of
its lane, and who dies is followed by another. How a module declares one stands in docs/subsystems/jobs.md.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import ColumnElement, Index, and_, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.engines import pauses
from app.engines.db import Base, db, insert_once, rows_changed
from app.engines.lanes import LANES, Lane, Work
from app.engines.transactions import after_transaction, transaction
from app.kernel.clock import now

log = logging.getLogger("tiwizi.jobs")
TRIES = 8
AT_A_TIME = 1000
LONG_ENOUGH = 0.75  # of a lane's time
LANE_OF_STRANGERS = "house"  # jobs of a module that left


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


class Carrier(Protocol):
    """Brings jobs to the workers of their lanes. What it loses is brought back by a look at the rows."""

    def carry(self, job_id: int, lane: str, priority: int = 0, at: datetime | None = None) -> None: ...

    def ring(self, lane: str, name: str) -> None: ...

    def call(self, lane: str, at: datetime | None = None) -> None: ...


class Stopped(Exception):
    """The work is no longer ours: it was called off, or it lasted so long that another has taken it up."""


_prolong: ContextVar[Callable[[], bool] | None] = ContextVar("prolong", default=None)


def registered_jobs() -> dict[str, Work]:
    jobs: dict[str, Work] = current_app.extensions["jobs"]
    return jobs


def lane_of(name: str) -> Lane:
    work = registered_jobs().get(name)
    return LANES[work.lane if work else LANE_OF_STRANGERS]


def carrier() -> Carrier | None:
    """The carrier of this process; commands and tests have none, and their rows are found by the next look."""
    found: Carrier | None = current_app.extensions.get("carrier")
    return found


def enqueue(name: str, unique_key: str | None = None, at: datetime | None = None, **arguments: int | str | None) -> None:
    """Ask for work in the caller's transaction; a second request with the same key is the first one.

    A key is remembered for ever: its row stays when others of its age go.
    """
    job_id = insert_once(
        Job,
        "unique_key",
        name=name,
        arguments=arguments,
        unique_key=unique_key,
        run_at=at or now(),
        state="waiting",
        attempts=0,
    )
    if job_id is not None:
        after_transaction(partial(hand_over, job_id, name, at))


def hand_over(job_id: int, name: str, at: datetime | None = None) -> None:
    """Give the row to the carrier of this process, if it has one."""
    carries, work = carrier(), registered_jobs().get(name)
    if carries is not None:
        carries.carry(job_id, lane_of(name).name, work.priority if work else 0, at)


def ring(name: str) -> None:
    """Have work that keeps no row (the index reads its own list) done soon, where there is a carrier."""
    carries = carrier()
    if carries is not None:
        carries.ring(lane_of(name).name, name)


@contextmanager
def prolonged_by(prolong: Callable[[], bool]) -> Iterator[None]:
    """What `keep_working` does inside: true as long as the work is ours."""
    token = _prolong.set(prolong)
    try:
        yield
    finally:
        _prolong.reset(token)


def keep_working() -> None:
    """Between the steps of long work, outside of a transaction: ours for most of a lane's time again. Raises Stopped."""
    prolong = _prolong.get()
    if prolong is not None and not prolong():
        raise Stopped


def _takeable(moment: datetime) -> ColumnElement[bool]:
    """Due, or left behind by a worker that died."""
    return or_(
        and_(Job.state == "waiting", Job.run_at <= moment),
        and_(Job.state == "running", Job.lease_until <= moment),
    )


def due_jobs(lane: str | None = None, limit: int = AT_A_TIME) -> list[tuple[int, str]]:
    """(id, name) of what waits for a worker, the oldest first; of one lane or of all."""
    statement = select(Job.id, Job.name).where(_takeable(now())).order_by(Job.run_at, Job.id).limit(limit)
    if lane == LANE_OF_STRANGERS:
        statement = statement.where(Job.name.not_in([name for name, one in registered_jobs().items() if one.lane != lane]))
    elif lane is not None:
        statement = statement.where(Job.name.in_([name for name, one in registered_jobs().items() if one.lane == lane]))
    rows = [(job_id, name) for job_id, name in db.session.execute(statement)]
    db.session.rollback()
    return rows


def _change(condition: ColumnElement[bool], **values: Any) -> bool:
    with transaction():
        statement = update(Job).where(condition).values(**values)
        return rows_changed(statement.execution_options(synchronize_session=False)) == 1


@dataclass(frozen=True)
class Taken:
    """A row this worker has taken; `probe` when its whole lane waits for how it goes."""

    id: int
    name: str
    arguments: dict[str, Any]
    attempt: int
    probe: bool

    @property
    def ours(self) -> ColumnElement[bool]:
        """The row as it was taken: whoever took it later bears another number."""
        return and_(Job.id == self.id, Job.state == "running", Job.attempts == self.attempt)

    def prolong(self) -> bool:
        until = db.session.scalar(select(Job.lease_until).where(self.ours))
        db.session.rollback()
        if until is None:
            return False
        seconds = lane_of(self.name).seconds
        return is_long(until, seconds) or _change(self.ours, lease_until=now() + timedelta(seconds=seconds))


def is_long(until: datetime, seconds: int) -> bool:
    """Is so much of these seconds left that nothing is written to prolong them? Others wait for each thing written."""
    return until - now() > timedelta(seconds=seconds * LONG_ENOUGH)


def _take(job_id: int) -> Taken | None:
    """Take the row when it waits for a worker and its lane for nothing; of several who try, one gets it."""
    found = db.session.execute(
        select(Job.name, Job.arguments, Job.attempts).where(Job.id == job_id, _takeable(now()))
    ).one_or_none()
    db.session.rollback()
    if found is None:
        return None
    name, arguments, attempts = found
    free = and_(Job.id == job_id, Job.attempts == attempts, _takeable(now()))
    if attempts >= TRIES:
        _change(free, state="failed", problem="its worker died at every try")
        return None
    lane = lane_of(name)
    probe = pauses.may_start(lane.name)
    lease = now() + timedelta(seconds=lane.seconds)
    if probe is None or not _change(free, state="running", attempts=attempts + 1, lease_until=lease):
        return None
    return Taken(job_id, name, arguments, attempts + 1, probe)


def run_job(job_id: int) -> tuple[bool, datetime | None]:
    """Run the row, if it is due and nobody else does. (It ran, when it is tried again.)

    A job that raises is logged, tried again later and later, and given up after 8 tries.
    """
    taken = _take(job_id)
    if taken is None:
        return False, None
    problem = None
    try:
        with prolonged_by(taken.prolong):
            registered_jobs()[taken.name].run(**taken.arguments)
    except Stopped:
        return True, None
    except pauses.NeighbourAway as away:
        db.session.rollback()
        _wait_with_the_lane(taken, away)
        return True, None
    except Exception as trouble:  # a worker outlives any job; the row keeps the reason
        log.exception("job failed", extra={"job": taken.name, "job_id": job_id})
        problem = _words(trouble)
    finally:
        db.session.rollback()
    if taken.probe and problem is None:
        _open_the_lane(lane_of(taken.name).name)
    return True, _finish(taken, problem)


def _words(trouble: Exception) -> str:
    return f"{type(trouble).__name__}: {trouble}"[:500]


def _wait_with_the_lane(taken: Taken, away: pauses.NeighbourAway) -> None:
    """The whole lane waits, and this row at its end: the next probe is another one. Only a counted try is one of the 8."""
    lane = lane_of(taken.name).name
    until = pauses.pause(lane, str(away), taken.probe)
    log.warning("lane waits", extra={"lane": lane, "until": until.isoformat(), "problem": str(away)})
    if away.counted and taken.attempt >= TRIES:
        _change(taken.ours, state="failed", problem=_words(away))
    else:
        tries = taken.attempt if away.counted else taken.attempt - 1
        _change(taken.ours, state="waiting", attempts=tries, problem=_words(away), run_at=until)
    carries = carrier()
    if carries is not None:
        carries.call(lane, until)


def _open_the_lane(lane: str) -> None:
    pauses.end(lane)
    log.info("lane goes on", extra={"lane": lane})
    carries = carrier()
    if carries is not None:
        carries.call(lane)


def _finish(taken: Taken, problem: str | None) -> datetime | None:
    """Note what became of it; when it is tried again."""
    if problem is None:
        _change(taken.ours, state="done", problem=None)
    elif taken.attempt >= TRIES:
        _change(taken.ours, state="failed", problem=problem)
    else:
        again = now() + timedelta(seconds=5 * 4 ** (taken.attempt - 1))
        if _change(taken.ours, state="waiting", problem=problem, run_at=again):
            return again
    return None


def waits_until(job_id: int) -> datetime | None:
    """When the row is tried again; None when it does not wait."""
    until = db.session.scalar(select(Job.run_at).where(Job.id == job_id, Job.state == "waiting"))
    db.session.rollback()
    return until


def give_back(job_id: int, at: datetime, counted: bool) -> bool:
    """Whoever ran the row is gone: it waits until then, and its time is not waited for. Was it being run?

    What was `counted` is one of its tries.
    """
    running = and_(Job.id == job_id, Job.state == "running")
    return _change(running, state="waiting", run_at=at, attempts=Job.attempts if counted else Job.attempts - 1)


def run_due_jobs(limit: int = AT_A_TIME) -> int:
    """Run what is due, here and now, without a carrier, until nothing is left. Returns how many ran."""
    done = 0
    while done < limit and (due := due_jobs(limit=limit - done)):
        ran = sum(run_job(job_id)[0] for job_id, _name in due)
        if not ran:
            break
        done += ran
    return done


def forget_done_jobs(before: datetime) -> None:
    """Done jobs go. One with a key stays: it is the memory that this work was asked for, and done."""
    done = delete(Job).where(Job.state == "done", Job.unique_key.is_(None), Job.run_at < before)
    db.session.execute(done.execution_options(synchronize_session=False))


def under_way(name: str) -> list[dict[str, Any]]:
    """What the jobs of this name were asked with that wait or run; not those that are done or given up."""
    return list(db.session.scalars(select(Job.arguments).where(Job.name == name, Job.state.in_(("waiting", "running")))))


def failed_jobs() -> list[str]:
    rows = db.session.execute(select(Job.id, Job.name, Job.problem).where(Job.state == "failed").order_by(Job.id))
    return [f"job {job_id} {name} was given up: {problem}" for job_id, name, problem in rows]


def retry_failed_jobs() -> int:
    """What was given up is tried anew, as often as before. Returns how many."""
    return rows_changed(
        update(Job)
        .where(Job.state == "failed")
        .values(state="waiting", attempts=0, run_at=now())
        .execution_options(synchronize_session=False)
    )
