"""What a buyer asks for at the checkout, and under which terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

# What payments are asked for with: its reference is a purchase's id.
PURPOSE = "purchase"
# The goods outlive the payment page by this much, so that money of the last second still finds them.
HOLD_MARGIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Wish:
    """What a buyer asks for at the checkout; `deliveries` maps organisations to the key of the chosen way.

    `asked` maps those with whom a day is agreed on to what would suit the buyer, in words.
    `total_seen` is the total the buyer was shown, in minor units.
    """

    idempotency_key: str
    name: str
    phone: str | None
    mail: str | None
    region: str
    commune: str
    street: str
    method: str
    deliveries: Mapping[int, str]
    total_seen: int
    terms_version: str
    asked: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What a purchase is made under: commission in basis points, how long goods are held for money.

    `unasked_most`: how much of a guest's is taken at once, in minor units; None: anything, and nothing is counted.
    `sender`: the address it comes from, by a key; None when it comes from no request.
    """

    territory: str
    commission_rate: int
    hold: timedelta
    unasked_most: int | None = None
    sender: str | None = None
