"""Lists that no page shows: what the search is told of a product, which cooperatives have nothing to sell yet."""

import pytest
from flask import Flask

from app.engines.db import db
from app.engines.transactions import transaction
from catalog.models import Product
from catalog.queries.office import bare_organisations
from catalog.rules.facts import VariantFacts
from catalog.search import product_documents
from tests.builders.accounts import a_cooperative, an_organisation
from tests.builders.catalog import a_product, a_product_of


@pytest.fixture
def sizes(app: Flask) -> list[VariantFacts]:
    return [
        VariantFacts(9_000, unit="g", quantity=500, sku="A"),
        VariantFacts(9_500, unit="g", quantity=500, sku="B"),
        VariantFacts(5_000, unit="g", quantity=250, sku="C"),
        VariantFacts(5_000, unit="piece", quantity=1, sku="D"),
    ]


def test_the_search_is_told_each_size_once_and_no_piece(sizes: list[VariantFacts]) -> None:
    shop = a_cooperative("Tifawin")
    oil, honey = a_product_of(shop.id, sizes), a_product_of(shop.id, [VariantFacts(5_000, unit="g", quantity=250)], "Miel")
    told = {one.id: one for one in product_documents([oil, honey], lambda _ids: {oil: ["Label"]})}
    assert {id_: sorted(one.sizes) for id_, one in told.items()} == {oil: ["250 g", "500 g"], honey: ["250 g"]}
    assert [{"Label"} <= set(told[id_].classes) for id_ in (oil, honey)] == [True, False]


def test_the_search_is_told_only_of_what_is_listed_by_a_verified_maker(app: Flask) -> None:
    shop = a_cooperative("Tifawin")
    listed, other = a_product(shop.id, "Huile"), a_product(shop.id, "Savon")
    draft = a_product(shop.id, "Henné", published=False)
    hidden = a_product(a_cooperative("Adrar").id, "Miel")
    with transaction():
        maker = db.session.get_one(Product, hidden).organisation_id
        db.session.get_one(type(shop), maker).state = "suspended"
    assert {one.id for one in product_documents(None, lambda _ids: {})} == {listed, other}
    assert [one.id for one in product_documents([draft, other, hidden], lambda _ids: {})] == [other]


def test_who_has_nothing_to_sell_yet(app: Flask) -> None:
    """Verified cooperatives alone, one draft is enough to have something; oldest first."""
    second, first = (a_cooperative(name).id for name in ("Zaouia", "Adrar"))
    a_cooperative("Draft", state="draft")
    an_organisation("Association", kind="association")
    a_product(a_cooperative("Tifawin").id, "Henné", published=False)
    assert bare_organisations(None) == [second, first]
    assert bare_organisations([first]) == [first]
    assert bare_organisations([]) == []
