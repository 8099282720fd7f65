"""What is known of a buyer before an order is taken: is the contact theirs, what is open and was never confirmed."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from app.accounts.models import Contact
from app.engines.db import db
from app.engines.locks import hold_words
from app.kernel.actor import Actor
from app.kernel.contacts import MAIL, PHONE
from orders.models import Order, Purchase
from orders.rules import purchases, states
from orders.rules.trust import LOOK_BACK, Standing

TAKEN = ("placed", "accepted")
WAITS = ("pending", *states.WAITING)


def owns_contact(actor: Actor, wish: purchases.Wish) -> bool:
    """Has the person who buys proved that the contact letters go to is theirs? A guest has proved nothing."""
    if actor.person_id is None:
        return False
    kind, value = (MAIL, wish.mail) if wish.mail else (PHONE, wish.phone)
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Contact.person_id == actor.person_id,
                    Contact.kind == kind,
                    Contact.value == value,
                    Contact.verified_at.is_not(None),
                )
            )
        )
    )


def standing_for_update(wish: purchases.Wish, sender: str | None, currency: str, moment: datetime) -> Standing:
    """What guests of this contact or address have open; others with the same contact or address wait until we are done."""
    contacts = [(Purchase.mail, wish.mail), (Purchase.phone, wish.phone)]
    of_contact = or_(*(column == value for column, value in contacts if value))
    of_address = Purchase.sender == sender
    hold_words(*(f"buyer:{word}" for word in (wish.mail, wish.phone, sender) if word))
    owed, from_address, from_contact = db.session.execute(
        select(
            func.coalesce(func.sum(case((Order.commercial.in_(TAKEN), Order.total), else_=0)), 0),
            _purchases(and_(Order.commercial.in_(WAITS), of_address)),
            _purchases(and_(Order.commercial.in_(WAITS), of_address, of_contact)),
        )
        .join(Order, Order.purchase_id == Purchase.id)
        .where(
            or_(of_contact, of_address),
            Purchase.created_at > moment - LOOK_BACK,
            Purchase.confirmed_at.is_(None),
            Purchase.buyer_id.is_(None),
            Purchase.currency == currency,
            or_(Order.commercial.in_(WAITS), and_(Order.commercial.in_(TAKEN), Order.payment == "due-cash")),
        )
    ).one()
    return Standing(int(owed), from_address, from_contact)


def _purchases(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((which, Purchase.id)).distinct())
