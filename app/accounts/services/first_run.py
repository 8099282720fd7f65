"""The first operator of an installation: made once, by the terminal or by the page of the printed key."""

from datetime import datetime

from app.accounts.permissions import require_operator
from app.accounts.queries.people import there_is_an_operator
from app.accounts.services.people import add_person
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.contacts import ContactValue
from app.kernel.errors import Conflict


def add_first_operator(
    actor: Actor, name: str, contact: ContactValue, password_hash: str, language: str, moment: datetime
) -> int:
    """The first person of the office. Raises Conflict("operator-exists") for ever after."""
    require_operator(actor)
    if there_is_an_operator():
        raise Conflict("operator-exists")
    person_id = add_person(actor, name, contact, password_hash, language, moment, operator=True)
    record(actor, "first-operator", "person", person_id)
    return person_id
