"""What is wrong between the card provider and this installation, which no buyer can mend."""

from sqlalchemy import select

from app.engines.db import db
from app.engines.journal import JournalLine
from app.kernel.text import msg
from app.payments.gateway.current import card_gateway, without_webhook_secret

KEY_SUBJECT, KEY_REFUSED, KEY_WORKS = "card-key", "card-key-refused", "card-key-works"
SECRET_MISSING = msg("The card service cannot tell us what was paid: the setting %(setting)s is missing.")
KEY_IS_REFUSED = msg("The card service refuses our key: no card can be charged. Correct the setting %(setting)s.")


def key_is_refused() -> bool:
    """Was the key refused when it was last used? The journal remembers it, for every process."""
    last = select(JournalLine.verb).where(JournalLine.subject_kind == KEY_SUBJECT).order_by(JournalLine.id.desc()).limit(1)
    return db.session.scalar(last) == KEY_REFUSED


def card_alarms() -> list[tuple[str, str]]:
    """(sentence, setting) of each alarm that stands."""
    if card_gateway() is None:
        return []
    found = [(SECRET_MISSING, "TIWIZI_STRIPE_WEBHOOK_SECRET")] if without_webhook_secret() else []
    return found + ([(KEY_IS_REFUSED, "TIWIZI_STRIPE_SECRET_KEY")] if key_is_refused() else [])


def alarms_for_a_person() -> list[str]:
    """For `tiwizi check`, in English."""
    return [sentence % {"setting": setting} for sentence, setting in card_alarms()]
