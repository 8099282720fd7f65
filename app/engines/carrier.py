"""The carrier of jobs: a Huey for each lane, on a file of the instance, on PostgreSQL or on Redis.

It holds the numbers of rows and nothing else, and may be lost at any moment: each lane looks at the rows every minute.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from flask import Flask
from huey import Huey, PostgresHuey, PriorityRedisHuey, RetryTask, crontab
from huey.serializer import SignedSerializer
from huey.storage import ConnectionPool, SqliteStorage
from sqlalchemy import make_url

from app.engines import pauses
from app.engines.jobs import AT_A_TIME, due_jobs, hand_over, lane_of, registered_jobs, run_job
from app.engines.lanes import LANES
from app.engines.recurring import run_recurring
from app.kernel.clock import now

log = logging.getLogger("tiwizi.jobs")
FILE = "carrier.db"
WAIT_SECONDS = 2  # for a carrier that does not answer: a visitor stands behind it
RINGS_READ = 20
STALE_SECONDS = 50  # a call of the minute that was not heard in time; the next one comes


class FileStorage(SqliteStorage):  # type: ignore[misc]  # huey has no types
    """Huey's file. A power cut may take its last lines, since the rows are the truth: it waits for no disk."""

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


def _sound_file(path: Path) -> str:
    """The file, begun anew when it is damaged."""
    try:
        with sqlite3.connect(path) as file:
            file.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        log.error("the carrier's file was damaged and is begun anew")
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).unlink()
    return str(path)


def _let_go(huey: Huey) -> None:
    """Close what this thread has open; of two workers of a lane that end at once, the library trips over the second."""
    with suppress(AttributeError):
        huey.storage.close()


def _opener(app: Flask) -> Callable[[str], Huey]:
    """Opens the Huey of a lane where the setting says."""
    options = {"results": False, "serializer": SignedSerializer(app.config["SECRET_KEY"], salt="jobs")}
    setting = app.config["JOBS"]
    if setting == "sqlite":
        file = _sound_file(app.config["INSTANCE"] / FILE)
        return lambda lane: Huey(lane, storage_class=FileStorage, filename=file, timeout=WAIT_SECONDS, **options)
    if setting == "postgres":
        address = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
        dsn = address.render_as_string(hide_password=False)
        return lambda lane: PostgresHuey(lane, dsn=dsn, connect_timeout=WAIT_SECONDS, **options)
    limits = {"socket_connect_timeout": WAIT_SECONDS, "socket_timeout": WAIT_SECONDS}
    return lambda lane: PriorityRedisHuey(
        f"tiwizi-{lane}", connection_pool=ConnectionPool.from_url(setting, **limits), **options
    )


class HueyCarrier:
    """A Huey for each lane, opened when it is first needed. Its task `job` runs a row, `work` what keeps no row."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._open = _opener(app)
        self._hueys: dict[str, Huey] = {}
        self._tasks: dict[tuple[str, str], Callable[..., None]] = {}
        self._opening = threading.Lock()
        self.run_apart: Callable[[int], datetime | None] | None = None  # in a process of its own, where somebody forks them

    def huey(self, lane: str) -> Huey:
        with self._opening:
            if lane not in self._hueys:
                huey = self._open(lane)
                self._tasks[lane, "job"] = huey.task(name="job")(partial(self._run_job, lane))
                self._tasks[lane, "look"] = huey.task(name="look at the rows")(partial(self.look, lane))
                self._tasks[lane, "work"] = huey.task(name="work")(self._run_work)
                huey.on_shutdown("close")(partial(_let_go, huey))  # each worker of PostgreSQL listens on a line of its own
                self._hueys[lane] = huey
            return self._hueys[lane]

    def carry(self, job_id: int, lane: str, priority: int = 0, at: datetime | None = None) -> None:
        """Bring the row to its lane; where the carrier is away, the lane's next look at the rows finds it."""
        try:
            self.huey(lane)
            self._tasks[lane, "job"](job_id, priority=priority, eta=at)
        except Exception as trouble:  # each carrier has errors of its own
            log.warning("the carrier does not answer", extra={"error": type(trouble).__name__})

    def ring(self, lane: str, name: str) -> None:
        """Have the work done soon, once for all who ask before it begins."""
        try:
            if not any(task.name == "work" and task.args == (name,) for task in self.huey(lane).pending(RINGS_READ)):
                self._tasks[lane, "work"](name)
        except Exception as trouble:  # as above
            log.warning("the carrier does not answer", extra={"error": type(trouble).__name__})

    def call(self, lane: str, at: datetime | None = None) -> None:
        """Have the lane look at its rows, now or later."""
        try:
            self.huey(lane)
            self._tasks[lane, "look"](eta=at)
        except Exception as trouble:  # as above
            log.warning("the carrier does not answer", extra={"error": type(trouble).__name__})

    def close(self) -> None:
        """Let go of file and connections; whoever still works opens them anew."""
        for huey in self._hueys.values():
            _let_go(huey)

    def _run_job(self, lane: str, job_id: int) -> None:
        with self.app.app_context():
            again = self.run_apart(job_id) if self.run_apart and LANES[lane].apart else run_job(job_id)[1]
        if again is not None:
            raise RetryTask(delay=max((again - now()).total_seconds(), 0))

    def _run_work(self, name: str) -> None:
        with self.app.app_context():
            registered_jobs()[name].run()

    def look(self, lane: str) -> None:
        """Bring what is due to the lane when less is under way than waits; what comes twice runs once.

        A lane that waits for its neighbour gets nothing, and when the wait is over one piece of work.
        """
        with self.app.app_context():
            due = due_jobs(lane, limit=pauses.looks_for(lane, AT_A_TIME))
            if len(due) > self.huey(lane).pending_count():
                for job_id, name in due:
                    hand_over(job_id, name)

    def come_back(self, schedule: Sequence[tuple[str, int]]) -> None:
        """Huey calls every minute; the row of the recurring work says whether its time has come."""
        for lane in LANES:
            look = partial(self.look, lane)
            self.huey(lane).on_startup("look")(look)
            self._every_minute(lane, "look", look)
        with self.app.app_context():
            for name, seconds in schedule:
                self._every_minute(lane_of(name).name, name, partial(self._run_recurring, name, seconds))

    def _every_minute(self, lane: str, name: str, act: Callable[[], None]) -> None:
        self.huey(lane).periodic_task(crontab(minute="*"), name=name, expires=STALE_SECONDS)(act)

    def _run_recurring(self, name: str, seconds: int) -> None:
        with self.app.app_context():
            run_recurring(name, seconds)


def open_carrier(app: Flask) -> HueyCarrier:
    """What this process asks for is carried from now on."""
    carrier = HueyCarrier(app)
    app.extensions["carrier"] = carrier
    return carrier
