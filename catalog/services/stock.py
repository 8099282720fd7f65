"""Every change of what there is of a size: the counter moves, and a movement says who, why and when, in one transaction.

Nothing else of the house opens, counts, sells or returns stock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app.engines import counters
from app.engines.crash_points import crash_point
from app.engines.db import db, execute, insert_once
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import NotFound
from catalog.models import StockMovement, Variant
from catalog.permissions import require_count
from catalog.queries.offers import STOCK
from catalog.rules.products import MAX_STOCK, require_unchanged, require_within
from catalog.rules.stock import change_by_hand

MOVEMENTS = insert(StockMovement)


@dataclass(frozen=True)
class Why:
    """Who changes stock, for which of `rules.stock.REASONS`, and when."""

    actor: Actor
    reason: str
    at: datetime


def _note(why: Why, changes: Mapping[int, int], orders: Mapping[int, str] | None = None) -> None:
    """A movement of each variant whose stock has changed, by one statement; `orders`: {variant: number of its order}."""
    rows = [
        _row(why, variant_id, change, (orders or {}).get(variant_id)) for variant_id, change in changes.items() if change
    ]
    if rows:
        execute(MOVEMENTS, rows)


def _row(why: Why, variant_id: int, change: int, order: str | None = None) -> dict[str, Any]:
    return {
        "variant_id": variant_id,
        "reason": why.reason,
        "change": change,
        "person_id": why.actor.person_id,
        "reference": order,
        "at": why.at,
    }


def open_stock(why: Why, quantities: Mapping[int, int]) -> None:
    """New variants have a stock from now on: {variant: how many there are}."""
    counters.open_counters(STOCK, quantities)
    _note(why, quantities)


def set_stock(why: Why, variant_id: int, counted: int, seen: int | None) -> None:
    """Counted when there were `seen`; sales or another count since then make it a guess, which raises Conflict."""
    if seen is not None:
        require_unchanged(variant_id, counters.on_hand_for_update(STOCK, variant_id), counted, seen)
    change = counters.set_on_hand(STOCK, variant_id, counted, why.at)
    _note(why, {variant_id: change})


def sell_goods(actor: Actor, wanted: Mapping[int, int], orders: Mapping[int, str]) -> None:
    """So many of each variant leave the stock, all or none; raises Short. `orders`: {variant: number of its order}."""
    moment = now()
    counters.use_up(STOCK, wanted, moment)
    _note(Why(actor, "sold", moment), _less(wanted), orders)


def sell_held_goods(actor: Actor, holder: str, orders: Mapping[int, str]) -> dict[int, int]:
    """What is held leaves the stock; {variant: how many}. `orders`: {variant: number of its order}."""
    sold = counters.consume(holder)
    _note(Why(actor, "sold", now()), _less(sold), orders)
    return sold


def return_goods(actor: Actor, goods: Mapping[int, int], order: str) -> None:
    """The goods of a stopped order are there again: {variant: how many}."""
    counters.put_back(STOCK, goods)
    _note(Why(actor, "returned", now()), goods, dict.fromkeys(goods, order))


def _less(quantities: Mapping[int, int]) -> dict[int, int]:
    return {variant_id: -quantity for variant_id, quantity in quantities.items()}


def require_own(organisation_id: int, variant_ids: Iterable[int]) -> None:
    """They are all of this organisation; else NotFound."""
    wanted = set(variant_ids)
    own = select(Variant.id).where(Variant.organisation_id == organisation_id, Variant.id.in_(wanted))
    if set(db.session.scalars(own)) != wanted:
        raise NotFound()


def move_stock(
    actor: Actor, organisation_id: int, variant_id: int, reason: str, number: int, form_key: str | None = None
) -> None:
    """A person adds so many, or takes so many out, for one of `BY_HAND`; more than is free raises Short.

    The same form key again changes nothing.
    """
    require_count(actor, organisation_id)
    require_own(organisation_id, [variant_id])
    change = change_by_hand(reason, require_within(number, 1, MAX_STOCK, "number"))
    moment = now()
    row = _row(Why(actor, reason, moment), variant_id, change)
    if insert_once(StockMovement, "form_key", **row, form_key=form_key) is None:
        return
    if change > 0:
        require_within(counters.on_hand_for_update(STOCK, variant_id) + change, 0, MAX_STOCK, "number")
        counters.put_back(STOCK, {variant_id: change})
    else:
        counters.use_up(STOCK, {variant_id: -change}, moment)
    crash_point("stock-moved")
    record(actor, "move-stock", "variant", variant_id, reason=reason, change=change)
