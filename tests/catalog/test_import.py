"""Goods from files: every row is created, changed, unchanged or refused; a second run changes nothing."""

import csv
import io
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.console.transfer import export_group, import_group
from app.engines import transactions
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from catalog.models import Product, ProductText, Variant
from catalog.queries.offers import STOCK
from catalog.services.products import publish
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.counters import counter

RESULTS = ("created", "changed", "unchanged", "refused")


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes here: the pieces of an import need not make way. tests/catalog/test_import_again.py has others."""
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


def run(app: Flask, group: Any, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(group, ["products", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def read_in(app: Flask, file: Path, *words: str) -> dict[str, Any]:
    """The last line of `tiwizi import products FILE --json`. A look before it has told the very same."""
    looked = last_line(app, file, *words, "--dry-run")
    if "--dry-run" in words:
        return looked
    read = last_line(app, file, *words)
    assert {**looked, "dry_run": False} == read
    return read


def last_line(app: Flask, file: Path, *words: str) -> dict[str, Any]:
    code, output = run(app, import_group, str(file), "--cooperative", "tifawin", "--json", *words)
    assert code == 0, output
    last = json.loads(output.strip().splitlines()[-1])
    assert sum(last[result] for result in RESULTS) == last["rows"]
    assert bool(last["problems"]) == bool(last["refused"])
    assert len(last["problems"]) <= min(last["refused"], 200)
    return last


def sums(last: dict[str, Any]) -> tuple[int, ...]:
    return tuple(last[result] for result in RESULTS)


def a_file(folder: Path, text: str | bytes, name: str = "goods.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("rows", [160, pytest.param(1035, marks=pytest.mark.long)])
def test_the_real_file_of_moroccan_barcodes(
    app: Flask, client: FlaskClient, shop: Organisation, shared: Path, tmp_path: Path, rows: int
) -> None:
    """Its first rows; the whole file in the long run."""
    with (shared / "data/products/off-morocco-products.csv").open(encoding="utf-8") as whole:
        file = a_file(tmp_path, "".join(itertools.islice(whole, rows + 1)))
    looked = read_in(app, file, "--dry-run")
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0
    first = read_in(app, file)
    assert first["rows"] == rows
    assert sums(looked) == sums(first)
    made = first["created"]
    assert made + first["refused"] == rows
    assert made > rows * 0.96
    assert all(problem["place"].startswith("line ") and problem["reason"] for problem in first["problems"])
    assert db.session.scalar(select(func.count()).select_from(Product).where(Product.state == "draft")) == made
    again = read_in(app, file)
    assert sums(again) == (0, 0, made, first["refused"])
    product = db.session.scalars(select(Variant).where(Variant.barcode == "6110123002004")).one().product_id
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    row = db.session.scalars(select(Variant).where(Variant.product_id == product)).one()
    edited = post(
        client,
        f"/fr/sell/tifawin/products/{product}",
        **{
            "version": str(db.session.get_one(Product, product).version),
            "v0-id": str(row.id),
            "v0-quantity": "1",
            "v0-unit": "piece",
            "v0-price": "45",
            "v0-barcode": row.barcode,
            "v0-active": "y",
            "origin": "",
            "category": "",
        },
    )
    assert edited.status_code == 303
    with transaction():
        publish(SYSTEM, product)
    drain_search()
    assert "Amilou Beldi" in text_of(client.get("/fr/market?q=amilou"))
    assert sums(read_in(app, file)) == (0, 0, made, first["refused"])
    assert db.session.scalars(select(Variant.price).where(Variant.id == row.id)).one() == 4500


def test_the_shopify_file(app: Flask, shop: Organisation, shared: Path) -> None:
    file = shared / "data/products/shopify-home-and-garden.csv"
    first = read_in(app, file)
    assert (first["rows"], sums(first), first["pictures_not_fetched"] > 0) == (21, (21, 0, 0, 0), True)
    assert db.session.scalar(select(func.count()).select_from(Product)) == 20
    pot = db.session.scalars(select(Product).where(Product.slug == "clay-plant-pot")).one()
    sizes = db.session.execute(
        select(Variant.names, Variant.price, Variant.id).where(Variant.product_id == pot.id).order_by(Variant.position)
    ).all()
    assert [(row.names, row.price) for row in sizes] == [({"en": "Regular"}, 999), ({"en": "Large"}, 1599)]
    assert [counter(STOCK, row.id).on_hand for row in sizes] == [1, 3]
    assert (pot.state, pot.listed, pot.price_from) == ("published", True, 999)
    assert sums(read_in(app, file)) == (0, 0, 21, 0)


def test_a_changed_row_changes_its_product_and_no_other(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    read_in(app, a_file(tmp_path, "nom;prix;stock;ref\nMiel de thym 500 g;120,50;4;M1\nSafran 1 g;45;;S1\n"))
    assert db.session.execute(
        select(Variant.sku, Variant.price, Variant.quantity, Variant.unit).order_by(Variant.sku)
    ).all() == [("M1", 12050, 500, "g"), ("S1", 4500, 1, "g")]
    again = read_in(
        app, a_file(tmp_path, "nom;prix;stock;ref\nMiel de thym 500 g;130;9;M1\nSafran 1 g;45;;S1\nDattes;60;1;D1\n")
    )
    assert sums(again) == (1, 1, 1, 0)
    honey = db.session.scalars(select(Variant).where(Variant.sku == "M1").execution_options(populate_existing=True)).one()
    assert (honey.price, counter(STOCK, honey.id).on_hand) == (13000, 9)


def test_rows_without_price_are_drafts_and_bad_rows_say_why(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    last = read_in(
        app,
        a_file(
            tmp_path,
            (
                "title,price,barcode,stock\nMiel,,,\nSafran,beaucoup,,\n,12,,\nDattes,10,6110123002005,\nAmlou,30,,many\n"
                "Thé,5,6110123002004,\nThé,5,6110123002004,\n,,,\nRose,7,,1,extra\n" + "x" * 256 + ",9,,\n"
            ),
        ),
    )
    assert sums(last) == (2, 0, 0, 8)
    assert [problem["place"] for problem in last["problems"]] == [f"line {n}" for n in (3, 4, 5, 6, 8, 9, 10, 11)]
    assert "beaucoup" in last["problems"][0]["reason"]
    assert "line 7" in last["problems"][4]["reason"]
    assert not [problem for problem in last["problems"] if "could not be accepted" in problem["reason"]]
    assert db.session.execute(select(Product.slug, Product.state).order_by(Product.id)).all() == [
        ("miel", "draft"),
        ("the", "published"),
    ]


def test_columns_named_by_a_map(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    file = a_file(tmp_path, "A,B\nMiel,120\n")
    code, output = run(app, import_group, str(file), "--cooperative", "tifawin")
    assert code == 1
    assert "title" in output
    mapped = a_file(tmp_path, json.dumps({"title": "A", "price": "B"}), "map.json")
    assert sums(read_in(app, file, "--map", str(mapped))) == (1, 0, 0, 0)
    for wrong in ("not json", '{"title": "C"}', '{"colour": "A"}', "[1]", '{"title": 7}'):
        code, _output = run(
            app, import_group, str(file), "--cooperative", "tifawin", "--map", str(a_file(tmp_path, wrong, "wrong.json"))
        )
        assert code == 1, wrong


def test_a_woocommerce_file_with_variations(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    text = (
        "ID,Type,SKU,Name,Published,Description,Stock,Regular price,Categories,Images,Parent,Attribute 1 value(s)\n"
        "1,variable,HUILE,Huile d’argane,1,<p>Pressée <b>à froid</b></p>,,,Argan oil,a.jpg,,\n"
        "2,variation,HUILE-250,,1,,5,120,,,HUILE,250 ml\n3,variation,HUILE-500,,1,,3,220,,,HUILE,500 ml\n"
        "4,simple,MIEL,Miel,0,Du thym,2,90,Honey,,,\n"
    )
    file = a_file(tmp_path, text)
    assert sums(read_in(app, file)) == (4, 0, 0, 0)
    oil = db.session.scalars(select(Product).where(Product.category == "argan-oil")).one()
    assert (oil.state, oil.price_from) == ("published", 12000)
    assert db.session.execute(select(Variant.quantity, Variant.unit).where(Variant.product_id == oil.id)).all() == [
        (250, "ml"),
        (500, "ml"),
    ]
    assert (
        db.session.scalars(select(ProductText.description).where(ProductText.product_id == oil.id)).one()
        == "Pressée à froid"
    )
    assert db.session.scalars(select(Product.state).where(Product.category == "honey")).one() == "draft"
    assert sums(read_in(app, file)) == (0, 0, 4, 0)


def test_export_and_import_again_changes_nothing(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    a_product(shop.id, titles={"fr": "=1+1", "ar": "عسل", "en": "+honey"}, description='-2\n"quoted", and more')
    a_product(shop.id, "Brouillon", price=None, published=False, sku="B-1")
    file = tmp_path / "out.csv"
    assert run(app, export_group, str(file), "--cooperative", "tifawin")[0] == 0
    cells = file.read_text("utf-8-sig")
    assert "'=1+1" in cells
    assert ",=1+1" not in cells
    assert sums(read_in(app, file)) == (0, 0, 2, 0)
    file.write_text(cells.replace("عسل", "عسل الزعتر").replace("120.00", "99.00"), "utf-8-sig")
    assert sums(read_in(app, file)) == (0, 1, 1, 0)
    assert db.session.scalars(select(ProductText.title).where(ProductText.language == "ar")).one() == "عسل الزعتر"
    assert (
        db.session.scalars(
            select(ProductText.title).where(ProductText.language == "fr").order_by(ProductText.product_id)
        ).first()
        == "=1+1"
    )
    other = a_cooperative("Amane", slug="amane")
    code, output = run(app, import_group, str(file), "--cooperative", "amane", "--json")
    assert (code, json.loads(output.splitlines()[-1])["created"]) == (0, 2)
    code, output = run(app, import_group, str(file), "--cooperative", "amane", "--json")
    assert json.loads(output.splitlines()[-1])["unchanged"] == 2
    assert db.session.scalar(select(func.count()).select_from(Product).where(Product.organisation_id == other.id)) == 2


def test_a_product_made_by_hand_is_known_again_by_its_barcode(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    product = a_product(shop.id, "Miel", barcode="6110123002004")
    last = read_in(app, a_file(tmp_path, "title,barcode,price\nMiel de thym,6110123002004,150\n"))
    assert sums(last)[3] == 0
    assert db.session.scalar(select(func.count()).select_from(Product)) == 1
    assert db.session.scalars(select(Variant.price).where(Variant.id == variant_of(product))).one() == 15000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n\n",
        b"title,price\n",
        b"title,title\na,b\n",
        b"\x89PNG\r\n\x1a\n\x00\x01",
        b"PK\x03\x04rest",
        os.urandom(4096),
        b"title,price\nMi\x00el,3\n",
        b'title,price\n"never closed,3\n',
        "title,price\nmiel,3\n".encode("utf-16")[:-1],
        b"\xff\xfe\x00",
    ],
)
def test_files_that_are_none_are_refused_and_write_nothing(
    app: Flask, shop: Organisation, tmp_path: Path, content: bytes
) -> None:
    code, output = run(app, import_group, str(a_file(tmp_path, content)), "--cooperative", "tifawin", "--json")
    assert code == 1
    assert output.count("tiwizi: ") == 1
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0


@pytest.mark.parametrize(
    ("encoding", "delimiter", "title", "language"),
    [
        ("utf-8", ",", "عسل الزعتر", "ar"),
        ("utf-8-sig", ";", "Thé à la menthe", "fr"),
        ("cp1256", ",", "عسل الزعتر", "ar"),
        ("latin-1", ";", "Thé glacé", "fr"),
        ("utf-16", "\t", "عسل", "ar"),
        ("cp1252", "|", "L’été", "fr"),
    ],
)
def test_every_usual_encoding_and_delimiter(
    app: Flask, shop: Organisation, tmp_path: Path, encoding: str, delimiter: str, title: str, language: str
) -> None:
    text = f"title{delimiter}price\r\n{title}{delimiter}12\r\n"
    assert sums(read_in(app, a_file(tmp_path, text.encode(encoding)))) == (1, 0, 0, 0)
    assert db.session.execute(select(ProductText.language, ProductText.title)).all() == [(language, title)]


def test_naughty_strings_are_taken_as_they_are_or_refused(
    app: Flask, client: FlaskClient, shop: Organisation, shared: Path, tmp_path: Path
) -> None:
    import_csv = io.StringIO(newline="")
    writer = csv.writer(import_csv)
    writer.writerow(["title", "description", "price"])
    naughty = [text for text in json.loads((shared / "data/messy/blns.json").read_text()) if text]
    for place, text in enumerate(naughty):
        writer.writerow([f"Pot {place}", text, "3"])
    content = import_csv.getvalue()
    clean = "".join(sign for sign in content if sign >= " " or sign in "\r\n\t").replace("\x7f", "")
    last = read_in(app, a_file(tmp_path, clean))
    assert last["rows"] == len(naughty)
    assert last["created"] >= len(naughty) - 5
    for slug in db.session.scalars(select(Product.slug).limit(60)).all():
        page = client.get(f"/fr/market/products/{slug}")
        assert page.status_code == 200
        assert "<script>alert" not in page.get_data(as_text=True)


def test_ten_megabytes_are_read_or_refused_in_bounded_time(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    big = a_file(tmp_path, "title,price\n" + "x" * (21 * 1024 * 1024))
    code, output = run(app, import_group, str(big), "--cooperative", "tifawin")
    assert code == 1
    assert "20" in output


def test_an_unknown_cooperative_is_refused(app: Flask, tmp_path: Path) -> None:
    code, output = run(app, import_group, str(a_file(tmp_path, "title\nMiel\n")), "--cooperative", "nobody")
    assert code == 1
    assert "nobody" in output


def test_the_office_looks_first_and_then_writes(app: Flask, client: FlaskClient, shop: Organisation) -> None:
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    content = b"title,price,stock\nMiel,120,3\nSafran,abc,3\n"
    address = "/fr/sell/tifawin/products/import"
    looked = post(client, address, file=(io.BytesIO(content), "goods.csv"), format="auto", step="look")
    assert looked.status_code == 200
    assert "abc" in text_of(looked)
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0
    post(client, address, file=(io.BytesIO(content), "goods.csv"), format="auto", step="write")
    assert db.session.execute(select(Product.slug, Product.state)).all() == [("miel", "published")]
    for bad in (b"", b"\x00\x01", b"title,price\n"):
        assert post(client, address, file=(io.BytesIO(bad), "x.csv"), format="auto", step="write").status_code == 422
    assert post(client, address, format="auto", step="write").status_code == 422
    unknown = post(client, address, file=(io.BytesIO(content), "goods.csv"), format="stone", step="write")
    assert unknown.status_code == 422
    assert "Choisissez un fichier" not in text_of(unknown)
    exported = client.get("/fr/sell/tifawin/products/export.csv")
    assert exported.mimetype == "text/csv"
    assert "Miel" in exported.get_data(as_text=True)
