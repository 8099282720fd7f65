"""Pages that combine modules are made of cards; none of the modules knows another."""

from flask import current_app, render_template
from markupsafe import Markup

from app.module import Card, Step
from app.web.visitor import actor


def cards(spot: str, subject_id: int | None = None) -> list[Markup]:
    """The rendered cards of a spot, in order; a card without facts is left out."""
    shown = []
    for card in current_app.extensions["cards"].get(spot, ()):
        facts = card.facts(actor(), subject_id)
        if facts is not None:
            shown.append(Markup(render_template(card.template, **facts)))
    return shown


def by_spot(declared: list[Card]) -> dict[str, list[Card]]:
    ordered = sorted(declared, key=lambda card: card.order)
    return {spot: [card for card in ordered if card.spot == spot] for spot in {card.spot for card in ordered}}


def path_steps() -> list[tuple[Step, bool]]:
    """The steps of my path with whether each has really happened."""
    who = actor()
    return [(step, step.done(who)) for step in current_app.extensions["steps"]]
