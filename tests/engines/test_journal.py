"""Who did what: lines of ids, sealed in sequence; whoever alters one is found out."""

import json
import logging
import random
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.console.data import verify_journal
from app.engines import journal
from app.engines.db import db
from app.engines.guards import guard_tables
from app.engines.housekeeping import seal_journal
from app.engines.journal import JournalLine, altered_lines, lines_of, record, seal_lines, unsealed_lines
from app.engines.transactions import WriteOutsideTransaction, transaction
from app.kernel.actor import SYSTEM, Actor, guest
from tests.engines.together import at_once

AMINA = Actor("person", 7)
ALTERATIONS = {
    "at": datetime(2020, 1, 1, tzinfo=UTC).isoformat(),
    "actor_kind": "guest",
    "actor_id": 99,
    "verb": "paid-twice",
    "subject_kind": "parcel",
    "subject_id": 4_242,
    "facts": '{"amount": 1}',
    "seal": "f" * 64,
}


def write_lines(count: int) -> None:
    with transaction():
        for number in range(count):
            record(AMINA, "ship", "order", number, parcel=number * 3)


@pytest.fixture
def without_guards(app):
    """Somebody with the database's own password has taken the triggers away (they are put back after the test)."""
    with db.engine.begin() as connection:
        for verb in ("delete", "update"):
            ending = " ON journal_line" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER journal_line_no_{verb}{ending}"))
    yield
    db.session.remove()
    with db.engine.begin() as connection:
        guard_tables(connection, ["journal_line"])


def unsealed() -> int:
    return db.session.scalar(select(func.count()).select_from(JournalLine).where(JournalLine.sequence.is_(None)))


def put(column: str, value: object, line_id: int) -> None:
    cast = {"facts": "CAST(:value AS jsonb)", "at": "CAST(:value AS timestamptz)"}.get(column, ":value")
    with db.engine.begin() as connection:
        if connection.dialect.name != "postgresql":
            cast = ":value"
        connection.execute(
            text(f"UPDATE journal_line SET {column} = {cast} WHERE id = :id"), {"value": value, "id": line_id}
        )


def test_a_line_says_who_did_what_to_which_thing_and_when(app):
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False), transaction():
        record(AMINA, "ship", "order", 12, parcel=3, carrier="amana")
        record(SYSTEM, "expire", "hold", None)
        record(guest("key"), "order", "purchase", 5)
    first = lines_of("order", 12)[0]
    assert (first.at, first.actor_kind, first.actor_id, first.verb) == (
        datetime(2026, 3, 2, 12, tzinfo=UTC),
        "person",
        7,
        "ship",
    )
    assert first.facts == {"parcel": 3, "carrier": "amana"}
    assert [(line.actor_kind, line.actor_id) for line in lines_of("hold", 0) + lines_of("purchase", 5)] == [("guest", None)]
    assert unsealed() == 3


def test_a_line_is_part_of_what_it_tells(app):
    with pytest.raises(ZeroDivisionError), transaction():
        record(AMINA, "ship", "order", 12)
        raise ZeroDivisionError
    assert unsealed() == 0
    with pytest.raises(WriteOutsideTransaction):
        record(AMINA, "ship", "order", 12)
    db.session.rollback()


def test_sealed_lines_form_one_chain(app):
    write_lines(25)
    with transaction():
        assert seal_lines(unsealed_lines(10)) == 10
    assert unsealed() == 15
    write_lines(3)
    seal_journal()
    rows = db.session.execute(
        select(JournalLine.id, JournalLine.sequence, JournalLine.seal).order_by(JournalLine.sequence)
    ).all()
    assert [row.sequence for row in rows] == list(range(1, 29))
    assert len({row.seal for row in rows}) == 28
    assert altered_lines() == []


def test_sealers_at_once_make_one_chain_too(app):
    write_lines(40)

    def seals() -> None:
        for _ in range(5):
            with transaction():
                seal_lines(unsealed_lines(4))

    assert at_once(app, [seals] * 3) == [None] * 3
    seal_journal()
    assert unsealed() == 0
    assert altered_lines() == []


def test_a_sealer_who_was_overtaken_seals_nothing(app):
    """It has read the lines, and another has sealed them before it begins to write."""
    write_lines(6)
    read = unsealed_lines(4)
    db.session.rollback()
    with transaction():
        assert seal_lines(unsealed_lines(2)) == 2
    with transaction():
        assert seal_lines(read) == 0
    assert unsealed() == 4
    seal_journal()
    assert (unsealed(), altered_lines()) == (0, [])


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal_line",
        "UPDATE journal_line SET verb = 'other'",
        "UPDATE journal_line SET facts = '{}', seal = 'x'",
        "UPDATE journal_line SET at = CURRENT_TIMESTAMP",
        "UPDATE journal_line SET actor_id = 1",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_a_line(app, statement):
    write_lines(3)
    seal_journal()
    with pytest.raises(DBAPIError, match="only grows"), db.engine.begin() as connection:
        connection.execute(text(statement))
    assert altered_lines() == []
    assert len(db.session.scalars(select(JournalLine)).all()) == 3


def test_a_hundred_of_a_hundred_altered_lines_are_named(app, without_guards):
    write_lines(400)
    seal_journal()
    chance = random.Random(2026)
    found = 0
    for line_id in chance.sample(range(1, 401), 100):
        column = chance.choice(sorted(ALTERATIONS))
        db.session.remove()
        before = db.session.execute(text(f"SELECT {column} FROM journal_line WHERE id = {line_id}")).scalar()
        db.session.remove()
        put(column, ALTERATIONS[column], line_id)
        found += f"journal: line {line_id} was altered" in altered_lines()
        db.session.remove()
        put(column, before if column != "facts" or isinstance(before, str) else json.dumps(before), line_id)
    assert found == 100
    db.session.remove()
    assert altered_lines() == []


def test_a_deleted_line_leaves_a_gap(app, without_guards):
    write_lines(10)
    seal_journal()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM journal_line WHERE id = 4"))
    assert altered_lines() == ["journal: line 4 of the sequence is missing", "journal: line 5 was altered"]


def test_a_cut_off_end_is_found_by_the_seal_that_was_kept(app, without_guards, caplog):
    """The chain before the cut is sound: only who kept the last seal, as the log does, sees that lines are gone."""
    write_lines(10)
    with caplog.at_level(logging.INFO, "tiwizi.journal"):
        seal_journal()
    (line,) = [record for record in caplog.records if record.message == "journal sealed"]
    terminal = app.test_cli_runner()
    known = f"{line.sequence}:{line.seal}"
    sound = terminal.invoke(verify_journal, ["--known", known])
    assert (sound.exit_code, sound.output) == (0, f"Last seal: {known}\nEverything holds.\n")
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM journal_line WHERE id > 7"))
    assert altered_lines() == []
    cut = terminal.invoke(verify_journal, ["--known", known])
    assert cut.exit_code == 1
    assert "journal: line 10 of the sequence is not the one that was known" in cut.output
    for nonsense in ("10", ":", "x:y", "10:", "9" * 30 + ":f"):
        assert terminal.invoke(verify_journal, ["--known", nonsense]).exit_code == 2


def test_a_line_put_in_behind_the_house_s_back_is_named(app, without_guards):
    write_lines(5)
    seal_journal()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE journal_line SET sequence = 6, seal = 'x' WHERE id = 5"))
        connection.execute(
            text(
                "INSERT INTO journal_line (at, actor_kind, verb, subject_kind, facts, sequence, seal)"
                " VALUES ('2026-03-02 12:00:00+00:00', 'system', 'pay', 'order', '{}', 5, 'forged')"
                if connection.dialect.name == "postgresql"
                else "INSERT INTO journal_line (at, actor_kind, verb, subject_kind, facts, sequence, seal)"
                " VALUES ('2026-03-02 12:00:00', 'system', 'pay', 'order', '{}', 5, 'forged')"
            )
        )
    assert altered_lines() == ["journal: line 6 was altered", "journal: line 5 was altered"]


def test_a_line_that_was_sealed_again_gives_itself_away_by_the_next(app, without_guards):
    write_lines(10)
    seal_journal()
    put("verb", "paid-twice", 4)
    line, before = (db.session.get(JournalLine, number) for number in (4, 3))
    forged = journal._seal_of(line, 4, before.seal)
    db.session.remove()
    put("seal", forged, 4)
    assert altered_lines() == ["journal: line 5 was altered"]
