"""Holding, giving back and using up: all or nothing, counters always in id order."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import aliased

from app.engines.counters.locking import Short, free_expired, give_back, in_range, lock, locked
from app.engines.counters.reading import held
from app.engines.counters.tables import Counter, Hold
from app.engines.counters.telling import expired_is_counted
from app.engines.db import db, rows_changed
from app.kernel.clock import now

_wanted = aliased(Counter)


def _of_kind(kind: str) -> ColumnElement[bool]:
    """The kind, asked so that no index answers it: a planner that begins with it reads the whole market."""
    return Counter.kind.concat("") == kind


def _lock_held(holder: str, kind: str | None = None, also: Sequence[int] = ()) -> None:
    """Lock every counter the holder holds (of a kind), and the subjects wanted, before any hold is read or changed.

    What is held and what is wanted are found by an index each, and united as numbers: an OR of the two reads every counter.
    """
    mine = select(Hold.counter_id).where(Hold.holder == holder)
    if kind is None:
        locked(Counter.id.in_(mine))
    else:
        wanted = select(_wanted.id).where(_wanted.kind == kind, _wanted.subject.in_(also))
        locked(Counter.id.in_(mine.union(wanted)) & _of_kind(kind))
    _count_expired(holder)


def _count_expired(holder: str) -> None:
    """What counts as free although the holder still holds it will not do so any more."""
    late = select(Hold.counter_id).where(Hold.holder == holder, Hold.expires_at <= now())
    expired_is_counted(db.session.scalars(late).all())


def take(kind: str, wanted: Mapping[int, int], holder: str, expires_at: datetime, moment: datetime) -> None:
    """Hold so many of each subject for `holder`, all or nothing; raises Short.

    What the holder already held of this kind is given back first, so asking twice holds once.
    """
    for quantity in wanted.values():
        in_range(quantity)
    _lock_held(holder, kind, list(wanted))
    _give_up(holder, kind)
    counters = lock(kind, list(wanted))
    free_expired(counters, moment)
    row_of = {c.subject: c for c in counters}
    for subject in sorted(wanted, key=lambda s: row_of[s].id if s in row_of else -1):
        if subject not in row_of:
            raise Short("out-of-stock", kind=kind, subject=subject, asked=wanted[subject], available=0)
        _take_one(row_of[subject], wanted[subject])
        db.session.add(Hold(counter_id=row_of[subject].id, holder=holder, quantity=wanted[subject], expires_at=expires_at))
    db.session.flush()


def _take_one(row: Counter, quantity: int) -> None:
    taken = rows_changed(
        update(Counter)
        .where(Counter.id == row.id, Counter.available >= quantity)
        .values(available=Counter.available - quantity)
        .execution_options(synchronize_session=False)
    )
    if taken != 1:
        left = db.session.scalar(select(Counter.available).where(Counter.id == row.id))
        raise Short("out-of-stock", kind=row.kind, subject=row.subject, asked=quantity, available=left)


def extend(holder: str, expires_at: datetime) -> None:
    """Move the end of everything the holder holds."""
    _lock_held(holder)
    db.session.execute(
        update(Hold).where(Hold.holder == holder).values(expires_at=expires_at).execution_options(synchronize_session=False)
    )


def _holds_of(holder: str, kind: str | None = None) -> list[tuple[int, int, int]]:
    statement = select(Hold.id, Hold.counter_id, Hold.quantity).join(Counter).where(Hold.holder == holder)
    if kind is not None:
        statement = statement.where(_of_kind(kind))
    rows = db.session.execute(statement.order_by(Hold.counter_id)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def release(holder: str, kind: str | None = None) -> None:
    """Give back everything the holder holds (of a kind); nothing held is fine."""
    _lock_held(holder, kind)
    _give_up(holder, kind)


def _give_up(holder: str, kind: str | None) -> None:
    for hold_id, counter_id, quantity in _holds_of(holder, kind):
        db.session.execute(delete(Hold).where(Hold.id == hold_id))
        give_back(counter_id, quantity)


def consume(holder: str) -> dict[int, int]:
    """The held things are gone for good: on hand falls, the hold ends. Returns {subject: quantity}."""
    _lock_held(holder)
    gone = held(holder)
    for hold_id, counter_id, quantity in _holds_of(holder):
        db.session.execute(
            update(Counter)
            .where(Counter.id == counter_id)
            .values(on_hand=Counter.on_hand - quantity)
            .execution_options(synchronize_session=False)
        )
        db.session.execute(delete(Hold).where(Hold.id == hold_id))
    return gone
