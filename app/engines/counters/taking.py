"""Holding, giving back and using up: all or nothing, counters always in id order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, insert, select, update
from sqlalchemy.orm import aliased

from app.engines.counters.locking import (
    ALL_FOR_UPDATE,
    END_HOLD,
    Short,
    end_holds,
    free_expired,
    in_range,
    lock,
    locked,
)
from app.engines.counters.tables import Counter, Hold
from app.engines.counters.telling import expired_is_counted
from app.engines.db import execute
from app.kernel.clock import now

_wanted = aliased(Counter)
_mine = select(Hold.counter_id).where(Hold.holder == bindparam("holder"))
# What is held and what is wanted are found by an index each, and united as numbers: an OR of the two reads every counter.
# The kind is asked so that no index answers it: a planner that begins with it reads the whole market.
HELD = ALL_FOR_UPDATE.where(Counter.id.in_(_mine))
HELD_OR_WANTED = ALL_FOR_UPDATE.where(
    Counter.id.in_(
        _mine.union(
            select(_wanted.id).where(
                _wanted.kind == bindparam("kind"), _wanted.subject.in_(bindparam("subjects", expanding=True))
            )
        )
    ),
    Counter.kind.concat("") == bindparam("kind"),
)
HOLDS = (
    select(Hold.id, Hold.counter_id, Hold.quantity, Hold.expires_at, Counter.kind, Counter.subject)
    .join(Counter)
    .where(Hold.holder == bindparam("holder"))
    .order_by(Hold.counter_id)
)
HOLDS_ON = (
    select(Hold.id, Hold.counter_id, Hold.quantity, Hold.holder)
    .where(Hold.counter_id.in_(bindparam("counters", expanding=True)))
    .order_by(Hold.id)
)
HOLD = insert(Hold)
_SOME = (Counter.id == bindparam("counter"), Counter.available >= bindparam("quantity"))
TAKE = update(Counter).where(*_SOME).values(available=Counter.available - bindparam("quantity"))
USE_UP = (
    update(Counter)
    .where(*_SOME)
    .values(available=Counter.available - bindparam("quantity"), on_hand=Counter.on_hand - bindparam("quantity"))
)
CONSUME = update(Counter).where(Counter.id == bindparam("counter")).values(on_hand=Counter.on_hand - bindparam("quantity"))
LEFT = select(Counter.available).where(Counter.id == bindparam("counter"))
EXTEND = update(Hold).where(Hold.holder == bindparam("who")).values(expires_at=bindparam("until"))
Rows = Sequence[Row[*tuple[Any, ...]]]


def _lock_held(holder: str, kind: str | None = None, also: Iterable[int] = ()) -> tuple[Rows, Rows]:
    """The counters of which the holder holds some (of a kind) and those of the subjects wanted, locked before any hold is
    read or changed; then these holds. What counts as free although the holder still holds it will not do so any more.
    """
    if kind is None:
        counters = locked(HELD, {"holder": holder})
    else:
        counters = locked(HELD_OR_WANTED, {"holder": holder, "kind": kind, "subjects": list(also)})
    holds, moment = execute(HOLDS, {"holder": holder}).all(), now()
    expired_is_counted(hold.counter_id for hold in holds if hold.expires_at <= moment)
    return counters, [hold for hold in holds if kind in (None, hold.kind)]


def take(kind: str, wanted: Mapping[int, int], holder: str, expires_at: datetime, moment: datetime) -> None:
    """Hold so many of each subject for `holder`, all or nothing; raises Short.

    What the holder already held of this kind is given back first, so asking twice holds once.
    """
    _all_in_range(wanted)
    counters, holds = _lock_held(holder, kind, wanted)
    end_holds(holds)
    taken = _take_of(counters, kind, wanted, moment, TAKE)
    rows = [
        {"counter_id": id_, "holder": holder, "quantity": quantity, "expires_at": expires_at}
        for id_, quantity in taken.items()
    ]
    if rows:
        execute(HOLD, rows)


def use_up(kind: str, wanted: Mapping[int, int], moment: datetime) -> None:
    """So many of each subject are gone for good, all or nothing, without a hold; raises Short."""
    _all_in_range(wanted)
    _take_of(lock(kind, list(wanted)), kind, wanted, moment, USE_UP)


def _all_in_range(wanted: Mapping[int, int]) -> None:
    for quantity in wanted.values():
        in_range(quantity)


def _take_of(
    counters: Rows, kind: str, wanted: Mapping[int, int], moment: datetime, statement: Executable
) -> dict[int, int]:
    """Take so many of each subject of the locked counters, in id order; {counter: quantity}. Raises Short."""
    row_of = {counter.subject: counter for counter in counters if counter.subject in wanted}
    free_expired(list(row_of.values()), moment)
    missing = next((subject for subject in wanted if subject not in row_of), None)
    if missing is not None:
        raise Short("out-of-stock", kind=kind, subject=missing, asked=wanted[missing], available=0)
    for counter in row_of.values():
        asked = {"counter": counter.id, "quantity": wanted[counter.subject]}
        if execute(statement, asked).rowcount != 1:
            left = execute(LEFT, {"counter": counter.id}).scalar()
            raise Short("out-of-stock", kind=kind, subject=counter.subject, asked=wanted[counter.subject], available=left)
    return {counter.id: wanted[subject] for subject, counter in row_of.items()}


def extend(holder: str, expires_at: datetime) -> None:
    """Move the end of everything the holder holds."""
    _lock_held(holder)
    execute(EXTEND, {"who": holder, "until": expires_at})


def end_all(kind: str, subjects: Iterable[int], holders: Iterable[str] | None = None) -> set[str]:
    """What anybody, or one of these, holds of the subjects is free again; the holders who held some."""
    counters = lock(kind, sorted(subjects))
    holds = execute(HOLDS_ON, {"counters": [counter.id for counter in counters]}).all()
    ended = [hold for hold in holds if holders is None or hold.holder in holders]
    expired_is_counted(hold.counter_id for hold in ended)
    end_holds(ended)
    return {hold.holder for hold in ended}


def release(holder: str, kind: str | None = None) -> None:
    """Give back everything the holder holds (of a kind); nothing held is fine."""
    _counters, holds = _lock_held(holder, kind)
    end_holds(holds)


def consume(holder: str, kind: str | None = None) -> dict[int, int]:
    """The held things (of a kind) are gone for good: on hand falls, the hold ends. Returns {subject: quantity}."""
    _counters, holds = _lock_held(holder, kind)
    for hold in holds:
        execute(CONSUME, {"counter": hold.counter_id, "quantity": hold.quantity})
        execute(END_HOLD, {"hold": hold.id})
    return {hold.subject: hold.quantity for hold in holds}
