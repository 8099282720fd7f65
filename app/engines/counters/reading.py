"""What there is and what is free, alone or as a part of somebody's statement. A hold whose time is over counts as free."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, SQLColumnExpression, and_, bindparam, cast, func, or_, select

from app.engines.counters.tables import Counter, Hold
from app.engines.db import Whole, begins_with, db, execute

# A moment, or the parameter of a statement that is built once and asked often.
When = datetime | BindParameter[datetime]


def counted(kind: str, subject: SQLColumnExpression[int]) -> tuple[type[Counter], ColumnElement[bool]]:
    """What a statement is joined with to read `on_hand` and `free` in it: `.outerjoin(*counted("stock", Variant.id))`."""
    return Counter, and_(Counter.kind == kind, Counter.subject == subject)


def on_hand() -> SQLColumnExpression[int]:
    """How many there are, in a statement joined with `counted`; NULL where nobody has counted."""
    return Counter.on_hand


def free(now: When) -> ColumnElement[int]:
    """How many are free, in a statement joined with `counted`; NULL where nobody has counted.

    PostgreSQL's sums of whole numbers are of its decimal type: what stands here is a whole number again.
    """
    expired = select(func.sum(Hold.quantity)).where(Hold.counter_id == Counter.id, Hold.expires_at <= now).scalar_subquery()
    return Counter.available + cast(func.coalesce(expired, 0), Whole)


def free_of(kind: str, subject: SQLColumnExpression[int], now: When) -> ColumnElement[int]:
    """How many are free of the subject of an outer statement, as a subquery; NULL where nobody has counted."""
    table, its = counted(kind, subject)
    return select(free(now)).select_from(table).where(its).scalar_subquery()


FREE = select(Counter.subject, free(bindparam("now"))).where(
    Counter.kind == bindparam("kind"), Counter.subject.in_(bindparam("subjects", expanding=True))
)
ON_HAND_FOR_UPDATE = (
    select(Counter.on_hand)
    .where(Counter.kind == bindparam("kind"), Counter.subject == bindparam("subject"))
    .with_for_update()
)
HELD = (
    select(Counter.subject, Hold.quantity)
    .join(Hold)
    .where(Hold.holder == bindparam("holder"), Counter.kind.concat("") == bindparam("kind"))
)


def some_free(now: When) -> ColumnElement[bool]:
    """Is any free, in a statement joined with `counted`? Holds are looked at only where nothing else is free."""
    expired = select(Hold.id).where(Hold.counter_id == Counter.id, Hold.expires_at <= now).exists()
    return or_(Counter.available > 0, expired)


def some_free_of(kind: str, subject: SQLColumnExpression[int], now: When) -> ColumnElement[bool]:
    """Is any free of the subject of an outer statement, looked up for each of its rows?"""
    table, its = counted(kind, subject)
    return select(Counter.id).select_from(table).where(its, some_free(now)).exists()


def available(kind: str, subjects: Sequence[int], now: datetime) -> dict[int, int]:
    """What is free now of each subject."""
    rows = execute(FREE, {"kind": kind, "subjects": list(subjects), "now": now})
    return {subject: int(quantity) for subject, quantity in rows}


def on_hand_for_update(kind: str, subject: int) -> int:
    """How many there are, the counter locked until the transaction ends."""
    return execute(ON_HAND_FOR_UPDATE, {"kind": kind, "subject": subject}).scalar() or 0


# The kind is asked so that no index answers it: the holds are few, the counters of a kind are all.
NEXT = (
    select(func.min(Hold.expires_at))
    .join(Counter, Counter.id == Hold.counter_id)
    .where(
        Counter.kind.concat("") == bindparam("kind"),
        Counter.available <= bindparam("at_most"),
        Hold.expires_at > bindparam("now"),
    )
)


def next_expiry(kind: str, at_most: int, now: datetime) -> datetime | None:
    """When the next hold ends of which the counter has no more than so many free."""
    moment: datetime | None = execute(NEXT, {"kind": kind, "at_most": at_most, "now": now}).scalar()
    return moment


def well_stocked(kind: str, at_least: int, limit: int) -> Sequence[int]:
    """Subjects of which so many are free, in the order of their numbers."""
    return db.session.scalars(
        select(Counter.subject)
        .where(Counter.kind == kind, Counter.available >= at_least)
        .order_by(Counter.subject)
        .limit(limit)
    ).all()


def held(holder: str, kind: str) -> dict[int, int]:
    """{subject: quantity} of what the holder holds of a kind."""
    return dict(execute(HELD, {"holder": holder, "kind": kind}).all())


def holds_of(kind: str, *prefixes: str) -> dict[str, list[tuple[int, int]]]:
    """Everything of a kind held by holders whose names begin so: {holder: [(subject, quantity)]}, for invariants."""
    rows = db.session.execute(
        select(Hold.holder, Counter.subject, Hold.quantity)
        .join(Counter, Counter.id == Hold.counter_id)
        .where(Counter.kind == kind, or_(*(begins_with(Hold.holder, prefix) for prefix in prefixes)))
        .order_by(Hold.holder, Hold.id)
    )
    holds: dict[str, list[tuple[int, int]]] = {}
    for holder, subject, quantity in rows:
        holds.setdefault(holder, []).append((subject, quantity))
    return holds


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
