"""Long work is done by a process of its own: killed it is followed by another, and it ends with the server."""

import io
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.accounts.models import LongWorkUnderWay
from app.accounts.queries.invariants import broken_accounts
from app.engines.db import db
from app.engines.job_process import JobProcesses
from app.engines.jobs import Job, run_due_jobs
from app.engines.lanes import Work
from app.engines.worker import start_worker
from app.kernel.clock import now
from catalog.models import Product
from tests.browsing import post, sign_in
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.ports import free_port

ROWS = 80
SHELF = "handle,nom,prix,stock\n" + "".join(f"pot-{number},Pot {number},12,4\n" for number in range(ROWS))


@pytest.fixture
def settings(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process that is begun here reads from its surroundings: this house."""
    for name, value in {
        "INSTANCE": str(app.config["INSTANCE"]),
        "DATABASE_URL": database_url,
        "SECRET_KEY": app.config["SECRET_KEY"],
        "DEMO": "1",
        "RATE_LIMITS": "0",
    }.items():
        monkeypatch.setenv(f"TIWIZI_{name}", value)


@pytest.fixture
def seller(settings: None, client: FlaskClient) -> FlaskClient:
    shop, seller = a_cooperative("Tifawin", slug="tifawin"), a_person("Yasmine")
    joins(seller, shop, "seller")
    sign_in(client, seller)
    return client


def send(seller: FlaskClient) -> None:
    sent = (io.BytesIO(SHELF.encode()), "goods.csv")
    post(seller, "/fr/sell/tifawin/products/import", file=sent, format="auto", step="write")


def children(parent: int) -> list[int]:
    """The processes that this one has forked and not seen end."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def job_processes(server: int) -> list[int]:
    """The processes of jobs, which the keepers of this one have forked."""
    return [process for keeper in children(server) for process in children(keeper)]


def soon(holds: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, "it does not come to hold"
        time.sleep(0.02)
    return found


def done() -> int:
    db.session.rollback()
    return db.session.scalar(select(LongWorkUnderWay.done)) or 0


def job() -> Job:
    db.session.rollback()
    asked = select(Job).where(Job.name == "accounts.long-work").execution_options(populate_existing=True)
    return db.session.scalars(asked).one()


def products() -> int:
    return db.session.scalar(select(func.count()).select_from(Product)) or 0


def is_sound() -> bool:
    """What is told stands, no product twice, and the work's own invariants hold."""
    names = db.session.scalar(select(func.count(Product.external_key.distinct())))
    unsound = [one for one in broken_accounts() if "long work" in one]
    return (products(), names, unsound) == (done(), done(), [])


def assert_it_ends_with_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.accounts.services.long_work.WRITING_SECONDS", 100)
    with time_machine.travel(now() + timedelta(seconds=3)):
        run_due_jobs()
    assert (done(), products(), is_sound()) == (ROWS, ROWS, True)
    assert db.session.scalar(select(LongWorkUnderWay.state)) == "done"


@pytest.fixture
def processes(app: Flask, seller: FlaskClient) -> Iterator[JobProcesses]:
    """Those of this process, which works too."""
    db.session.remove()
    db.engine.dispose()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a test run that has threads; a server has none then
        processes = JobProcesses(app)
    workers = start_worker(app, [], processes)
    yield processes
    workers.stop()
    del app.extensions["workers"], app.extensions["carrier"]


def test_a_process_of_its_own_writes_it_and_killed_it_gives_its_work_back_at_once(
    seller: FlaskClient, processes: JobProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(seller)
    soon(lambda: done() > 0)
    (process,) = job_processes(os.getpid())
    os.kill(process, signal.SIGKILL)
    soon(lambda: job().state == "waiting")
    written = done()
    assert 0 < written < ROWS
    assert is_sound()
    assert job().attempts == 1
    assert timedelta(0) < job().run_at - now() <= timedelta(seconds=2)
    (second,) = soon(lambda: job_processes(os.getpid()))
    soon(lambda: done() > written)
    processes.end()  # the server stops
    soon(lambda: job().state == "waiting")
    assert (job().attempts, is_sound(), done() < ROWS) == (1, True, True)
    assert not Path(f"/proc/{second}").exists()
    assert_it_ends_with_each_row_once(monkeypatch)


@pytest.mark.long
def test_without_its_keeper_it_is_done_all_the_same(seller: FlaskClient, processes: JobProcesses) -> None:
    """By a thread of the server, until that begins anew and has a keeper again."""
    send(seller)
    soon(lambda: done() > 0)
    (keeper,) = [child for child in children(os.getpid()) if children(child)]
    os.kill(keeper, signal.SIGKILL)
    soon(lambda: job().state == "done")
    assert (job().attempts, done(), is_sound()) == (2, ROWS, True)


@pytest.mark.sqlite_only
def test_it_waits_for_no_disk_with_the_lock_in_hand(
    app: Flask, seller: FlaskClient, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power cut takes of long work is written again; an order waits for the disk, as ever."""
    told = tmp_path / "told"

    def tell(**_asked: int) -> None:
        told.write_text(str(db.session.execute(text("PRAGMA synchronous")).scalar()))

    monkeypatch.setitem(app.extensions["jobs"], "accounts.long-work", Work(tell, "long"))
    request.getfixturevalue("processes")
    send(seller)
    soon(lambda: job().state == "done")
    assert (told.read_text(), db.session.execute(text("PRAGMA synchronous")).scalar()) == ("1", 2)


@pytest.fixture
def server(seller: FlaskClient) -> Iterator[subprocess.Popen[bytes]]:
    """`tiwizi run` with an import that it has begun to write."""
    send(seller)
    process = subprocess.Popen([sys.executable, "-m", "app", "run", "--port", str(free_port())], stdout=subprocess.DEVNULL)
    try:
        soon(lambda: done() > 0)
        yield process
    finally:
        process.kill()
        process.wait(20)


@pytest.mark.long
def test_another_process_goes_on_where_one_was_killed(server: subprocess.Popen[bytes]) -> None:
    (first,) = job_processes(server.pid)
    os.kill(first, signal.SIGKILL)
    soon(lambda: job_processes(server.pid) not in ([], [first]))
    soon(lambda: job().state == "done", 120)
    assert (job().attempts, done(), is_sound()) == (2, ROWS, True)
    soon(lambda: job_processes(server.pid) == [])


@pytest.mark.long
@pytest.mark.parametrize(("number", "state", "attempts"), [(signal.SIGTERM, "waiting", 0), (signal.SIGKILL, "running", 1)])
def test_it_ends_with_the_server(
    server: subprocess.Popen[bytes], number: int, state: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop gives the work back, and is none of its tries; after a kill its time is waited for, as ever."""
    (process,) = job_processes(server.pid)
    server.send_signal(number)
    server.wait(20)
    soon(lambda: not Path(f"/proc/{process}").exists())
    assert (job().state, job().attempts) == (state, attempts)
    assert 0 < done() < ROWS
    assert is_sound()
    with time_machine.travel(now() + timedelta(seconds=121)):
        assert_it_ends_with_each_row_once(monkeypatch)
