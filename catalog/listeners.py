"""What the catalogue does when something has happened to a cooperative."""

from typing import Any

from catalog.services.listing import relist, touch_organisation


def on_standing(_sender: object, organisation_id: int, **_facts: Any) -> None:
    """Verified, suspended or reinstated: its products appear or vanish in the same transaction."""
    relist(organisation_id)


def on_changed(_sender: object, organisation_id: int, **_facts: Any) -> None:
    """Its name or place changed: found by the new one."""
    touch_organisation(organisation_id)
