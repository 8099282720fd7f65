"""What the project bank does when something has happened to a person."""

from typing import Any

from app.accounts.queries import ContactValue
from projectbank.services.groups import close_invitations_of


def on_secrets_voided(_sender: object, person_id: int, contact: ContactValue | None, sent: bool, **_facts: Any) -> None:
    """Invitations into groups that hung on it open nothing any more, in the same transaction."""
    close_invitations_of(person_id, contact, sent)
