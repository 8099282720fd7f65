"""Lanes: a queue for each kind of work, with workers and a time of its own, so that a slow neighbour stops nobody."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lane:
    """A queue of its own. What a worker has not ended after `seconds`, nor prolonged, another may take up.

    In a lane that is `apart` each job of `tiwizi run` has a process of its own.
    """

    name: str
    workers: int
    seconds: int
    apart: bool = False


# letters: the relay; messages: the gateway to phones; search: the index, which has one writer; payments: the card
# provider; house: short work of the database alone; long: imports and whatever else may take minutes,
# prolonged by `keep_working` at each step.
LANES = {
    lane.name: lane
    for lane in (
        Lane("letters", workers=2, seconds=60),
        Lane("messages", workers=2, seconds=60),
        Lane("search", workers=1, seconds=120),
        Lane("payments", workers=2, seconds=60),
        Lane("house", workers=1, seconds=60),
        Lane("long", workers=1, seconds=120, apart=True),
    )
}


@dataclass(frozen=True)
class Work:
    """What a job's name stands for: who does it, in which lane, before whom (the higher `priority` goes first)."""

    run: Callable[..., None]
    lane: str
    priority: int = 0

    def __post_init__(self) -> None:
        if self.lane not in LANES:
            raise ValueError(f"there is no lane {self.lane!r}")
