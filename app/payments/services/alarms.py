"""Alarms of the card provider."""

from app.engines.journal import record
from app.kernel.actor import Actor
from app.payments.queries.alarms import KEY_REFUSED, KEY_SUBJECT, KEY_WORKS, key_is_refused


def note_key(actor: Actor, refused: bool | None) -> None:
    """What the provider said of our key, None when nothing yet; a line of the journal when that is news."""
    if refused is not None and refused != key_is_refused():
        record(actor, KEY_REFUSED if refused else KEY_WORKS, KEY_SUBJECT, None)
