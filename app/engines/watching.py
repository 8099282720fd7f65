"""Is the work behind the pages being done: what is due, for how long, and whether anybody does it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.jobs import Job, lane_of
from app.engines.lanes import LANES
from app.engines.recurring import RecurringJob
from app.kernel.clock import now

# Work of every minute that was last begun longer ago than this: nobody does it.
SILENCE = timedelta(minutes=3)


@dataclass
class Backlog:
    """Of one lane: jobs that are due and not done, seconds for which the oldest has been due, jobs that were given up."""

    lane: str
    due: int = 0
    oldest_seconds: float = 0.0
    given_up: int = 0


def backlog_by_lane() -> list[Backlog]:
    """Every lane, also where nothing waits."""
    moment, lanes = now(), {name: Backlog(name) for name in LANES}
    due = (Job.state == "waiting") & (Job.run_at <= moment)
    rows = db.session.execute(
        select(Job.name, Job.state, func.count(), func.min(Job.run_at))
        .where(due | (Job.state == "failed"))
        .group_by(Job.name, Job.state)
    )
    for name, state, count, first in rows:
        lane = lanes[lane_of(name).name]
        if state == "failed":
            lane.given_up += count
        else:
            lane.due += count
            lane.oldest_seconds = max(lane.oldest_seconds, (moment - _aware(first)).total_seconds())
    return list(lanes.values())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=now().tzinfo)


def work_is_done() -> bool:
    """Do workers run: those of this process, or those of another one that began something in the last minutes?"""
    workers = current_app.extensions.get("workers")
    if workers is not None:
        return bool(workers.alive())
    often = {name: seconds for name, seconds in current_app.extensions["schedule"] if seconds <= SILENCE.total_seconds()}
    begun = db.session.execute(select(RecurringJob.name, RecurringJob.period).where(RecurringJob.name.in_(often))).all()
    last = max((period * often[name] + often[name] for name, period in begun), default=0)
    return last >= (now() - SILENCE).timestamp()
