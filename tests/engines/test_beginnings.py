"""What is searched by its beginning: exactly what begins so is found, by an index, on every database."""

import sys

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.engines.counters import holds_of
from app.engines.db import begins_with, db
from app.engines.search.words import SearchWord, suggest
from app.engines.transactions import transaction
from orders.queries.office import TABS, desk_purchases, office_orders
from tests.builders.accounts import a_cooperative
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, orders_of
from tests.plans import Asked, asked, read_whole

WORDS = (
    *("argan", "Argan", "argane", "argzn", "argaz", "arg", "ar", "argan-oil", "argan oil", "arga%", "arga_", "arga\\"),
    *("أرغان", "أركان", "عسل", "éta", "étage", "etage", "z", "ÿ", "\ud7ff", "\ud7ffa", "\ue000", "😀a", "😀", "😁"),
    *(chr(sys.maxunicode), chr(sys.maxunicode) + "a", "purchase:1", "purchase:10", "purchase;", "purchase9"),
)


@pytest.fixture
def words(app: Flask) -> None:
    with transaction() as session:
        rows = [{"kind": "w", "word": word, "folded": word, "initial": word[0], "size": 1, "weight": 1} for word in WORDS]
        session.execute(insert(SearchWord), rows)
    return


def test_what_begins_so_is_found_and_nothing_else(words: None) -> None:
    beginnings = sorted({word[:end] for word in WORDS for end in range(1, len(word) + 1)} | {"argan%", "x"})
    assert len(beginnings) > 50
    for beginning in beginnings:
        found = set(db.session.scalars(select(SearchWord.folded).where(begins_with(SearchWord.folded, beginning))))
        assert (beginning, found) == (beginning, {word for word in WORDS if word.startswith(beginning)})


def plans_of(statements: list[Asked], table: str) -> list[set[str]]:
    return [read_whole(one) & {table} for one in statements if f"FROM {table}" in one.statement]


def test_it_is_found_by_an_index(words: None) -> None:
    with asked() as statements:
        assert suggest("arga") == ["arga%", "arga\\", "arga_", "argan", "argan oil", "argan-oil", "argane", "argaz"]
    assert plans_of(statements, "search_word") == [set()]
    with asked() as anywhere:
        db.session.execute(select(SearchWord.id).where(SearchWord.folded.contains("arga"))).all()
    assert plans_of(anywhere, "search_word") == [{"search_word"}]


def test_orders_and_holders_are_found_by_an_index(app: Flask) -> None:
    variant = variant_of(a_product(a_cooperative().id))
    order = orders_of(a_purchase({variant: 2}, "card"))[0]
    tab = next(iter(TABS))
    with asked() as statements:
        assert [row.id for row in desk_purchases(order.number[:6].lower(), 0, 30)[0]] == [order.purchase_id]
        assert desk_purchases("ZZ", 0, 30) == ([], 0)
        assert office_orders(order.organisation_id, tab, order.number[:6], 0, 30) == ([], 0)  # it is not paid
        assert holds_of("stock", "purchase:", "order:") == {f"purchase:{order.purchase_id}": [(variant, 2)]}
    for table in ("purchase", "seller_order", "hold"):
        plans = plans_of(statements, table)
        assert plans
        assert (table, [plan for plan in plans if plan]) == (table, [])
