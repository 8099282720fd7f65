"""Who may see an order and who may do what with it; a stranger's order is not found."""

from hmac import compare_digest

from sqlalchemy import ColumnElement

from app.kernel.actor import CHAIR, PACKER, SELLER, TREASURER, Actor
from app.kernel.errors import NotAllowed, NotFound
from orders.models import Order, Purchase
from orders.rules import states

DECIDERS = (CHAIR, SELLER)
HANDLERS = (CHAIR, SELLER, PACKER)
READERS = (*HANDLERS, TREASURER)  # who answers for the money reads, and moves nothing


def may_see_purchase(actor: Actor, buyer_id: int | None, own_key: str, key: str | None) -> bool:
    """The buyer, whoever has the secret of the letter, and the office."""
    if key and compare_digest(own_key.encode(), key.encode()):
        return True
    return actor.operator or (actor.person_id is not None and actor.person_id == buyer_id)


def may_act_for_buyer(actor: Actor, buyer_id: int | None, own_key: str, key: str | None) -> bool:
    """The buyer, or whoever has the secret of the letter."""
    if key and compare_digest(own_key.encode(), key.encode()):
        return True
    return actor.person_id is not None and actor.person_id == buyer_id


def is_own(actor: Actor, buyer_id: int | None, guest: str | None) -> bool:
    """Did this very buyer make it: the person, or the guest of this session?"""
    if actor.person_id is not None or buyer_id is not None:
        return actor.person_id == buyer_id
    return guest is not None and guest == actor.guest


def visible_purchases(actor: Actor) -> ColumnElement[bool]:
    """The purchases of a list: one's own."""
    return Purchase.buyer_id == actor.person_id


def roles_for(action: str) -> tuple[str, ...]:
    return DECIDERS if action in states.DECIDING else HANDLERS


def may_do(actor: Actor, organisation_id: int, action: str) -> bool:
    return actor.holds(organisation_id, *roles_for(action))


def may_see_payout(actor: Actor, organisation_id: int) -> bool:
    """Commission and payout are for those who answer for the money, not for who packs."""
    return actor.holds(organisation_id, CHAIR, TREASURER, SELLER)


def may_see_parcel(actor: Actor, organisation_id: int) -> bool:
    """Who the buyer is, where the parcel goes and whom to call is for those who pack and send."""
    return actor.holds(organisation_id, *HANDLERS)


def visible_orders(organisation_id: int) -> ColumnElement[bool]:
    """An office's orders: started from the seller, and never those whose card was not paid."""
    shown = Order.placed_at.is_not(None) | Order.commercial.in_((*states.WAITING, "lapsed"))
    return (Order.organisation_id == organisation_id) & shown


def may_decide(actor: Actor, organisation_id: int) -> bool:
    """Those who answer for what is sold."""
    return actor.holds(organisation_id, *DECIDERS)


def require_decide(actor: Actor, organisation_id: int) -> None:
    """NotFound for a stranger, NotAllowed for a member without the role."""
    if not actor.holds(organisation_id):
        raise NotFound()
    if not may_decide(actor, organisation_id):
        raise NotAllowed("role-missing", roles=", ".join(DECIDERS))


def require_do(actor: Actor, organisation_id: int, action: str) -> None:
    """NotFound for a stranger, NotAllowed for a member without the role."""
    if not actor.holds(organisation_id):
        raise NotFound()
    if not may_do(actor, organisation_id, action):
        raise NotAllowed("role-missing", roles=", ".join(roles_for(action)))
