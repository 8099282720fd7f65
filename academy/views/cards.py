"""Academy's cards on pages of the house: three courses at home, what to go on with on my path, what waits on the desk."""

from typing import Any

from academy.queries.catalogue import course_cards, published_ids
from academy.queries.learning import my_learning
from academy.queries.teaching import count_in_state
from academy.views.catalogue import card_facts
from app.engines.language import language
from app.kernel.actor import Actor

AT_HOME = 3
GOING_ON = 3


def home_card(_actor: Actor, _subject: int | None) -> dict[str, Any] | None:
    """The three newest courses; nothing while there is none."""
    ids, _total = published_ids(0, AT_HOME)
    return {"courses": [card_facts(card) for card in course_cards(ids, language())]} if ids else None


def path_card(actor: Actor, _subject: int | None) -> dict[str, Any] | None:
    """Courses that were begun and are not finished."""
    if actor.person_id is None:
        return None
    learning = [one for one in my_learning(actor.person_id, language())[0] if one.certificate is None][:GOING_ON]
    return {"learning": learning} if learning else None


def desk_card(_actor: Actor, _subject: int | None) -> dict[str, Any]:
    """How many courses wait for the office."""
    return {"waiting": count_in_state("submitted")}
