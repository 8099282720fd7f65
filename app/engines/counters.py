"""Scarce things: counters with holds that expire. Stock, seats, slots and vouchers are kinds of it.

`on_hand` is what there is, `available` what nobody holds. Taking one frees expired holds of the same counter in the
same transaction; the guard is a conditional UPDATE plus a CHECK, and counters are always taken in id order, so that two
baskets never wait for each other in a circle. No other code lowers stock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, rows_changed
from app.kernel.errors import Conflict, Invalid

LIMIT = 10**12


class Counter(Base):
    """How many of something there are and how many are free."""

    __tablename__ = "counter"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        CheckConstraint("available >= 0", name="available_not_negative"),
        CheckConstraint("available <= on_hand", name="available_within_on_hand"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[int]
    on_hand: Mapped[int]
    available: Mapped[int]


class Hold(Base):
    """A part of a counter kept for somebody until a moment."""

    __tablename__ = "hold"
    __table_args__ = (
        UniqueConstraint("counter_id", "holder"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_hold_holder", "holder"),
        Index("ix_hold_expires_at", "expires_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    counter_id: Mapped[int] = mapped_column(ForeignKey("counter.id"))
    holder: Mapped[str]
    quantity: Mapped[int]
    expires_at: Mapped[datetime]


class Short(Conflict):
    """Less is available than was asked for; `facts` has kind, subject, asked, available."""


def open_counter(kind: str, subject: int, on_hand: int) -> int:
    """Make a counter; returns its id."""
    if not 0 <= on_hand <= LIMIT:
        raise Invalid("quantity-out-of-range")
    counter = Counter(kind=kind, subject=subject, on_hand=on_hand, available=on_hand)
    db.session.add(counter)
    db.session.flush()
    return counter.id


def counter(kind: str, subject: int) -> Counter | None:
    return db.session.scalar(select(Counter).where(Counter.kind == kind, Counter.subject == subject))


def available(kind: str, subjects: Sequence[int], now: datetime) -> dict[int, int]:
    """What is free now of each subject, holds that have expired by `now` counted as free."""
    expired = (
        select(Hold.counter_id, func.sum(Hold.quantity).label("quantity"))
        .where(Hold.expires_at <= now)
        .group_by(Hold.counter_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Counter.subject, Counter.available + func.coalesce(expired.c.quantity, 0))
        .outerjoin(expired, expired.c.counter_id == Counter.id)
        .where(Counter.kind == kind, Counter.subject.in_(subjects))
    )
    return {subject: int(free) for subject, free in rows}


def _locked(which: ColumnElement[bool]) -> list[Counter]:
    """Counters, locked in id order (SQLite's writer holds the only lock already)."""
    return list(
        db.session.scalars(
            select(Counter).where(which).order_by(Counter.id).with_for_update().execution_options(populate_existing=True)
        )
    )


def _lock(kind: str, subjects: Sequence[int]) -> list[Counter]:
    return _locked((Counter.kind == kind) & Counter.subject.in_(subjects))


def _lock_held(holder: str, kind: str | None = None, also: Sequence[int] = ()) -> None:
    """Lock every counter the holder holds (of a kind), and the subjects wanted, before any hold is read or changed."""
    mine = Counter.id.in_(select(Hold.counter_id).where(Hold.holder == holder))
    which = mine if kind is None else (Counter.kind == kind) & (mine | Counter.subject.in_(also))
    _locked(which)


def _free_expired(counters: Sequence[Counter], now: datetime) -> None:
    holds = db.session.scalars(
        select(Hold).where(Hold.counter_id.in_([c.id for c in counters]), Hold.expires_at <= now).order_by(Hold.id)
    ).all()
    for hold in holds:
        _give_back(hold.counter_id, hold.quantity)
        db.session.execute(delete(Hold).where(Hold.id == hold.id))


def _give_back(counter_id: int, quantity: int) -> None:
    db.session.execute(
        update(Counter)
        .where(Counter.id == counter_id)
        .values(available=Counter.available + quantity)
        .execution_options(synchronize_session=False)
    )


def take(kind: str, wanted: Mapping[int, int], holder: str, expires_at: datetime, now: datetime) -> None:
    """Hold so many of each subject for `holder`, all or nothing; raises Short.

    What the holder already held of this kind is given back first, so asking twice holds once.
    """
    if any(quantity <= 0 or quantity > LIMIT for quantity in wanted.values()):
        raise Invalid("quantity-out-of-range")
    _lock_held(holder, kind, list(wanted))
    _give_up(holder, kind)
    counters = _lock(kind, list(wanted))
    _free_expired(counters, now)
    found = {c.subject: c for c in counters}
    for subject in sorted(wanted, key=lambda s: found[s].id if s in found else -1):
        if subject not in found:
            raise Short("out-of-stock", kind=kind, subject=subject, asked=wanted[subject], available=0)
        _take_one(found[subject], wanted[subject])
        db.session.add(Hold(counter_id=found[subject].id, holder=holder, quantity=wanted[subject], expires_at=expires_at))
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
        statement = statement.where(Counter.kind == kind)
    rows = db.session.execute(statement.order_by(Hold.counter_id)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def held(holder: str) -> dict[int, int]:
    """{subject: quantity} of what the holder holds."""
    rows = db.session.execute(select(Counter.subject, Hold.quantity).join(Hold).where(Hold.holder == holder))
    return {row.subject: row.quantity for row in rows}


def release(holder: str, kind: str | None = None) -> None:
    """Give back everything the holder holds (of a kind); nothing held is fine."""
    _lock_held(holder, kind)
    _give_up(holder, kind)


def _give_up(holder: str, kind: str | None) -> None:
    for hold_id, counter_id, quantity in _holds_of(holder, kind):
        db.session.execute(delete(Hold).where(Hold.id == hold_id))
        _give_back(counter_id, quantity)


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


def put_back(kind: str, quantities: Mapping[int, int]) -> None:
    """Things come back on hand (a cancelled order)."""
    if any(not 0 < quantity <= LIMIT for quantity in quantities.values()):
        raise Invalid("quantity-out-of-range")
    for row in _lock(kind, list(quantities)):
        quantity = quantities[row.subject]
        db.session.execute(
            update(Counter)
            .where(Counter.id == row.id)
            .values(on_hand=Counter.on_hand + quantity, available=Counter.available + quantity)
            .execution_options(synchronize_session=False)
        )


def set_on_hand(kind: str, subject: int, on_hand: int, now: datetime) -> None:
    """A person has counted: on hand becomes this number; less than is held raises Short."""
    if not 0 <= on_hand <= LIMIT:
        raise Invalid("quantity-out-of-range")
    rows = _lock(kind, [subject])
    if not rows:
        open_counter(kind, subject, on_hand)
        return
    _free_expired(rows, now)
    changed = rows_changed(
        update(Counter)
        .where(Counter.id == rows[0].id, Counter.on_hand - Counter.available <= on_hand)
        .values(on_hand=on_hand, available=Counter.available + (on_hand - Counter.on_hand))
        .execution_options(synchronize_session=False)
    )
    if changed != 1:
        raise Short("more-is-held", kind=kind, subject=subject, asked=on_hand)


def broken_counters() -> list[str]:
    """For `tiwizi check`: counters whose free part is not what there is less what is held."""
    holds = select(Hold.counter_id, func.sum(Hold.quantity).label("held")).group_by(Hold.counter_id).subquery()
    rows = db.session.execute(
        select(Counter.kind, Counter.subject, Counter.on_hand, Counter.available, func.coalesce(holds.c.held, 0))
        .outerjoin(holds, holds.c.counter_id == Counter.id)
        .where(Counter.on_hand - Counter.available != func.coalesce(holds.c.held, 0))
    )
    return [
        f"counter {kind} {subject}: on hand {on_hand}, available {free}, held {held_}"
        for kind, subject, on_hand, free, held_ in rows
    ]
