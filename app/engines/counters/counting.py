"""How many there are: a counter opens, a person counts anew, things come back."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, insert, literal, select, update

from app.engines.counters.locking import Short, free_expired, in_range, lock
from app.engines.counters.reading import available
from app.engines.counters.tables import Counter, Hold
from app.engines.db import db, execute

OPEN = insert(Counter)
PUT_BACK = (
    update(Counter)
    .where(Counter.id == bindparam("counter"))
    .values(on_hand=Counter.on_hand + bindparam("quantity"), available=Counter.available + bindparam("quantity"))
)
SET = (
    update(Counter)
    .where(Counter.id == bindparam("counter"), Counter.on_hand - Counter.available <= bindparam("counted"))
    .values(on_hand=bindparam("counted"), available=Counter.available + (bindparam("counted") - Counter.on_hand))
)


def open_counters(kind: str, quantities: Mapping[int, int]) -> None:
    """Make the counters of many new subjects: {subject: on hand}."""
    rows = [
        {"kind": kind, "subject": subject, "on_hand": in_range(quantity, 0), "available": quantity}
        for subject, quantity in quantities.items()
    ]
    if rows:
        execute(OPEN, rows)


def open_counter(kind: str, subject: int, on_hand: int) -> int:
    """Make a counter; returns its id."""
    counter = Counter(kind=kind, subject=subject, on_hand=in_range(on_hand, 0), available=on_hand)
    db.session.add(counter)
    db.session.flush()
    return counter.id


def open_beside(kind: str, subject: int, other_kind: str, other_subject: int) -> int:
    """Make a counter that says what another says and is held by whom the other is held; what there is."""
    (other,) = lock(other_kind, [other_subject])
    counter = Counter(kind=kind, subject=subject, on_hand=other.on_hand, available=other.available)
    db.session.add(counter)
    db.session.flush()
    same = select(literal(counter.id), Hold.holder, Hold.quantity, Hold.expires_at).where(Hold.counter_id == other.id)
    db.session.execute(insert(Hold).from_select(["counter_id", "holder", "quantity", "expires_at"], same))
    there: int = other.on_hand
    return there


def free_for_update(kind: str, subjects: Collection[int], moment: datetime) -> dict[int, int]:
    """What is free of each subject, the counters locked until the transaction ends; holds that are over have ended."""
    free_expired(lock(kind, sorted(subjects)), moment)
    return available(kind, sorted(subjects), moment)


def put_back(kind: str, quantities: Mapping[int, int]) -> None:
    """Things come back on hand (a cancelled order)."""
    for quantity in quantities.values():
        in_range(quantity)
    for row in lock(kind, list(quantities)):
        quantity = quantities[row.subject]
        execute(PUT_BACK, {"counter": row.id, "quantity": quantity})


def set_on_hand(kind: str, subject: int, on_hand: int, now: datetime) -> int:
    """A person has counted: on hand becomes this number; less than is held raises Short. By how much it has changed."""
    in_range(on_hand, 0)
    rows = lock(kind, [subject])
    if not rows:
        open_counter(kind, subject, on_hand)
        return on_hand
    free_expired(rows, now)
    if execute(SET, {"counter": rows[0].id, "counted": on_hand}).rowcount != 1:
        raise Short("more-is-held", kind=kind, subject=subject, asked=on_hand)
    before: int = rows[0].on_hand
    return on_hand - before
