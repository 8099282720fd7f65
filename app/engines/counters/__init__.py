"""Scarce things: counters with holds that expire. Stock, seats, slots and vouchers are kinds of it.

`on_hand` is what there is, `available` what nobody holds. Taking one frees expired holds of the same counter in the
same transaction; the guard is a conditional UPDATE plus a CHECK, and counters are always taken in id order, so that two
baskets never wait for each other in a circle. No other code lowers stock, and no other code sees the rows.
"""

from app.engines.counters.counting import free_for_update, open_beside, open_counter, open_counters, put_back, set_on_hand
from app.engines.counters.locking import LIMIT, Short
from app.engines.counters.reading import (
    available,
    broken_counters,
    counted,
    free,
    free_of,
    held,
    holds_of,
    next_expiry,
    on_hand,
    on_hand_for_update,
    some_free_of,
    well_stocked,
)
from app.engines.counters.taking import consume, end_all, extend, release, take, use_up
from app.engines.counters.telling import counts_changed

__all__ = [
    "LIMIT",
    "Short",
    "available",
    "broken_counters",
    "consume",
    "counted",
    "counts_changed",
    "end_all",
    "extend",
    "free",
    "free_for_update",
    "free_of",
    "held",
    "holds_of",
    "next_expiry",
    "on_hand",
    "on_hand_for_update",
    "open_beside",
    "open_counter",
    "open_counters",
    "put_back",
    "release",
    "set_on_hand",
    "some_free_of",
    "take",
    "use_up",
    "well_stocked",
]
