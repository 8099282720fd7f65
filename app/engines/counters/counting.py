"""How many there are: a counter opens, a person counts anew, things come back."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, update

from app.engines.counters.locking import Short, free_expired, in_range, lock
from app.engines.counters.tables import Counter
from app.engines.db import db, rows_changed


def open_counters(kind: str, quantities: Mapping[int, int]) -> None:
    """Make the counters of many new subjects: {subject: on hand}."""
    rows = [
        {"kind": kind, "subject": subject, "on_hand": in_range(quantity, 0), "available": quantity}
        for subject, quantity in quantities.items()
    ]
    if rows:
        db.session.execute(insert(Counter), rows)


def open_counter(kind: str, subject: int, on_hand: int) -> int:
    """Make a counter; returns its id."""
    counter = Counter(kind=kind, subject=subject, on_hand=in_range(on_hand, 0), available=on_hand)
    db.session.add(counter)
    db.session.flush()
    return counter.id


def put_back(kind: str, quantities: Mapping[int, int]) -> None:
    """Things come back on hand (a cancelled order)."""
    for quantity in quantities.values():
        in_range(quantity)
    for row in lock(kind, list(quantities)):
        quantity = quantities[row.subject]
        db.session.execute(
            update(Counter)
            .where(Counter.id == row.id)
            .values(on_hand=Counter.on_hand + quantity, available=Counter.available + quantity)
            .execution_options(synchronize_session=False)
        )


def set_on_hand(kind: str, subject: int, on_hand: int, now: datetime) -> None:
    """A person has counted: on hand becomes this number; less than is held raises Short."""
    in_range(on_hand, 0)
    rows = lock(kind, [subject])
    if not rows:
        open_counter(kind, subject, on_hand)
        return
    free_expired(rows, now)
    changed = rows_changed(
        update(Counter)
        .where(Counter.id == rows[0].id, Counter.on_hand - Counter.available <= on_hand)
        .values(on_hand=on_hand, available=Counter.available + (on_hand - Counter.on_hand))
        .execution_options(synchronize_session=False)
    )
    if changed != 1:
        raise Short("more-is-held", kind=kind, subject=subject, asked=on_hand)
