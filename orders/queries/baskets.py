"""Baskets: whose, what is in them, and what has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, CursorResult, Select, bindparam, func, select

from app.engines.db import execute
from app.kernel.actor import Actor
from app.kernel.money import Money, total_of
from catalog.queries import Offer, offers_of, together
from orders.models import Basket, BasketLine
from orders.queries.sellers import Seller, sellers


@dataclass(frozen=True)
class Owner:
    """Whose a basket is: a person's, or that of a guest's session, by its key."""

    person_id: int | None
    guest: str | None


@dataclass(frozen=True)
class OfEach:
    """A statement for a person's basket, and for a guest's."""

    persons: Select[*tuple[Any, ...]]
    guests: Select[*tuple[Any, ...]]

    def ask(self, owner: Owner) -> CursorResult[*tuple[Any, ...]]:
        if owner.person_id is not None:
            return execute(self.persons, {"owner": owner.person_id})
        return execute(self.guests, {"owner": owner.guest})


def _of_each(statement: Select[*tuple[Any, ...]]) -> OfEach:
    owner: BindParameter[Any] = bindparam("owner")
    return OfEach(statement.where(Basket.person_id == owner), statement.where(Basket.guest == owner))


COUNT = _of_each(select(func.count(BasketLine.id)).join(Basket, Basket.id == BasketLine.basket_id))
FOR_UPDATE = _of_each(select(Basket.id).with_for_update())
LINES = _of_each(
    select(BasketLine.variant_id, BasketLine.count, BasketLine.price_seen)
    .join(Basket, Basket.id == BasketLine.basket_id)
    .order_by(BasketLine.id)
)
WANTED = (
    select(BasketLine.variant_id, BasketLine.count)
    .where(BasketLine.basket_id == bindparam("basket"))
    .order_by(BasketLine.id)
)


@dataclass(frozen=True)
class BasketItem:
    """A line as the page shows it; `was` is the price seen if it has changed.

    `problem`: "gone", "waits" for a permit of its maker's, "short", or None.
    """

    offer: Offer
    count: int
    total: Money
    was: int | None
    available: int
    problem: str | None

    @property
    def sold(self) -> bool:
        """Is it sold at all now?"""
        return self.problem not in ("gone", "waits")


@dataclass(frozen=True)
class BasketGroup:
    """The lines of one cooperative."""

    seller: Seller
    items: tuple[BasketItem, ...]
    goods: Money

    @property
    def carried(self) -> str:
        """What the buyer should know of how they reach them; empty of parcels."""
        return together(item.offer.carriage for item in self.items).told


@dataclass(frozen=True)
class BasketView:
    """A basket as the page shows it; `ready` when all of it can be bought as it is."""

    groups: tuple[BasketGroup, ...]
    goods: Money | None
    ready: bool
    changed: bool


def owner_of(person_id: int | None, guest: str | None) -> Owner | None:
    """Whose the basket of a person or of a guest's session is; None when there can be none."""
    if person_id is not None:
        return Owner(person_id, None)
    return Owner(None, guest) if guest else None


def owned_by(actor: Actor) -> Owner | None:
    """Whose the actor's basket is."""
    return owner_of(actor.person_id, actor.guest)


def basket_count(actor: Actor) -> int | None:
    """How many lines the actor's basket has: one small statement, none for a visitor without a basket's key."""
    owner = owned_by(actor)
    if owner is None:
        return None
    return COUNT.ask(owner).scalar() or None


def basket_for_update(owner: Owner) -> int | None:
    """The id of the basket, which is locked: whatever is done to it is done by one at a time."""
    return FOR_UPDATE.ask(owner).scalar()


def wanted_in(basket_id: int) -> dict[int, int]:
    """{variant: count} in the order they were put in."""
    return dict(execute(WANTED, {"basket": basket_id}).all())


def items_in(actor: Actor, language: str) -> list[BasketItem]:
    """The lines of the actor's basket with today's prices and stock; two statements."""
    owner = owned_by(actor)
    rows = LINES.ask(owner).all() if owner else []
    offered = offers_of([variant_id for variant_id, _, _ in rows], language)
    return [_item(offered[id_], count, price_seen) for id_, count, price_seen in rows if id_ in offered]


def _item(offer: Offer, count: int, price_seen: int) -> BasketItem:
    problem = "waits" if offer.waits else "gone" if not offer.sellable else "short" if offer.available < count else None
    was = price_seen if offer.sellable and price_seen != offer.price.amount else None
    return BasketItem(offer, count, offer.price * count, was, offer.available, problem)


def is_ready(items: Sequence[BasketItem]) -> bool:
    """Can all of it be bought as it is?"""
    return bool(items) and all(item.problem is None for item in items)


def view_basket(actor: Actor, language: str) -> BasketView:
    """The actor's basket, by cooperative; three statements."""
    return grouped(items_in(actor, language), language)


def grouped(items: Sequence[BasketItem], language: str) -> BasketView:
    """What was read of a basket, by cooperative; one statement."""
    by_seller: dict[int, list[BasketItem]] = {}
    for item in items:
        by_seller.setdefault(item.offer.organisation_id, []).append(item)
    known = sellers(by_seller, language) if by_seller else {}
    groups = tuple(
        BasketGroup(
            known[id_],
            tuple(group),
            total_of((i.total for i in group if i.sold), group[0].offer.price.currency),
        )
        for id_, group in by_seller.items()
    )
    goods = total_of((group.goods for group in groups), groups[0].goods.currency) if groups else None
    return BasketView(groups, goods, is_ready(items), any(item.was is not None for item in items))
