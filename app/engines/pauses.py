"""A lane whose neighbour does not answer waits as a whole: longer each time, then one piece of work as a probe, then all."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, insert_once, rows_changed
from app.engines.lanes import LANES
from app.engines.transactions import transaction
from app.kernel.clock import now

LONGEST = 40  # times the first wait
WORRYING = 4  # failures in a row; with the usual first wait about four minutes


class NeighbourAway(Exception):
    """The neighbour of a lane does not answer. `counted`: it stumbled over this very work, for which the try counts."""

    def __init__(self, words: str, counted: bool = False) -> None:
        super().__init__(words)
        self.counted = counted


class LanePause(Base):
    """A lane that waits, and how often its neighbour did not answer; no row where all is well."""

    __tablename__ = "lane_pause"
    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(unique=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    failures: Mapped[int]
    problem: Mapped[str]


def _until(lane: str) -> datetime | None:
    until = db.session.scalar(select(LanePause.until).where(LanePause.lane == lane))
    db.session.rollback()
    return until


def looks_for(lane: str, limit: int) -> int:
    """How many pieces of work may be brought to the lane now: as many as there are, one as the probe, or none."""
    until = _until(lane)
    return limit if until is None else 0 if until > now() else 1


def may_start(lane: str) -> bool | None:
    """May work of the lane begin? False: as always; True: as the probe that all others wait for; None: not now."""
    until = _until(lane)
    if until is None:
        return False
    if until > now():
        return None
    probed_until = now() + timedelta(seconds=LANES[lane].seconds)
    with transaction():
        mine = update(LanePause).where(LanePause.lane == lane, LanePause.until == until).values(until=probed_until)
        return True if rows_changed(mine.execution_options(synchronize_session=False)) == 1 else None


def pause(lane: str, problem: str, probe: bool) -> datetime:
    """The neighbour did not answer; until when the lane waits. Who began before the others' pause does not lengthen it."""
    moment, first = now(), current_app.config["PAUSE_SECONDS"]
    with transaction():
        made = insert_once(
            LanePause,
            "lane",
            lane=lane,
            since=moment,
            until=moment + timedelta(seconds=first),
            failures=1,
            problem=problem,
        )
        row = db.session.scalars(select(LanePause).where(LanePause.lane == lane).with_for_update()).one()
        if made is None and (probe or row.until <= moment):
            row.failures += 1
            row.until = moment + timedelta(seconds=min(first * 2 ** (row.failures - 1), first * LONGEST))
            row.problem = problem
        return row.until


def end(lane: str) -> None:
    """The neighbour answers again."""
    with transaction():
        over = delete(LanePause).where(LanePause.lane == lane)
        db.session.execute(over.execution_options(synchronize_session=False))


def long_pauses() -> list[str]:
    """Lanes that have waited for a while, in sentences."""
    rows = db.session.scalars(select(LanePause).where(LanePause.failures >= WORRYING).order_by(LanePause.lane))
    return [
        f"the lane {row.lane} waits since {row.since:%Y-%m-%d %H:%M} UTC for its neighbour, asked {row.failures} times: "
        f"{row.problem}"
        for row in rows
    ]
