"""Orders' cards on shared pages: what waits in an office and on the desk, a buyer's orders on the way; the first sale."""

from collections.abc import Mapping
from typing import Any

from app.kernel.actor import Actor
from app.kernel.text import msg
from app.module import Card, Entry, Step
from orders.permissions import HANDLERS, READERS
from orders.queries.baskets import basket_count
from orders.queries.office import desk_counts, has_sold, stage_counts


def office_card(actor: Actor, organisation_id: int | None) -> Mapping[str, Any] | None:
    """Orders to accept, to pack and to ship."""
    if organisation_id is None or not actor.holds(organisation_id, *HANDLERS):
        return None
    return {"counts": stage_counts(organisation_id)}


def desk_card(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """How many orders stand where in the whole house."""
    return {"counts": desk_counts()} if actor.operator else None


def page_context(actor: Actor) -> Mapping[str, Any]:
    return {"basket_count": basket_count(actor)}


CARDS = (Card("office", 20, "orders/card_office.html", office_card), Card("desk", 20, "orders/card_desk.html", desk_card))
STEPS = (Step("first-sale", 60, msg("Make the first sale"), "accounts.organisations", "coin", has_sold),)
MENU = (
    Entry("account", 20, msg("My orders"), "orders.my_orders", "parcel"),
    Entry("office", 20, msg("Orders"), "orders.office_list", "parcel", frozenset(READERS)),
    Entry("desk", 30, msg("Orders"), "orders.desk_orders", "parcel"),
)
