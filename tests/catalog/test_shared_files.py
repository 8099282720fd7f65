"""Every real file of goods beside the checkout: what is right for it, ten of its products, and that a second run is none."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.console.transfer import import_group
from app.engines import transactions
from app.engines.db import db
from catalog.models import Product, ProductText, Variant
from catalog.queries.offers import STOCK
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.counters import counter
from tests.catalog.test_import import RESULTS, read_in, run

PRODUCTS, SPECTRUM = "data/products", "data/messy/csv-spectrum/csvs"
MISTYPED = "The barcode {} is not right: one of its digits was mistyped."
NO_LANGUAGE = "This language is not known here."
NO_TITLE = "The first line does not name the columns we need: title."


@dataclass(frozen=True)
class Right:
    """What is right for a file: its rows, those refused with their lines and reasons, rows of drafts; what stands then."""

    rows: int
    products: int
    sizes: int
    drafts: int = 0
    refused: tuple[tuple[int, str], ...] = ()


TAKEN = {
    "shopify-apparel.csv": Right(22, 20, 22),
    "shopify-home-and-garden.csv": Right(21, 20, 21),
    "spree-products.csv": Right(211, 37, 87, drafts=211),  # its prices are in other money
    "spree-product-translations.csv": Right(
        74, 37, 37, drafts=37, refused=tuple((line, NO_LANGUAGE) for line in range(2, 76, 2))
    ),
    "ofn-sample-120-products.csv": Right(120, 120, 120),
    "off-morocco-products.csv": Right(
        1035, 1034, 1034, drafts=1034, refused=((3, MISTYPED.format("6110214007002")),)
    ),  # no price in it
    "found/barcode-dup.csv": Right(
        2, 0, 0, refused=((2, MISTYPED.format("6111234567890")), (3, MISTYPED.format("6111234567890")))
    ),
    "found/dup-sku.csv": Right(2, 2, 2),
    "found/ent.csv": Right(1, 1, 1),
    "found/etsy-qty.csv": Right(2, 2, 2, drafts=2),
    "found/opt31.csv": Right(31, 1, 31),
    "found/opts.csv": Right(2, 1, 2),
    "found/prestashop-fr.csv": Right(2, 2, 2, drafts=1),
    "found/same-sku-variants.csv": Right(3, 1, 3),
    "found/shipcat.csv": Right(1, 1, 1),
    "found/shopify-new.csv": Right(
        6,
        3,
        4,
        drafts=2,
        refused=(
            (6, "“douze” is no price (column Price)."),
            (7, "The row does not say which product it belongs to (column URL handle)."),
        ),
    ),
    "found/square.csv": Right(3, 2, 3),
    "found/titlelong.csv": Right(1, 1, 1),
    "found/woo-lbs.csv": Right(2, 2, 2, drafts=1),
    "found/woo-sale-dates.csv": Right(7, 7, 7, drafts=4),
    "found/wooiso.csv": Right(3, 1, 2),
}
NO_GOODS = {
    f"{PRODUCTS}/ofn-product-list-template.csv": "The file has a first line but no goods.",
    f"{PRODUCTS}/hs-codes.csv.gz": "This is not a file of comma-separated values.",
    **{
        f"{SPECTRUM}/{name}.csv": NO_TITLE
        for name in (
            *("comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "location_coordinates", "newlines"),
            *("newlines_crlf", "quotes_and_newlines", "simple", "simple_crlf", "utf8"),
        )
    },
}
ONE = ("", "1 piece")
# {file: {address: (title, category, state, ((size, what is in it, price, stock, weight), …))}}, compared by hand.
TEN: dict[str, dict[str, tuple[str, str | None, str, tuple[tuple[Any, ...], ...]]]] = {
    "shopify-apparel.csv": {
        "ocean-blue-shirt": ("Ocean Blue Shirt", None, "published", ((*ONE, 5000, 1, 0),)),
        "classic-varsity-top": (
            "Classic Varsity Top",
            None,
            "published",
            tuple((size, "1 piece", 6000, 1, 0) for size in ("Small", "Medium", "Large")),
        ),
        "yellow-wool-jumper": ("Yellow Wool Jumper", None, "published", ((*ONE, 8000, 1, 0),)),
        "floral-white-top": ("Floral White Top", None, "published", ((*ONE, 7500, 1, 0),)),
        "striped-silk-blouse": ("Striped Silk Blouse", None, "published", ((*ONE, 5000, 1, 0),)),
        "dark-denim-top": ("Dark Denim Top", None, "published", ((*ONE, 6000, 1, 0),)),
        "dark-winter-jacket": ("Soft Winter Jacket", None, "published", ((*ONE, 5000, 1, 0),)),
        "black-leather-bag": ("Black Leather Bag", None, "published", ((*ONE, 3000, 1, 0),)),
        "zipped-jacket": ("Zipped Jacket", None, "published", ((*ONE, 6500, 1, 0),)),
        "silk-summer-top": ("Silk Summer Top", None, "published", ((*ONE, 7000, 1, 0),)),
    },
    "shopify-home-and-garden.csv": {
        "clay-plant-pot": (
            "Clay Plant Pot",
            "seeds-plants",
            "published",
            (("Regular", "1 piece", 999, 1, 0), ("Large", "1 piece", 1599, 3, 0)),
        ),
        "copper-light": ("Copper Light", "metalwork", "published", ((*ONE, 5999, 2, 0),)),
        "cream-sofa": ("Cream Sofa", "wood", "published", ((*ONE, 50000, 4, 0),)),
        "antique-drawers": ("Antique Drawers", None, "published", ((*ONE, 25000, 2, 0),)),
        "white-bed-clothes": ("White Bed Clothes", None, "published", ((*ONE, 2999, 1, 0),)),
        "pink-armchair": ("Pink Armchair", None, "published", ((*ONE, 75000, 0, 0),)),
        "wooden-outdoor-table": ("Wooden Outdoor Table", "wood", "published", ((*ONE, 9999, 3, 0),)),
        "brown-throw-pillows": ("Brown Throw Pillows", None, "published", ((*ONE, 1999, 5, 0),)),
        "white-ceramic-pot": ("White Ceramic Pot", "seeds-plants", "published", ((*ONE, 1599, 1, 0),)),
        "gardening-hand-trowel": ("Gardening hand trowel", "seeds-plants", "published", ((*ONE, 1099, 2, 0),)),
    },
    "spree-products.csv": {
        address: (title, None, "draft", tuple((size, "1 piece", None, 5000, weight) for size in sizes))
        for address, title, weight, sizes in (
            ("automatic-espresso-machine", "Automatic Espresso Machine", 8981, ("Matte Black", "Silver", "White")),
            ("semi-automatic-espresso-machine", "Semi-Automatic Espresso Machine", 7983, ("Stainless Steel", "Matte Black")),
            ("drip-coffee-maker", "Drip Coffee Maker 1.5L", 1996, ("Black", "White", "Steel Grey")),
            ("digital-air-fryer-4l", "Digital Air Fryer 4.2L", 3493, ("Matte Black", "White")),
            ("digital-air-fryer-6l", "Digital Air Fryer 6.2L", 4990, ("Matte Black", "Silver", "White")),
            ("dual-basket-air-fryer", "Dual Basket Air Fryer 8L", 6486, ("Matte Black", "Stainless Steel")),
            ("high-speed-blender", "High Speed Blender 2.0L", 3493, ("Stainless Steel", "Matte Black", "White")),
            ("personal-blender", "Personal Blender 600ml", 907, ("White", "Mint", "Grey")),
            ("tower-fan", "Tower Fan 100cm", 3493, ("White", "Black")),
            ("handheld-garment-steamer", "Handheld Garment Steamer", 544, ("White", "Black")),
        )
    },
    "ofn-sample-120-products.csv": {
        f"imported-product-{number}": (
            f"Imported Product {number}",
            "fresh-vegetables",
            "published",
            (("Orange Tree", f"{number} g", (number + 1) * 100, number + 99, 0),),
        )
        for number in (1, 2, 3, 13, 25, 49, 61, 85, 109, 120)
    },
    "off-morocco-products.csv": {
        address: (title, None, "draft", (("", measure, None, 0, weight),))
        for address, title, measure, weight in (
            ("amilou-beldi", "Amilou Beldi", "1 piece", 0),
            ("sardines-a-la-sauce-tomate", "Sardines à la sauce tomate", "1 piece", 0),
            ("filets-de-maquereaux", "Filets de maquereaux", "1 piece", 0),
            ("creme-d-ipomee", "Crème d'ipomée", "1 piece", 0),
            ("huile-de-table-lousra-1l", "Huile de table lousra 1l", "1000 ml", 0),
            ("mojito", "Mojito", "1 piece", 0),
            ("doltas", "Doltas", "1 piece", 0),
            ("ail-semoule", "Ail semoule", "1 piece", 0),
            ("maymouna-farine-complete-10-kg", "MayMouna Farine Complète 10 kg", "10000 g", 0),
            ("verveine-2", "Verveine", "1 piece", 0),
        )
    },
}


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


def everything() -> list[tuple[Any, ...]]:
    """Each product with its words and sizes, and how often it was written."""
    rows = db.session.execute(
        select(Product.slug, Product.version, Product.state, ProductText.title, Variant.price, Variant.id, Variant.sku)
        .outerjoin(ProductText, ProductText.product_id == Product.id)
        .outerjoin(Variant, Variant.product_id == Product.id)
        .order_by(Product.id, Variant.position, ProductText.language)
    ).all()
    return [tuple(row) for row in rows]


def stands(address: str) -> tuple[Any, ...]:
    """A product as TEN says it."""
    product, title = db.session.execute(
        select(Product, ProductText.title).join(ProductText).where(Product.slug == address, ProductText.source)
    ).one()
    sizes = db.session.scalars(select(Variant).where(Variant.product_id == product.id).order_by(Variant.position)).all()
    return (
        title,
        product.category,
        product.state,
        tuple(
            (
                next(iter(size.names.values()), ""),
                f"{size.quantity} {size.unit}",
                size.price,
                counter(STOCK, size.id).on_hand,
                size.weight_grams,
            )
            for size in sizes
        ),
    )


SLOW = {"off-morocco-products.csv", "spree-products.csv", "spree-product-translations.csv"}


@pytest.mark.parametrize("name", [pytest.param(one, marks=[pytest.mark.long] if one in SLOW else []) for one in TAKEN])
def test_a_real_file_becomes_just_what_is_in_it_and_again_nothing(
    app: Flask, shop: Organisation, shared: Path, name: str
) -> None:
    right, file = TAKEN[name], shared / PRODUCTS / name
    first = read_in(app, file)
    refused = len(right.refused)
    assert (first["rows"], [first[result] for result in RESULTS]) == (right.rows, [right.rows - refused, 0, 0, refused])
    assert first["drafts"] == right.drafts
    assert [(one["place"], one["reason"]) for one in first["problems"]] == [
        (f"line {line}", reason) for line, reason in right.refused
    ]
    stand = everything()
    whole = db.session.scalar(select(func.count(Product.id.distinct())).join(ProductText).join(Variant))
    count = select(func.count())
    assert whole == db.session.scalar(count.select_from(Product)) == right.products
    assert db.session.scalar(count.select_from(Variant)) == right.sizes
    assert {address: stands(address) for address in TEN.get(name, ())} == TEN.get(name, {})
    for _ in range(2):
        again = read_in(app, file)
        assert [again[result] for result in RESULTS] == [0, 0, right.rows - refused, refused]
        assert everything() == stand


@pytest.mark.parametrize("path", NO_GOODS)
def test_a_file_that_holds_no_goods_is_refused_in_one_sentence(
    app: Flask, shop: Organisation, shared: Path, path: str
) -> None:
    code, output = run(app, import_group, str(shared / path), "--cooperative", "tifawin", "--json")
    [said, sentence] = output.strip().splitlines()
    assert (code, sentence) == (1, f"tiwizi: {NO_GOODS[path]}")
    nothing = {"rows": 0, **dict.fromkeys(RESULTS, 0), "drafts": 0}
    assert json.loads(said) == {**nothing, "problems": [{"place": "file", "reason": NO_GOODS[path]}]}
    assert everything() == []


def test_the_page_refuses_it_in_one_sentence_too(app: Flask, client: FlaskClient, shop: Organisation, shared: Path) -> None:
    """What stands in its columns is shown, for who knows what they say."""
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    content = (shared / SPECTRUM / "utf8.csv").read_bytes()
    sent = {"file": (io.BytesIO(content), "utf8.csv"), "format": "auto", "step": "write"}
    answer = post(client, "/fr/sell/tifawin/products/import", **sent)
    assert answer.status_code == 422
    assert "ʤ" in text_of(answer)
    assert everything() == []


def test_no_shared_file_is_forgotten(shared: Path) -> None:
    there = [*(shared / PRODUCTS).glob("*.csv*"), *(shared / PRODUCTS / "found").iterdir(), *(shared / SPECTRUM).iterdir()]
    known = {*(f"{PRODUCTS}/{name}" for name in TAKEN), *NO_GOODS}
    assert {str(path.relative_to(shared)) for path in there} == known
