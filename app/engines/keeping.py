"""What a process has worked out of public facts, kept while every number it rests on stands still.

`kept_while("counts", "fr", kinds=("market",), make=count)` gives what was made before, or makes it. The numbers are asked at
each use, beside whatever the thread is doing, so that a change made in another process is seen at once. What is made is kept
under the numbers that the caller's own transaction saw before: made of an old snapshot, it is never found again.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app

from app.engines.generations import Numbers, numbers_of

T = TypeVar("T")
MOST_OF_EACH = 1_000  # things of one sort that are kept by their ids


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was made, the numbers it rests on (the epoch first), and until when it holds, in seconds."""

    numbers: tuple[int, ...]
    until: float
    value: Any


class Keeping:
    """What one process keeps, at most so many things, the least recently used out first; 0 keeps nothing."""

    def __init__(self, numbers: Numbers, most: int) -> None:
        self.most = most
        self._numbers = numbers
        self._made: OrderedDict[Hashable, Made] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable, kinds: Sequence[str]) -> Made | None:
        """What still holds. None where nothing is kept, or while the database does not answer."""
        made = self._made.get(key)
        if made is None or made.until <= time.time() or self._numbers.read(kinds) != made.numbers:
            return None
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
        return made

    def last(self, key: Hashable) -> Any:
        """What was kept last for the key, whether it holds or not."""
        made = self._made.get(key)
        return made.value if made is not None else None

    def keep(self, key: Hashable, made: Made) -> None:
        with self._lock:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > self.most:
                self._made.popitem(last=False)

    def forget(self) -> None:
        """All of it."""
        with self._lock:
            self._made.clear()


def keeping() -> Keeping:
    found: Keeping = current_app.extensions["keeping"]
    return found


def kept_while(
    *key: Hashable, kinds: Sequence[str], make: Callable[[], T], until: Callable[[T], float] = lambda _made: math.inf
) -> T:
    """What was made for this key while the numbers of these kinds stood as they stand now; else it is made.

    What is made is the same for everybody who asks by this key, and nobody changes it afterwards. `make` reads for itself
    all that it shows: what was read before it was called may be older than the numbers.
    """
    place = keeping()
    found = place.find(key, kinds)
    if found is not None:
        kept: T = found.value
        return kept
    if not place.most:
        return make()
    before = numbers_of(*kinds)
    value = make()
    place.keep(key, Made(before, until(value), value))
    return value


def kept_each(
    *key: Hashable,
    ids: Sequence[int],
    kinds: Sequence[str],
    make: Callable[[Sequence[int]], Mapping[int, T]],
    until: Callable[[], float] = lambda: math.inf,
) -> Mapping[int, T]:
    """What was made for each of these ids while the numbers stood as they stand now; `make` makes all that are missing.

    It reads for itself what it shows. `until` says when the first of them, whichever it be, would be another one by itself.
    """
    place = keeping()
    if not place.most:
        return make(ids)
    found = place.find(key, kinds)
    known: Mapping[int, T] = found.value if found is not None else {}
    there = {one: known[one] for one in ids if one in known}
    missing = [one for one in ids if one not in there]
    if not missing:
        return there
    before = numbers_of(*kinds)
    made = make(missing)
    if found is None or len(known) >= MOST_OF_EACH:
        place.keep(key, Made(before, until(), made))
    elif before == found.numbers:  # a table of its own: others are reading the one before
        place.keep(key, Made(before, found.until, {**known, **made}))
    return {**there, **made}


def kept_from(source: object, *key: Hashable, make: Callable[[], T]) -> T:
    """What is worked out of something kept, and of the key, and of nothing else: it holds while the source is that very one.

    No number is asked: whoever had the source has asked.
    """
    place = keeping()
    last: tuple[object, T] | None = place.last(key)
    if last is not None and last[0] is source:
        return last[1]
    value = make()
    place.keep(key, Made((), math.inf, (source, value)))
    return value
