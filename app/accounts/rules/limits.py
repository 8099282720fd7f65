"""How often something may fail or be sent, and how long a code lives. Why each is as it is: docs/subsystems/limits.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
BROWSER_LIFE = timedelta(days=180)


@dataclass(frozen=True)
class Limit:
    """At most `most` of a subject within `within`; what turned out right is given back (services.limits)."""

    most: int
    within: timedelta


# An address is a training room, a village, a phone carrier with thousands: right uses never fill it, and what one of them
# fails is no reason to refuse the others. A contact is guessed from many addresses: it is also counted by itself.
# So is the second factor, whatever the address: whoever tries one knows the password already.
LIMITS: Mapping[str, Limit] = {
    # Wrong passwords. Above any of these a right one needs a code from the contact too; nobody is locked out.
    "sign-in-contact": Limit(8, timedelta(minutes=15)),
    "sign-in-address": Limit(300, timedelta(minutes=15)),
    "sign-in-everywhere": Limit(30, timedelta(hours=24)),
    "sign-in-device": Limit(12, timedelta(minutes=15)),
    # Above those: codes sent to who knows the password, and tries from one address that are answered at all.
    "sign-in-letter": Limit(10, timedelta(hours=24)),
    "sign-in-flood": Limit(600, timedelta(minutes=15)),
    # Codes that were sent and have not come back, and codes that were wrong.
    "code-contact": Limit(5, timedelta(hours=1)),
    "code-address": Limit(120, timedelta(hours=1)),
    "code-everywhere": Limit(30, timedelta(hours=24)),
    "code-device": Limit(8, timedelta(hours=1)),
    "try-address": Limit(300, timedelta(hours=1)),
    # One person's own: wrong passwords where it is asked again.
    "own-data-person": Limit(6, timedelta(hours=24)),
    "password-person": Limit(8, timedelta(minutes=15)),
    "factor-person": Limit(5, timedelta(minutes=5)),
    "factor-device": Limit(5, timedelta(minutes=5)),
    # Cards made for people who were met.
    "card-chair": Limit(20, timedelta(hours=24)),
    "card-office": Limit(200, timedelta(hours=24)),
    "lost-person": Limit(3, timedelta(hours=24)),
}
