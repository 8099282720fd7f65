"""Goods without a photograph: each has a drawing of its own, the same for ever, and no two on a page look alike."""

import re
from itertools import combinations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.engines.db import db
from app.engines.transactions import transaction
from app.web.drawings import DRAWINGS
from app.web.drawings import SHAPES as DRAWN
from app.web.goods_drawn import DIFFERENT, differences, parts_of
from app.web.icons import drawing
from catalog.demo.load import load
from catalog.models import Product, ProductText
from catalog.queries.offers import offers_of
from catalog.rules.shapes import SHAPES, drawn_as
from orders.queries.purchases import LINES
from tests.builders.accounts import a_cooperative, a_person, an_operator
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, orders_of
from tests.catalog.test_demo_content import COOPERATIVES

DRAWN_GOOD = re.compile(r'<span class="drawing .*?</svg></span>', re.S)
A_PAGE = 24


def drawings_on(client: FlaskClient, address: str) -> list[str]:
    page = client.get(address)
    assert page.status_code == 200, address
    return DRAWN_GOOD.findall(page.get_data(as_text=True).partition("<footer")[0])


@pytest.fixture
def demo(app: Flask) -> None:
    chair = a_person("Aïcha")
    an_operator()
    for row in COOPERATIVES:
        place = {"region": row["region"], "province": row["province"], "commune": row.get("commune")}
        a_cooperative(row["names"]["fr"], slug=row["slug"], chair=chair, **place)
    load("small", lambda *_told: None)


@pytest.mark.usefixtures("demo")
def test_no_two_goods_on_a_page_of_the_market_are_drawn_alike(client: FlaskClient) -> None:
    seen = 0
    for number in range(1, 5):
        drawn = drawings_on(client, f"/fr/market?page={number}")
        assert len(drawn) == min(A_PAGE, 76 - seen)
        assert len(set(drawn)) == len(drawn)
        assert all(len(one.encode()) < 600 for one in drawn)
        seen += len(drawn)
    assert seen == 76


def test_goods_of_one_kind_and_one_cooperative_differ_in_two_parts_at_least(app: Flask, client: FlaskClient) -> None:
    cooperative = a_cooperative(chair=a_person()).id
    for number in range(A_PAGE):
        a_product(cooperative, f"Miel de thym n° {number}")
    drawn = drawings_on(client, "/fr/market")
    assert len(set(drawn)) == A_PAGE
    forms = [set(re.findall(r"(?:back|top|mat)-\d+|tone-\d+|drawing-\w+ drawing-\w+", one)) for one in drawn]
    assert all(len(one - other) >= 2 for one, other in combinations(forms, 2))


def test_any_two_numbers_differ_in_two_parts_until_all_forms_are_used() -> None:
    first = parts_of(0)
    assert min(differences(first, parts_of(number)) for number in range(1, DIFFERENT)) == 2
    assert len({parts_of(number) for number in range(DIFFERENT)}) == DIFFERENT == 14641
    assert parts_of(DIFFERENT) == first
    neighbours = [differences(parts_of(one), parts_of(one + far)) for one in range(2000) for far in range(1, A_PAGE)]
    assert sum(neighbours) / len(neighbours) > 4


def test_the_drawing_stays_when_the_words_are_corrected_and_is_the_same_in_every_language(
    app: Flask, client: FlaskClient
) -> None:
    product = a_product(a_cooperative(chair=a_person()).id, titles={"fr": "Miel de thym", "ar": "عسل الزعتر"})
    before = drawings_on(client, "/fr/market")
    assert drawings_on(client, "/ar/market") == before
    with transaction():
        db.session.execute(
            db.update(ProductText)
            .where(ProductText.product_id == product, ProductText.source)
            .values(title="Miel d’oranger")
        )
    assert drawings_on(client, "/fr/market") == before
    slug = db.session.scalar(db.select(Product.slug).where(Product.id == product))
    assert before[0] in drawings_on(client, f"/fr/market/products/{slug}")


def test_an_order_keeps_the_drawing_that_was_bought_and_one_of_before_keeps_the_kinds(app: Flask) -> None:
    cooperative = a_cooperative(chair=a_person()).id
    product = a_product(cooperative, "Tajine de Safi", category="pottery")
    variant = variant_of(product)
    assert offers_of([variant], "ar")[variant].drawing == f"tajine.{product}"
    (order,) = orders_of(a_purchase({variant: 1}))
    with transaction():
        db.session.execute(db.update(ProductText).where(ProductText.product_id == product).values(title="Assiette de Safi"))
    assert offers_of([variant], "fr")[variant].drawing == f"plate.{product}"
    (line,) = db.session.execute(LINES, {"orders": [order.id]}).all()
    assert line.drawing == f"tajine.{product}"
    assert drawing("pottery").count("<use") == 1


@pytest.mark.parametrize(
    ("kind", "category", "title", "shape"),
    [
        ("pottery", "pottery", "Tajine de cuisson en terre de Safi", "tajine"),
        ("pottery", "pottery", "طاجين للطبخ من طين آسفي", "tajine"),
        ("pottery", "pottery", "Six assiettes peintes", "plate"),
        ("pottery", "pottery", "Grand plat à couscous", "platter"),
        ("pottery", "pottery", "Carreaux dessous-de-plat à l’étoile", "tiles"),
        ("pottery", "pottery", "Bols à harira", "bowl"),
        ("pottery", "pottery", "Huilier à bec verseur", "jug"),
        ("pottery", None, "Vase", "pottery"),
        ("leather", "leather", "Babouches jaunes", "leather"),
        ("leather", "leather", "Sac bandoulière", "bag"),
        ("dairy", "cheese", "Jben roulé aux herbes", "cheese-roll"),
        ("dairy", "cheese", "جبن الماعز الطري", "fresh-cheese"),
        ("tourism", "lodging", "Chez Fatima", "gite"),
        ("livestock", "livestock", "Mouton sardi", "livestock"),
        ("livestock", "livestock", "Chevrette de neuf mois", "goat"),
        ("sack", "animal-feed", "Tourteau d’argan", "cakes"),
        ("honey", "honey", "Miel en plat", "honey"),
    ],
)
def test_a_good_has_the_shape_that_its_words_name(kind: str, category: str | None, title: str, shape: str) -> None:
    assert drawn_as(kind, category, title, 17) == f"{shape}.17"


def test_every_shape_that_words_name_is_drawn() -> None:
    named = {shape for rows in SHAPES.values() for shape, _words in rows}
    assert named <= set(DRAWN) | set(DRAWINGS)
    assert set(DRAWN) <= named
    assert set(SHAPES) <= set(DRAWINGS)


@pytest.mark.parametrize("typed", ["honey.", "honey.x", "honey.-1", 'honey."><b>', "no-such.3", "honey.٣"])
def test_what_names_no_drawing_of_ours_is_drawn_all_the_same(app: Flask, typed: str) -> None:
    assert "<b>" not in drawing(typed)
    assert re.search(r"#(honey|other)\"/>", drawing(typed))
