"""Letters that the relay refused for good: the office settles them, or has them sent once more."""

from app.accounts.permissions import require_operator
from app.engines.journal import record
from app.engines.mail import settle_undelivered
from app.kernel.actor import Actor
from app.kernel.errors import NotFound


def settle_letters(actor: Actor, letter_id: int) -> int:
    """All refused letters to the address of this one are dealt with; how many. Raises NotFound when none is left."""
    return _settle(actor, "settle-letters", letter_id, again=False)[0]


def send_letters_again(actor: Actor, letter_id: int) -> int:
    """All refused letters to the address of this one are sent once more; how many. Raises NotFound when none is left.

    Not those that brought a code: it is worth nothing any more, and they are dealt with.
    """
    return _settle(actor, "send-letters-again", letter_id, again=True)[1]


def _settle(actor: Actor, verb: str, letter_id: int, again: bool) -> tuple[int, int]:
    require_operator(actor)
    count, sent = settle_undelivered(letter_id, again)
    if not count:
        raise NotFound()
    record(actor, verb, "letter", letter_id, count=count)
    return count, sent
