"""What other programs read of the market: each is read back here as they read it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.transactions import transaction
from catalog.models import Product, ProductText, Variant
from catalog.queries import feeds
from catalog.rules.facts import VariantFacts
from tests.builders.accounts import a_cooperative
from tests.builders.catalog import a_product, a_product_of, pictured, variants_of

ROOT = "http://localhost"
ATOM, GOOGLE = "{http://www.w3.org/2005/Atom}", "{http://base.google.com/ns/1.0}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
LANGUAGES = ("fr", "ar", "en")
HOSTILE = '</script>]]><!-- "L\'huile" & زيت <b>\x07\x1b\ufffe'
READ_BACK = '</script>]]><!-- "L\'huile" & زيت <b>'
BARCODE = "6111234567895"


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


def tree(client: FlaskClient, path: str, kind: str) -> ElementTree.Element:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, kind), path
    return ElementTree.fromstring(answer.data)


def entries(client: FlaskClient, path: str) -> list[ElementTree.Element]:
    return tree(client, path, "application/atom+xml").findall(f"{ATOM}entry")


def titles(client: FlaskClient, path: str) -> list[str]:
    return [one.findtext(f"{ATOM}title") or "" for one in entries(client, path)]


def items(client: FlaskClient, path: str = "/fr/market/goods-1.xml") -> list[Mapping[str, str]]:
    found = tree(client, path, "application/rss+xml").iter("item")
    return [{part.tag.removeprefix(GOOGLE): part.text or "" for part in item} for item in found]


def links(element: ElementTree.Element) -> dict[str, str]:
    return {one.get("rel", ""): one.get("href", "") for one in element.findall(f"{ATOM}link")}


def test_new_goods_are_told_newest_first_each_with_what_does_not_change(
    client: FlaskClient, shop: Organisation, time_machine: Any
) -> None:
    time_machine.move_to(datetime(2026, 5, 4, 8, 30, 15, tzinfo=UTC))
    oil = a_product(shop.id, titles={"fr": "Huile d’argane", "ar": "زيت أركان"}, price=9000, description="Pressée à froid.")
    time_machine.move_to(datetime(2026, 5, 5, 9, 0, tzinfo=UTC))
    pictured(a_product(shop.id, "Savon", price=3500))
    time_machine.move_to(datetime(2026, 8, 1, tzinfo=UTC))
    feed = tree(client, "/fr/market/goods.atom", "application/atom+xml")
    soap, first = feed.findall(f"{ATOM}entry")
    assert feed.findtext(f"{ATOM}updated") == "2026-05-05T09:00:00Z", "the stored moment, not that of asking"
    assert links(feed) == {"self": f"{ROOT}/fr/market/goods.atom", "alternate": f"{ROOT}/fr/market"}
    assert feed.findtext(f"{ATOM}title") == "Nouveautés du marché · Tiwizi"
    assert first.findtext(f"{ATOM}title") == "Huile d’argane"
    assert first.findtext(f"{ATOM}id") == f"tag:localhost,2026:fr/product/{oil}"
    assert first.findtext(f"{ATOM}published") == first.findtext(f"{ATOM}updated") == "2026-05-04T08:30:15Z"
    assert first.findtext(f"{ATOM}author/{ATOM}name") == "Tifawin"
    summary = (first.findtext(f"{ATOM}summary") or "").replace("\u202f", " ").replace("\u00a0", " ")
    assert summary == "90,00 MAD · Tifawin · Souss-Massa – Pressée à froid."
    assert links(first) == {"alternate": f"{ROOT}/fr/market/products/huile-d-argane"}
    assert links(soap)["enclosure"].endswith("large.webp")
    arabic = entries(client, "/ar/market/goods.atom")[1]
    assert arabic.findtext(f"{ATOM}title") == "زيت أركان"
    assert arabic.findtext(f"{ATOM}id") == f"tag:localhost,2026:ar/product/{oil}"
    spoken = [
        one.find(f"{ATOM}title").get("{http://www.w3.org/XML/1998/namespace}lang")
        for one in entries(client, "/ar/market/goods.atom")
    ]  # type: ignore[union-attr]
    assert spoken == ["fr", "ar"]


def test_a_feed_of_one_cooperative_and_of_one_kind_tell_theirs_alone(client: FlaskClient, shop: Organisation) -> None:
    other = a_cooperative("Afous", slug="afous")
    a_product(shop.id, "Miel de thym", category="honey")
    a_product(other.id, "Savon noir", category="cosmetics")
    assert titles(client, "/fr/cooperatives/tifawin/goods.atom") == ["Miel de thym"]
    assert titles(client, "/fr/market/goods.atom?category=cosmetics") == ["Savon noir"]
    assert titles(client, "/fr/market/goods.atom") == ["Savon noir", "Miel de thym"]
    assert titles(client, "/fr/market/goods.atom?category=dates") == []
    assert client.get("/fr/market/goods.atom?category=nothing").status_code == 404
    assert client.get("/fr/cooperatives/nobody/goods.atom").status_code == 404


def test_an_empty_feed_is_one(client: FlaskClient) -> None:
    feed = tree(client, "/en/market/goods.atom", "application/atom+xml")
    assert (feed.findtext(f"{ATOM}updated"), feed.findall(f"{ATOM}entry")) == ("1970-01-01T00:00:00Z", [])
    assert items(client) == []
    assert [client.get(f"/fr/market/goods-{number}.xml").status_code for number in (0, 2)] == [404, 404]


def test_each_size_of_what_has_a_picture_is_told_to_merchants(client: FlaskClient, shop: Organisation) -> None:
    sizes = [
        VariantFacts(9000, quantity=100, unit="g", stock=0),
        VariantFacts(16000, quantity=250, unit="g", stock=4, barcode=BARCODE),
    ]
    oil = pictured(a_product_of(shop.id, sizes, "Huile d’argane", category="honey"))
    soap = pictured(a_product(shop.id, "Savon", price=3500, description="Doux.", category=None))
    a_product(shop.id, "Sans photo")
    small, large = variants_of(oil)
    [only] = variants_of(soap)
    page = f"{ROOT}/fr/market/products/huile-d-argane"
    assert [one["id"] for one in items(client)] == [str(small), str(large), str(only)]
    first, second, third = items(client)
    assert second == {
        "id": str(large),
        "title": f"Huile d’argane – {second['size']}",
        "description": "Huile d’argane",
        "link": f"{page}?variant={large}",
        "image_link": f"{ROOT}/pictures/{oil}large.webp",
        "availability": "in_stock",
        "price": "160.00 MAD",
        "brand": "Tifawin",
        "gtin": BARCODE,
        "item_group_id": str(oil),
        "size": second["size"],
        "product_type": second["product_type"],
    }
    assert second["product_type"].endswith(" > Miel")
    assert (first["availability"], "gtin" in first, first["item_group_id"]) == ("out_of_stock", False, str(oil))
    assert third == {
        "id": str(only),
        "title": "Savon",
        "description": "Doux.",
        "link": f"{ROOT}/fr/market/products/savon",
        "image_link": f"{ROOT}/pictures/{soap}large.webp",
        "availability": "in_stock",
        "price": "35.00 MAD",
        "brand": "Tifawin",
    }
    shown = client.get(second["link"].removeprefix(ROOT)).get_data(as_text=True)
    assert f'value="{large}" checked' in shown.replace("\n", " "), "the address opens the page with that size"


@pytest.mark.parametrize("barcode", ["2012345678900", "0212345678909", "6111234567890"])
def test_a_number_that_is_none_all_over_the_world_is_not_told(client: FlaskClient, shop: Organisation, barcode: str) -> None:
    """One that a shop has given out itself, and one whose last digit is wrong."""
    product = pictured(a_product(shop.id, "Savon"))
    with transaction() as session:
        session.execute(update(Variant).where(Variant.product_id == product).values(barcode=barcode))
    assert [("gtin" in one, one["title"]) for one in items(client)] == [(False, "Savon")]


def test_goods_priced_in_another_territory_s_currency_are_in_its_file(client: FlaskClient, shop: Organisation) -> None:
    there = a_cooperative("Sirop", territory="quebec", region="CA-QC-16", sector="food")
    pictured(a_product(there.id, "Sirop", price=1200))
    pictured(a_product(shop.id, "Savon", price=3500))
    assert [one["price"] for one in items(client)] == ["35.00 MAD"]


def test_files_for_merchants_are_cut_between_goods_and_hold_all_of_them(
    client: FlaskClient, shop: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_SIZES", 2)
    wide = pictured(a_product_of(shop.id, [VariantFacts(9000, quantity=n, unit="g", stock=1) for n in (1, 2, 3)], "Large"))
    others = [pictured(a_product(shop.id, f"Miel {number}")) for number in range(3)]
    told = [[one["id"] for one in items(client, f"/fr/market/goods-{number}.xml")] for number in (1, 2, 3)]
    assert [len(file) for file in told] == [3, 2, 1]
    assert list(chain(*told)) == [str(size) for one in (wide, *others) for size in variants_of(one)]
    assert client.get("/fr/market/goods-4.xml").status_code == 404


def set_words(product_id: int, title: str) -> None:
    """As rows from before the forms were strict may read."""
    with transaction() as session:
        session.execute(
            update(ProductText).where(ProductText.product_id == product_id).values(title=title, description=title)
        )


@pytest.mark.parametrize("code", LANGUAGES)
def test_hostile_words_are_read_back_as_words(client: FlaskClient, shop: Organisation, code: str) -> None:
    set_words(pictured(a_product(shop.id, "Huile")), HOSTILE)
    assert titles(client, f"/{code}/market/goods.atom") == [READ_BACK]
    assert titles(client, f"/{code}/cooperatives/tifawin/goods.atom") == [READ_BACK]
    assert [one["title"] for one in items(client, f"/{code}/market/goods-1.xml")] == [READ_BACK]


def test_a_label_stands_in_no_feed(client: FlaskClient, shop: Organisation) -> None:
    product = pictured(a_product(shop.id, "Savon"))
    with transaction() as session:
        session.execute(update(Product).where(Product.id == product).values(labels=["igp", "organic"]))
    for path in ("/fr/market/goods.atom", "/fr/cooperatives/tifawin/goods.atom", "/fr/market/goods-1.xml"):
        text = client.get(path).get_data(as_text=True)
        assert ("igp" in text.lower(), "organic" in text, "Savon" in text) == (False, False, True)


def test_feeds_are_as_many_as_the_list_and_cost_no_statement_a_row(client: FlaskClient, shop: Organisation) -> None:
    paths = ("/fr/market/goods.atom", "/fr/cooperatives/tifawin/goods.atom", "/fr/market/goods-1.xml")

    def counted() -> list[int]:
        sums = []
        for path in paths:
            asked: list[str] = []
            event.listen(db.engine, "before_cursor_execute", lambda *facts, asked=asked: asked.append(facts[2]))
            assert client.get(path).status_code == 200
            sums.append(len(asked))
        return sums

    for number in range(3):
        pictured(a_product(shop.id, f"Miel {number}"))
    few = counted()
    for number in range(3, 40):
        pictured(a_product(shop.id, f"Miel {number}"))
    many = counted()
    assert (max(many) <= 12, many) == (True, few)
    assert [len(entries(client, path)) for path in paths[:2]] == [40, 40]
    assert len(items(client)) == 40


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_browser_learns_how_to_search_the_market(client: FlaskClient, shop: Organisation, code: str) -> None:
    a_product(shop.id, "Savon")
    described = tree(client, f"/{code}/market/opensearch.xml", "application/opensearchdescription+xml")
    [search, own] = described.findall(f"{OPENSEARCH}Url")
    assert search.get("template") == f"{ROOT}/{code}/market?q={{searchTerms}}"
    assert (own.get("rel"), own.get("template")) == ("self", f"{ROOT}/{code}/market/opensearch.xml")
    assert described.findtext(f"{OPENSEARCH}Language") == code
    assert len(described.findtext(f"{OPENSEARCH}ShortName") or "") <= 16
    found = client.get((search.get("template") or "").removeprefix(ROOT).replace("{searchTerms}", "savon"))
    assert found.status_code == 200


def test_pages_name_the_feeds_of_what_they_show(client: FlaskClient, shop: Organisation) -> None:
    a_product(shop.id, "Miel", category="honey")

    def named(path: str) -> list[str]:
        page = client.get(path).get_data(as_text=True)
        return [
            line.rpartition('href="')[2].removesuffix('">') for line in page.splitlines() if "application/atom+xml" in line
        ]

    whole = "/fr/market/goods.atom"
    assert named("/fr/") == named("/fr/market") == named("/fr/market/products/miel") == [whole]
    assert named("/fr/market?category=honey") == [whole, f"{whole}?category=honey"]
    assert named("/fr/cooperatives/tifawin") == [whole, "/fr/cooperatives/tifawin/goods.atom"]
    assert named("/fr/account/sign-in") == named("/fr/basket") == []
    for path in (whole, f"{whole}?category=honey", "/fr/cooperatives/tifawin/goods.atom"):
        assert len(entries(client, path)) == 1
