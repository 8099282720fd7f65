"""Contacts as people type them, for the modules that write to somebody who may have no account."""

from app.kernel.contacts import ContactValue, contact_value
from app.territories.loading import territory_named

__all__ = ["ContactValue", "read_contact"]


def read_contact(text: str, territory: str, field: str = "contact") -> ContactValue:
    """A mail address or a phone number of the territory. Raises Invalid("contact-not-understood") on the field."""
    return contact_value(text, territory_named(territory).country, field)
