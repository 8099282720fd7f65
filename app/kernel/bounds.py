"""How many letters somebody may cause to people who have not asked for them: our choice, per day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

WITHIN = timedelta(hours=24)
A_DAY = int(WITHIN.total_seconds())


@dataclass(frozen=True)
class Bound:
    """At most so many letters of a kind in a day, by who causes them and by the contact that receives them."""

    caused: int
    received: int


# An address may be a whole village's or a training room's, so it may cause more than one person would.
BOUNDS: Mapping[str, Bound] = {
    "code": Bound(0, 30),  # to a contact that is not yet anybody's; who asks is counted by accounts
    "order": Bound(40, 6),  # what a buyer causes at the checkout; a guest's contact may be anybody's
    "order-news": Bound(20, 30),  # what a cooperative does with one purchase
    "invitation": Bound(40, 5),  # into an organisation or a group, by one person
}


@dataclass(frozen=True)
class Unasked:
    """Marks a letter to somebody who has not asked for it: its kind in BOUNDS, and who causes it (a key, never a name).

    Without a cause, whoever asks is counted elsewhere, and only what the contact receives is counted here.
    """

    kind: str
    cause: str | None

    def __post_init__(self) -> None:
        if self.kind not in BOUNDS:
            raise ValueError(f"a letter without a bound: {self.kind}")
