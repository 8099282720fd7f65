"""Who a session belongs to: Flask-Login's loader of the current person."""

from flask import current_app

from app.accounts.queries import load_visitor
from app.engines.language import language
from app.kernel.clock import now
from app.kernel.typed import own_whole
from app.web.visitor import Factor, Office, Visitor


def visitor_of(user_id: str) -> Visitor | None:
    """The person of a session with the places they work in; at most two statements."""
    person_id = own_whole(user_id)
    card = load_visitor(person_id, language()) if person_id is not None else None
    if card is None:
        return None
    offices = tuple(Office(w.id, w.slug, w.name, w.kind, w.state, w.territory, w.roles) for w in card.workplaces)
    needed = card.grace_ends is not None and not current_app.config["DEMO"]
    overdue = card.grace_ends is not None and needed and not card.secured and card.grace_ends <= now()
    factor = Factor(card.secured, needed, card.grace_ends, overdue)
    return Visitor(card.id, card.name, card.language, card.is_operator, card.is_instructor, offices, factor)
