"""Accounts' cards on pages that modules share, and its step of my path."""

from collections.abc import Mapping
from typing import Any

from app.accounts.queries.acts import acts_before
from app.accounts.queries.desk_people import lost_counts
from app.accounts.queries.long_work import under_way
from app.accounts.queries.office import founded_something, state_counts
from app.engines.language import language
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
        "lost": lost_counts().get("asked", 0),
    }


def waits_for_two(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """Acts that this person asked for, may agree to or may stop."""
    waiting = acts_before(actor.person_id, language()) if actor.person_id is not None else []
    return {"acts": waiting} if waiting else None


def work_under_way(actor: Actor, organisation_id: int | None) -> Mapping[str, Any] | None:
    """Long work that somebody's page has started and that goes on without it."""
    works = under_way(actor, organisation_id)
    return {"works": works} if works else None


def registered(actor: Actor) -> bool:
    """Does the person belong to a cooperative that the office has verified?"""
    return actor.person_id is not None and founded_something(actor.person_id)


CARDS = (
    Card("desk", 10, "accounts/card_desk.html", waiting_for_the_office),
    *(Card(spot, 5, "accounts/card_acts.html", waits_for_two) for spot in ("desk", "path")),
    *(Card(spot, 8, "accounts/card_long_work.html", work_under_way) for spot in ("office", "path")),
)
STEPS = (Step("creation", 40, msg("Register the cooperative"), "accounts.organisations", "stall", registered),)
