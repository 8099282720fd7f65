"""Jobs are rows of the same transaction: run at least once, by one worker at a time, tried again when they fail."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.console.data import jobs
from app.engines.db import db
from app.engines.jobs import (
    LEASE,
    TRIES,
    Job,
    enqueue,
    failed_jobs,
    forget_done_jobs,
    run_due_jobs,
)
from app.engines.transactions import WriteOutsideTransaction, transaction
from app.engines.worker import ask_for_scheduled_jobs, start_worker
from app.settings import HOUSE
from tests.engines.together import at_once

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def done(app, monkeypatch):
    """What the jobs of this test were asked to do, in order; the job named "break" fails as long as `broken` is true."""
    seen = []
    state = {"broken": True}

    def note(**arguments):
        seen.append(arguments)

    def fail(**arguments):
        seen.append(arguments)
        if state["broken"]:
            raise ValueError("the carrier does not answer")

    monkeypatch.setitem(app.extensions, "jobs", {"note": note, "break": fail})
    return seen, state


def ask(name: str = "note", unique_key: str | None = None, at: datetime | None = None, **arguments) -> None:
    with transaction():
        enqueue(name, unique_key, at, **arguments)


def rows() -> list[tuple[str, int]]:
    db.session.rollback()
    return [(state, attempts) for state, attempts in db.session.execute(select(Job.state, Job.attempts).order_by(Job.id))]


def test_a_job_is_asked_for_in_the_same_transaction_or_not_at_all(app, done):
    with pytest.raises(ZeroDivisionError), transaction():
        enqueue("note", order_id=1)
        raise ZeroDivisionError
    assert rows() == []
    with pytest.raises(WriteOutsideTransaction):
        enqueue("note", order_id=1)
    db.session.rollback()
    ask(order_id=1)
    assert rows() == [("waiting", 0)]


def test_what_is_due_runs_once_and_in_order(app, done):
    seen, _state = done
    ask(order_id=1)
    ask(order_id=2)
    ask(order_id=3, at=datetime.now(UTC) + timedelta(hours=1))
    assert run_due_jobs() == 2
    assert run_due_jobs() == 0
    assert seen == [{"order_id": 1}, {"order_id": 2}]
    assert rows() == [("done", 1), ("done", 1), ("waiting", 0)]


def test_the_same_work_is_asked_for_once(app, done):
    seen, _state = done
    with transaction():
        enqueue("note", "letter:7", letter_id=7)
        enqueue("note", "letter:7", letter_id=7)
    ask(unique_key="letter:7", letter_id=7)
    run_due_jobs()
    ask(unique_key="letter:7", letter_id=7)
    run_due_jobs()
    assert seen == [{"letter_id": 7}]


def test_many_who_ask_for_the_same_work_at_once_all_succeed(app, done):
    assert at_once(app, [lambda: ask(unique_key="letter:7", letter_id=7)] * 8) == [None] * 8
    assert rows() == [("waiting", 0)]


def test_a_failed_job_is_tried_again_later_and_later_then_given_up(app, done):
    seen, _state = done
    waits = []
    with time_machine.travel(NOON, tick=False) as traveller:
        ask("break", order_id=1)
        for _ in range(TRIES):
            before = datetime.now(UTC)
            assert run_due_jobs() == 1
            assert run_due_jobs() == 0, "it is not tried again at once"
            row = db.session.scalars(select(Job)).one()
            if row.state == "waiting":
                waits.append(int((row.run_at - before).total_seconds()))
                traveller.move_to(row.run_at)
            db.session.rollback()
    assert waits == [5, 20, 80, 320, 1280, 5120, 20480]
    assert len(seen) == TRIES == 8
    assert rows() == [("failed", 8)]
    assert failed_jobs() == ["job 1 break was given up: ValueError: the carrier does not answer"]


def test_an_operator_lets_failed_jobs_run_again(app, done):
    _seen, state = done
    with time_machine.travel(NOON, tick=False) as traveller:
        ask("break", order_id=1)
        for _ in range(TRIES):
            run_due_jobs()
            traveller.shift(timedelta(hours=6))
        assert rows() == [("failed", 8)]
        state["broken"] = False
        terminal = app.test_cli_runner()
        assert terminal.invoke(jobs, ["retry"]).output == "1 jobs wait again\n"
        assert terminal.invoke(jobs, ["retry"]).output == "0 jobs wait again\n"
        assert run_due_jobs() == 1
    assert rows() == [("done", 1)]
    assert failed_jobs() == []


def test_a_job_nobody_knows_is_kept_with_its_reason(app, done):
    ask("of-a-module-that-left")
    assert run_due_jobs() == 1
    assert rows() == [("waiting", 1)]
    assert "KeyError" in db.session.scalar(select(Job.problem))


def test_a_job_that_fails_leaves_the_others_alone(app, done):
    ask("break", order_id=1)
    ask("note", order_id=2)
    assert run_due_jobs() == 2
    assert rows() == [("waiting", 1), ("done", 1)]


def test_two_workers_never_run_the_same_job(app, done):
    seen, _state = done
    for number in range(30):
        ask(order_id=number)
    counts = at_once(app, [run_due_jobs] * 4)
    assert sum(counts) == 30
    assert sorted(one["order_id"] for one in seen) == list(range(30))


def test_the_work_of_a_killed_worker_is_taken_over_when_its_lease_ends(app, done):
    seen, _state = done
    with time_machine.travel(NOON, tick=False) as traveller:
        ask(order_id=1)
        with transaction() as session:  # what a worker stores before it works; then it was killed
            row = session.scalars(select(Job)).one()
            row.state, row.attempts, row.lease_until = "running", 1, NOON + LEASE
        traveller.move_to(NOON + LEASE - timedelta(seconds=1))
        assert run_due_jobs() == 0
        traveller.move_to(NOON + LEASE)
        assert run_due_jobs() == 1
    assert seen == [{"order_id": 1}]
    assert rows() == [("done", 2)]


def test_a_job_that_kills_every_worker_is_given_up(app, done):
    seen, _state = done
    with time_machine.travel(NOON, tick=False):
        ask(order_id=1)
        with transaction() as session:
            row = session.scalars(select(Job)).one()
            row.state, row.attempts, row.lease_until = "running", TRIES, NOON
        ask(order_id=2)
        assert run_due_jobs() == 1
    assert seen == [{"order_id": 2}]
    assert rows() == [("failed", 8), ("done", 1)]


@pytest.mark.sqlite_only
def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path):
    """A real process dies inside a job; the next one finds the row and runs it."""
    program = textwrap.dedent("""
        import os, pathlib, signal, sys
        from datetime import timedelta
        from app.engines import jobs
        from app.engines.db import db
        from app.engines.transactions import transaction
        from app.factory import create_app
        from app.settings import read_settings
        jobs.LEASE = timedelta(seconds=0)
        app = create_app(read_settings({}, INSTANCE=pathlib.Path(sys.argv[1]), MODULES=()))
        def work(order_id):
            if sys.argv[2] == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            print("worked on", order_id)
        app.extensions["jobs"] = {"work": work}
        with app.app_context():
            if sys.argv[2] == "die":
                db.create_all()
                with transaction():
                    jobs.enqueue("work", order_id=7)
            jobs.run_due_jobs()
    """)
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}

    def run(word: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, str(tmp_path), word],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert run("die").returncode == -signal.SIGKILL
    assert run("live").stdout == "worked on 7\n"
    assert run("live").stdout == ""


def test_what_comes_back_is_asked_for_once_a_period_by_two_processes(app, done):
    schedule = [("note", 60), ("break", 3600)]
    with time_machine.travel(NOON, tick=False) as traveller:
        assert at_once(app, [lambda: ask_for_scheduled_jobs(schedule)] * 4) == [None] * 4
        assert rows() == [("waiting", 0)] * 2
        ask_for_scheduled_jobs(schedule)
        traveller.shift(timedelta(seconds=59))
        ask_for_scheduled_jobs(schedule)
        assert len(rows()) == 2
        traveller.shift(timedelta(seconds=1))
        ask_for_scheduled_jobs(schedule)
    names = db.session.scalars(select(Job.name).order_by(Job.id)).all()
    assert names.count("note") == 2
    assert names.count("break") == 1


def test_done_jobs_are_forgotten_and_waiting_ones_are_not(app, done):
    ask(order_id=1)
    run_due_jobs()
    ask(order_id=2)
    with transaction():
        forget_done_jobs(datetime.now(UTC) + timedelta(days=1))
    assert rows() == [("waiting", 0)]


def test_the_worker_beside_the_server_wakes_and_works(app, done, monkeypatch):
    """A real Huey consumer: a job asked for by a request is done without anybody waiting for the next minute."""
    seen, _state = done
    monkeypatch.setattr("app.engines.worker.drain_search", lambda: None)
    consumer = start_worker(app, [])
    try:
        ask(order_id=5)
        for _ in range(200):
            if rows() == [("done", 1)]:
                break
            time.sleep(0.05)
    finally:
        consumer.stop(graceful=True)
        app.extensions.pop("wake_worker")
    assert seen == [{"order_id": 5}]
    assert rows() == [("done", 1)]
