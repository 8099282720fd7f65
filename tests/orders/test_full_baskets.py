"""A basket holds fifty lines, also when goods come back to it or a guest's basket joins it."""

from flask import Flask
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.transactions import transaction
from catalog.rules.facts import VariantFacts
from orders.models import Basket, BasketLine
from orders.services import basket
from orders.services.fulfilment import give_up
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.catalog import a_product_of, variants_of
from tests.builders.orders import a_guest, a_purchase, puts


def goods(count: int) -> list[int]:
    """So many variants of one cooperative."""
    shop = a_cooperative().id
    made = [a_product_of(shop, [VariantFacts(900, stock=9) for _ in range(27)], f"Cumin {n}") for n in range(2)]
    return [variant for product in made for variant in variants_of(product)][:count]


def fill(basket_id: int, variants: list[int]) -> None:
    with transaction() as session:
        session.add_all(BasketLine(basket_id=basket_id, variant_id=one, count=1, price_seen=900) for one in variants)


def lines() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(BasketLine)) or 0


def test_what_was_not_paid_comes_back_as_far_as_there_is_room(app: Flask) -> None:
    variants, buyer = goods(51), actor_of(a_person("Nadia"))
    purchase = a_purchase({variants[49]: 1, variants[50]: 1}, "card", buyer)
    fill(db.session.scalars(select(Basket.id)).one(), variants[:49])
    with transaction():
        give_up(buyer, purchase.id)
    assert lines() == 50
    assert db.session.scalar(select(func.count()).where(BasketLine.variant_id == variants[49])) == 1


def test_a_guest_s_goods_join_mine_as_far_as_there_is_room(app: Flask) -> None:
    variants, buyer, visitor = goods(51), actor_of(a_person("Nadia")), a_guest()
    puts(buyer, {variants[0]: 1})
    fill(db.session.scalars(select(Basket.id)).one(), variants[1:49])
    puts(visitor, {variants[49]: 1, variants[50]: 1})
    with transaction():
        basket.merge(buyer, visitor.guest or "")
    assert lines() == 50
    assert db.session.scalar(select(func.count()).where(BasketLine.variant_id == variants[49])) == 1
