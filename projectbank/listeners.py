"""What the project bank does when something has happened to a person."""

from typing import Any

from app.accounts.queries import ContactValue
from app.engines.own_data import Whose
from projectbank.services import erasure
from projectbank.services.groups import close_invitations_of


def on_secrets_voided(_sender: object, person_id: int, contact: ContactValue | None, sent: bool, **_facts: Any) -> None:
    """Invitations into groups that hung on it open nothing any more, in the same transaction."""
    close_invitations_of(person_id, contact, sent)


def on_person_erased(_sender: Any, whose: Whose, name: str, **_more: object) -> None:
    """Their groups, invitations and unpublished ideas, in the same transaction."""
    erasure.erase_author(whose, name)
