"""The same goods from a file once more: what sellers and buyers did meanwhile stays."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.console.transfer import export_group, import_group
from app.engines.counters import consume, take
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.models import Product, ProductText, Variant
from catalog.queries.offers import STOCK
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import edit_product, withdraw, write_texts
from catalog.services.variants import count_stock
from tests.builders.accounts import a_cooperative
from tests.builders.catalog import a_product, a_product_of, variant_of, variants_of
from tests.builders.counters import counter
from tests.catalog.test_import import a_file, read_in, run, sums


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


def the_variant() -> Variant:
    return db.session.scalars(select(Variant).execution_options(populate_existing=True)).one()


def the_product() -> Product:
    return db.session.scalars(select(Product).execution_options(populate_existing=True)).one()


def sell(variant_id: int, quantity: int) -> None:
    with transaction():
        take(STOCK, {variant_id: quantity}, "buyer", now().replace(year=2100), now())
        consume("buyer")


def price_by_hand(product_id: int, price: int) -> None:
    one = db.session.get_one(Variant, variant_of(product_id))
    with transaction():
        edit_product(
            SYSTEM,
            product_id,
            db.session.get_one(Product, product_id).version,
            ProductFacts("honey"),
            [VariantFacts(price, one.unit, one.quantity, sku=one.sku, id=one.id)],
        )


def exported(app: Flask, folder: Path, slug: str = "tifawin") -> Path:
    file = folder / "out.csv"
    assert run(app, export_group, str(file), "--cooperative", slug)[0] == 0
    return file


def edited(file: Path, **cells: str) -> Path:
    """The export after somebody has written into its first row."""
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    rows[0] |= cells
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_only_what_changed_in_the_file_is_written(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    read_in(app, a_file(tmp_path, "title,price,stock,sku,description\nMiel,100,10,M,Doux\n"))
    product = the_product().id
    price_by_hand(product, 12500)
    sell(variant_of(product), 4)
    with transaction():
        write_texts(SYSTEM, product, the_product().version, {"fr": TextFacts("Miel de thym", "De la montagne")})
    again = read_in(app, a_file(tmp_path, "title,price,stock,sku,description\nMiel,100,10,M,Fort\n"))
    assert sums(again) == (0, 1, 0, 0)
    text = db.session.scalars(select(ProductText).execution_options(populate_existing=True)).one()
    assert (text.title, text.description) == ("Miel de thym", "Fort")
    assert (the_variant().price, counter(STOCK, the_variant().id).on_hand) == (12500, 6)
    assert sums(read_in(app, a_file(tmp_path, "title,price,stock,sku,description\nMiel,90,10,M,Fort\n"))) == (0, 1, 0, 0)
    assert (the_variant().price, counter(STOCK, the_variant().id).on_hand) == (9000, 6)
    assert sums(read_in(app, a_file(tmp_path, "title,price,stock,sku\nMiel,,20,M\n"))) == (0, 1, 0, 0)
    assert (the_variant().price, counter(STOCK, the_variant().id).on_hand) == (9000, 20)


def test_rows_of_one_product_made_by_hand_settle(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    a_product_of(shop.id, [VariantFacts(12000, "g", 250, sku="A"), VariantFacts(22000, "g", 500, sku="B")], "Miel")
    file = a_file(tmp_path, "title,price,sku\nMiel,121,A\nMiel 500 g,221,B\n")
    assert sums(read_in(app, file)) == (0, 2, 0, 0)
    assert sums(read_in(app, file)) == (0, 0, 2, 0)
    assert db.session.execute(select(Variant.sku, Variant.price).order_by(Variant.id)).all() == [("A", 12100), ("B", 22100)]


def test_an_export_changed_in_a_spreadsheet_changes_the_same_size(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    product = a_product_of(shop.id, [VariantFacts(12000, "g", 250), VariantFacts(22000, "g", 250)], "Miel")
    file = exported(app, tmp_path)
    assert sums(read_in(app, file)) == (0, 0, 2, 0)
    edited(file, price="99", title_fr="Miel d’euphorbe", title_ar="عسل")
    assert sums(read_in(app, file)) == (0, 1, 1, 0)
    assert [db.session.get_one(Variant, one, populate_existing=True).price for one in variants_of(product)] == [9900, 22000]
    assert dict(db.session.execute(select(ProductText.language, ProductText.title)).all()) == {
        "fr": "Miel d’euphorbe",
        "ar": "عسل",
    }
    assert sums(read_in(app, file)) == (0, 0, 2, 0)


def test_an_old_export_does_not_bring_back_what_was_sold(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    variant = variant_of(a_product(shop.id, stock=10))
    file = exported(app, tmp_path)
    sell(variant, 3)
    assert sums(read_in(app, file)) == (0, 0, 1, 0)
    assert counter(STOCK, variant).on_hand == 7
    refused = read_in(app, edited(file, stock="15", price="5"))
    assert sums(refused) == (0, 0, 0, 1)
    assert "7" in refused["problems"][0]["reason"]
    assert (counter(STOCK, variant).on_hand, the_variant().price) == (7, 12000)
    assert sums(read_in(app, edited(exported(app, tmp_path), stock="15"))) == (0, 1, 0, 0)
    assert counter(STOCK, variant).on_hand == 15
    assert sums(read_in(app, file)) == (0, 0, 1, 0)


def test_an_emptied_cell_says_nothing(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    a_product(shop.id, "Miel", description="Doux")
    file = edited(exported(app, tmp_path), description_fr="", price="", category="")
    assert sums(read_in(app, file)) == (0, 0, 1, 0)
    assert (the_product().category, the_variant().price) == ("honey", 12000)


def test_the_state_in_an_export_takes_goods_off_sale_and_back(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    a_product(shop.id, "Miel")
    file = exported(app, tmp_path)
    for state in ("withdrawn", "published"):
        assert sums(read_in(app, edited(file, state=state))) == (0, 1, 0, 0)
        assert the_product().state == state
        assert sums(read_in(app, file)) == (0, 0, 1, 0)


def test_what_a_seller_took_off_sale_stays_off(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    read_in(app, a_file(tmp_path, "title,price\nMiel,10\n"))
    with transaction():
        withdraw(SYSTEM, the_product().id)
    assert sums(read_in(app, a_file(tmp_path, "title,price\nMiel,11\n"))) == (0, 1, 0, 0)
    assert the_product().state == "withdrawn"


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''=1", "'plain", "+212 600", "-", "@x", "'"])
def test_every_text_comes_back_from_an_export_and_none_is_a_formula(
    app: Flask, shop: Organisation, tmp_path: Path, text: str
) -> None:
    a_product(shop.id, text, description=text)
    file = exported(app, tmp_path)
    for row in csv.reader(file.read_text("utf-8-sig").splitlines()):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r")]
    assert sums(read_in(app, file)) == (0, 0, 1, 0)
    a_cooperative("Amane", slug="amane")
    assert run(app, import_group, str(file), "--cooperative", "amane")[0] == 0
    assert set(db.session.execute(select(ProductText.title, ProductText.description)).all()) == {(text, text)}


def test_two_counts_at_once_and_a_sale_between(app: Flask, shop: Organisation) -> None:
    variant = variant_of(a_product(shop.id, stock=10))
    with transaction():
        count_stock(SYSTEM, shop.id, {variant: 12}, {variant: 10})
    assert counter(STOCK, variant).on_hand == 12
    with pytest.raises(Exception, match="catalog-stock-changed"), transaction():
        count_stock(SYSTEM, shop.id, {variant: 15}, {variant: 10})
    db.session.expire_all()
    assert counter(STOCK, variant).on_hand == 12


def test_two_sizes_exchange_their_numbers(app: Flask, shop: Organisation) -> None:
    product = a_product_of(shop.id, [VariantFacts(1, sku="A"), VariantFacts(2, sku="B")], "Miel")
    one, two = variants_of(product)
    with transaction():
        edit_product(
            SYSTEM,
            product,
            db.session.get_one(Product, product).version,
            ProductFacts(),
            [VariantFacts(1, sku="B", id=one), VariantFacts(2, sku="A", id=two)],
        )
    assert [db.session.get_one(Variant, each).sku for each in (one, two)] == ["B", "A"]


def importing(app: Flask, file: Path) -> subprocess.Popen[str]:
    """The real command in a process of its own, over the same installation."""
    place = {"TIWIZI_INSTANCE": str(app.config["INSTANCE"]), "TIWIZI_DATABASE_URL": app.config["DATABASE_URL"]}
    words = [sys.executable, "-m", "app", "import", "products", str(file), "--cooperative", "tifawin", "--json"]
    return subprocess.Popen(words, env={**os.environ, **place}, stdout=subprocess.PIPE, text=True)


def many(folder: Path, count: int) -> Path:
    return a_file(folder, "title,price,stock\n" + "".join(f"Pot {n},{n},1\n" for n in range(1, count + 1)))


def test_killed_half_way_and_run_again_doubles_nothing(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    file = many(tmp_path, 120)
    command = importing(app, file)
    assert command.stdout is not None
    while '"done": 50' not in command.stdout.readline():
        assert command.poll() is None
    command.kill()
    assert command.wait() == -signal.SIGKILL
    command.stdout.close()
    db.session.rollback()
    there = db.session.scalar(select(func.count()).select_from(Product))
    assert 50 <= there < 120
    assert db.session.scalar(select(func.count()).select_from(Variant)) == there
    assert sums(read_in(app, file)) == (120 - there, 0, there, 0)
    assert db.session.scalar(select(func.count()).select_from(Variant)) == 120
    assert sums(read_in(app, file)) == (0, 0, 120, 0)


def test_one_file_by_two_people_at_once_becomes_the_same_goods(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    db.session.rollback()
    file = many(tmp_path, 120)
    commands = [importing(app, file) for _ in range(2)]
    last = [json.loads(command.communicate()[0].strip().splitlines()[-1]) for command in commands]
    assert [command.returncode for command in commands] == [0, 0]
    assert sum(one["created"] for one in last) == 120
    assert sum(one["unchanged"] for one in last) == 120
    assert db.session.scalar(select(func.count()).select_from(Product)) == 120
