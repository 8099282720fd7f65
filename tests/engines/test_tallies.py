"""Counts that are kept: exact while many write at once, folded without losing any, undone with what they count."""

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, literal, select

from app.engines.db import db
from app.engines.housekeeping import fold_tallies
from app.engines.recurring import RecurringJob
from app.engines.tallies import Tally, came, fold, tallied, went, wrong
from app.engines.transactions import transaction
from tests.engines.together import at_once


def rows(kind: str = "parcel") -> int:
    """How many rows the counts of a kind have."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Tally).where(Tally.kind == kind)) or 0


def counted(owner: int | None = None) -> dict[str, int]:
    db.session.rollback()
    return {word: number for word, number in tallied("parcel", owner).items() if number}


def moves(owner: int, source: str, target: str) -> None:
    with transaction():
        went("parcel", owner, source)
        came("parcel", owner, target)


def test_what_came_and_went_is_counted_by_owner_and_word(app: Flask) -> None:
    with transaction():
        came("parcel", 1, "new", 3)
        came("parcel", 2, "new")
        came("letter", 1, "new")
    moves(1, "new", "sent")
    assert counted(1) == {"new": 2, "sent": 1}
    assert counted(2) == {"new": 1}
    assert counted() == {"new": 3, "sent": 1}
    assert counted(3) == {}


def test_what_cancels_out_in_a_transaction_leaves_no_row(app: Flask) -> None:
    with transaction():
        came("parcel", 1, "written")
        went("parcel", 1, "written")
        came("parcel", 1, "new")
    assert rows() == 1
    assert counted() == {"new": 1}


def test_what_is_not_stored_is_not_counted_then_nor_with_the_next(app: Flask) -> None:
    with pytest.raises(ValueError, match="no"), transaction():
        came("parcel", 1, "new")
        raise ValueError("no")
    with transaction():
        came("parcel", 1, "sent")
    assert counted() == {"sent": 1}


def test_folding_changes_no_count_and_is_nothing_the_second_time(app: Flask) -> None:
    for _ in range(5):
        with transaction():
            came("parcel", 1, "new")
            came("parcel", 2, "new")
    for _ in range(2):
        moves(1, "new", "sent")
    before = counted(1), counted(2), counted()
    assert rows() == 14
    fold_tallies()
    assert (counted(1), counted(2), counted()) == before == ({"new": 3, "sent": 2}, {"new": 5}, {"new": 8, "sent": 2})
    assert rows() == 3
    with transaction():
        assert fold() == 0
    assert rows() == 3


def test_a_count_of_nothing_is_folded_away(app: Flask) -> None:
    with transaction():
        came("parcel", 1, "new")
    moves(1, "new", "sent")
    fold_tallies()
    assert tallied("parcel", 1) == {"sent": 1}
    assert rows() == 1


def test_a_fold_that_is_cut_off_loses_nothing(app: Flask) -> None:
    for _ in range(3):
        with transaction():
            came("parcel", 1, "new")
    with pytest.raises(RuntimeError, match="killed"), transaction():
        assert fold() == 1
        raise RuntimeError("killed")
    assert rows() == 3
    assert counted() == {"new": 3}


def test_writers_and_folders_at_once_lose_and_double_nothing(app: Flask) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            with transaction():
                came("parcel", 1, "new")
                came("parcel", 2 + number, "new")

    def fold_on() -> None:
        for _ in range(10):
            fold_tallies()

    assert at_once(app, [*(partial(write, number) for number in range(4)), fold_on, fold_on]) == [None] * 6
    fold_tallies()
    assert counted(1) == {"new": 40}
    assert counted() == {"new": 80}
    assert rows() == 5


def test_a_count_that_is_not_what_there_is_is_named(app: Flask) -> None:
    with transaction():
        came("parcel", 1, "new", 2)
        came("parcel", 2, "new")
    jobs = select(literal(1), literal("new"), func.count(RecurringJob.id))
    assert list(wrong("parcel", jobs)) == [(1, "new", 2, 0), (2, "new", 1, 0)]
