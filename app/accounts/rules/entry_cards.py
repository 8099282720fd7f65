"""Printed entry cards, for somebody without mail who was met in person: what is on one, and until when it opens. Pure."""

import re
from datetime import datetime, timedelta

from app.kernel.actor import MEMBER, PACKER, SELLER
from app.kernel.errors import Invalid
from app.kernel.text import msg
from app.kernel.typed import compact

NUMBER = "number"  # beside the kinds of contacts: a way to sign in by which nobody is reached
# Eight figures are no whole phone number in any of the territories, so that nobody's phone is taken for a card's number.
NUMBER_DIGITS, CODE_DIGITS = 8, 10
CARD_LIFE = timedelta(days=14)
CARD_TRIES = 5
REASON_SHORTEST, REASON_LONGEST = 5, 200
# What a chair may make somebody with a card: whoever decides over people or money has proved a contact.
CARD_ROLES = (MEMBER, PACKER, SELLER)
CARD_STATES = {
    "open": msg("Card not used yet"),
    "used": msg("Card used"),
    "expired": msg("Card expired"),
    "void": msg("Card void"),
}


def number_typed(text: str) -> str | None:
    """The sign-in number in what was typed, in groups or not and in any figures; None when it is none."""
    number = compact(text)
    return number if re.fullmatch(rf"[1-9][0-9]{{{NUMBER_DIGITS - 1}}}", number) else None


def card_reason(text: str) -> str:
    """Why the card is made, as it is kept. Raises Invalid."""
    if not REASON_SHORTEST <= len(text) <= REASON_LONGEST:
        raise Invalid("card-reason-needed", "reason", shortest=REASON_SHORTEST, longest=REASON_LONGEST)
    return text


def card_state(used_at: datetime | None, expires_at: datetime, wrong_tries: int, stands: bool, moment: datetime) -> str:
    """What has become of a card; `stands` is false once something it hung on has changed."""
    if used_at is not None:
        return "used"
    if not stands or wrong_tries >= CARD_TRIES:
        return "void"
    return "open" if moment < expires_at else "expired"
