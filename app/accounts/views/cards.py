"""Accounts' cards on pages that modules share, and its step of my path."""

from collections.abc import Mapping
from typing import Any

from app.accounts.queries.office import founded_something, state_counts
from app.kernel.actor import Actor
from app.kernel.text import msg
from app.module import Card, Step


def waiting_for_the_office(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """Counts of the desk."""
    if not actor.operator:
        return None
    counts = state_counts()
    return {
        "waiting": counts.get("submitted", 0),
        "returned": counts.get("returned", 0),
        "suspended": counts.get("suspended", 0),
        "verified": counts.get("verified", 0),
    }


def registered(actor: Actor) -> bool:
    """Does the person belong to a cooperative that the office has verified?"""
    return actor.person_id is not None and founded_something(actor.person_id)


CARDS = (Card("desk", 10, "accounts/card_desk.html", waiting_for_the_office),)
STEPS = (Step("creation", 40, msg("Register the cooperative"), "accounts.organisations", "stall", registered),)
