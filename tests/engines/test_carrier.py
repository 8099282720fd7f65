"""The carriers of jobs, each by the same tests: on a file, on PostgreSQL (in the run that has one) and on Redis."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.engines.carrier import FILE, HueyCarrier, open_carrier
from app.engines.db import db
from app.engines.jobs import Job, enqueue, ring
from app.engines.lanes import LANES, Work
from app.engines.transactions import transaction
from app.engines.worker import Workers, start_worker
from app.kernel.clock import now
from tests.ports import free_port


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of the tests' own."""
    server = shutil.which("redis-server")
    if server is None or find_spec("redis") is None:
        pytest.skip("no redis-server, or no package redis to speak with it")
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    soon(lambda: answers(port) or process.poll() is not None)
    assert process.poll() is None
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(20)


def answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=["sqlite", "postgres", pytest.param("redis", marks=pytest.mark.long)])
def carried(app: Flask, database_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with this carrier, nothing under way."""
    setting = request.param
    if setting == "postgres" and not database_url:
        pytest.skip("the run on SQLite has no PostgreSQL")
    monkeypatch.setitem(app.config, "JOBS", request.getfixturevalue("redis") if setting == "redis" else setting)
    forget(app)
    return app


def forget(app: Flask) -> None:
    """The carrier is lost with all it carried."""
    carrier = HueyCarrier(app)
    for lane in LANES:
        carrier.huey(lane).flush()
    carrier.close()


@pytest.fixture
def end() -> threading.Event:
    """What the stuck jobs wait for."""
    return threading.Event()


@pytest.fixture
def done(carried: Flask, end: threading.Event, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the jobs of this test did, in order. `stuck` in the lane of letters works until the end."""
    seen: list[object] = []

    def note(number: int) -> None:
        seen.append(number)

    def fail_once(number: int) -> None:
        seen.append(("failed", number))
        if seen.count(("failed", number)) == 1:
            raise ValueError("the relay does not answer")

    def stuck(number: int) -> None:
        seen.append(("stuck", number))
        end.wait(30)

    jobs = {
        "note": Work(note, "house"),
        "dear": Work(note, "house", priority=10),
        "fail-once": Work(fail_once, "payments"),
        "stuck": Work(stuck, "letters"),
        "index": Work(lambda: seen.append("indexed"), "search"),
    }
    monkeypatch.setitem(carried.extensions, "jobs", jobs)
    return seen


@contextmanager
def working(app: Flask, schedule: list[tuple[str, int]] | None = None) -> Iterator[Workers]:
    workers = start_worker(app, schedule or [])
    try:
        yield workers
    finally:
        workers.stop()
        app.extensions.pop("carrier", None)
        app.extensions.pop("workers", None)


@pytest.fixture
def open_only(carried: Flask) -> Iterator[None]:
    """This process asks, as gunicorn does; no worker listens."""
    carrier = open_carrier(carried)
    yield
    carrier.close()
    carried.extensions.pop("carrier", None)


def ask(name: str, **arguments: int) -> None:
    with transaction():
        enqueue(name, **arguments)


def soon(holds: Callable[[], bool], seconds: float = 30) -> float:
    """Wait until it holds, on a busy machine too; how long that was."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, "it does not come to hold"
        time.sleep(0.02)
    return time.monotonic() - begun


def hanging(done: list[object]) -> int:
    return sum(1 for one in done if isinstance(one, tuple) and one[0] == "stuck")


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Job.state).order_by(Job.id)))


def test_what_a_request_asks_for_is_done_without_waiting_for_the_next_minute(carried: Flask, done: list[object]) -> None:
    with working(carried):
        ask("note", number=5)
        soon(lambda: states() == ["done"])
    assert done == [5]


def test_a_lane_that_stands_still_delays_no_other(carried: Flask, done: list[object], end: threading.Event) -> None:
    """Every worker of the letters is held by a relay that says nothing; other work is done within five seconds."""
    with working(carried, [("index", 60)]):
        soon(lambda: done == ["indexed"])
        for number in range(10):
            ask("stuck", number=number)
        soon(lambda: hanging(done) == LANES["letters"].workers)
        ask("note", number=7)
        with transaction():
            enqueue("fail-once", number=8)
        with carried.app_context():
            ring("index")
        soon(lambda: {7, ("failed", 8)} <= set(done) and done.count("indexed") == 2, 5)
        assert hanging(done) == LANES["letters"].workers
        end.set()


@pytest.mark.long
def test_what_fails_is_tried_again_by_the_carrier(carried: Flask, done: list[object]) -> None:
    with working(carried):
        ask("fail-once", number=1)
        assert 4 < soon(lambda: states() == ["done"], 12) < 12
    assert done == [("failed", 1)] * 2


@pytest.mark.long
def test_what_is_asked_for_later_is_done_then(carried: Flask, done: list[object]) -> None:
    with working(carried):
        with transaction():
            enqueue("note", None, now() + timedelta(seconds=2), number=1)
        assert soon(lambda: states() == ["done"]) > 1
    assert done == [1]


def test_dearer_work_goes_first(carried: Flask, done: list[object], open_only: None) -> None:
    for number in range(3):
        ask("note", number=number)
    ask("dear", number=9)
    carried.extensions.pop("carrier")
    with working(carried):
        soon(lambda: states() == ["done"] * 4)
    assert done == [9, 0, 1, 2]


def test_what_the_carrier_lost_is_brought_back_and_done_once(carried: Flask, done: list[object], open_only: None) -> None:
    for number in range(20):
        ask("note", number=number)
    carried.extensions.pop("carrier")
    forget(carried)
    with working(carried):
        soon(lambda: states() == ["done"] * 20)
    assert done == list(range(20))


def test_what_is_carried_twice_by_two_processes_is_done_once(carried: Flask, done: list[object], open_only: None) -> None:
    for number in range(30):
        ask("note", number=number)
    for number in range(1, 31):
        carried.extensions["carrier"].carry(number, "house")
    carried.extensions.pop("carrier")
    with working(carried), working(carried):
        soon(lambda: states() == ["done"] * 30)
    assert sorted(done) == list(range(30))


def test_one_ring_serves_all_who_ask_before_it_is_heard(carried: Flask, done: list[object], open_only: None) -> None:
    for _ in range(50):
        ring("index")
    carrier = carried.extensions.pop("carrier")
    assert carrier.huey("search").pending_count() == 1
    with working(carried):
        soon(lambda: done == ["indexed"])


def test_nothing_is_carried_for_a_transaction_that_failed(carried: Flask, done: list[object], open_only: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        enqueue("note", number=1)
        raise ZeroDivisionError
    assert carried.extensions["carrier"].huey("house").pending_count() == 0


def test_a_message_that_is_not_ours_is_never_read(carried: Flask, done: list[object]) -> None:
    """Who can write into the carrier gets nothing run: messages bear a signature of the house."""
    carrier = HueyCarrier(carried)
    carrier.huey("house").storage.enqueue(b"cos\nsystem\n(S'touch /tmp/never'\ntR.:forged", 0)
    carrier.close()
    with working(carried):
        ask("note", number=1)
        soon(lambda: states() == ["done"])
    assert done == [1]


def test_a_stop_does_not_wait_for_what_hangs(carried: Flask, done: list[object], end: threading.Event) -> None:
    with working(carried) as workers:
        ask("stuck", number=1)
        soon(lambda: done == [("stuck", 1)])
        begun = time.monotonic()
        workers.stop(1)
        assert 1 <= time.monotonic() - begun < 10
        assert states() == ["running"], "whoever starts next takes it up when its time is over"
        end.set()


def test_a_damaged_file_is_begun_anew_and_nothing_is_lost(
    app: Flask, done: list[object], carried: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if carried.config["JOBS"] != "sqlite":
        pytest.skip("the file is SQLite's")
    monkeypatch.setitem(app.config, "INSTANCE", tmp_path)
    (tmp_path / FILE).write_bytes(b"not a database at all" * 100)
    ask("note", number=1)
    with working(carried):
        soon(lambda: states() == ["done"])
    assert done == [1]


def test_a_carrier_that_is_away_loses_nothing_and_holds_nobody(
    app: Flask, done: list[object], carried: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not carried.config["JOBS"].startswith("redis"):
        pytest.skip("a file or our own database is not away alone")
    right = carried.config["JOBS"]
    monkeypatch.setitem(carried.config, "JOBS", f"redis://127.0.0.1:{free_port()}/0")
    open_carrier(carried)
    begun = time.monotonic()
    ask("note", number=1)
    ring("index")
    assert time.monotonic() - begun < 3
    carried.extensions.pop("carrier")
    monkeypatch.setitem(carried.config, "JOBS", right)
    with working(carried):
        soon(lambda: states() == ["done"])
    assert done == [1]


def test_every_job_of_the_house_has_its_lane(app: Flask) -> None:
    lanes = {name: work.lane for name, work in app.extensions["jobs"].items()}
    assert lanes["mail.send"] == "letters"
    assert lanes["mail.message"] == lanes["mail.message-soon"] == "messages"
    assert lanes["house.drain-search"] == lanes["house.optimise-search"] == "search"
    assert lanes["payments.refund"] == lanes["payments.close-overdue"] == "payments"
    assert lanes["house.seal-journal"] == "house"
    assert {name for name, _seconds in app.extensions["schedule"]} <= lanes.keys()
    with pytest.raises(ValueError, match="there is no lane 'express'"):
        Work(print, "express")
