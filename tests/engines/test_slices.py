"""Long lists in slices: each row once, in order, whatever the size, and never more of them at a time."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.engines import slices
from app.engines.db import db
from app.engines.slices import portions, slice_of, slices_of
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.payments.models import LedgerSet

KEYS = select(LedgerSet.unique_key).where(LedgerSet.event == "told").order_by(LedgerSet.id)
ROWS = select(LedgerSet.id, LedgerSet.unique_key).where(LedgerSet.event == "told")


@pytest.fixture
def _seven(app: Flask) -> None:
    with transaction() as session:
        for number in range(1, 8):
            session.add(LedgerSet(unique_key=f"k{number}", event="told", at=now()))
            session.add(LedgerSet(unique_key=f"other{number}", event="another", at=now()))
            session.flush()


@pytest.mark.usefixtures("_seven")
@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
def test_portions_and_slices_hold_every_row_once_in_order(size: int) -> None:
    told = [f"k{number}" for number in range(1, 8)]
    parts = [[row.unique_key for row in rows] for rows in portions(ROWS, LedgerSet.id, size)]
    assert parts == [told[start : start + size] for start in range(0, 7, size)]
    assert slices_of(KEYS, size) == len(parts)
    assert [[key for (key,) in slice_of(KEYS, number, size)] for number in range(1, len(parts) + 1)] == parts


@pytest.mark.usefixtures("_seven")
def test_nothing_has_no_portion_and_others_may_be_asked_in_between() -> None:
    nothing = select(LedgerSet.id).where(LedgerSet.event == "never")
    assert (list(portions(nothing, LedgerSet.id)), slices_of(nothing, 3)) == ([], 0)
    seen = []
    for rows in portions(ROWS, LedgerSet.id, 3):
        db.session.scalars(KEYS).all()
        seen += [row.unique_key for row in rows]
    assert seen == [f"k{number}" for number in range(1, 8)]
    assert slices.AT_ONCE == 1_000
