"""However much is found, filters, counts and order are over all of it."""

import gc
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.engines.db import db
from app.engines.generations import changed
from app.engines.housekeeping import rebuild_search
from app.engines.keeping import keeping
from app.engines.search.outbox import touch
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.web.page_cache import cache_of
from catalog.models import Variant
from catalog.queries import listed, market
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.bulk import BulkProduct, list_in_bulk
from tests.builders.accounts import a_cooperative
from tests.builders.orders import a_purchase
from tests.catalog.test_market import options_on, titles_on

GOODS = 540
REGIONS = ("MA-05", "MA-09")


@pytest.fixture
def argan_everywhere(app: Flask) -> list[tuple[str, str, int]]:
    """(title, region, price) of more goods with one word than a page, or five hundred, could show; a third is sold out.

    The dearest answer best: the word stands in their titles twice.
    """
    shops = [(a_cooperative(f"Atelier {region}", region=region, slug=region.lower()), region) for region in REGIONS]
    goods, bulk = [], []
    for number in range(GOODS):
        shop, region = shops[number % 5 == 0]
        title = f"Argan {'argan ' * (number > GOODS // 2)}{number:03}"
        goods.append((title, region, 1000 + 100 * number))
        category = "argan-oil" if number % 2 else "soaps"
        variant = VariantFacts(1000 + 100 * number, stock=number % 3, sku=f"A{number}")
        bulk.append(BulkProduct(shop.id, f"argan-{number}", {"fr": TextFacts(title)}, [variant], ProductFacts(category)))
    with transaction():
        list_in_bulk(SYSTEM, bulk)
        changed("market")
    rebuild_search()
    return goods


def found_of(client: FlaskClient, address: str) -> int:
    page = client.get(address).get_data(as_text=True)
    told = re.search(r'role="status">\s*([\d\s\u202f\u00a0]+)', page)
    assert told, address
    return int(re.sub(r"\D", "", told[1]))


@pytest.mark.usefixtures("argan_everywhere")
def test_counts_filters_and_order_are_over_all_that_is_found(
    client: FlaskClient, argan_everywhere: list[tuple[str, str, int]]
) -> None:
    by_region = Counter(region for _title, region, _price in argan_everywhere)
    assert found_of(client, "/fr/market?q=argan") == GOODS
    assert options_on(client, "/fr/market?q=argan", "region") == {code: str(by_region[code]) for code in REGIONS}
    assert options_on(client, "/fr/market?q=argan", "category")["food"] == str(GOODS // 2)
    assert found_of(client, "/fr/market?q=argan&region=MA-09") == by_region["MA-09"] == 108
    assert found_of(client, "/fr/market?q=argan&price_max=15") == 6
    assert found_of(client, "/fr/market?q=argan&in_stock=1") == GOODS * 2 // 3
    assert titles_on(client, "/fr/market?q=argan&sort=cheap")[:2] == ["Argan 000", "Argan 001"]
    assert titles_on(client, "/fr/market?q=argan&sort=dear")[0] == f"Argan argan {GOODS - 1}"
    assert titles_on(client, "/fr/market?q=argan&sort=cheap&region=MA-09&page=5")[-1] == f"Argan argan {GOODS - 5}"


def test_all_cooperatives_that_have_the_word_are_counted(app: Flask, client: FlaskClient) -> None:
    made = [a_cooperative(f"Argan {number:03}", region=REGIONS[number % 2]).id for number in range(30)]
    with transaction():
        touch("cooperative", *made)
    rebuild_search()
    assert found_of(client, "/fr/cooperatives?q=argan") == 30
    pages = [titles_on(client, f"/fr/cooperatives?q=argan&page={number}") for number in (1, 2)]
    assert sorted(pages[0] + pages[1]) == [f"Argan {number:03}" for number in range(30)]


@pytest.fixture
def worked_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows were gone through, each time that a page had to be worked out; what is found is worth the table."""
    rows_of: list[int] = []
    real = market.narrowed

    def counting(rows: Any, *rest: Any) -> Any:
        rows_of.append(len(rows))
        return real(rows, *rest)

    monkeypatch.setattr(market, "narrowed", counting)
    monkeypatch.setattr(listed, "MANY", 0)
    monkeypatch.setattr(keeping(), "most", 1000)
    cache_of(app).forget()
    yield rows_of
    cache_of(app).forget()
    keeping().forget()


@pytest.mark.usefixtures("argan_everywhere")
def test_what_was_found_is_gone_through_once_for_a_filter_however_often_it_is_asked(
    client: FlaskClient, worked_out: list[int]
) -> None:
    wanted = ["?q=argan&in_stock=1", "?q=argan&in_stock=1&page=2", "?q=argan", "?q=argan%20001&in_stock=1", "?in_stock=1"]
    first = [titles_on(client, f"/fr/market{query}") for query in wanted]
    assert worked_out == [GOODS] * len(wanted)
    assert [titles_on(client, f"/fr/market{query}") for query in wanted * 2] == first * 2
    assert titles_on(client, "/fr/market?q=Argan&in_stock=1") == first[0]
    assert len(worked_out) == len(wanted)
    assert first[0] != first[1]


@pytest.mark.usefixtures("argan_everywhere")
def test_a_page_of_a_search_is_worked_out_anew_when_something_is_sold_or_can_be_found(
    app: Flask, client: FlaskClient, worked_out: list[int]
) -> None:
    found = "/fr/market?q=argan&in_stock=1"
    assert [found_of(client, found) for _ in range(2)] == [360, 360]
    last_one = db.session.scalar(select(Variant.id).where(Variant.price == 1100))
    assert last_one is not None
    a_purchase({last_one: 1})
    assert [found_of(client, found) for _ in range(2)] == [359, 359]
    shop = a_cooperative().id
    with transaction():
        new = BulkProduct(shop, "new", {"fr": TextFacts("Argan neuf")}, [VariantFacts(900, stock=2)], ProductFacts("soaps"))
        list_in_bulk(SYSTEM, [new])
        changed("market")
    assert found_of(client, found) == 359
    rebuild_search()
    app.extensions["search"].close()
    assert [found_of(client, found) for _ in range(2)] == [360, 360]
    assert len(worked_out) == 4


def test_the_collector_of_garbage_works_again_when_the_table_is_made(app: Flask) -> None:
    for looks in (True, False, True):
        (gc.enable if looks else gc.disable)()
        listed.listed_table(now())
        assert gc.isenabled() is looks
        with transaction():
            changed("market")
