"""Who of a cooperative is told of an order: the chair and the sellers, each once, the first person first."""

from flask import Flask

from orders.queries.sellers import order_office
from tests.builders.accounts import a_cooperative, a_person, joins


def test_chair_and_sellers_each_once(app: Flask) -> None:
    seller, chair, packer, other = (a_person(name) for name in ("Salma", "Aïcha", "Hassan", "Omar"))
    shop, elsewhere = a_cooperative("Tifawin", chair=chair), a_cooperative("Assif", chair=other)
    joins(chair, shop, "seller", "treasurer")
    joins(seller, shop, "seller")
    joins(packer, shop, "packer")
    joins(packer, elsewhere, "seller")
    assert order_office(shop.id).readers == (seller.id, chair.id)
    assert order_office(elsewhere.id).readers == (packer.id, other.id)
