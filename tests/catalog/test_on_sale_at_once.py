"""What is on sale from its first moment has what every shown product has; else it is refused and nothing is stored."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.errors import Invalid
from catalog.models import Product
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.listing import tell_search
from catalog.services.making import NewProduct, make_product
from tests.builders.accounts import a_cooperative


def put_on_sale(shop: int, price: int | None) -> Product:
    organisation = db.session.get_one(Organisation, shop)
    honey = NewProduct({"fr": TextFacts("Miel")}, [VariantFacts(price)], ProductFacts("honey"), on_sale=True)
    return make_product(SYSTEM, organisation, honey)


@pytest.mark.parametrize(
    ("state", "price", "code"),
    [("submitted", 9_000, "catalog-cooperative-not-verified"), ("verified", None, "catalog-price-missing")],
)
def test_it_needs_a_verified_maker_and_a_price(app: Flask, state: str, price: int | None, code: str) -> None:
    shop = a_cooperative("Tifawin", state=state)
    with pytest.raises(Invalid, match=code), transaction():
        put_on_sale(shop.id, price)
    assert db.session.scalar(select(func.count(Product.id))) == 0


def test_with_both_it_is_shown(app: Flask) -> None:
    shop = a_cooperative("Tifawin")
    with transaction():
        made = put_on_sale(shop.id, 9_000)
        tell_search(shop.id, made.id)
    assert (made.state, made.listed, made.price_from) == ("published", True, 9_000)
