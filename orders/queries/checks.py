"""The invariants of orders, for `tiwizi check`: sums, states, the ledger, the stock that is held, money that came."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, Text, and_, case, cast, func, literal, not_, select

from app.engines import tallies
from app.engines.counters import holds_of
from app.engines.db import db
from app.engines.slices import AT_ONCE, portions
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments.queries import (
    METHODS,
    Booked,
    booked,
    booked_keys,
    otherwise_booked,
    payable_references,
    payables_of,
    refunded,
    refunds_of,
    sale_as_booked,
)
from catalog.queries import STOCK, WAYS
from orders.models import ORDERS, PURCHASES, Order, OrderLine, Purchase
from orders.rules import purchases, states
from orders.rules.stages import UNPLACED

# A job that was late by so much did not run.
FORGOTTEN = timedelta(hours=1)


def broken_sums() -> Iterable[str]:
    """An order is its lines and its delivery; a purchase is its orders, in one currency."""
    lines = select(OrderLine.order_id, func.sum(OrderLine.total).label("goods")).group_by(OrderLine.order_id).subquery()
    rows = db.session.execute(
        select(Order.number, Order.goods, func.coalesce(lines.c.goods, -1))
        .outerjoin(lines, lines.c.order_id == Order.id)
        .where(Order.goods != func.coalesce(lines.c.goods, -1))
        .order_by(Order.id)
    )
    yield from (f"order {number}: goods are {goods}, its lines {sum_}" for number, goods, sum_ in rows)
    orders = (
        select(
            Order.purchase_id,
            func.sum(Order.total).label("total"),
            func.min(Order.currency).label("least"),
            func.max(Order.currency).label("most"),
        )
        .group_by(Order.purchase_id)
        .subquery()
    )
    sums = db.session.execute(
        select(Purchase.number, Purchase.total, func.coalesce(orders.c.total, -1))
        .outerjoin(orders, orders.c.purchase_id == Purchase.id)
        .where(Purchase.total != func.coalesce(orders.c.total, -1))
        .order_by(Purchase.id)
    )
    yield from (f"purchase {number}: total is {total}, its orders {sum_}" for number, total, sum_ in sums)
    mixed = db.session.scalars(
        select(Purchase.number)
        .join(orders, orders.c.purchase_id == Purchase.id)
        .where((orders.c.least != Purchase.currency) | (orders.c.most != Purchase.currency))
        .order_by(Purchase.id)
    )
    yield from (f"purchase {number}: its orders are in another currency" for number in mixed)


def impossible_states() -> Iterable[str]:
    """An order stands where its actions can have brought it, paid the way it was ordered."""
    reachable = {name: states.reachable(method.ahead) for name, method in METHODS.items()}
    rows = db.session.execute(
        select(Purchase.method, Order.commercial, Order.payment, Order.fulfilment, Order.after_sale)
        .join(Purchase, Purchase.id == Order.purchase_id)
        .distinct()
    )
    for method, *axis_states in rows.all():
        axes = states.Axes(*axis_states)
        if axes not in reachable.get(method, frozenset()):
            yield from (
                f"order {number} is {', '.join(axis_states)}: no {method} order comes there"
                for number in db.session.scalars(
                    select(Order.number)
                    .join(Purchase, Purchase.id == Order.purchase_id)
                    .where(
                        Purchase.method == method,
                        Order.commercial == axes.commercial,
                        Order.payment == axes.payment,
                        Order.fulfilment == axes.fulfilment,
                        Order.after_sale == axes.after_sale,
                    )
                    .order_by(Order.id)
                )
            )


def wrong_tallies() -> Iterable[str]:
    """How many orders of an office stand where, and how many purchases there are, is kept as it is."""
    placed = case((Order.placed_at.is_(None), f" {UNPLACED}"), else_="")
    word = Order.commercial + " " + Order.fulfilment + placed
    orders = select(Order.organisation_id, word, func.count()).group_by(Order.organisation_id, word)
    for office, where, kept, there in tallies.wrong(ORDERS, orders):
        yield f"orders of organisation {office} that are {where}: {kept} are counted, there are {there}"
    for _house, _word, kept, there in tallies.wrong(PURCHASES, select(literal(0), literal(""), func.count(Purchase.id))):
        yield f"purchases: {kept} are counted, there are {there}"


def unknown_ways() -> Iterable[str]:
    """An order reaches its buyer by a way that catalog knows."""
    rows = select(Order.number, Order.delivery_kind).where(Order.delivery_kind.not_in(WAYS)).order_by(Order.id)
    yield from (f"order {number} goes by {way}, a way that nobody knows" for number, way in db.session.execute(rows))


SOLD_AS = {"sale": "sale", "sale-reversed": "sale:reversed", "cash-collected": "cash"}  # how the keys of an order's sets end
COMPARED = 10_000  # orders that the database compares with their sets in one statement
PLACED, STOPPED = Order.placed_at.is_not(None), Order.commercial.in_(states.STOPPED)
AT_THE_DOOR = Purchase.method.in_([name for name, method in METHODS.items() if not method.ahead])
# What of an order is in the ledger.
DUE: Mapping[str, ColumnElement[bool]] = {
    "sale": PLACED,
    "sale-reversed": and_(PLACED, STOPPED),
    "cash-collected": and_(Order.payment == "paid", AT_THE_DOOR),
}


def unbooked_orders() -> Iterable[str]:
    """A standing order has its sale, a stopped one its reversal, collected cash its set, as they happened; nothing else."""
    for ids in portions(select(Order.id), Order.id, COMPARED):
        here = Order.id.between(ids[0].id, ids[-1].id)
        doubtful = set(db.session.scalars(select(Order.id).where(here, _misplaced())))
        for event in SOLD_AS:
            doubtful |= set(db.session.scalars(otherwise_booked(event, _sales(event, here))))
        for start in range(0, len(doubtful), AT_ONCE):
            yield from _named(sorted(doubtful)[start : start + AT_ONCE])
    for event, end in SOLD_AS.items():
        for keys in booked_keys(event):
            yield from (f"{key} is booked for no order" for key in _of_no_order(keys, end))


def _misplaced() -> ColumnElement[bool]:
    """Sold and not placed, or the other way round."""
    return Order.commercial.in_(states.SOLD) != and_(PLACED, not_(STOPPED))


def _sales(event: str, here: ColumnElement[bool]) -> Subquery:
    """These orders, as the ledger is compared with them."""
    return (
        select(
            Order.id,
            (literal("order:") + cast(Order.id, Text) + f":{SOLD_AS[event]}").label("key"),
            DUE[event].label("due"),
            Order.organisation_id.label("seller"),
            Order.total,
            Order.commission,
            Order.currency,
        )
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(here)
        .subquery()
    )


def _named(ids: Sequence[int]) -> Iterable[str]:
    """What is wrong with these orders, in words."""
    asked = (
        select(
            Order.id,
            Order.number,
            Order.organisation_id,
            Order.commercial,
            Order.payment,
            Order.placed_at,
            Order.total,
            Order.commission,
            Order.currency,
            Purchase.method,
        )
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(Order.id.in_(ids))
        .order_by(Order.id)
    )
    books = {event: booked(event, [f"order:{id_}:{end}" for id_ in ids]) for event, end in SOLD_AS.items()}
    for row in db.session.execute(asked):
        yield from _misbooked(row, books)


def _misbooked(row: Row[*tuple[Any, ...]], books: Mapping[str, Mapping[str, Booked]]) -> Iterable[str]:
    """What of an order is not booked, or booked otherwise than it happened."""
    as_it_was = Money(row.total, row.currency), Money(row.commission, row.currency), row.organisation_id
    placed, stopped = row.placed_at is not None, row.commercial in states.STOPPED and row.placed_at is not None
    collected = row.payment == "paid" and row.method in METHODS and not METHODS[row.method].ahead
    due = (
        ("sale", "sale", row.commercial, placed),
        ("sale-reversed", "reversal", row.commercial, stopped),
        ("cash-collected", "cash", row.payment, collected),
    )
    for event, word, state, wanted in due:
        there = books[event].get(f"order:{row.id}:{SOLD_AS[event]}")
        if (there is not None) != wanted:
            yield f"order {row.number} is {state}, its {word} is {'not booked' if wanted else 'booked'}"
        elif there is not None and there != sale_as_booked(event, *as_it_was):
            yield f"order {row.number}: its {word} is booked otherwise than it happened"
    if (row.commercial in states.SOLD) != (placed and not stopped):
        yield f"order {row.number} is {row.commercial} but placed at {row.placed_at}"


def _of_no_order(keys: Iterable[str], end: str) -> list[str]:
    """Those of the keys, `order:ID:END`, that name no order there is."""
    named = {key: int(found[1]) if (found := re.fullmatch(rf"order:(\d{{1,18}}):{end}", key)) else 0 for key in keys}
    known = set(db.session.scalars(select(Order.id).where(Order.id.in_(set(named.values())))))
    return sorted(key for key, id_ in named.items() if id_ not in known)


def stray_holds() -> Iterable[str]:
    """Stock is held for what waits for its money or its buyer, as much as was bought, and for nothing else."""
    wanted = {
        (f"order:{order_id}" if state in states.WAITING else f"purchase:{purchase_id}", variant_id): count
        for order_id, purchase_id, state, variant_id, count in db.session.execute(
            select(Order.id, Order.purchase_id, Order.commercial, OrderLine.variant_id, OrderLine.count)
            .join(OrderLine, OrderLine.order_id == Order.id)
            .where(Order.commercial.in_(("pending", *states.WAITING)))
        )
    }
    pending = {holder for holder, _variant in wanted}
    held = holds_of(STOCK, "purchase:", "order:")
    yield from (f"stock is held for {holder}, which waits for no money" for holder in held if holder not in pending)
    yield from (
        f"{quantity} of variant {variant} are held for {holder}, which has bought {wanted.get((holder, variant), 0)}"
        for holder, lines in held.items()
        for variant, quantity in lines
        if holder in pending and wanted.get((holder, variant)) != quantity
    )


def forgotten_waits() -> Iterable[str]:
    """An order that nobody has confirmed in its day was given up soon after."""
    rows = db.session.scalars(
        select(Order.number)
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(Order.commercial.in_(states.WAITING), Purchase.expires_at < now() - FORGOTTEN)
        .order_by(Order.id)
    )
    yield from (f"order {number} still waits for its buyer, whose day is over" for number in rows)


def unanswered_money() -> Iterable[str]:
    """Of a purchase paid ahead no order waits, and each that is not delivered was paid back, by its own refund."""
    ahead = [name for name, method in METHODS.items() if method.ahead]
    asked = select(Purchase.id, Purchase.number, Purchase.method, Purchase.total, Purchase.currency)
    for purchases_ in portions(asked, Purchase.id):
        yield from _unmatched_payables(purchases_, ahead)
    for references in payable_references(purchases.PURPOSE):
        known = set(db.session.scalars(select(Purchase.id).where(Purchase.id.in_(references))))
        yield from (f"payable {references[id_]} is for no purchase" for id_ in sorted(references.keys() - known))
    paid_ahead = (
        select(Order.id, Order.number, Order.purchase_id, Order.commercial, Order.payment, Order.total, Purchase.method)
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(Purchase.method.in_(ahead))
    )
    for orders in portions(paid_ahead, Order.id):
        yield from _unanswered_orders(orders)
    for refunds in refunds_of(purchases.PURPOSE):
        yield from (f"refund {key} is for no order" for key in _of_no_order(refunds, "refund"))


def _unmatched_payables(rows: Sequence[Row[*tuple[Any, ...]]], ahead: Sequence[str]) -> Iterable[str]:
    payables = payables_of(purchases.PURPOSE, [row.id for row in rows])
    for id_, number, method, total, currency in rows:
        payable = payables.get(id_)
        if (payable is not None) != (method in ahead):
            yield f"purchase {number} is to be paid by {method} and has {'a' if payable else 'no'} payable"
        elif payable is not None and payable.amount != Money(total, currency):
            yield f"purchase {number}: total is {total} {currency}, its payable another"


def _unanswered_orders(rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterable[str]:
    payables = payables_of(purchases.PURPOSE, {row.purchase_id for row in rows})
    went_back = refunded([f"order:{row.id}:refund" for row in rows])
    for id_, number, purchase_id, commercial, payment, total, method in rows:
        payable = payables.get(purchase_id)
        came = payable is not None and payable.state == "settled"
        if came and (commercial in states.UNPAID_CARD or (commercial in states.STOPPED) != (payment == "refunded")):
            yield f"order {number} was paid by {method} and is {commercial}, {payment}"
        if not came and commercial not in states.UNPAID_CARD:
            yield f"order {number} is {commercial}, its {method} was never paid"
        back = went_back.get(f"order:{id_}:refund", 0)
        if back != (total if payment == "refunded" else 0):
            yield f"order {number} is {payment}, {back} of its {total} went back"
