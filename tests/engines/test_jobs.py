"""Jobs are rows of the same transaction: run at least once, by one worker at a time, tried again when they fail."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.console.data import jobs
from app.engines.db import db
from app.engines.housekeeping import sweep
from app.engines.jobs import (
    TRIES,
    Job,
    due_jobs,
    enqueue,
    failed_jobs,
    keep_working,
    run_due_jobs,
)
from app.engines.lanes import LANES, Work
from app.engines.recurring import RecurringJob, run_recurring, worrying_recurring_jobs
from app.engines.transactions import WriteOutsideTransaction, transaction
from app.settings import HOUSE
from tests.engines.together import at_once

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TIME = timedelta(seconds=LANES["house"].seconds)


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

    monkeypatch.setitem(app.extensions, "jobs", {"note": Work(note, "house"), "break": Work(fail, "letters")})
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
            row.state, row.attempts, row.lease_until = "running", 1, NOON + TIME
        traveller.move_to(NOON + TIME - timedelta(seconds=1))
        assert run_due_jobs() == 0
        traveller.move_to(NOON + TIME)
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
        from app.engines import jobs
        from app.engines.db import db
        from app.engines.lanes import LANES, Lane, Work
        from app.engines.transactions import transaction
        from app.factory import create_app
        from app.settings import read_settings
        LANES["house"] = Lane("house", workers=1, seconds=0)
        app = create_app(read_settings({}, INSTANCE=pathlib.Path(sys.argv[1]), MODULES=()))
        def work(order_id):
            if sys.argv[2] == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            print("worked on", order_id)
        app.extensions["jobs"] = {"work": Work(work, "house")}
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


def recurring(name: str) -> RecurringJob:
    db.session.rollback()
    return db.session.scalars(select(RecurringJob).where(RecurringJob.name == name)).one()


def test_what_comes_back_is_done_once_a_period_by_all_who_ask_and_leaves_no_rows(app, done):
    seen, _state = done
    with time_machine.travel(NOON, tick=False) as traveller:
        assert sorted(at_once(app, [lambda: run_recurring("note", 60)] * 4)) == [False, False, False, True]
        assert run_recurring("note", 60) is False
        traveller.shift(timedelta(seconds=59))
        assert run_recurring("note", 60) is False
        traveller.shift(timedelta(seconds=1))
        assert run_recurring("note", 60) is True
        for _ in range(30):
            traveller.shift(timedelta(seconds=60))
            assert run_recurring("note", 60) is True
        assert run_recurring("note", 3600) is False, "the hour is not over"
    assert seen == [{}] * 32
    assert rows() == []
    assert recurring("note").again_at is None


def test_what_comes_back_and_fails_is_tried_again_later_and_later_and_named(app, done):
    _seen, state = done
    waits = []
    with time_machine.travel(NOON, tick=False) as traveller:
        for failures in range(1, 9):
            before = datetime.now(UTC)
            assert run_recurring("break", 86400) is True
            assert run_recurring("break", 86400) is False
            row = recurring("break")
            assert row.failures == failures
            waits.append(int((row.again_at - before).total_seconds()))
            traveller.move_to(row.again_at)
        assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert worrying_recurring_jobs() == ["break has failed 8 times in a row: ValueError: the carrier does not answer"]
        state["broken"] = False
        assert run_recurring("break", 86400) is True
        assert run_recurring("break", 86400) is False
    assert worrying_recurring_jobs() == []
    assert recurring("break").failures == 0


def test_what_comes_back_and_killed_its_worker_is_done_in_the_same_period(app, done):
    seen, _state = done
    with time_machine.travel(NOON, tick=False) as traveller:
        run_recurring("note", 86400)
        with transaction() as session:  # what a worker stores before it works; then it was killed
            session.scalars(select(RecurringJob)).one().again_at = NOON + TIME
        assert run_recurring("note", 86400) is False
        traveller.move_to(NOON + TIME)
        assert run_recurring("note", 86400) is True
    assert seen == [{}, {}]


def test_long_work_that_goes_on_is_not_taken_over_and_one_that_stood_still_stops(app, done, monkeypatch):
    steps = []
    with time_machine.travel(NOON, tick=False) as traveller:

        def work() -> None:
            for step in range(3):
                traveller.shift(TIME - timedelta(seconds=1))
                keep_working()
                steps.append((step, due_jobs()))
            traveller.shift(TIME)
            assert [job_id for job_id, _name in due_jobs()] == [1]
            with transaction() as session:  # another worker takes it up
                session.scalars(select(Job)).one().attempts = 2
            keep_working()
            steps.append("went on")

        monkeypatch.setitem(app.extensions, "jobs", {"long": Work(work, "house")})
        ask("long")
        run_due_jobs(1)
    assert steps == [(0, []), (1, []), (2, [])]
    assert rows() == [("running", 2)], "whose work it is now says what became of it"


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_step_is_written_down_when_a_quarter_of_the_time_is_gone(app, done, monkeypatch, comes_back):
    """Each thing that is written takes the lock that others wait for; whose work it is, is asked at each step."""
    until = []

    def time_of_the_row() -> datetime | None:
        return db.session.scalar(select(RecurringJob.again_at if comes_back else Job.lease_until))

    with time_machine.travel(NOON, tick=False) as traveller:

        def work() -> None:
            for _step in range(4):
                traveller.shift(TIME / 10)
                keep_working()
                until.append((time_of_the_row() - NOON) / TIME)
            with transaction() as session:  # it is called off, or another has it
                if comes_back:
                    session.scalars(select(RecurringJob)).one().again_at = NOON
                else:
                    session.scalars(select(Job)).one().state = "waiting"
            keep_working()
            until.append("went on")

        monkeypatch.setitem(app.extensions, "jobs", {"long": Work(work, "house")})
        if comes_back:
            run_recurring("long", 86400)
        else:
            ask("long")
            run_due_jobs(1)
    assert until == [1, 1, 1.3, 1.3]


def test_done_jobs_are_forgotten_but_not_what_they_must_remember(app, done):
    seen, _state = done
    ask(order_id=1)
    ask(order_id=2, unique_key="refund:2")
    run_due_jobs()
    ask(order_id=3)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=6)):
        sweep()
        assert rows() == [("done", 1), ("done", 1), ("waiting", 0)]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8)):
        sweep()
    assert rows() == [("done", 1), ("waiting", 0)]
    ask(order_id=2, unique_key="refund:2")
    run_due_jobs()
    assert seen == [{"order_id": 1}, {"order_id": 2}, {"order_id": 3}]
