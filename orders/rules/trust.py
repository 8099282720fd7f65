"""How far a guest's order is believed before anybody has confirmed it: until when it waits, how much is taken at once."""

from dataclasses import dataclass
from datetime import timedelta

from app.kernel.errors import TooMany
from app.kernel.money import Money

# What a code of accounts is for.
PURPOSE = "order"
CONFIRM_LIFE = timedelta(hours=24)
# So far back orders of the same contact or address are looked at, and the address is kept.
LOOK_BACK = timedelta(days=60)
# Purchases that wait (for money, for their buyer) at once, from one address and of one contact there. An address may be a
# training room's. Of a contact alone nothing is counted: a stranger elsewhere would keep its owner from buying.
WAITING_OF_ADDRESS = 30
WAITING_OF_CONTACT = 3


@dataclass(frozen=True)
class Standing:
    """What is open of a contact and an address and was never confirmed.

    `owed`: to be paid at the door, in minor units; how many purchases wait, of the address and of the contact there.
    """

    owed: int = 0
    of_address: int = 0
    of_contact: int = 0


def require_room(standing: Standing) -> None:
    """So many may wait at once. Raises TooMany."""
    if standing.of_address >= WAITING_OF_ADDRESS or standing.of_contact >= WAITING_OF_CONTACT:
        raise TooMany("too-many-waiting", retry_after=3600, most=WAITING_OF_CONTACT)


def must_wait(standing: Standing, total: Money, most: int | None) -> bool:
    """Does a guest's order wait for its buyer, where so much (minor units; None: anything) is taken at once?"""
    return most is not None and standing.owed + total.amount > most
