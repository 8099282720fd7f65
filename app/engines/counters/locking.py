"""Counters are locked in id order, and holds whose time is over are freed under the lock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from app.engines.counters.tables import Counter, Hold
from app.engines.counters.telling import expired_is_counted, touched
from app.engines.db import db
from app.kernel.errors import Conflict, Invalid

# As many of one thing as a counter may say.
LIMIT = 10**12


class Short(Conflict):
    """Less is available than was asked for; `facts` has kind, subject, asked, available."""


def in_range(quantity: int, least: int = 1) -> int:
    """The quantity; raises Invalid below `least` and above what a counter may say."""
    if not least <= quantity <= LIMIT:
        raise Invalid("quantity-out-of-range")
    return quantity


def locked(which: ColumnElement[bool]) -> list[Counter]:
    """Counters, locked in id order (SQLite's writer holds the only lock already)."""
    counters = list(
        db.session.scalars(
            select(Counter).where(which).order_by(Counter.id).with_for_update().execution_options(populate_existing=True)
        )
    )
    touched(counters)
    return counters


def lock(kind: str, subjects: Sequence[int]) -> list[Counter]:
    """The counters of these subjects, locked."""
    return locked((Counter.kind == kind) & Counter.subject.in_(subjects))


def free_expired(counters: Sequence[Counter], now: datetime) -> None:
    """What was held until now or before is free again; the counters are locked."""
    with_holds = [counter.id for counter in counters if counter.available < counter.on_hand]
    if not with_holds:
        return
    holds = db.session.scalars(
        select(Hold).where(Hold.counter_id.in_(with_holds), Hold.expires_at <= now).order_by(Hold.id)
    ).all()
    expired_is_counted(hold.counter_id for hold in holds)
    for hold in holds:
        give_back(hold.counter_id, hold.quantity)
        db.session.execute(delete(Hold).where(Hold.id == hold.id))


def give_back(counter_id: int, quantity: int) -> None:
    """So many of a locked counter are free again."""
    db.session.execute(
        update(Counter)
        .where(Counter.id == counter_id)
        .values(available=Counter.available + quantity)
        .execution_options(synchronize_session=False)
    )
