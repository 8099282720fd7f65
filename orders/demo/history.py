"""Orders of the past written in bulk, with their ledger and journal; the stock of today is not theirs to move."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from app.engines import tallies
from app.engines.db import db
from app.engines.journal import Line, record_many
from app.kernel.actor import SYSTEM
from app.kernel.money import Money
from app.payments.services import Booking, cash_booking, post, reversal_booking, sale_booking
from app.territories.loading import territory_named
from catalog.queries import Offer
from orders.models import ORDERS, PURCHASES, Order, OrderLine, Purchase
from orders.queries.quotes import QuoteLine
from orders.rules import promises, states
from orders.rules.stages import tally_word
from orders.services.checkout import order_line
from orders.services.placing import ledger_key

# Where an order of the past may stand, and the action that brought it there.
ENDS: Mapping[str, tuple[states.Axes, str]] = {
    "delivered": (states.Axes("completed", "paid", "delivered"), "hand-over"),
    "shipped": (states.Axes("accepted", "due-cash", "shipped"), "ship"),
    "accepted": (states.Axes("accepted", "due-cash", "waiting"), "accept"),
    "new": (states.Axes("placed", "due-cash", "waiting"), "place"),
    "cancelled": (states.Axes("cancelled", "void", "stopped"), "cancel"),
}


@dataclass(frozen=True)
class PastPurchase:
    """A cash purchase as it was: {cooperative: [(offer, count)]}; `fee` of one delivery in minor units, `end` of ENDS."""

    number: str
    name: str
    phone: str
    region: str
    commune: str
    at: datetime
    territory: str
    end: str
    fee: int
    parts: Mapping[int, Sequence[tuple[Offer, int]]]


def write_past(purchases: Sequence[PastPurchase], commission_rate: int) -> int:
    """Write them all; returns how many orders. Numbers must be new."""
    db.session.execute(insert(Purchase), [_purchase_row(one) for one in purchases])
    ids = _ids(Purchase.number, Purchase.id, [one.number for one in purchases])
    rows, lines = [], {}
    for purchase in purchases:
        for number, (organisation_id, bought) in enumerate(purchase.parts.items(), 1):
            row = _order_row(purchase, ids[purchase.number], number, organisation_id, bought, commission_rate)
            rows.append(row)
            lines[row["number"]] = bought
    db.session.execute(insert(Order), rows)
    order_ids = _ids(Order.number, Order.id, list(lines))
    db.session.execute(
        insert(OrderLine),
        [
            order_line(order_ids[number], QuoteLine(offer, count))
            for number, bought in lines.items()
            for offer, count in bought
        ],
    )
    ends = {one.number: one for one in purchases}
    written = [(row, order_ids[row["number"]], ends[row["number"].rsplit("-", 1)[0]]) for row in rows]
    post(*(booking for one in written for booking in _bookings(*one)))
    record_many([line for one in written for line in _journal(*one)])
    tallies.came(PURCHASES, number=len(purchases))
    for row, _id, purchase in written:
        tallies.came(ORDERS, row["organisation_id"], tally_word(ENDS[purchase.end][0], placed=True))
    return len(rows)


def _ids(name: Any, id_: Any, wanted: Sequence[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        ids.update(
            (key, value) for key, value in db.session.execute(select(name, id_).where(name.in_(wanted[start : start + 500])))
        )
    return ids


def _currency(purchase: PastPurchase) -> str:
    return next(iter(purchase.parts.values()))[0][0].price.currency


def _goods(bought: Sequence[tuple[Offer, int]]) -> int:
    return sum(offer.price.amount * count for offer, count in bought)


def _purchase_row(purchase: PastPurchase) -> dict[str, Any]:
    total = sum(_goods(bought) + purchase.fee for bought in purchase.parts.values())
    return {
        "number": purchase.number,
        "key": secrets.token_urlsafe(24),
        "idempotency_key": secrets.token_urlsafe(24),
        "buyer_id": None,
        "guest": None,
        "name": purchase.name,
        "phone": purchase.phone,
        "mail": None,
        "language": "fr",
        "territory": purchase.territory,
        "region": purchase.region,
        "commune": purchase.commune,
        "street": "Centre",
        "method": "cash",
        "total": total,
        "currency": _currency(purchase),
        "terms_version": "2026-1",
        "created_at": purchase.at,
        "expires_at": None,
    }


def _order_row(
    purchase: PastPurchase,
    purchase_id: int,
    number: int,
    organisation_id: int,
    bought: Sequence[tuple[Offer, int]],
    commission_rate: int,
) -> dict[str, Any]:
    axes, action = ENDS[purchase.end]
    territory = territory_named(purchase.territory)
    goods = _goods(bought)
    currency = _currency(purchase)
    first, last = promises.promise(territory, territory.day_of(purchase.at), 1, 3)
    return {
        "purchase_id": purchase_id,
        "number": f"{purchase.number}-{number}",
        "organisation_id": organisation_id,
        "commercial": axes.commercial,
        "payment": axes.payment,
        "fulfilment": axes.fulfilment,
        "after_sale": axes.after_sale,
        "goods": goods,
        "delivery_fee": purchase.fee,
        "total": goods + purchase.fee,
        "commission": Money(goods, currency).share(commission_rate).amount,
        "currency": currency,
        "delivery_kind": "delivery",
        "pickup_place": "",
        "promised_from": first,
        "promised_to": last,
        "carrier": "",
        "tracking": "",
        "reason": "",
        "last_action": action,
        "version": 2,
        "placed_at": purchase.at,
    }


def _ended_at(purchase: PastPurchase) -> datetime:
    return purchase.at + timedelta(days=3)


def _bookings(row: Mapping[str, Any], order_id: int, purchase: PastPurchase) -> list[Booking]:
    """The sale, and what became of it."""
    total, commission = Money(row["total"], row["currency"]), Money(row["commission"], row["currency"])
    key, seller_id = ledger_key(order_id), row["organisation_id"]
    sold = sale_booking(key, total, commission, seller_id, purchase.at)
    if purchase.end == "delivered":
        return [sold, cash_booking(key, total, seller_id, _ended_at(purchase))]
    if purchase.end == "cancelled":
        return [sold, reversal_booking(sold, _ended_at(purchase))]
    return [sold]


def _journal(row: Mapping[str, Any], order_id: int, purchase: PastPurchase) -> list[Line]:
    """Placed, and the last thing that happened."""
    moves = [("place", purchase.at)] + ([(ENDS[purchase.end][1], _ended_at(purchase))] if purchase.end != "new" else [])
    facts = {"organisation": row["organisation_id"]}
    return [Line(SYSTEM, f"{action}-order", "order", order_id, facts, at) for action, at in moves]
