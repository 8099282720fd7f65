"""What pages say of themselves to search engines and to other sites: read back as these read it."""

import json
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import Organisation, OrganisationText
from app.engines.transactions import transaction
from catalog.models import ProductText, Variant
from catalog.rules.facts import VariantFacts
from tests.builders.academy import a_course
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.catalog import a_product, a_product_of, pictured, variants_of
from tests.builders.projectbank import a_sheet

ROOT = "http://localhost"
SCHEMA = "https://schema.org"
LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
META = re.compile(r'<meta (?:property|name)="((?:og|twitter):[^"]*|description)" content="([^"]*)">')
HOSTILE = '</script><script>alert(1)</script>]]> "L\'huile" & زيت \x07'


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin", commune="Tafraout", province="MA-TIZ")


def described(client: FlaskClient, path: str) -> dict[str, dict[str, Any]]:
    """{type: what is said} of a page."""
    page = client.get(path)
    assert page.status_code == 200, path
    told = [json.loads(text) for text in LD.findall(page.get_data(as_text=True))]
    return {one["@type"]: one for one in told}


def shared(client: FlaskClient, path: str) -> list[tuple[str, str]]:
    return [(name, unescape(told)) for name, told in META.findall(client.get(path).get_data(as_text=True))]


def way(client: FlaskClient, path: str) -> list[tuple[int, str, str | None]]:
    steps = described(client, path)["BreadcrumbList"]["itemListElement"]
    return [(step["position"], step["name"], step.get("item")) for step in steps]


def test_goods_of_one_size_are_a_product_with_its_offer(client: FlaskClient, shop: Organisation) -> None:
    product = pictured(a_product(shop.id, "Savon", price=3550, description="Doux.", barcode="6111234567895", sku="S-1"))
    page = f"{ROOT}/fr/market/products/savon"
    assert described(client, "/fr/market/products/savon")["Product"] == {
        "@context": SCHEMA,
        "@type": "Product",
        "name": "Savon",
        "url": page,
        "inLanguage": "fr",
        "brand": {"@type": "Brand", "name": "Tifawin"},
        "description": "Doux.",
        "category": "Miel",
        "image": [f"{ROOT}/pictures/{product}large.webp"],
        "sku": "S-1",
        "gtin": "6111234567895",
        "offers": {
            "@type": "Offer",
            "url": page,
            "priceCurrency": "MAD",
            "price": "35.50",
            "availability": f"{SCHEMA}/InStock",
            "seller": {"@type": "Organization", "name": "Tifawin", "url": f"{ROOT}/fr/cooperatives/tifawin"},
        },
    }


def test_sizes_are_a_group_each_with_an_offer_and_an_address(client: FlaskClient, shop: Organisation) -> None:
    """Two sizes bear one article number, as files of other shops have it: each is told by one of its own."""
    sizes = [
        VariantFacts(9000, quantity=100, unit="g", stock=0),
        VariantFacts(16000, quantity=250, unit="g", stock=4),
        VariantFacts(29000, quantity=500, unit="g", stock=4, sku="H-500"),
    ]
    oil = a_product_of(shop.id, sizes, "Huile", category="honey")
    small, middle, large = variants_of(oil)
    with transaction() as session:
        session.execute(update(Variant).where(Variant.id.in_([small, middle])).values(sku="H"))
    told = described(client, "/fr/market/products/huile")
    assert set(told) == {"ProductGroup", "BreadcrumbList"}
    group = told["ProductGroup"]
    assert (group["productGroupID"], group["variesBy"], "offers" in group) == (str(oil), f"{SCHEMA}/size", False)
    assert [
        (one["sku"], one["offers"]["price"], one["offers"]["availability"], one["offers"]["url"])
        for one in group["hasVariant"]
    ] == [
        (str(small), "90.00", f"{SCHEMA}/OutOfStock", f"{ROOT}/fr/market/products/huile?variant={small}"),
        (str(middle), "160.00", f"{SCHEMA}/InStock", f"{ROOT}/fr/market/products/huile?variant={middle}"),
        ("H-500", "290.00", f"{SCHEMA}/InStock", f"{ROOT}/fr/market/products/huile?variant={large}"),
    ]


def test_a_page_with_as_many_sizes_as_are_told_stays_light(client: FlaskClient, shop: Organisation) -> None:
    """And one more is told in sum."""
    sizes = [VariantFacts(9000 + n, quantity=n, unit="g", stock=n) for n in range(1, 32)]
    a_product_of(shop.id, sizes[:30], "Huile d’argane de Tafraout")
    a_product_of(shop.id, sizes, "Fil")
    page = client.get("/ar/market/products/huile-d-argane-de-tafraout")
    assert len(page.data) < 60_000
    told = described(client, "/ar/market/products/huile-d-argane-de-tafraout")["ProductGroup"]
    assert len(told["hasVariant"]) == 30
    offers = described(client, "/fr/market/products/fil")["Product"]["offers"]
    assert {name: offers[name] for name in ("@type", "lowPrice", "highPrice", "offerCount")} == {
        "@type": "AggregateOffer",
        "lowPrice": "90.01",
        "highPrice": "90.31",
        "offerCount": 31,
    }


def test_the_address_of_a_size_opens_the_page_with_it(client: FlaskClient, shop: Organisation) -> None:
    """A size that is sold out is not chosen, nor one that there is not; the page keeps its one address."""
    sizes = [VariantFacts(9000 + n, quantity=n, unit="g", stock=stock) for n, stock in ((1, 3), (2, 3), (3, 0))]
    first, second, gone = variants_of(a_product_of(shop.id, sizes, "Huile"))

    def chosen(query: str) -> list[str]:
        page = client.get(f"/fr/market/products/huile{query}").get_data(as_text=True)
        assert f'<link rel="canonical" href="{ROOT}/fr/market/products/huile">' in page
        return re.findall(r'value="(\d+)" checked', page.replace("\n", " "))

    assert chosen("") == chosen(f"?variant={gone}") == chosen("?variant=x") == chosen("?variant=999999") == [str(first)]
    assert chosen(f"?variant={second}") == [str(second)]


def test_nothing_is_said_that_is_not_known(client: FlaskClient, shop: Organisation) -> None:
    """No condition, no rating, no reviews, no label; a draft offers nothing."""
    a_product(shop.id, "Savon")
    text = json.dumps(described(client, "/fr/market/products/savon"))
    assert not re.search("itemCondition|Rating|eview|Certification|shipping", text)
    assert '"gtin"' not in text
    assert '"sku"' not in text


def test_a_cooperative_says_where_it_is_and_nothing_private(client: FlaskClient, shop: Organisation) -> None:
    a_cooperative("Afous", slug="afous", region="MA-05", address="3, rue du Souk", phone="+212600000000", mail="a@b.test")
    assert described(client, "/fr/cooperatives/tifawin")["Organization"]["address"] == {
        "@type": "PostalAddress",
        "addressCountry": "MA",
        "addressRegion": "Souss-Massa",
        "addressLocality": "Tafraout",
    }
    other = described(client, "/ar/cooperatives/afous")["Organization"]
    assert other["address"] == {
        "@type": "PostalAddress",
        "addressCountry": "MA",
        "addressRegion": "بني ملال-خنيفرة",
    }
    assert not re.search("Souk|2126|a@b", json.dumps(other))


def test_every_page_says_the_way_to_it(client: FlaskClient, shop: Organisation) -> None:
    a_product(shop.id, "Savon", category="honey")
    course = a_course("Prix")
    a_sheet(a_person("Omar"), "Ruche")
    home = (1, "Tiwizi", f"{ROOT}/fr/")
    market = (2, "Marché", f"{ROOT}/fr/market")
    assert way(client, "/fr/market") == [home, (2, "Marché", None)]
    found = way(client, "/fr/market/products/savon")
    assert (found[:2], found[-2:]) == (
        [home, market],
        [(5, "Miel", f"{ROOT}/fr/market?category=honey"), (6, "Savon", None)],
    )
    assert way(client, "/fr/cooperatives/tifawin") == [
        home,
        (2, "Coopératives", f"{ROOT}/fr/cooperatives"),
        (3, "Souss-Massa", f"{ROOT}/fr/cooperatives?region=MA-09"),
        (4, "Tifawin", None),
    ]
    assert way(client, f"/fr/academy/courses/{course.slug}") == [
        home,
        (2, "Académie", f"{ROOT}/fr/academy"),
        (3, "Prix", None),
    ]
    assert way(client, "/fr/projects/ruche") == [home, (2, "Projets", f"{ROOT}/fr/projects"), (3, "Ruche", None)]
    assert way(client, "/ar/market")[0] == (1, "Tiwizi", f"{ROOT}/ar/")
    assert described(client, "/fr/basket") == {}


@pytest.mark.parametrize("code", ["fr", "ar", "en"])
def test_hostile_words_end_no_element_and_are_read_back(client: FlaskClient, shop: Organisation, code: str) -> None:
    product = pictured(a_product(shop.id, "Huile"))
    with transaction() as session:
        words = update(ProductText).where(ProductText.product_id == product)
        session.execute(words.values(title=HOSTILE, description=HOSTILE))
        session.execute(update(OrganisationText).values(name=HOSTILE, pitch=HOSTILE))
    told = described(client, f"/{code}/market/products/huile")
    assert (told["Product"]["name"], told["Product"]["description"]) == (HOSTILE, HOSTILE)
    assert told["Product"]["offers"]["seller"]["name"] == HOSTILE
    assert told["BreadcrumbList"]["itemListElement"][-1]["name"] == HOSTILE
    assert described(client, f"/{code}/cooperatives/tifawin")["Organization"]["description"] == HOSTILE
    meta = dict(shared(client, f"/{code}/market/products/huile"))
    assert (meta["og:title"], meta["og:image:alt"]) == (HOSTILE, HOSTILE)
    page = client.get(f"/{code}/market/products/huile").get_data(as_text=True)
    assert "alert(1)</script>" not in page


def test_a_link_to_goods_is_shown_with_its_picture(client: FlaskClient, shop: Organisation) -> None:
    product = pictured(a_product(shop.id, "Savon", description="Doux.\n\nAu lait d’ânesse."))
    assert shared(client, "/ar/market/products/savon?utm_source=letter") == [
        ("description", "Doux. Au lait d’ânesse."),
        ("og:site_name", "Tiwizi"),
        ("og:type", "product"),
        ("og:title", "Savon"),
        ("og:description", "Doux. Au lait d’ânesse."),
        ("og:url", f"{ROOT}/ar/market/products/savon"),
        ("og:locale", "ar_MA"),
        ("og:locale:alternate", "fr_MA"),
        ("og:locale:alternate", "en_MA"),
        ("og:image", f"{ROOT}/pictures/{product}large.webp"),
        ("og:image:type", "image/webp"),
        ("og:image:width", "1600"),
        ("og:image:height", "1200"),
        ("og:image:alt", "Savon"),
        ("twitter:card", "summary_large_image"),
    ]


def test_every_public_page_says_what_it_is_in_few_words(client: FlaskClient, shop: Organisation) -> None:
    """And pages of one's own are none of other sites'."""
    long = "Une huile pressée à froid, première pression, " * 9
    a_product(shop.id, "Huile", description=long)
    course = a_course("Prix")
    a_sheet(a_person("Omar"), "Ruche")
    for path in (
        "/fr/",
        "/fr/market",
        "/fr/market/products/huile",
        "/fr/cooperatives",
        "/fr/cooperatives/tifawin",
        "/fr/projects",
        "/fr/projects/ruche",
        "/fr/academy",
        f"/fr/academy/courses/{course.slug}",
        "/fr/legal/terms",
    ):
        meta = dict(shared(client, path))
        assert meta["og:url"] == ROOT + path
        assert meta["og:title"], path
        assert 0 < len(meta["og:description"]) <= 160
        assert meta["description"] == meta["og:description"]
        assert meta["twitter:card"] == "summary"
    told = dict(shared(client, "/fr/market/products/huile"))["description"]
    assert told.endswith("…")
    assert long.startswith(told[:-1])
    assert long[len(told) - 1] in " ,"
    for path in ("/fr/basket", "/fr/account/sign-in", "/fr/nothing"):
        assert [name for name, _told in shared(client, path) if name.startswith("og:")] == [], path
