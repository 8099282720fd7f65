"""Counters are locked in id order, and holds whose time is over are freed under the lock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, select, update

from app.engines.counters.tables import Counter, Hold
from app.engines.counters.telling import expired_is_counted, touched
from app.engines.db import execute
from app.kernel.errors import Conflict, Invalid

# As many of one thing as a counter may say.
LIMIT = 10**12


ALL_FOR_UPDATE = (
    select(Counter.id, Counter.kind, Counter.subject, Counter.on_hand, Counter.available)
    .order_by(Counter.id)
    .with_for_update()
)
OF_SUBJECTS = ALL_FOR_UPDATE.where(
    Counter.kind == bindparam("kind"), Counter.subject.in_(bindparam("subjects", expanding=True))
)
EXPIRED = (
    select(Hold.id, Hold.counter_id, Hold.quantity)
    .where(Hold.counter_id.in_(bindparam("counters", expanding=True)), Hold.expires_at <= bindparam("now"))
    .order_by(Hold.id)
)
END_HOLD = delete(Hold).where(Hold.id == bindparam("hold"))
GIVE_BACK = (
    update(Counter).where(Counter.id == bindparam("counter")).values(available=Counter.available + bindparam("quantity"))
)


class Short(Conflict):
    """Less is available than was asked for; `facts` has kind, subject, asked, available."""


def in_range(quantity: int, least: int = 1) -> int:
    """The quantity; raises Invalid below `least` and above what a counter may say."""
    if not least <= quantity <= LIMIT:
        raise Invalid("quantity-out-of-range")
    return quantity


def locked(statement: Executable, values: Mapping[str, Any]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Counters (id, kind, subject, on_hand, available), locked in id order (SQLite's writer holds the only lock already)."""
    counters = execute(statement, values).all()
    touched(counters)
    return counters


def lock(kind: str, subjects: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The counters of these subjects, locked."""
    return locked(OF_SUBJECTS, {"kind": kind, "subjects": list(subjects)})


def free_expired(counters: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> None:
    """What was held until now or before is free again; the counters are locked."""
    with_holds = [counter.id for counter in counters if counter.available < counter.on_hand]
    if not with_holds:
        return
    expired = execute(EXPIRED, {"counters": with_holds, "now": now}).all()
    expired_is_counted(counter_id for _hold, counter_id, _quantity in expired)
    end_holds(expired)


def end_holds(holds: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """Holds (id, counter, quantity, …) of locked counters end, and what they held is free again."""
    for hold in holds:
        execute(END_HOLD, {"hold": hold[0]})
        execute(GIVE_BACK, {"counter": hold[1], "quantity": hold[2]})
