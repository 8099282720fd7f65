"""What pages of goods and cooperatives show, in which order, and what they leave out."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.models import Product, ProductText
from catalog.queries.cards import cards_of
from catalog.queries.facets import MarketFilter
from catalog.queries.market import market
from catalog.queries.office import office_figures, stock_list
from catalog.rules.facts import VariantFacts
from catalog.services.products import withdraw
from tests.browsing import sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.catalog import a_product, a_product_of


def published(product: int, minutes: int) -> None:
    with transaction() as session:
        session.get_one(Product, product).published_at = now() - timedelta(minutes=minutes)


def names_in(page: str, words: str) -> list[str]:
    return list(dict.fromkeys(re.findall(words, page)))


def test_other_goods_of_the_maker_and_the_newest_of_all_stand_latest_first(app: Flask, client: FlaskClient) -> None:
    """Made in one order, published in another; the product itself, a draft and another's goods are no other goods."""
    chair = a_person("Aïcha")
    shop, other = a_cooperative("Tifawin", chair=chair), a_cooperative("Assif")
    for number, minutes in ((1, 20), (2, 40), (3, 10), (4, 30)):
        published(a_product(shop.id, f"Pot {number}"), minutes)
    published(a_product(other.id, "Pot 5"), 5)
    a_product(shop.id, "Pot 6", published=False)
    gone = a_product(shop.id, "Pot 7")
    with transaction():
        withdraw(actor_of(chair), gone)
    page = client.get("/fr/market/products/pot-1").get_data(as_text=True)
    assert names_in(page.partition('id="more"')[2], r"Pot \d") == ["Pot 3", "Pot 4", "Pot 2"]
    home = client.get("/fr/").get_data(as_text=True)
    assert names_in(home, r"Pot \d") == ["Pot 5", "Pot 3", "Pot 1", "Pot 4", "Pot 2"]
    directory = text_of(client.get("/fr/cooperatives"))
    assert ("4 produits" in directory, "1 produit" in directory, "6 produits" in directory) == (True, True, False)


def test_five_left_are_few_and_six_are_not(app: Flask) -> None:
    shop, other = a_cooperative("Tifawin"), a_cooperative("Assif")
    for stock in (0, 5, 6):
        a_product(shop.id, f"Pot {stock}", stock=stock)
    a_product(shop.id, "Brouillon", stock=0, published=False)
    a_product(other.id, "Huile", stock=0)
    figures = office_figures(shop.id, now())
    assert (figures.published, figures.draft, figures.low) == (3, 1, 2)


def test_sizes_stand_as_they_were_written_and_a_sold_out_one_is_not_chosen(app: Flask, client: FlaskClient) -> None:
    sizes = [("Grand", 900, 0), ("Moyen", 600, 5), ("Petit", 300, 7)]
    goods = [VariantFacts(price, names={"fr": name}, stock=stock) for name, price, stock in sizes]
    a_product_of(a_cooperative().id, goods, "Savon")
    page = client.get("/fr/market/products/savon").get_data(as_text=True)
    choices = re.findall(r'<input type="radio" id="variant-\d+"[^>]*>\s*<label[^>]*><bdi>(\w+)', page)
    assert choices == ["Grand", "Moyen", "Petit"]
    inputs = re.findall(r'<input type="radio" id="variant-\d+"[^>]*>', page)
    assert [" disabled" in one for one in inputs] == [True, False, False]
    assert [" checked" in one for one in inputs].count(True) == 1


def test_a_size_off_sale_is_neither_counted_nor_in_stock(app: Flask) -> None:
    shop = a_cooperative().id
    product = a_product_of(shop, [VariantFacts(900, stock=0), VariantFacts(600, stock=5, active=False)], "Savon")
    assert [(line.title, line.on_hand) for line in stock_list(shop, "fr", 1, now())[0]] == [("Savon", 0)]
    assert market(MarketFilter(in_stock=True), None, "fr", 1, now()).counts.total == 0
    assert market(MarketFilter(), None, "fr", 1, now()).counts.total == 1
    assert product


def test_twelve_makers_are_offered_as_filters_those_with_most_goods_first(app: Flask) -> None:
    for number in range(13):
        shop = a_cooperative(f"Coop {number:02}")
        for _ in range(2 if number == 12 else 1):
            a_product(shop.id)
    counts = market(MarketFilter(), None, "fr", 1, now()).counts
    assert counts.total == 14
    assert len(counts.cooperatives) == 12
    assert counts.cooperatives[0] == ("coop-12", "Coop 12", 2)


@pytest.mark.parametrize("stale", [True, False])
def test_a_translation_that_is_missing_or_older_is_told(app: Flask, client: FlaskClient, stale: bool) -> None:
    shop = a_cooperative().id
    product = a_product(shop, titles={"fr": "Savon", "en": "Soap"}, description="Doux")
    a_product(shop, "Miel")
    with transaction() as session:
        session.get_one(ProductText, (product, "en")).stale = stale
    older, missing = "This translation is older than the original.", "Not translated yet"
    soap, honey = (text_of(client.get(f"/en/market/products/{slug}")) for slug in ("savon", "miel"))
    assert ((older in soap), (missing in soap)) == (stale, False)
    assert ((older in honey), (missing in honey)) == (False, True)


def test_only_a_verified_maker_is_called_so(app: Flask, client: FlaskClient) -> None:
    chair = a_person("Aïcha")
    a_cooperative("Tifawin", chair=chair)
    a_cooperative("Adrar", state="submitted", chair=chair)
    sign_in(client, chair)
    said = {slug: text_of(client.get(f"/fr/cooperatives/{slug}")) for slug in ("tifawin", "adrar")}
    assert {slug for slug, page in said.items() if "Coopérative vérifiée" in page} == {"tifawin"}
    assert {slug for slug, page in said.items() if "n’est pas vérifiée" in page} == {"adrar"}
    db.session.rollback()


@pytest.mark.parametrize(
    ("prices", "per", "several"), [((200, 90, 150), 9_000, True), ((90, 50, 90), 5_000, True), ((90, 90), 9_000, False)]
)
def test_a_card_tells_the_cheapest_size_wherever_it_stands(
    app: Flask, prices: tuple[int, ...], per: int, several: bool
) -> None:
    """Sizes of 100 ml each, in the order the cooperative gave them: price, price per litre, and whether there are dearer."""
    shop = a_cooperative("Tifawin")
    sizes = [VariantFacts(price * 10, "ml", 100, {"fr": f"Flacon {at}"}, stock=3) for at, price in enumerate(prices)]
    a_product_of(shop.id, sizes, category="argan-oil")
    (card,) = cards_of(market(MarketFilter(), None, "fr", 1, now()).ids, "fr", now())
    assert (card.price, card.per, card.several) == (per // 10, (per, "l"), several)
