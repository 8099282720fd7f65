"""Putting into a basket, changing, taking out; a guest's basket becomes a person's at sign-in."""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, insert, select, update

from app.engines.db import db, execute, insert_once
from app.engines.journal import record
from app.engines.language import comma
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound
from catalog.queries import Offer, offers_of
from orders.models import Basket, BasketLine
from orders.queries.baskets import Owner, basket_for_update, owned_by, wanted_in
from orders.rules import amounts

TOUCH = update(Basket).where(Basket.id == bindparam("basket")).values(changed_at=bindparam("now"))
PUT_IN = insert(BasketLine)
_LINE = (BasketLine.basket_id == bindparam("basket"), BasketLine.variant_id == bindparam("variant"))
CHANGE = update(BasketLine).where(*_LINE).values(count=bindparam("so_many"), price_seen=bindparam("price"))
CHANGE_COUNT = update(BasketLine).where(*_LINE).values(count=bindparam("so_many"))
TAKE_OUT = delete(BasketLine).where(
    BasketLine.basket_id == bindparam("basket"), BasketLine.variant_id.in_(bindparam("variants", expanding=True))
)
LINES = select(BasketLine).where(BasketLine.basket_id == bindparam("basket")).order_by(BasketLine.id)
END = delete(Basket).where(Basket.id == bindparam("basket"))


def locked_basket(actor: Actor) -> int:
    """The id of the actor's basket, made if there is none, locked."""
    owner = owned_by(actor)
    if owner is None:
        raise Invalid("no-basket")
    basket_id = basket_for_update(owner)
    if basket_id is not None:
        execute(TOUCH, {"basket": basket_id, "now": now()})
        return basket_id
    guest = actor.guest if actor.person_id is None else None
    kind = "person_id" if actor.person_id is not None else "guest"
    made = insert_once(Basket, kind, person_id=actor.person_id, guest=guest, changed_at=now())
    return locked_basket(actor) if made is None else int(made)  # a second tab was faster


def refuse_unsold(offers: Iterable[Offer]) -> None:
    """Of these, what is not sold now is named. Raises Conflict("no-longer-sold"), Conflict("waits-for-permit")."""
    unsold = [offer for offer in offers if not offer.sellable]
    gone = [offer.title for offer in unsold if not offer.waits]
    if gone:
        raise Conflict("no-longer-sold", title=comma().join(gone))
    if unsold:
        raise Conflict("waits-for-permit", title=comma().join(offer.title for offer in unsold))


def _currencies(variant_ids: Iterable[int], language: str) -> set[str]:
    """The one currency of what lies in a basket, since a purchase has one; none of an empty basket."""
    return {offer.price.currency for offer in offers_of(list(variant_ids), language).values()}


def add(actor: Actor, variant_id: int, count: int) -> str:
    """Put so many more of a variant into the basket; returns its title. Raises NotFound, Conflict, Invalid."""
    amounts.checked_count(count)
    offer = offers_of([variant_id], actor.language).get(variant_id)
    if offer is None:
        raise NotFound()
    refuse_unsold([offer])
    basket_id = locked_basket(actor)
    lines, price = wanted_in(basket_id), offer.price.amount
    if variant_id in lines:
        together = amounts.checked_count(lines[variant_id] + count)
        execute(CHANGE, {"basket": basket_id, "variant": variant_id, "so_many": together, "price": price})
    else:
        if len(lines) >= amounts.MAX_LINES:
            raise Conflict("basket-full", most=amounts.MAX_LINES)
        if _currencies(lines, actor.language) - {offer.price.currency}:
            raise Conflict("other-currency", currency=offer.price.currency)
        _put_in(basket_id, {variant_id: (count, price)})
    record(actor, "put-in-basket", "basket", basket_id, variant=variant_id, count=count)
    return offer.title


def _put_in(basket_id: int, lines: Mapping[int, tuple[int, int]]) -> None:
    """New lines: {variant: (count, price)}."""
    if lines:
        rows = [
            {"basket_id": basket_id, "variant_id": variant_id, "count": count, "price_seen": price}
            for variant_id, (count, price) in lines.items()
        ]
        execute(PUT_IN, rows)


def change(actor: Actor, variant_id: int, count: int) -> None:
    """The basket holds this many of the variant from now on; 0 takes it out. The price counts as seen."""
    if count:
        amounts.checked_count(count)
    basket_id = locked_basket(actor)
    line = {"basket": basket_id, "variant": variant_id}
    if variant_id not in wanted_in(basket_id):
        if count:
            raise NotFound()
        return
    if count:
        offer = offers_of([variant_id], actor.language).get(variant_id)
        if offer and offer.sellable:
            execute(CHANGE, {**line, "so_many": count, "price": offer.price.amount})
        else:
            execute(CHANGE_COUNT, {**line, "so_many": count})
    else:
        execute(TAKE_OUT, {"basket": basket_id, "variants": [variant_id]})
    record(actor, "change-basket", "basket", basket_id, variant=variant_id, count=count)


def empty_of(basket_id: int, variant_ids: list[int]) -> None:
    """What was bought leaves the basket."""
    execute(TAKE_OUT, {"basket": basket_id, "variants": variant_ids})
    execute(TOUCH, {"basket": basket_id, "now": now()})


def give_back(basket_id: int, lines: dict[int, tuple[int, int]]) -> None:
    """{variant: (count, price)} of an abandoned purchase lie in the (locked) basket again, as far as there is room."""
    there = wanted_in(basket_id)
    room = amounts.MAX_LINES - len(there)
    _put_in(basket_id, dict([one for one in lines.items() if one[0] not in there][:room]))


def _foreign(source_id: int, target_id: int, language: str) -> set[int]:
    """The variants of one basket that are in another currency than what lies in the other."""
    known = _currencies(wanted_in(target_id), language)
    there = offers_of(list(wanted_in(source_id)), language)
    return {id_ for id_, offer in there.items() if known and offer.price.currency not in known}


def merge(actor: Actor, guest: str) -> None:
    """A guest has signed in: what lay in the guest's basket lies in the person's, the larger count of each.

    What no longer fits is left out: beyond the most lines, or in another currency than the person's basket.
    """
    source_id = basket_for_update(Owner(None, guest))
    if source_id is None:
        return
    target_id = locked_basket(actor)
    foreign = _foreign(source_id, target_id, actor.language)
    own = {line.variant_id: line for line in db.session.scalars(LINES, {"basket": target_id})}
    for line in db.session.scalars(LINES, {"basket": source_id}).all():
        if line.variant_id in own:
            own[line.variant_id].count = max(own[line.variant_id].count, line.count)
            db.session.delete(line)
        elif len(own) < amounts.MAX_LINES and line.variant_id not in foreign:
            line.basket_id = target_id
            own[line.variant_id] = line
        else:
            db.session.delete(line)
    execute(END, {"basket": source_id})
    record(actor, "merge-basket", "basket", target_id)
