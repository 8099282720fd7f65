"""Putting into a basket, changing, taking out; a guest's basket becomes a person's at sign-in."""

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError

from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound
from catalog.queries import offers_of
from orders.models import Basket, BasketLine
from orders.queries.baskets import basket_for_update, owned_by, wanted_in
from orders.rules import amounts


def locked_basket(actor: Actor) -> Basket:
    """The actor's basket, made if there is none, locked."""
    owner = owned_by(actor)
    if owner is None:
        raise Invalid("no-basket")
    basket = basket_for_update(owner) or _new_basket(actor, owner)
    basket.changed_at = now()
    return basket


def _new_basket(actor: Actor, owner: ColumnElement[bool]) -> Basket:
    guest = actor.guest if actor.person_id is None else None
    basket = Basket(person_id=actor.person_id, guest=guest, changed_at=now())
    try:
        with db.session.begin_nested():
            db.session.add(basket)
    except IntegrityError:  # a second tab was faster
        there = basket_for_update(owner)
        if there is None:
            raise
        return there
    return basket


def _line(basket: Basket, variant_id: int) -> BasketLine | None:
    return db.session.scalar(
        select(BasketLine).where(BasketLine.basket_id == basket.id, BasketLine.variant_id == variant_id)
    )


def _currencies(basket: Basket, language: str) -> set[str]:
    """The one currency of what lies in the basket, since a purchase has one; none of an empty basket."""
    return {offer.price.currency for offer in offers_of(list(wanted_in(basket.id)), language).values()}


def add(actor: Actor, variant_id: int, count: int) -> str:
    """Put so many more of a variant into the basket; returns its title. Raises NotFound, Conflict, Invalid."""
    amounts.checked_count(count)
    offer = offers_of([variant_id], actor.language).get(variant_id)
    if offer is None:
        raise NotFound()
    if not offer.sellable:
        raise Conflict("no-longer-sold", title=offer.title)
    basket = locked_basket(actor)
    line = _line(basket, variant_id)
    if line is None:
        lines = db.session.scalar(select(func.count(BasketLine.id)).where(BasketLine.basket_id == basket.id)) or 0
        if lines >= amounts.MAX_LINES:
            raise Conflict("basket-full", most=amounts.MAX_LINES)
        if _currencies(basket, actor.language) - {offer.price.currency}:
            raise Conflict("other-currency", currency=offer.price.currency)
        line = BasketLine(basket_id=basket.id, variant_id=variant_id, count=0, price_seen=offer.price.amount)
        db.session.add(line)
    line.count = amounts.checked_count((line.count or 0) + count)
    line.price_seen = offer.price.amount
    record(actor, "put-in-basket", "basket", basket.id, variant=variant_id, count=count)
    return offer.title


def change(actor: Actor, variant_id: int, count: int) -> None:
    """The basket holds this many of the variant from now on; 0 takes it out. The price counts as seen."""
    if count:
        amounts.checked_count(count)
    basket = locked_basket(actor)
    line = _line(basket, variant_id)
    if line is None:
        if count:
            raise NotFound()
        return
    if count:
        offer = offers_of([variant_id], actor.language).get(variant_id)
        line.count = count
        line.price_seen = offer.price.amount if offer and offer.sellable else line.price_seen
    else:
        db.session.delete(line)
    record(actor, "change-basket", "basket", basket.id, variant=variant_id, count=count)


def empty_of(basket: Basket, variant_ids: list[int]) -> None:
    """What was bought leaves the basket."""
    db.session.execute(
        delete(BasketLine)
        .where(BasketLine.basket_id == basket.id, BasketLine.variant_id.in_(variant_ids))
        .execution_options(synchronize_session=False)
    )


def give_back(basket: Basket, lines: dict[int, tuple[int, int]]) -> None:
    """{variant: (count, price)} of an abandoned purchase lie in the (locked) basket again, as far as there is room."""
    there = set(db.session.scalars(select(BasketLine.variant_id).where(BasketLine.basket_id == basket.id)))
    room = amounts.MAX_LINES - len(there)
    for variant_id, (count, price) in [one for one in lines.items() if one[0] not in there][:room]:
        db.session.add(BasketLine(basket_id=basket.id, variant_id=variant_id, count=count, price_seen=price))


def _foreign(source: Basket, target: Basket, language: str) -> set[int]:
    """The variants of one basket that are in another currency than what lies in the other."""
    known = _currencies(target, language)
    there = offers_of(list(wanted_in(source.id)), language)
    return {id_ for id_, offer in there.items() if known and offer.price.currency not in known}


def merge(actor: Actor, guest: str) -> None:
    """A guest has signed in: what lay in the guest's basket lies in the person's, the larger count of each.

    What no longer fits is left out: beyond the most lines, or in another currency than the person's basket.
    """
    source = basket_for_update(Basket.guest == guest)
    if source is None:
        return
    target = locked_basket(actor)
    foreign = _foreign(source, target, actor.language)
    own = {line.variant_id: line for line in db.session.scalars(select(BasketLine).where(BasketLine.basket_id == target.id))}
    for line in db.session.scalars(
        select(BasketLine).where(BasketLine.basket_id == source.id).order_by(BasketLine.id)
    ).all():
        if line.variant_id in own:
            own[line.variant_id].count = max(own[line.variant_id].count, line.count)
            db.session.delete(line)
        elif len(own) < amounts.MAX_LINES and line.variant_id not in foreign:
            line.basket_id = target.id
            own[line.variant_id] = line
        else:
            db.session.delete(line)
    db.session.flush()
    db.session.delete(source)
    record(actor, "merge-basket", "basket", target.id)
