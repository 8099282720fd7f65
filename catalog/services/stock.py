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
from app.kernel.errors import Conflict, NotFound
from catalog.models import StockMovement, Variant
from catalog.permissions import require_count
from catalog.queries.lots import LOT, in_lots, lots_left, taken_by
from catalog.queries.offers import STOCK
from catalog.rules.products import MAX_STOCK, require_lots_unchanged, require_unchanged, require_within
from catalog.rules.stock import change_by_hand

MOVEMENTS = insert(StockMovement)
# {variant: {lot: how many}}
Lots = dict[int, dict[int, int]]


@dataclass(frozen=True)
class Why:
    """Who changes stock, for which of `rules.stock.REASONS`, and when."""

    actor: Actor
    reason: str
    at: datetime


def note(why: Why, changes: Mapping[int, int], orders: Mapping[int, str] | None = None, lots: Lots | None = None) -> None:
    """A movement of each variant whose stock has changed, of each lot of those in lots, by one statement.

    `orders`: {variant: number of its order}; `lots`: {variant: {lot: how many of the change, without its sign}}.
    """
    rows = []
    for variant_id, change in changes.items():
        order, sign = (orders or {}).get(variant_id), 1 if change > 0 else -1
        own = (lots or {}).get(variant_id)
        parts: list[tuple[int | None, int]] = list(own.items()) if own else [(None, abs(change))]
        rows += [row_of(why, variant_id, sign * part, order, lot_id) for lot_id, part in parts if part]
    if rows:
        execute(MOVEMENTS, rows)


def row_of(why: Why, variant_id: int, change: int, order: str | None = None, lot_id: int | None = None) -> dict[str, Any]:
    """The columns of a movement."""
    return {
        "variant_id": variant_id,
        "lot_id": lot_id,
        "reason": why.reason,
        "change": change,
        "person_id": why.actor.person_id,
        "reference": order,
        "at": why.at,
    }


def open_stock(why: Why, quantities: Mapping[int, int]) -> None:
    """New variants have a stock from now on: {variant: how many there are}."""
    counters.open_counters(STOCK, quantities)
    note(why, quantities)


def set_stock(why: Why, variant_id: int, counted: int, seen: int | None) -> None:
    """Counted when there were `seen`; sales or another count since then make it a guess, which raises Conflict.

    What is in lots is counted lot by lot: another number than they say together raises Conflict.
    """
    if seen is not None:
        require_unchanged(variant_id, counters.on_hand_for_update(STOCK, variant_id), counted, seen)
    if in_lots([variant_id]):
        require_lots_unchanged(variant_id, counters.on_hand_for_update(STOCK, variant_id), counted)
        return
    change = counters.set_on_hand(STOCK, variant_id, counted, why.at)
    note(why, {variant_id: change})


def hold_goods(holder: str, wanted: Mapping[int, int], until: datetime, moment: datetime) -> None:
    """So many of each variant are kept for the holder, of those in lots what expires first; all or none, raises Short."""
    counters.take(STOCK, wanted, holder, until, moment)
    lots = _allot(wanted, moment, holder)
    if lots:
        counters.take(LOT, _each(lots), holder, until, moment)


def _allot(wanted: Mapping[int, int], moment: datetime, holder: str | None = None) -> Lots:
    """From which lots they come: {variant: {lot: how many}}, what expires first before the rest; raises Short.

    The stock of the variants is locked, and a lot is locked by nobody who has not locked that before.
    """
    left = lots_left(wanted)
    if not left:
        return {}
    if holder is not None:
        counters.release(holder, LOT)
    free = counters.free_for_update(LOT, [lot.id for lot in left], moment)
    lots: Lots = {lot.variant_id: {} for lot in left}
    for lot in left:
        missing = wanted[lot.variant_id] - sum(lots[lot.variant_id].values())
        part = min(missing, free[lot.id]) if lot.sells_until > moment else 0
        if part:
            lots[lot.variant_id][lot.id] = part
    for variant_id, parts in lots.items():
        some, asked = sum(parts.values()), wanted[variant_id]
        if some < asked:
            raise counters.Short("out-of-stock", kind=STOCK, subject=variant_id, asked=asked, available=some)
    return lots


def _each(lots: Lots) -> dict[int, int]:
    return {lot_id: part for parts in lots.values() for lot_id, part in parts.items()}


def sell_goods(actor: Actor, wanted: Mapping[int, int], orders: Mapping[int, str]) -> None:
    """So many of each variant leave the stock, all or none; raises Short. `orders`: {variant: number of its order}."""
    moment = now()
    counters.use_up(STOCK, wanted, moment)
    lots = _allot(wanted, moment)
    if lots:
        counters.use_up(LOT, _each(lots), moment)
    note(Why(actor, "sold", moment), _less(wanted), orders, lots)


def sell_held_goods(actor: Actor, holder: str, orders: Mapping[int, str]) -> dict[int, int]:
    """What is held leaves the stock; {variant: how many}. `orders`: {variant: number of its order}."""
    sold = counters.consume(holder, STOCK)
    lots: Lots = {}
    left = lots_left(sold) if sold else []
    if left:
        variant_of = {lot.id: lot.variant_id for lot in left}
        for lot_id, part in counters.consume(holder, LOT).items():
            lots.setdefault(variant_of[lot_id], {})[lot_id] = part
    note(Why(actor, "sold", now()), _less(sold), orders, lots)
    return sold


def return_goods(actor: Actor, goods: Mapping[int, int], order: str) -> None:
    """The goods of a stopped order are there again, in the lots they came from: {variant: how many}.

    Of a recalled lot, or one past its day, nothing is for sale again. What was sold before its variant was in lots is of no
    lot that is known: it is counted when a person says in which it is.
    """
    lots: Lots = {}
    there = taken_by(order)
    for taken in there:
        lots.setdefault(taken.variant_id, {})[taken.lot_id] = taken.quantity
    without = in_lots(goods) - set(lots)
    back = {variant_id: count for variant_id, count in goods.items() if variant_id not in without}
    moment = now()
    counters.put_back(STOCK, back)
    counters.put_back(LOT, _each(lots))
    note(Why(actor, "returned", moment), back, dict.fromkeys(back, order), lots)
    for taken in there:
        if taken.recalled:
            book_out(Why(actor, "recalled", moment), taken.variant_id, taken.lot_id)


def book_out(why: Why, variant_id: int, lot_id: int) -> int:
    """What nobody holds of a lot is for sale no more; how many. The stock is locked before the lot."""
    counters.on_hand_for_update(STOCK, variant_id)
    gone = counters.free_for_update(LOT, [lot_id], why.at)[lot_id]
    if gone:
        counters.use_up(STOCK, {variant_id: gone}, why.at)
        counters.use_up(LOT, {lot_id: gone}, why.at)
        note(why, {variant_id: -gone}, lots={variant_id: {lot_id: gone}})
    return gone


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
    counters.on_hand_for_update(STOCK, variant_id)
    if in_lots([variant_id]):
        raise Conflict("catalog-counted-by-lot", subject=variant_id)
    moment = now()
    row = row_of(Why(actor, reason, moment), variant_id, change)
    if insert_once(StockMovement, "form_key", **row, form_key=form_key) is None:
        return
    if change > 0:
        require_within(counters.on_hand_for_update(STOCK, variant_id) + change, 0, MAX_STOCK, "number")
        counters.put_back(STOCK, {variant_id: change})
    else:
        counters.use_up(STOCK, {variant_id: -change}, moment)
    crash_point("stock-moved")
    record(actor, "move-stock", "variant", variant_id, reason=reason, change=change)
