"""Orders' cards on shared pages: what waits in an office and on the desk, a buyer's orders on the way; the first sale."""

from collections.abc import Mapping
from typing import Any

from flask import g

from app.engines.language import language
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.text import msg
from app.module import Card, Entry, Step
from catalog.queries import lot_of
from orders.permissions import HANDLERS, READERS, may_decide, may_see_parcel
from orders.queries.baskets import basket_count
from orders.queries.lots import LOT_BUYERS_SHOWN, buyers_of_lot
from orders.queries.office import desk_counts, has_sold, stage_counts
from orders.views.showing import STAGES, told


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


def lot_card(actor: Actor, lot_id: int | None) -> Mapping[str, Any] | None:
    """Who has something of a lot, those first whose parcel has not left."""
    office = g.get("office")
    if lot_id is None or office is None or not may_see_parcel(actor, office.id):
        return None
    rows, total = buyers_of_lot(office.id, lot_id, LOT_BUYERS_SHOWN)
    recalled = lot_of(office.id, lot_id, language(), now()).recalled_at is not None
    return {
        "lot_id": lot_id,
        "rows": rows,
        "total": total,
        "stages": {word: told(STAGES, word) for word in STAGES},
        "may_tell": recalled and may_decide(actor, office.id),
    }


CARDS = (
    Card("office", 20, "orders/card_office.html", office_card),
    Card("desk", 20, "orders/card_desk.html", desk_card),
    Card("lot", 10, "orders/card_lot.html", lot_card),
)
STEPS = (Step("first-sale", 60, msg("Make the first sale"), "accounts.organisations", "coin", has_sold),)
MENU = (
    Entry("account", 20, msg("My orders"), "orders.my_orders", "parcel"),
    Entry("office", 20, msg("Orders"), "orders.office_list", "parcel", frozenset(READERS)),
    Entry("desk", 30, msg("Orders"), "orders.desk_orders", "parcel"),
)
