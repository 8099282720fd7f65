"""Tells, once in a transaction, of which counters another number is free than before: pages show some of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from blinker import Namespace
from sqlalchemy import Row, bindparam, select

from app.engines.counters.tables import Counter
from app.engines.db import db, execute
from app.engines.transactions import at_the_end

_signals = Namespace()
# Sent by the kind, with `counts`: {subject: (free before, free now)}; before is None where holds whose time was over had
# been counted as free.
counts_changed = _signals.signal("counts_changed")
_TOUCHED = "touched counters"

FREE = select(Counter.id, Counter.available).where(Counter.id.in_(bindparam("counters", expanding=True)))
Touched = dict[int, tuple[str, int, int | None]]


def touched(counters: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """They are locked and may be changed from here on."""
    known: Touched = db.session().info.setdefault(_TOUCHED, {})
    for counter in counters:
        known.setdefault(counter.id, (counter.kind, counter.subject, counter.available))
    at_the_end(_TOUCHED, _tell)


def expired_is_counted(counter_ids: Iterable[int]) -> None:
    """Of these, which are locked, something counted as free that now is so, or is gone."""
    known: Touched = db.session().info.setdefault(_TOUCHED, {})
    for counter_id in known.keys() & set(counter_ids):
        kind, subject, _before = known[counter_id]
        known[counter_id] = (kind, subject, None)


def _tell() -> None:
    known: Touched = db.session().info.pop(_TOUCHED, {})
    now = dict(execute(FREE, {"counters": list(known)}).all()) if known else {}
    changed: dict[str, dict[int, tuple[int | None, int]]] = {}
    for counter_id, (kind, subject, before) in known.items():
        if counter_id in now and now[counter_id] != before:
            changed.setdefault(kind, {})[subject] = (before, now[counter_id])
    for kind, counts in sorted(changed.items()):
        counts_changed.send(kind, counts=counts)
