"""Pages that combine modules are made of cards; none of the modules knows another."""

from flask import current_app, render_template
from markupsafe import Markup

from app.module import Card, Step
from app.web.page_cache import kept_piece
from app.web.visitor import actor


def cards(spot: str, subject_id: int | None = None) -> list[Markup]:
    """The rendered cards of a spot, in order; a card without facts is left out."""
    made = (_card(card, subject_id) for card in current_app.extensions["cards"].get(spot, ()))
    return [card for card in made if card]


def _card(card: Card, subject_id: int | None) -> Markup:
    if card.on and subject_id is None and actor().person_id is None:
        return kept_piece("card", card.template, kinds=card.on, make=lambda: _rendered(card, None))
    return _rendered(card, subject_id)


def _rendered(card: Card, subject_id: int | None) -> Markup:
    facts = card.facts(actor(), subject_id)
    return Markup() if facts is None else Markup(render_template(card.template, **facts))


def by_spot(declared: list[Card]) -> dict[str, list[Card]]:
    ordered = sorted(declared, key=lambda card: card.order)
    return {spot: [card for card in ordered if card.spot == spot] for spot in {card.spot for card in ordered}}


def path_steps() -> list[tuple[Step, bool]]:
    """The steps of my path with whether each has really happened."""
    who = actor()
    return [(step, step.done(who)) for step in current_app.extensions["steps"]]
