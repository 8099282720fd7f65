"""The second factor: who needs one and from when on, which code fits, how long a proof counts."""

import hmac
import re
from collections.abc import Collection
from datetime import datetime, timedelta

import pyotp

from app.kernel.actor import CHAIR, TREASURER
from app.kernel.states import States
from app.kernel.text import msg

# Who needs one: whoever decides over people and money in an organisation; and every operator.
DUTIES = frozenset({CHAIR, TREASURER})
GRACE = timedelta(days=7)
STEP_SECONDS = 30
DRIFT_STEPS = 1
PRINTED_CODES, PRINTED_DIGITS = 10, 10
FEW_CODES = 3
KEY_NAME_LONGEST, KEYS_MOST = 60, 10
HALF_OPEN = timedelta(minutes=10)
ASKED_AGAIN = timedelta(minutes=10)
LOST_WAIT = timedelta(hours=48)
LOST = States(
    "lost-factor",
    "asked",
    {
        "asked": {"agree": "waiting", "refuse": "refused", "withdraw": "withdrawn"},
        "waiting": {"carry-out": "done", "refuse": "refused", "withdraw": "withdrawn"},
        "done": {},
        "refused": {},
        "withdrawn": {},
    },
)
LOST_OPEN = ("asked", "waiting")
LOST_STATES = {
    "asked": msg("Asked for"),
    "waiting": msg("Agreed, waits 48 hours"),
    "done": msg("Second factor removed"),
    "refused": msg("Refused"),
    "withdrawn": msg("Withdrawn by its owner"),
}
CHANGES = {
    "app": msg("An authenticator app was set up."),
    "app-removed": msg("The authenticator app was removed."),
    "passkey": msg("A passkey was added."),
    "passkey-removed": msg("A passkey was removed."),
    "reset": msg("The office has removed your second factor. Sign in with your password and set up another one."),
    "codes": msg("A new list of one-time codes was made. An older list is worth nothing any more."),
}


def grace_ends(duties: Collection[datetime], grace_from: datetime | None) -> datetime | None:
    """When the days to set up a second factor are over; `duties` are the moments since when each such role is held.

    `grace_from` begins the days anew: a person who is made an operator, everybody who was there before the rule was.
    None for who holds no such role.
    """
    if not duties:
        return None
    begun = min(duties)
    return max(begun, grace_from or begun) + GRACE


def step_of(moment: datetime) -> int:
    """The number of the 30 seconds in which a moment lies."""
    return int(moment.timestamp()) // STEP_SECONDS


def fitting_step(secret: str, code: str, moment: datetime, last_step: int | None) -> int | None:
    """The step whose code this is: the present one or one beside it, later than the one used last; else None."""
    totp, present = pyotp.TOTP(secret), step_of(moment)
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and (last_step is None or step > last_step):
            return step
    return None


def is_printed_code(code: str) -> bool:
    """Has it the form of a code of the printed list? An app's code has six digits."""
    return re.fullmatch(rf"[0-9]{{{PRINTED_DIGITS}}}", code) is not None


def in_groups(text: str, size: int = 5) -> str:
    """A code or a secret as people copy it: in groups."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
