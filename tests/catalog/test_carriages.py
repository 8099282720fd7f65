"""How a product reaches its buyer: what is offered of each kind, with and without a delivery table of one's own."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.errors import Invalid
from catalog.models import Product
from catalog.queries import CARRIAGES, delivery_choices, together
from catalog.queries.export import export_rows
from catalog.rules.carriages import usual_carriage
from catalog.services.zones import ZoneFacts, write_zones
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.catalog import a_product, variant_of

CASABLANCA, SOUSS = "MA-06", "MA-09"
TABLE = [
    ZoneFacts("delivery", (CASABLANCA,), 2_000, 1, 3),
    ZoneFacts("bulky", (CASABLANCA,), 25_000, 3, 6),
    ZoneFacts("pickup", (), 0, 0, 1, place="Aït Baha, le samedi"),
]
HOME = "Douar Tizi, Aït Baha, Souss-Massa"


@pytest.fixture
def shop(app: Flask) -> Organisation:
    made = a_cooperative("Tifawin", slug="tifawin")
    with transaction() as session:
        row = session.get_one(Organisation, made.id)
        row.region, row.commune, row.address = SOUSS, "Aït Baha", "Douar Tizi"
    return made


def test_goods_of_one_order_travel_as_the_one_that_asks_most() -> None:
    assert list(CARRIAGES) == ["parcel", "bulky", "collected", "on-the-spot"]
    assert together(["parcel"]).name == "parcel"
    assert together(["bulky", "parcel"]).name == "bulky"
    assert together(["parcel", "collected", "bulky"]).name == "collected"
    assert together(["on-the-spot", "parcel"]).name == "on-the-spot"


@pytest.mark.parametrize(
    ("category", "sizes", "carriage"),
    [
        ("honey", [("g", 500, 0)], "parcel"),
        (None, [("piece", 1, 0)], "parcel"),
        ("animal-feed", [("g", 100_000, 0)], "bulky"),
        ("animal-feed", [("g", 30_000, 0)], "parcel"),
        ("animal-feed", [("g", 500, 0), ("g", 30_001, 0)], "bulky"),
        ("wood", [("piece", 1, 45_000)], "bulky"),
        ("oils", [("ml", 60_000, 0)], "parcel"),
        ("livestock", [("piece", 1, 0)], "collected"),
        ("lodging", [("piece", 1, 0)], "on-the-spot"),
        ("services", [("piece", 1, 0)], "on-the-spot"),
        ("gone", [], "parcel"),
    ],
)
def test_a_kind_has_its_usual_way(category: str | None, sizes: list[tuple[str, int, int]], carriage: str) -> None:
    assert usual_carriage(category, sizes) == carriage


@pytest.mark.parametrize(
    ("carriage", "own", "region", "offered"),
    [
        ("parcel", False, CASABLANCA, [("delivery", 3_000, "")]),
        ("parcel", True, CASABLANCA, [("delivery", 2_000, ""), ("pickup", 0, "Aït Baha, le samedi")]),
        ("parcel", True, SOUSS, [("pickup", 0, "Aït Baha, le samedi")]),
        ("bulky", False, CASABLANCA, [("pickup", 0, HOME)]),
        ("bulky", True, CASABLANCA, [("bulky", 25_000, ""), ("pickup", 0, "Aït Baha, le samedi")]),
        ("collected", False, CASABLANCA, [("pickup", 0, HOME)]),
        ("collected", True, CASABLANCA, [("pickup", 0, "Aït Baha, le samedi")]),
        ("on-the-spot", False, SOUSS, [("visit", 0, HOME)]),
        ("on-the-spot", True, CASABLANCA, [("visit", 0, HOME)]),
    ],
)
def test_what_is_offered(
    shop: Organisation, carriage: str, own: bool, region: str, offered: list[tuple[str, int, str]]
) -> None:
    if own:
        with transaction():
            write_zones(SYSTEM, shop.id, TABLE)
    choices = delivery_choices({shop.id: carriage}, region)[shop.id]
    assert [(one.kind, one.fee.amount, one.place) for one in choices] == offered


def test_a_commune_that_stands_in_the_address_is_told_once(shop: Organisation) -> None:
    with transaction() as session:
        session.get_one(Organisation, shop.id).address = "Douar Tizi, Aït Baha"
    assert delivery_choices({shop.id: "collected"}, SOUSS)[shop.id][0].place == HOME
    with transaction() as session:
        row = session.get_one(Organisation, shop.id)
        row.address, row.commune = None, None
    assert delivery_choices({shop.id: "collected"}, SOUSS)[shop.id][0].place == "Souss-Massa"


def test_a_stay_is_no_row_of_a_table(shop: Organisation) -> None:
    with pytest.raises(Invalid) as refused, transaction():
        write_zones(SYSTEM, shop.id, [ZoneFacts("visit", (), 0, 0, 1, place="Aït Baha")])
    assert (refused.value.code, refused.value.field) == ("catalog-unknown-kind", "kind_1")


@pytest.mark.parametrize(
    ("category", "unit", "quantity", "carriage", "told"),
    [
        ("honey", "g", 500, "parcel", "35,00"),
        ("animal-feed", "g", 100_000, "bulky", "C’est trop lourd ou trop grand pour un colis."),
        ("livestock", "piece", 1, "collected", "Cela ne s’envoie pas"),
        ("lodging", "piece", 1, "on-the-spot", "Cela se passe sur place"),
    ],
)
def test_the_page_of_a_product_promises_what_can_be_done(
    client: FlaskClient, shop: Organisation, category: str, unit: str, quantity: int, carriage: str, told: str
) -> None:
    a_product(shop.id, "Chose", category=category, unit=unit, quantity=quantity)
    assert db.session.scalars(select(Product.carriage)).one() == carriage
    page = text_of(client.get("/fr/market/products/chose"))
    assert told in page
    assert ("35,00 MAD" in page) is (carriage == "parcel")


def test_the_cooperative_says_otherwise_and_files_carry_it(client: FlaskClient, shop: Organisation) -> None:
    seller = a_person("Yasmine")
    joins(seller, shop, "seller")
    sign_in(client, seller)
    product = a_product(shop.id, "Tapis", category="carpets")
    size = {"v0-id": str(variant_of(product)), "v0-quantity": "1", "v0-unit": "piece", "v0-price": "900", "v0-active": "y"}
    facts = {"version": "2", "category": "carpets", "origin": "", "carriage": "bulky", **size}
    answer = post(client, f"/fr/sell/tifawin/products/{product}", **{**facts, "carriage": "by-mule"})
    assert answer.status_code == 422
    assert db.session.scalars(select(Product.carriage)).one() == "parcel"
    assert post(client, f"/fr/sell/tifawin/products/{product}", **facts).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Product.carriage)).one() == "bulky"
    assert [row["carriage"] for row in export_rows(shop.id)] == ["bulky"]


def test_a_product_that_travels_in_no_known_way_is_named(app: Flask, shop: Organisation) -> None:
    check = app.extensions["checks"]["ways of delivery"]
    a_product(shop.id, "Tapis")
    assert list(check()) == []
    with transaction() as session:
        session.execute(update(Product).values(carriage="by-mule"))
    assert list(check()) == ["product tapis reaches buyers as by-mule, which nobody knows"]
