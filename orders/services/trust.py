"""What a checkout believes of its buyer, and how long it remembers where a purchase came from."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from app.engines.db import db
from app.kernel.actor import Actor
from app.payments.queries import METHODS
from orders.models import Purchase
from orders.queries.trust import owns_contact, standing_for_update
from orders.rules import purchases
from orders.rules.trust import LOOK_BACK, Standing, require_room


@dataclass(frozen=True)
class Trust:
    """`known`: the contact is proved to be the buyer's; `standing` is None for whoever is signed in, and without limits."""

    known: bool
    standing: Standing | None


def trust_in(actor: Actor, wish: purchases.Wish, terms: purchases.Terms, currency: str, moment: datetime) -> Trust:
    """One statement, before anything of the purchase is written. Raises TooMany: too much of this guest's waits already."""
    if actor.person_id is not None:
        return Trust(owns_contact(actor, wish), None)
    if terms.unasked_most is None:
        return Trust(False, None)
    standing = standing_for_update(wish, terms.sender, currency, moment)
    require_room(standing)
    return Trust(False, standing if not METHODS[wish.method].ahead else None)


def forget_senders(moment: datetime) -> None:
    """Nothing is counted by the address of purchases that are older than what is looked at."""
    old = update(Purchase).where(Purchase.created_at < moment - LOOK_BACK, Purchase.sender.is_not(None))
    db.session.execute(old.values(sender=None).execution_options(synchronize_session=False))
