"""A visitor finds goods: search in three languages, filters with counts, sort, pages."""

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.accounts.models import Organisation, OrganisationText
from app.accounts.signals import organisation_reinstated, organisation_suspended
from app.engines.counters import release, take
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.search.outbox import touch
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.queries.offers import STOCK
from catalog.rules.facts import VariantFacts
from tests.browsing import text_of
from tests.builders.accounts import a_cooperative, a_person, an_operator
from tests.builders.catalog import a_product, a_product_of, variant_of, variants_of
from tests.builders.proofs import a_proof

ARGAN = {"fr": "Huile d’argane alimentaire", "ar": "زيت أركان غذائي", "en": "Culinary argan oil"}


def titles_on(client: FlaskClient, address: str, level: int = 2) -> list[str]:
    page = client.get(address)
    assert page.status_code == 200, address
    return [
        re.sub(r"<.*?>", "", one)
        for one in re.findall(rf'<h{level} class="card-title">(.*?)</h{level}>', page.get_data(as_text=True))
    ]


def options_on(client: FlaskClient, address: str, name: str) -> dict[str, str]:
    """{value: count} of a facet."""
    page = client.get(address).get_data(as_text=True)
    found = re.findall(
        rf'name="{name}" value="([^"]+)"[^>]*><span>[^<]*</span>(?: <span class="muted small">(\d+)</span>)?', page
    )
    return dict(found)


@pytest.mark.parametrize(
    "asked", ["argan", "huile d'argane", "huile d’argane", "زيت أركان", "زيت اركان", "ARGAN OIL", "argane"]
)
def test_argan_is_found_however_it_is_written(app: Flask, client: FlaskClient, asked: str) -> None:
    shop = a_cooperative("Tifawin", region="MA-09")
    a_product(shop.id, titles=ARGAN, category="argan-oil")
    a_product(shop.id, "Miel de thym", category="honey")
    drain_search()
    assert titles_on(client, f"/fr/market?q={asked}") == ["Huile d’argane alimentaire"]
    assert titles_on(client, f"/ar/market?q={asked}") == ["زيت أركان غذائي"]


def test_nothing_found_offers_what_was_meant(app: Flask, client: FlaskClient) -> None:
    a_product(a_cooperative().id, "Safran de Taliouine", category="saffron")
    drain_search()
    page = text_of(client.get("/fr/market?q=sarfan"))
    assert "safran" in page.lower()
    assert 'href="/fr/market?q=safran"' in page
    assert titles_on(client, "/fr/market?q=safrann") == ["Safran de Taliouine"]  # heard, it is the same word


def test_where_nothing_is_found_the_kinds_and_the_newest_goods_stand(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative()
    for number in range(5):
        a_product(shop.id, f"Miel {number}", category="honey")
    drain_search()
    for address in ("/fr/market?q=iphone+15", "/fr/market?q=miel&price_max=1", "/fr/market?price_max=1"):
        page = client.get(address).get_data(as_text=True)
        assert "Rien trouvé" in page
        for root in ("food", "crafts", "cosmetics"):
            assert f'href="/fr/market?category={root}"' in page, root
        newest = ["Miel 4", "Miel 3", "Miel 2", "Miel 1"] if "iphone" in address else []
        assert titles_on(client, address, level=3)[6:] == newest  # after the six kinds
    assert 'id="kinds"' not in client.get("/fr/market?q=miel").get_data(as_text=True)
    assert 'id="kinds"' not in client.get("/fr/market?q=miel&page=99").get_data(as_text=True)


def test_what_only_comes_near_is_said_to_and_what_was_meant_is_offered(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative()
    a_product(shop.id, "Vinaigre de figue", description="Le jus du fruit.", category="vinegar")
    a_product(shop.id, "Blouse de lin", category="clothing")
    drain_search()
    page = client.get("/fr/market?q=jus+dorange").get_data(as_text=True)
    assert titles_on(client, "/fr/market?q=jus+dorange") == ["Vinaigre de figue"]
    assert "s’en approchent" in page
    assert "jus d&#39;orange" in page
    assert titles_on(client, "/fr/market?q=caftan") == ["Blouse de lin"]
    assert "s’en approchent" in client.get("/fr/market?q=caftan").get_data(as_text=True)
    assert "s’en approchent" not in client.get("/fr/market?q=blouse").get_data(as_text=True)


def test_goods_are_found_by_size_place_and_label(app: Flask, client: FlaskClient) -> None:
    chair = a_person("Zahra")
    figuig = a_cooperative("Nakhil", chair=chair, region="MA-02", province="MA-FIG", commune="Figuig")
    sizes = [VariantFacts(5000, "g", 500), VariantFacts(9000, "g", 1000)]
    dates = a_product_of(figuig.id, sizes, "Dattes Aziza", category="dates", labels=("ab",))
    a_proof(chair, figuig, an_operator(), "ab", dates)
    a_product_of(a_cooperative("Amane", region="MA-05").id, [VariantFacts(9000, "g", 250)], "Miel", category="honey")
    drain_search()
    for typed in ("500 g", "500g", "0,5 kg", "½ kilo", "نصف كيلو", "٥٠٠ غ", "1 kg", "figuig", "produits de Figuig", "فجيج",
                  "Oujda", "bio", "organic", "بيولوجي", "ab"):  # fmt: skip
        assert titles_on(client, f"/fr/market?q={typed}") == ["Dattes Aziza"], typed
    assert titles_on(client, "/fr/market?q=750 g") == []


def test_filters_narrow_and_tell_how_many_they_would_show(app: Flask, client: FlaskClient) -> None:
    souss = a_cooperative("Tifawin", region="MA-09", slug="tifawin")
    atlas = a_cooperative("Amane", region="MA-05", slug="amane")
    a_product(souss.id, "Huile d’argane", 15000, category="argan-oil")
    a_product(souss.id, "Miel de thym", 9000, category="honey")
    a_product(atlas.id, "Miel d’euphorbe", 20000, category="honey", stock=0)
    assert set(titles_on(client, "/fr/market")) == {"Huile d’argane", "Miel de thym", "Miel d’euphorbe"}
    assert set(titles_on(client, "/fr/market?category=honey")) == {"Miel de thym", "Miel d’euphorbe"}
    assert titles_on(client, "/fr/market?category=honey&region=MA-09") == ["Miel de thym"]
    assert titles_on(client, "/fr/market?cooperative=amane") == ["Miel d’euphorbe"]
    assert set(titles_on(client, "/fr/market?price_min=90&price_max=150")) == {"Miel de thym", "Huile d’argane"}
    assert set(titles_on(client, "/fr/market?in_stock=1")) == {"Miel de thym", "Huile d’argane"}
    assert options_on(client, "/fr/market?category=honey", "region") == {"MA-05": "1", "MA-09": "1"}
    assert options_on(client, "/fr/market?region=MA-09", "cooperative") == {"tifawin": "2"}
    assert options_on(client, "/fr/market?region=MA-09", "region") == {"MA-05": "1", "MA-09": "2"}
    assert options_on(client, "/fr/market", "category")["food"] == "3"


def test_search_and_filters_work_together(app: Flask, client: FlaskClient) -> None:
    souss, atlas = a_cooperative("Tifawin", region="MA-09"), a_cooperative("Amane", region="MA-05")
    a_product(souss.id, "Miel de thym", 9000)
    a_product(atlas.id, "Miel d’euphorbe", 20000)
    a_product(atlas.id, "Tapis de laine", 300000, category="carpets")
    drain_search()
    assert set(titles_on(client, "/fr/market?q=miel")) == {"Miel de thym", "Miel d’euphorbe"}
    assert titles_on(client, "/fr/market?q=miel&region=MA-05") == ["Miel d’euphorbe"]
    assert titles_on(client, "/fr/market?q=miel&sort=cheap") == ["Miel de thym", "Miel d’euphorbe"]
    assert titles_on(client, "/fr/market?q=miel&sort=dear") == ["Miel d’euphorbe", "Miel de thym"]
    assert options_on(client, "/fr/market?q=miel", "region") == {"MA-05": "1", "MA-09": "1"}


def test_sort_and_pages(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative()
    for number in range(26):
        a_product(shop.id, f"Pot {number:02}", 1000 + number)
    assert titles_on(client, "/fr/market?sort=cheap")[:2] == ["Pot 00", "Pot 01"]
    assert titles_on(client, "/fr/market?sort=cheap&page=2") == ["Pot 24", "Pot 25"]
    assert titles_on(client, "/fr/market?sort=dear")[0] == "Pot 25"
    assert titles_on(client, "/fr/market")[0] == "Pot 25"
    assert "page" in text_of(client.get("/fr/market?page=999")).lower()


def prices_on(client: FlaskClient, address: str) -> list[str]:
    page = client.get(address).get_data(as_text=True)
    return [
        re.sub(r"\s+", " ", re.sub(r"<.*?>", "", one)).strip()
        for one in re.findall(r'<span class="price">(.*?)</b>', page, re.DOTALL)
    ]


@pytest.mark.parametrize("asked", ["", "q=miel&"])
def test_lists_show_filter_and_sort_by_what_can_be_bought(app: Flask, client: FlaskClient, asked: str) -> None:
    shop = a_cooperative()
    sizes = [VariantFacts(3200, "g", 250, stock=2), VariantFacts(5800, "g", 500, stock=5)]
    honey = a_product_of(shop.id, sizes, "Miel de thym", category="honey")
    a_product(shop.id, "Miel de jujubier", 4500)
    small, _large = variants_of(honey)
    drain_search()
    list_ = f"/fr/market?{asked}"
    assert titles_on(client, f"{list_}sort=cheap") == ["Miel de thym", "Miel de jujubier"]
    assert titles_on(client, f"{list_}price_min=50&price_max=60") == ["Miel de thym"]  # its larger size
    assert prices_on(client, f"{list_}price_min=50&price_max=60") == ["dès 32,00 MAD"]
    with transaction():
        take(STOCK, {small: 2}, "basket", now() + timedelta(minutes=30), now())
    assert titles_on(client, f"{list_}sort=cheap") == ["Miel de jujubier", "Miel de thym"]
    assert titles_on(client, f"{list_}sort=dear") == ["Miel de thym", "Miel de jujubier"]
    assert titles_on(client, f"{list_}price_min=50&price_max=60") == ["Miel de thym"]
    assert titles_on(client, f"{list_}price_max=40") == []
    assert prices_on(client, f"{list_}sort=cheap") == ["45,00 MAD", "58,00 MAD"]
    assert options_on(client, f"{list_}price_min=50", "category")["food"] == "1"
    with transaction():
        release("basket")
    assert titles_on(client, f"{list_}price_max=40") == ["Miel de thym"]
    assert prices_on(client, f"{list_}price_max=40") == ["dès 32,00 MAD"]


def test_what_is_sold_out_is_listed_at_what_it_cost(app: Flask, client: FlaskClient) -> None:
    sizes = [VariantFacts(3200, "g", 250, stock=0), VariantFacts(5800, "g", 500, stock=0)]
    a_product_of(a_cooperative().id, sizes, "Miel", category="honey")
    assert prices_on(client, "/fr/market?price_max=40") == ["dès 32,00 MAD"]
    assert titles_on(client, "/fr/market?price_max=40&in_stock=1") == []


def test_what_all_expired_holders_hold_is_in_stock_again(app: Flask, client: FlaskClient) -> None:
    product = a_product(a_cooperative().id, "Miel", stock=1)
    with transaction():
        take(STOCK, {variant_of(product): 1}, "basket", now(), now())
    assert titles_on(client, "/fr/market?in_stock=1") == ["Miel"]


def test_a_suspended_cooperative_is_gone_at_once_and_comes_back(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative("Tifawin", slug="tifawin")
    a_product(shop.id, "Miel")
    assert titles_on(client, "/fr/market") == ["Miel"]
    with transaction() as session:
        session.get_one(Organisation, shop.id).state = "suspended"
        organisation_suspended.send(None, organisation_id=shop.id)
    assert titles_on(client, "/fr/market") == []
    assert client.get("/fr/market/products/miel").status_code == 404
    assert client.get("/fr/cooperatives/tifawin").status_code == 404
    assert "Tifawin" not in text_of(client.get("/fr/cooperatives"))
    with transaction() as session:
        session.get_one(Organisation, shop.id).state = "verified"
        organisation_reinstated.send(None, organisation_id=shop.id)
    assert titles_on(client, "/fr/market") == ["Miel"]


def test_drafts_stay_out(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative()
    a_product(shop.id, "Brouillon", published=False)
    assert titles_on(client, "/fr/market") == []
    assert client.get("/fr/market/products/brouillon").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "category=%00",
        "page=-1",
        "price_min=abc&price_max=1e9",
        "sort=x",
        "region=%F0%9F%92%A9",
        "q=" + "a" * 5000,
        "page=99999999999999999999",
        "cooperative=';DROP TABLE product;--",
        "q=%22%29%28*:^~",
        "category=food&category=honey&in_stock=maybe",
    ],
)
def test_strange_wishes_break_nothing(app: Flask, client: FlaskClient, query: str) -> None:
    a_product(a_cooperative().id)
    assert client.get(f"/fr/market?{query}").status_code in (200, 400)


def statements_of(client: FlaskClient, address: str) -> int:
    seen: list[str] = []

    def count(_conn, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_rows(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative("Tifawin", slug="tifawin")
    for number in range(5):
        a_product(shop.id, f"Miel {number}")
    drain_search()
    pages = [
        "/fr/market",
        "/fr/market?q=miel",
        "/fr/market?in_stock=1",
        "/fr/cooperatives",
        "/fr/cooperatives/tifawin",
        "/fr/market/products/miel-0",
        "/fr/",
    ]
    for page in pages:
        client.get(page)
    few = [statements_of(client, page) for page in pages]
    for number in range(5, 50):
        a_product(a_cooperative(f"Atelier {number}").id if number % 5 == 0 else shop.id, f"Miel {number}")
    drain_search()
    many = [statements_of(client, page) for page in pages]
    assert max(many) <= 12
    assert many[1:3] == few[1:3]
    assert many[4:] == few[4:]
    assert max(many[0], many[3]) <= 8


def test_no_page_is_no_empty_directory(app: Flask, client: FlaskClient) -> None:
    a_cooperative("Tifawin")
    page = text_of(client.get("/fr/cooperatives?page=999"))
    assert "Cette page n’existe pas" in page
    assert "Aucune coopérative" not in page
    assert "Aucune coopérative" in text_of(client.get("/fr/cooperatives?region=XX"))


def test_no_word_of_a_seller_ends_the_description_for_machines(app: Flask, client: FlaskClient) -> None:
    title = '</script><script>alert(1)</script> & "Miel" \u2028'
    a_product(a_cooperative().id, title, description="</SCRIPT>\\", sku='A"<1', barcode="6110123002004", stock=0)
    page = client.get("/fr/market/products/script-script-alert-1-script-miel").get_data(as_text=True)
    told = [json.loads(one) for one in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)]
    product = next(one for one in told if one["@type"] == "Product")
    assert (product["name"], product["description"]) == (title.strip(), "</SCRIPT>\\")
    offer = product["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("120.00", "MAD")
    assert (product["gtin"], product["sku"]) == ("6110123002004", 'A"<1')
    assert offer["availability"] == "https://schema.org/OutOfStock"
    assert "<script>alert" not in page


@pytest.mark.parametrize(("stock", "said", "sold_out"), [(0, "OutOfStock", True), (1, "InStock", False)])
def test_the_last_piece_can_be_bought_and_what_is_gone_cannot(
    app: Flask, client: FlaskClient, stock: int, said: str, sold_out: bool
) -> None:
    """On the page, for machines and in the form alike."""
    a_product(a_cooperative().id, "Miel", stock=stock)
    page = client.get("/fr/market/products/miel").get_data(as_text=True)
    assert f'"availability": "https://schema.org/{said}"' in page or f'"availability":"https://schema.org/{said}"' in page
    words = text_of(client.get("/fr/market/products/miel"))
    assert ("badge-good" in page) is not sold_out
    assert ("Épuisé" in words, 'name="variant"' in page and 'action="/fr/basket' in page) == (sold_out, not sold_out)


def test_the_size_with_one_piece_left_is_chosen_and_can_be_chosen(app: Flask, client: FlaskClient) -> None:
    sizes = [VariantFacts(10000, "g", 250, stock=0), VariantFacts(20000, "g", 500, stock=1)]
    gone, last = variants_of(a_product_of(a_cooperative().id, sizes, "Miel", category="honey"))
    page = client.get("/fr/market/products/miel").get_data(as_text=True)
    circles = {int(re.search(r'value="(\d+)"', one)[1]): one for one in re.findall(r'<input type="radio"[^>]*>', page)}
    assert [("checked" in circles[size], "disabled" in circles[size]) for size in (gone, last)] == [
        (False, True),
        (True, False),
    ]


def test_the_directory_shows_regions_sectors_and_what_is_asked_for(app: Flask, client: FlaskClient) -> None:
    a_cooperative("Tifawin", region="MA-09", sector="argan")
    honey = a_cooperative("Taddart", region="MA-05", sector="agriculture")
    a_cooperative("Brouillon", region="MA-05", state="submitted")
    a_product(honey.id)
    with transaction() as session:
        session.add(OrganisationText(organisation_id=honey.id, language="ar", name="تعاونية تدارت"))
    with transaction():
        from_here = honey.id
    assert from_here
    assert titles_on(client, "/fr/cooperatives") == ["Taddart", "Tifawin"]
    assert titles_on(client, "/fr/cooperatives?region=MA-09") == ["Tifawin"]
    assert titles_on(client, "/fr/cooperatives?sector=agriculture") == ["Taddart"]
    assert "تعاونية تدارت" in titles_on(client, "/ar/cooperatives")
    assert "1 produit" in text_of(client.get("/fr/cooperatives"))


def test_a_cooperative_is_searched_by_name_and_place(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative("Tifawin", region="MA-09")
    other = a_cooperative("Taddart", region="MA-05")
    a_product(shop.id)
    with transaction():
        touch("cooperative", other.id)
    drain_search()
    assert titles_on(client, "/fr/cooperatives?q=tifawin") == ["Tifawin"]
    assert titles_on(client, "/fr/cooperatives?q=souss") == ["Tifawin"]
