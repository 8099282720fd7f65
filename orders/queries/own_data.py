"""What orders keep of a person: purchases with their addresses, the basket, the address that is offered again."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.engines.db import db
from app.engines.own_data import OwnData, Whose
from app.kernel.errors import Conflict
from app.kernel.text import msg
from orders.models import Address, Basket, BasketLine, Order, OrderLine, Purchase
from orders.rules import states

SALE = msg("To bring you what you ordered, and because the law wants accounts kept.")
NEXT = msg("So that you find it again next time.")


def purchases_of(whose: Whose) -> ColumnElement[bool]:
    """Their purchases, and those a guest made under one of their contacts."""
    as_guest = and_(Purchase.buyer_id.is_(None), whose.named_by(Purchase.mail, Purchase.phone))
    return or_(Purchase.buyer_id == whose.person_id, as_guest)


def _purchases(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Purchase
    return (
        select(
            row.id,
            row.number,
            row.name,
            row.phone,
            row.mail,
            row.language,
            row.territory,
            row.region,
            row.commune,
            row.street,
            row.method,
            row.total,
            row.currency,
            row.terms_version,
            row.created_at,
            row.expires_at,
        )
        .where(purchases_of(whose))
        .order_by(row.id)
    )


def _orders(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Order
    return (
        select(
            row.id,
            row.number,
            row.commercial.label("state"),
            row.payment,
            row.fulfilment,
            row.after_sale,
            row.goods,
            row.delivery_fee,
            row.total,
            row.currency,
            row.pickup_place,
            row.asked,
            row.promised_from,
            row.promised_to,
            row.carrier,
            row.tracking,
            row.reason,
            row.placed_at,
        )
        .join(Purchase, Purchase.id == row.purchase_id)
        .where(purchases_of(whose))
        .order_by(row.id)
    )


def _order_lines(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = OrderLine
    return (
        select(
            row.id,
            Order.number,
            row.title,
            row.variant_name.label("size"),
            row.unit,
            row.quantity,
            row.count,
            row.unit_price,
            row.total,
            Order.currency,
        )
        .join(Order, Order.id == row.order_id)
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(purchases_of(whose))
        .order_by(row.id)
    )


def _basket(whose: Whose) -> Select[*tuple[Any, ...]]:
    return (
        select(BasketLine.id, BasketLine.variant_id.label("size_number"), BasketLine.count, Basket.changed_at)
        .join(Basket, Basket.id == BasketLine.basket_id)
        .where(Basket.person_id == whose.person_id)
        .order_by(BasketLine.id)
    )


def _address(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Address
    return select(row.name, row.phone, row.mail, row.region, row.commune, row.street).where(row.person_id == whose.person_id)


OWN_DATA = (
    OwnData("purchases", msg("What you bought"), SALE, _purchases),
    OwnData("orders", msg("Orders, one for each cooperative"), SALE, _orders),
    OwnData("order_lines", msg("The goods in your orders"), SALE, _order_lines),
    OwnData("basket", msg("Your basket"), NEXT, _basket),
    OwnData("address", msg("Your last address"), NEXT, _address),
)


def ties(whose: Whose) -> list[Conflict]:
    """Goods that are on their way, or still to be paid, need a name and an address."""
    over = {state for state, moves in states.COMMERCIAL.table.items() if not moves} | {"abandoned"}
    going = (
        select(func.count())
        .select_from(Order)
        .join(Purchase, Purchase.id == Order.purchase_id)
        .where(purchases_of(whose), or_(Order.commercial.not_in(over), Order.after_sale == "claimed"))
    )
    count = db.session.scalar(going) or 0
    return [Conflict("orders-still-open", count=count)] if count else []
