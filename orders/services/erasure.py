"""A buyer was erased: purchases stay for the accounts, without a name, a contact or an address."""

from sqlalchemy import delete, select, update

from app.engines.db import db
from app.engines.own_data import Whose
from orders.models import Address, Basket, BasketLine, Order, Purchase
from orders.queries.own_data import purchases_of


def erase_buyer(whose: Whose, name: str) -> None:
    """Their purchases and a guest's under one of their contacts bear the pseudonym; basket and last address go."""
    baskets = select(Basket.id).where(Basket.person_id == whose.person_id)
    for statement in (
        update(Order).where(Order.purchase_id.in_(select(Purchase.id).where(purchases_of(whose)))).values(asked=None),
        update(Purchase)
        .where(purchases_of(whose))
        .values(name=name, phone=None, mail=None, commune="", street="", guest=None),
        delete(BasketLine).where(BasketLine.basket_id.in_(baskets)),
        delete(Basket).where(Basket.person_id == whose.person_id),
        delete(Address).where(Address.person_id == whose.person_id),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
