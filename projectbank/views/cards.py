"""Cards that this module gives to pages of the house, and the steps of my path."""

from collections.abc import Mapping
from typing import Any

from app.engines.language import language, translate
from app.kernel.actor import Actor
from projectbank.queries.desk import waiting
from projectbank.queries.groups import groups_of, in_a_group
from projectbank.queries.mine import has_an_idea
from projectbank.queries.sheet_lists import latest_sheets, saved_among
from projectbank.rules import LIVING
from projectbank.views.showing import GROUP_TONES, GROUP_WORDS, sheets_in_a_grid

LATEST = 3


def latest_card(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """Home: the newest sheets."""
    ids = latest_sheets(LATEST)
    return {"sheets": sheets_in_a_grid(ids, saved_among(actor.person_id, ids))} if ids else None


def groups_card(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """My path: my groups."""
    groups = [one for one in groups_of(actor.person_id, language()) if one.state in LIVING] if actor.person_id else []
    if not groups:
        return None
    return {"groups": groups, "tones": GROUP_TONES, "words": {state: translate(text) for state, text in GROUP_WORDS.items()}}


def desk_card(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """Desk: how many ideas wait."""
    return {"waiting": waiting()} if actor.operator else None


def idea_found(actor: Actor) -> bool:
    """Step 1: a sheet was saved or written."""
    return actor.person_id is not None and has_an_idea(actor.person_id)


def group_found(actor: Actor) -> bool:
    """Step 2: the person is in a living group."""
    return actor.person_id is not None and in_a_group(actor.person_id)
