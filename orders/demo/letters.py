"""One of each letter of orders about an order of the demonstration, for its page of letters."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import make_transient

from app.accounts.models import Person
from app.engines.db import db
from app.engines.language import speaking, translate
from app.kernel.clock import now
from app.kernel.text import msg
from app.payments.queries import METHODS
from catalog.queries import LotLine
from orders.models import Order, OrderLine, Purchase
from orders.queries.lots import TakenFromLot
from orders.queries.sellers import order_office
from orders.services import letters

CODE = "204518"
LID = msg("A lid may not be tight.")
REASON = msg("A jar broke while it was packed, and there is no other.")


def write_samples(_person_id: int, language: str) -> None:
    """About the order that was made last, in the caller's transaction, which undoes them and what they change."""
    order = db.session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).first()
    if order is None:
        return
    purchase, moment = db.session.get_one(Purchase, order.purchase_id), now()
    line = db.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id)).all()[0]
    make_transient(order)
    order.id, purchase.key = -1, "a-key"  # nobody was told of it yet, and its page opens for nobody
    purchase.language, purchase.buyer_id, purchase.mail = language, None, "reader@demo.tiwizi.example"
    purchase.confirmed_at, purchase.expires_at = moment, moment + timedelta(days=1)
    with speaking(language):
        order.reason = translate(REASON)
    order.carrier, order.tracking, order.payment = "Amana", "RR123456789MA", "due-cash"
    readers = order_office(order.organisation_id).readers
    db.session.execute(update(Person).where(Person.id.in_(readers)).values(language=language))
    letters.write_purchase_placed(purchase, [order])
    letters.write_waiting(purchase, [order], 0, CODE)
    letters.write_lapsed(purchase)
    letters.write_order_for_seller(order)
    letters.write_buyer_cancelled(order)
    for action in letters.BUYER_SENTENCES:
        order.version += 1
        letters.write_move(order, action)
    purchase.method = next(key for key, method in METHODS.items() if method.by_provider)
    letters.write_not_deliverable(purchase, [order])
    letters.write_abandoned(purchase, basket_again=True)
    with speaking(language):
        reason = translate(LID)
    day = moment.date() + timedelta(days=90)
    lot = LotLine(-1, line.variant_id, 0, "", "L-17", day, moment, moment, reason, 0, 0)
    letters.write_recall(purchase, lot, TakenFromLot(-1, -1, order.organisation_id, order.number, line.title, line.count))
