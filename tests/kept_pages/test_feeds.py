"""Feeds are kept like pages: who has them already is told so, and what is hidden is in none at the next asking."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Organisation
from app.accounts.services.verification import suspend_organisation
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.web.page_cache import PageCache
from catalog.services.products import withdraw
from tests.builders.accounts import a_cooperative, actor_of, an_operator
from tests.builders.catalog import a_product, pictured


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


HIDING = ("suspended", "withdrawn", "draft")


@pytest.mark.parametrize("how", HIDING)
def test_what_the_list_does_not_show_is_in_no_feed(
    kept: PageCache, client: FlaskClient, shop: Organisation, how: str
) -> None:
    """At once, also where the feeds have been kept; a cooperative beside it stays."""
    other = a_cooperative("Afous", slug="afous")
    pictured(a_product(other.id, "Miel"))
    product = pictured(a_product(shop.id, "Savon", published=how != "draft"))
    office = actor_of(an_operator())
    paths = ("/fr/market/goods.atom", "/fr/market/goods-1.xml", "/sitemap/fr/product-1.xml")

    def told() -> list[bool]:
        texts = [client.get(path).get_data(as_text=True) for path in paths]
        return [slug in text for text in texts for slug in ("/savon", "/miel")]

    assert [told() for _ in range(3)][2] == [how != "draft", True] * 3
    with transaction():
        if how == "suspended":
            suspend_organisation(office, shop.id, "Plainte", now())
        elif how == "withdrawn":
            withdraw(SYSTEM, product)
    assert kept.hits == 2  # of the feeds; the sitemap is never kept
    assert told() == [False, True] * 3
    asked = client.get("/fr/cooperatives/tifawin/goods.atom")
    assert asked.status_code == (404 if how == "suspended" else 200)
    assert "savon" not in asked.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["/fr/market/goods.atom", "/fr/market/goods-1.xml", "/fr/cooperatives/tifawin/goods.atom", "/ar/market/opensearch.xml"],
)
def test_who_has_it_already_is_told_so(kept: PageCache, client: FlaskClient, shop: Organisation, path: str) -> None:
    product = pictured(a_product(shop.id, "Savon"))
    for _ in range(3):  # made, made and kept, kept
        answer = client.get(path)
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert "public" in answer.headers["Cache-Control"]
    with transaction():
        withdraw(SYSTEM, product)
    after = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert after.status_code == (304 if path.endswith("opensearch.xml") else 200)
