"""A door opens, a service works, the engine closes: everything is stored, or nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from flask import current_app
from sqlalchemy import create_engine, delete, func, insert, select, update
from sqlalchemy.exc import OperationalError

from app.engines import transactions
from app.engines.counters import open_counter
from app.engines.counters.tables import Counter
from app.engines.crash_points import crash_point
from app.engines.db import WRITING, db, let_power_cuts_undo
from app.engines.transactions import (
    WriteOutsideTransaction,
    after_transaction,
    transaction,
)
from app.settings import HOUSE
from tests.builders.counters import counter
from tests.engines.together import at_once


def counters() -> int:
    return db.session.scalar(select(func.count()).select_from(Counter))


def left() -> int:
    db.session.rollback()
    return db.session.scalar(select(Counter.on_hand))


def test_what_was_written_inside_is_stored(app):
    with transaction():
        open_counter("stock", 1, 5)
        after_transaction(lambda: None)
    with pytest.raises(WriteOutsideTransaction):
        after_transaction(lambda: None)
    db.session.remove()
    assert counters() == 1


def test_an_error_takes_everything_back_and_the_next_door_works(app):
    with pytest.raises(ZeroDivisionError), transaction():
        open_counter("stock", 1, 5)
        raise ZeroDivisionError
    assert counters() == 0
    with transaction():
        open_counter("stock", 1, 5)
    assert counters() == 1


def test_a_keyboard_interrupt_takes_everything_back_too(app):
    with pytest.raises(KeyboardInterrupt), transaction():
        open_counter("stock", 1, 5)
        raise KeyboardInterrupt
    assert counters() == 0


def test_transactions_do_not_nest(app):
    with pytest.raises(RuntimeError, match="do not nest"), transaction():
        open_counter("stock", 1, 5)
        with transaction():
            open_counter("stock", 2, 5)
    assert counters() == 0


def test_a_transaction_does_not_start_over_unsaved_changes(app):
    db.session.add(Counter(kind="stock", subject=1, on_hand=1, available=1))
    with pytest.raises(RuntimeError, match="unsaved"), transaction():
        pytest.fail("it was entered")
    db.session.rollback()
    assert counters() == 0


def test_a_changed_row_from_outside_is_unsaved_too(app):
    with transaction():
        open_counter("stock", 1, 5)
    counter("stock", 1).on_hand = 6
    with pytest.raises(RuntimeError, match="unsaved"), transaction():
        pytest.fail("it was entered")
    db.session.rollback()
    assert left() == 5


@pytest.mark.parametrize(
    "write",
    [
        lambda: insert(Counter).values(kind="stock", subject=9, on_hand=1, available=1),
        lambda: update(Counter).values(on_hand=7),
        lambda: delete(Counter),
        Counter.__table__.delete,
    ],
    ids=["insert", "update", "delete", "table"],
)
def test_nothing_is_written_where_no_door_has_opened(app, write):
    with transaction():
        open_counter("stock", 1, 5)
    with pytest.raises(WriteOutsideTransaction):
        db.session.execute(write())
    db.session.rollback()
    assert (counters(), left()) == (1, 5)


def test_a_flush_outside_is_refused(app):
    db.session.add(Counter(kind="stock", subject=1, on_hand=1, available=1))
    with pytest.raises(WriteOutsideTransaction):
        db.session.flush()
    db.session.rollback()
    assert counters() == 0


def test_something_done_afterwards_comes_after_the_rows_are_stored(app):
    seen = []
    with transaction():
        open_counter("stock", 1, 5)
        after_transaction(lambda: seen.append(counters()))
        assert seen == []
    assert seen == [1]


def test_nothing_comes_after_a_transaction_that_failed(app):
    seen = []
    with pytest.raises(ZeroDivisionError), transaction():
        after_transaction(lambda: seen.append("woken"))
        raise ZeroDivisionError
    assert seen == []
    with pytest.raises(WriteOutsideTransaction):
        after_transaction(lambda: None)


def take_one_by_reading() -> None:
    """Read, then write what was read less one: right only when nobody else writes in between."""
    with transaction() as session:
        row = session.scalars(select(Counter).with_for_update()).one()
        row.on_hand, row.available = row.on_hand - 1, row.available - 1


def test_a_hundred_writers_at_once_all_succeed(app):
    """Twenty threads, five decrements each: 100 of 100."""
    with transaction():
        open_counter("stock", 1, 100)

    def five() -> int:
        for _ in range(5):
            take_one_by_reading()
        return 5

    assert at_once(app, [five] * 20) == [5] * 20
    assert left() == 0


@pytest.mark.sqlite_only
def test_with_the_ordinary_begin_of_two_who_have_read_one_is_refused(app, monkeypatch):
    """The negative control: without BEGIN IMMEDIATE both read, and only one may write."""
    with transaction():
        open_counter("stock", 1, 100)
    monkeypatch.setattr(transactions, "WRITING", "nothing-the-engine-reads")
    both_have_read = Barrier(2)

    def one() -> str:
        try:
            with transaction() as session:
                row = session.scalars(select(Counter)).one()
                both_have_read.wait(10)
                row.on_hand, row.available = row.on_hand - 1, row.available - 1
        except OperationalError as trouble:
            return str(trouble.orig)
        return "done"

    assert sorted(at_once(app, [one, one])) == ["database is locked", "done"]
    assert left() == 99


@pytest.mark.sqlite_only
def test_sqlite_keeps_what_it_acknowledged(app):
    pragma = {
        name: db.session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.sqlite_only
def test_a_writer_begins_immediately_and_a_reader_does_not(app):
    begun = []
    with transaction() as session:
        begun.append(session.connection().get_execution_options().get(WRITING))
        with db.engine.connect() as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM counter").scalar() == 0
            reader.exec_driver_sql("PRAGMA busy_timeout=0")
            with pytest.raises(OperationalError, match="locked"):
                reader.exec_driver_sql("UPDATE counter SET on_hand = 1")
    assert begun == [True]


def test_a_crash_point_is_dead_unless_named(app):
    assert current_app.config["CRASH_AT"] == ""
    crash_point("after-hold")


@pytest.mark.operating
def test_a_named_crash_point_kills_the_process_and_nothing_is_stored(tmp_path):
    program = textwrap.dedent("""
        import sys, pathlib
        from app.factory import create_app
        from app.settings import read_settings
        from app.engines.db import db
        from app.engines.counters import open_counter
        from app.engines.counters.tables import Counter
        from app.engines.crash_points import crash_point
        from app.engines.transactions import transaction
        app = create_app(read_settings({}, INSTANCE=pathlib.Path(sys.argv[1]), MODULES=(), CRASH_AT=sys.argv[2]))
        with app.app_context():
            db.create_all()
            with transaction():
                open_counter("stock", 1, 5)
                crash_point("half-way")
            crash_point("after")
            print("survived", db.session.query(Counter).count())
    """)
    environment = {**os.environ, "PYTHONPATH": str(HOUSE)}

    def run(crash_at: str) -> tuple[int, str, int]:
        folder = tmp_path / crash_at
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder), crash_at],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        with closing(sqlite3.connect(folder / "tiwizi.db")) as stored:
            count = stored.execute("SELECT count(*) FROM counter").fetchone()[0]
        return done.returncode, done.stdout.strip(), count

    assert run("half-way") == (-signal.SIGKILL, "", 0)
    assert run("after") == (-signal.SIGKILL, "", 1)
    assert run("elsewhere") == (0, "survived 1", 1)


@pytest.mark.sqlite_only
def test_work_that_is_done_again_waits_for_no_disk_and_all_else_does(tmp_path: Path) -> None:
    """2 is FULL: what is acknowledged survives a power cut. 1 is NORMAL."""
    engines = [create_engine(f"sqlite:///{tmp_path / 'some.db'}") for _ in range(2)]
    let_power_cuts_undo(engines[1])
    for engine, expected in zip(engines, [2, 1], strict=True):
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == expected
        engine.dispose()
