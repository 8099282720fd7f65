"""Goods of a file are known again by their handle or id with their options; numbers identify where they are unique."""

import csv
import io
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation
from app.engines import transactions
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.errors import Invalid
from catalog.models import Product, ProductText, Variant
from catalog.queries.offers import STOCK
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import create_product, edit_product
from tests.builders.accounts import a_cooperative
from tests.builders.catalog import a_product, a_product_of, variants_of
from tests.builders.counters import counter
from tests.catalog.test_import import a_file, read_in, sums

SHOPIFY = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty,Option1 Value,Published\n"


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


def goods() -> list[tuple[str, str, str, int, str | None, int, str]]:
    """(address, title, size, price, number, stock, state) of all there is."""
    rows = db.session.execute(
        select(Product.slug, ProductText.title, Variant.names, Variant.price, Variant.sku, Variant.id, Product.state)
        .join(ProductText, ProductText.product_id == Product.id)
        .join(Variant, Variant.product_id == Product.id)
        .order_by(Product.id, Variant.position)
    ).all()
    return [
        (slug, title, next(iter(names.values()), ""), price, sku, counter(STOCK, id_).on_hand, state)
        for slug, title, names, price, sku, id_, state in rows
    ]


@pytest.mark.parametrize("name", ["dup-sku.csv", "same-sku-variants.csv"])
def test_a_number_that_stands_twice_changes_no_other_goods(app: Flask, shop: Organisation, shared: Path, name: str) -> None:
    right = {
        "dup-sku.csv": [
            ("miel", "Miel de thym", "", 12000, "SKU-1", 5, "published"),
            ("savon", "Savon noir", "", 2500, "SKU-1", 9, "published"),
        ],
        "same-sku-variants.csv": [
            ("collier", "Collier", "15 cm", 10000, "COL", 3, "published"),
            ("collier", "Collier", "18 cm", 12000, "COL", 2, "published"),
            ("collier", "Collier", "20 cm", 15000, "COL", 4, "published"),
        ],
    }[name]
    file = shared / "data/products/found" / name
    assert sums(read_in(app, file)) == (len(right), 0, 0, 0)
    assert goods() == right
    for _ in range(2):
        assert sums(read_in(app, file)) == (0, 0, len(right), 0)
        assert goods() == right


def test_two_handles_never_share_goods_that_one_number_names(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    read_in(app, a_file(tmp_path, f"{SHOPIFY}miel,Miel,S-1,120,5,Default Title,true\n"))
    last = read_in(app, a_file(tmp_path, f"{SHOPIFY}savon,Savon,S-1,25,9,Default Title,true\n"))
    assert sums(last) == (1, 0, 0, 0)
    assert [row[:2] for row in goods()] == [("miel", "Miel"), ("savon", "Savon")]


def test_goods_made_by_hand_are_known_by_a_number_that_is_theirs_alone(
    app: Flask, shop: Organisation, tmp_path: Path
) -> None:
    honey = a_product(shop.id, "Miel", sku="S-1")
    file = a_file(tmp_path, f"{SHOPIFY}thym,Miel de thym,S-1,130,5,Default Title,true\n")
    assert sums(read_in(app, file)) == (0, 1, 0, 0)
    assert sums(read_in(app, file)) == (0, 0, 1, 0)
    assert db.session.scalars(select(Product.id)).all() == [honey]
    both = a_file(tmp_path, f"{SHOPIFY}a,A,S-2,1,1,Default Title,true\nb,B,S-2,2,1,Default Title,true\n")
    a_product(shop.id, "Savon", sku="S-2")
    assert sums(read_in(app, both)) == (2, 0, 0, 0)
    assert [row[1] for row in goods() if row[4] == "S-2"] == ["Savon", "A", "B"]


def test_a_number_of_two_products_of_the_shop_names_neither(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    read_in(app, a_file(tmp_path, f"{SHOPIFY}a,A,S-1,1,1,Default Title,true\nb,B,S-1,2,1,Default Title,true\n"))
    assert sums(read_in(app, a_file(tmp_path, "title,sku,price\nC,S-1,3\n"))) == (1, 0, 0, 0)
    assert [row[1:4] for row in goods()] == [("A", "", 100), ("B", "", 200), ("C", "", 300)]


def test_rows_without_handle_that_share_a_number_are_known_by_their_names(
    app: Flask, shop: Organisation, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "title,sku,price,stock\nMiel,M,10,1\nSavon,M,20,2\nMiel,M,10,1\nSavon,M,21,2\n")
    last = read_in(app, file)
    assert sums(last) == (1, 0, 0, 3)
    assert [problem["place"] for problem in last["problems"]] == ["line 4", "line 5"]
    assert [row[1:4] for row in goods()] == [("Miel", "", 1000)]


def test_a_product_with_a_row_that_cannot_be_read_is_refused_as_a_whole(
    app: Flask, shop: Organisation, tmp_path: Path
) -> None:
    text = (
        f"{SHOPIFY}tunique,Tunique,T-1,200,3,S,true\ntunique,,T-2,douze,3,M,\ntunique,,T-3,200,3,L,\n"
        "bol,Bol,B,9,1,Default Title,true\n"
    )
    last = read_in(app, a_file(tmp_path, text))
    assert sums(last) == (1, 0, 0, 3)
    assert [problem["place"] for problem in last["problems"]] == ["line 3"]
    assert [row[0] for row in goods()] == ["bol"]
    assert sums(read_in(app, a_file(tmp_path, text.replace("douze", "210")))) == (3, 0, 1, 0)
    assert sums(read_in(app, a_file(tmp_path, text.replace("3,S", "8,S")))) == (0, 0, 1, 3)
    assert [row[5] for row in goods() if row[0] == "tunique"] == [3, 3, 3]


def test_a_reason_is_told_once_of_a_product(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    rows = "".join(f"pot,{'Pot' if not n else ''},P-{n},12 €,1,T{n},true\n" for n in range(4))
    last = read_in(app, a_file(tmp_path, SHOPIFY + rows))
    assert (sums(last), [problem["place"] for problem in last["problems"]]) == ((0, 0, 0, 4), ["line 2"])


def test_options_in_another_order_and_with_other_numbers_are_the_same_sizes(
    app: Flask, shop: Organisation, tmp_path: Path
) -> None:
    read_in(app, a_file(tmp_path, f"{SHOPIFY}pot,Pot,A,10,1,Bleu,true\npot,,B,20,2,Vert,\n"))
    last = read_in(app, a_file(tmp_path, f"{SHOPIFY}pot,Pot,C,21,2,Vert,true\npot,,A,10,1,Bleu,\n"))
    assert sums(last) == (0, 1, 1, 0)
    assert [row[2:5] for row in goods()] == [("Bleu", 1000, "A"), ("Vert", 2100, "C")]


def test_a_size_whose_option_was_renamed_is_known_by_its_own_number(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    read_in(app, a_file(tmp_path, f"{SHOPIFY}pot,Pot,A,10,1,Bleu,true\npot,,B,20,2,Vert,\n"))
    last = read_in(app, a_file(tmp_path, f"{SHOPIFY}pot,Pot,A,10,1,Bleu nuit,true\npot,,B,20,2,Vert,\n"))
    assert sums(last) == (0, 1, 1, 0)
    assert [row[2:5] for row in goods()] == [("Bleu nuit", 1000, "A"), ("Vert", 2000, "B")]


def test_a_price_in_other_money_is_none_and_its_row_no_other_size(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    text = (
        "slug,sku,name,price,currency,option1_value\npot,P,Pot,,MAD,\npot,P-1,,30,MAD,Rouge\npot,P-1,,3,EUR,\n"
        "bol,B,Bol,9,EUR,\n"
    )
    assert sums(read_in(app, a_file(tmp_path, text))) == (4, 0, 0, 0)
    assert goods() == [
        ("pot", "Pot", "Rouge", 3000, "P-1", 0, "published"),
        ("bol", "Bol", "", None, "B", 0, "draft"),
    ]
    assert sums(read_in(app, a_file(tmp_path, text))) == (0, 0, 4, 0)


def test_a_number_typed_by_hand_is_free_and_those_of_a_file_may_stay(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    read_in(app, a_file(tmp_path, f"{SHOPIFY}pot,Pot,A,10,1,Bleu,true\npot,,A,20,2,Vert,\n"))
    product = db.session.scalars(select(Product.id)).one()
    one, two = variants_of(product)

    def edit(*numbers: str) -> None:
        with transaction():
            version = db.session.get_one(Product, product, populate_existing=True).version
            sizes = [VariantFacts(1500, sku=sku, id=id_) for sku, id_ in zip(numbers, (one, two), strict=True)]
            edit_product(SYSTEM, product, version, ProductFacts(), sizes)

    edit("A", "A")
    assert [row[3:5] for row in goods()] == [(1500, "A"), (1500, "A")]
    edit("A", "B")
    a_product_of(shop.id, [VariantFacts(100, sku="C")], "Bol")
    for numbers in (("B", "B"), ("C", "B")):
        with pytest.raises(Invalid, match="catalog-sku-taken"):
            edit(*numbers)
        db.session.rollback()
    with pytest.raises(Invalid, match="catalog-sku-taken"), transaction():
        create_product(SYSTEM, shop.id, {"fr": TextFacts("Vase")}, [VariantFacts(100, sku=" A ")], ProductFacts())
    db.session.expire_all()
    assert [row[4] for row in goods()] == ["A", "B", "C"]


def test_an_export_of_another_shop_never_takes_this_ones_sizes_for_its_own(
    app: Flask, shop: Organisation, tmp_path: Path
) -> None:
    """Its row names size 2 of the shop it comes from; here that is another product's."""
    a_product(shop.id, "Savon", sku="S-1")
    mine = a_product(shop.id, "Miel", sku="M-1")
    rows = [
        {"handle": "the", "title_fr": "Thé", "sku": "T", "price": "5.00", "variant": str(variants_of(mine)[0])},
        {"handle": "lin", "title_fr": "Lin", "sku": "L", "price": "6.00", "variant": str(variants_of(mine)[0] + 1)},
    ]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    file = a_file(tmp_path, out.getvalue())
    assert sums(read_in(app, file)) == (2, 0, 0, 0)
    assert [row[1:2] + row[3:4] for row in goods()] == [("Savon", 12000), ("Miel", 12000), ("Thé", 500), ("Lin", 600)]
    assert sums(read_in(app, file)) == (0, 0, 2, 0)
