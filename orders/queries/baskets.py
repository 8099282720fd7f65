"""Baskets: whose, what is in them, and what has changed since."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from app.engines import counters
from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.money import Money, total_of
from catalog.queries import STOCK, Offer, offers_of
from orders.models import Basket, BasketLine
from orders.queries.sellers import Seller, sellers


@dataclass(frozen=True)
class BasketItem:
    """A line as the page shows it; `problem` is gone, short, or None; `was` is the price seen if it has changed."""

    offer: Offer
    count: int
    total: Money
    was: int | None
    available: int
    problem: str | None


@dataclass(frozen=True)
class BasketGroup:
    """The lines of one cooperative."""

    seller: Seller
    items: tuple[BasketItem, ...]
    goods: Money


@dataclass(frozen=True)
class BasketView:
    """A basket as the page shows it; `ready` when all of it can be bought as it is."""

    groups: tuple[BasketGroup, ...]
    goods: Money | None
    ready: bool
    changed: bool


def owned_by(actor: Actor) -> ColumnElement[bool] | None:
    """The basket of the actor; None when there can be none."""
    if actor.person_id is not None:
        return Basket.person_id == actor.person_id
    return Basket.guest == actor.guest if actor.guest else None


def basket_count(actor: Actor) -> int | None:
    """How many lines the actor's basket has: one small statement, none for a visitor without a basket's key."""
    owner = owned_by(actor)
    if owner is None:
        return None
    return (
        db.session.scalar(select(func.count(BasketLine.id)).join(Basket, Basket.id == BasketLine.basket_id).where(owner))
        or None
    )


def basket_for_update(owner: ColumnElement[bool]) -> Basket | None:
    """The basket, locked: whatever is done to it is done by one at a time."""
    return db.session.scalar(select(Basket).where(owner).with_for_update().execution_options(populate_existing=True))


def wanted_in(basket_id: int) -> dict[int, int]:
    """{variant: count} in the order they were put in."""
    rows = db.session.execute(
        select(BasketLine.variant_id, BasketLine.count).where(BasketLine.basket_id == basket_id).order_by(BasketLine.id)
    )
    return dict(rows.all())


def view_basket(actor: Actor, language: str) -> BasketView:
    """The actor's basket with today's prices and stock; four statements."""
    owner = owned_by(actor)
    rows = (
        []
        if owner is None
        else db.session.execute(
            select(BasketLine.variant_id, BasketLine.count, BasketLine.price_seen)
            .join(Basket, Basket.id == BasketLine.basket_id)
            .where(owner)
            .order_by(BasketLine.id)
        ).all()
    )
    offered = offers_of([variant_id for variant_id, _, _ in rows], language)
    free = counters.available(STOCK, list(offered), now()) if offered else {}
    items = [_item(offered[id_], count, price_seen, free) for id_, count, price_seen in rows if id_ in offered]
    return _grouped(items, language)


def _item(offer: Offer, count: int, price_seen: int, free: Mapping[int, int]) -> BasketItem:
    left = free.get(offer.variant_id, 0)
    problem = "gone" if not offer.sellable else ("short" if left < count else None)
    was = price_seen if offer.sellable and price_seen != offer.price.amount else None
    return BasketItem(offer, count, offer.price * count, was, left, problem)


def _grouped(items: list[BasketItem], language: str) -> BasketView:
    by_seller: dict[int, list[BasketItem]] = {}
    for item in items:
        by_seller.setdefault(item.offer.organisation_id, []).append(item)
    known = sellers(by_seller, language) if by_seller else {}
    groups = tuple(
        BasketGroup(
            known[id_],
            tuple(group),
            total_of((i.total for i in group if i.problem != "gone"), group[0].offer.price.currency),
        )
        for id_, group in by_seller.items()
    )
    goods = total_of((group.goods for group in groups), groups[0].goods.currency) if groups else None
    ready = bool(items) and all(item.problem is None for item in items)
    return BasketView(groups, goods, ready, any(item.was is not None for item in items))
