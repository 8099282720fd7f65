"""How often something may be tried, and how long a code lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts within `within`, counted by one subject."""

    most: int
    within: timedelta


# A contact is guessed from one address a few times; an address may err more often, it may be a whole village's.
# Signing in is never counted by contact alone: a stranger far away could otherwise lock its owner out. Codes are, since
# six digits could be guessed from many addresses together; a browser the owner has signed in with before is not bound by it.
LIMITS: Mapping[str, Limit] = {
    "sign-in-contact": Limit(8, timedelta(minutes=15)),
    "sign-in-address": Limit(60, timedelta(minutes=15)),
    "sign-in-device": Limit(12, timedelta(minutes=15)),
    "code-contact": Limit(5, timedelta(hours=1)),
    "code-address": Limit(30, timedelta(hours=1)),
    "code-everywhere": Limit(30, timedelta(hours=24)),
    "code-device": Limit(8, timedelta(hours=1)),
    "try-address": Limit(60, timedelta(hours=1)),
    "invite-person": Limit(40, timedelta(hours=24)),
    "password-person": Limit(8, timedelta(minutes=15)),
}
