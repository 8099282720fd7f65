"""A suspended cooperative's goods stay out of the market and of the search, whatever is changed meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.accounts.services.verification import reinstate_organisation, suspend_organisation, verify_organisation
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.engines.housekeeping import drain_search
from app.engines.search.outbox import touch
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.clock import now
from catalog.models import Product, ProductPicture
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import (
    add_pictures,
    edit_product,
    publish,
    put_first,
    remove_picture,
    withdraw,
    write_texts,
)
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator
from tests.builders.catalog import a_product, variant_of


@dataclass(frozen=True)
class Shop:
    id: int
    chair: Actor
    office: Actor
    product: int


@pytest.fixture
def shop(app: Flask) -> Shop:
    chair = a_person("Aïcha")
    organisation = a_cooperative("Tifawin", chair=chair)
    product = a_product(organisation.id, "Safran de Taliouine")
    with transaction() as session:
        for place in (1, 2):
            session.add(ProductPicture(product_id=product, position=place, stem=f"pictures/{place}", width=9, height=9))
    return Shop(organisation.id, actor_of(chair), actor_of(an_operator()), product)


def suspend(shop: Shop) -> None:
    with transaction():
        suspend_organisation(shop.office, shop.id, "Papiers échus", now())


def picture(shop: Shop, place: int) -> int:
    return next(one.id for one in db.session.query(ProductPicture).filter_by(product_id=shop.product, position=place))


def version(shop: Shop) -> int:
    return db.session.get_one(Product, shop.product, populate_existing=True).version


def again(shop: Shop) -> None:
    withdraw(shop.chair, shop.product)
    publish(shop.chair, shop.product)


CHANGES: dict[str, Callable[[Shop], Any]] = {
    "facts": lambda shop: edit_product(
        shop.chair, shop.product, version(shop), ProductFacts("saffron"), [VariantFacts(9_000, id=variant_of(shop.product))]
    ),
    "words": lambda shop: write_texts(shop.chair, shop.product, version(shop), {"fr": TextFacts("Safran de montagne")}),
    "more pictures": lambda shop: add_pictures(shop.chair, shop.product, [Picture("pictures/3", 9, 9)]),
    "fewer pictures": lambda shop: remove_picture(shop.chair, shop.product, picture(shop, 1)),
    "another picture first": lambda shop: put_first(shop.chair, shop.product, picture(shop, 2)),
    "off sale and on again": again,
}


def listed(shop: Shop) -> bool:
    return db.session.get_one(Product, shop.product, populate_existing=True).listed


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_change_made_while_suspended_lists_nothing_until_the_office_says_so(shop: Shop, change: str) -> None:
    assert listed(shop)
    suspend(shop)
    with transaction():
        CHANGES[change](shop)
    assert not listed(shop)
    with transaction():
        reinstate_organisation(shop.office, shop.id, now())
    assert listed(shop)


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_change_made_while_on_sale_keeps_it_listed(shop: Shop, change: str) -> None:
    with transaction():
        CHANGES[change](shop)
    assert listed(shop)


def found(app: Flask, kind: str, words: str) -> list[int]:
    drain_search()
    return list(app.extensions["search"].ids(kind, words, 10).ids)


def test_the_search_forgets_a_suspended_cooperative_and_its_goods_and_learns_them_again(app: Flask, shop: Shop) -> None:
    """Asked of the index itself: a page would leave out what it no longer lists."""
    with transaction():
        touch("organisation", shop.id)
    there = {"product": [shop.product], "cooperative": [shop.id], "organisation": [shop.id]}
    words = {"product": "safran", "cooperative": "tifawin", "organisation": "tifawin"}
    assert {kind: found(app, kind, words[kind]) for kind in words} == there
    suspend(shop)
    assert {kind: found(app, kind, words[kind]) for kind in words} == {kind: [] for kind in words}
    with transaction():
        reinstate_organisation(shop.office, shop.id, now())
    assert {kind: found(app, kind, words[kind]) for kind in words} == there


def test_the_search_learns_a_cooperative_when_it_is_verified_and_a_product_as_it_comes_and_goes(
    app: Flask, shop: Shop
) -> None:
    young = a_cooperative("Adrar", state="submitted")
    assert found(app, "cooperative", "adrar") == []
    with transaction():
        verify_organisation(shop.office, young.id, now())
    assert found(app, "cooperative", "adrar") == [young.id]
    with transaction():
        withdraw(shop.chair, shop.product)
    assert found(app, "product", "safran") == []
    with transaction():
        publish(shop.chair, shop.product)
    assert found(app, "product", "safran") == [shop.product]
