"""What a cooperative has comes back equal in another one: words, sizes, prices, stock and pictures."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.accounts.models import Organisation
from app.console.transfer import export_group, import_group
from app.engines import transactions
from app.engines.db import db
from app.engines.files.pictures import store_picture
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from catalog.models import Product, ProductPicture, ProductText, Variant
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import add_pictures, create_product, publish
from catalog.services.variants import count_stock
from tests.builders.accounts import a_cooperative
from tests.builders.catalog import variants_of
from tests.catalog.test_import import a_file, run

SAME = {"variant", "handle", "pictures"}  # these name the shop's own


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


@pytest.fixture
def shop(app: Flask) -> Organisation:
    """Two products: one in three languages with two sizes, counted, with two pictures; a draft without a price."""
    shop = a_cooperative("Tifawin", slug="tifawin")
    texts = {
        "ar": TextFacts("زيت", "أصيل"),
        "fr": TextFacts("Huile", "Pure\n\nDouce", "Argan", "Au frais"),
        "en": TextFacts("Oil"),
    }
    sizes = [
        VariantFacts(12050, "ml", 250, {"fr": "Flacon", "ar": "قنينة"}, "H-250", "6110123002004", 0, 7),
        VariantFacts(22000, "ml", 500, sku="H-500", weight_grams=620, stock=0),
        VariantFacts(30000, "g", 1000, weight_grams=0, stock=4, active=False),
    ]
    with transaction():
        oil = create_product(SYSTEM, shop.id, texts, sizes, ProductFacts("argan-oil", "honey", ("igp",), None))
        create_product(SYSTEM, shop.id, {"fr": TextFacts("Brouillon")}, [VariantFacts(None, stock=3)], ProductFacts())
    stored = [store_picture(a_picture(colour)) for colour in ((200, 30, 30), (30, 200, 30))]
    with transaction():
        add_pictures(SYSTEM, oil, stored)
        publish(SYSTEM, oil)
        count_stock(SYSTEM, shop.id, {variants_of(oil)[0]: 9})
    return shop


def a_picture(colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 600), colour).save(out, "JPEG")
    return out.getvalue()


def exported(app: Flask, folder: Path, slug: str, name: str = "out.zip") -> tuple[Path, list[dict[str, str]]]:
    file = folder / f"{slug}-{name}"
    assert run(app, export_group, str(file), "--cooperative", slug)[0] == 0
    content = zipfile.ZipFile(file).read("products.csv") if name.endswith("zip") else file.read_bytes()
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    return file, [{column: cell for column, cell in row.items() if column not in SAME} for row in rows]


def taken(app: Flask, file: Path, slug: str) -> dict[str, Any]:
    code, output = run(app, import_group, str(file), "--cooperative", slug, "--json")
    assert code == 0, output
    return dict(json.loads(output.splitlines()[-1]))


@pytest.mark.parametrize("name", ["out.csv", "out.zip"])
def test_everything_comes_back_equal(app: Flask, shop: Organisation, tmp_path: Path, name: str) -> None:
    other = a_cooperative("Amane", slug="amane")
    file, rows = exported(app, tmp_path, "tifawin", name)
    assert taken(app, file, "amane")["created"] == 4
    assert exported(app, tmp_path, "amane", name)[1] == rows
    assert [row["stock"] for row in rows] == ["9", "0", "4", "3"]
    for _ in range(2):
        assert taken(app, file, "amane")["unchanged"] == 4
        assert taken(app, file, "tifawin")["unchanged"] == 4
    pictures = select(ProductPicture.position, ProductPicture.width, ProductPicture.height).join(Product)
    shown = db.session.execute(pictures.where(Product.organisation_id == other.id).order_by(ProductPicture.position)).all()
    assert [tuple(row) for row in shown] == ([(1, 900, 600), (2, 900, 600)] if name == "out.zip" else [])
    source = select(ProductText.language).join(Product).where(Product.organisation_id == other.id, ProductText.source)
    assert sorted(db.session.scalars(source)) == ["ar", "fr"]
    states = select(Product.state).where(Product.organisation_id == other.id).order_by(Product.id)
    assert db.session.scalars(states).all() == ["published", "draft"]


def test_the_pictures_keep_their_order_and_colours(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    file, _rows = exported(app, tmp_path, "tifawin")
    names = [name for name in zipfile.ZipFile(file).namelist() if name.startswith("pictures/")]
    assert [name.removeprefix("pictures/huile") for name in names] == ["-1.webp", "-2.webp"]
    colours = [Image.open(io.BytesIO(zipfile.ZipFile(file).read(name))).convert("RGB").getpixel((5, 5)) for name in names]
    assert [max(range(3), key=colour.__getitem__) for colour in colours] == [0, 1]


def test_an_archive_that_is_none_of_ours_is_refused(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    a_cooperative("Amane", slug="amane")
    empty, bomb = tmp_path / "empty.zip", tmp_path / "bomb.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("other.csv", "title\nMiel\n")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("products.csv", b"title,price\n" + b"x" * (30 * 1024 * 1024))
    broken = a_file(tmp_path, exported(app, tmp_path, "tifawin")[0].read_bytes()[:900], "broken.zip")
    for file in (empty, bomb, broken):
        code, output = run(app, import_group, str(file), "--cooperative", "amane")
        assert (code, output.count("tiwizi: ")) == (1, 1)
    held = select(Product.id).join(Organisation, Organisation.id == Product.organisation_id)
    assert db.session.scalars(held.where(Organisation.slug == "amane")).all() == []


def test_a_picture_that_cannot_be_read_is_told_and_the_goods_are_taken(
    app: Flask, shop: Organisation, tmp_path: Path
) -> None:
    other = a_cooperative("Amane", slug="amane")
    file = tmp_path / "goods.zip"
    table = "handle,title_fr,sku,price,stock,pictures\npot,Pot,P,9.00,2,pictures/a.webp|pictures/b.webp|../../etc/passwd\n"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("products.csv", table)
        archive.writestr("pictures/a.webp", b"no picture")
        archive.writestr("pictures/b.webp", a_picture((1, 2, 3)))
        archive.writestr("../../etc/passwd", b"x")
    code, output = run(app, import_group, str(file), "--cooperative", "amane")
    assert (code, "pictures/a.webp: " in output, "passwd" in output) == (0, True, False)
    mine = select(ProductPicture.width).join(Product).where(Product.organisation_id == other.id)
    assert db.session.scalars(mine).all() == [900]
    assert db.session.scalars(select(Variant.price).where(Variant.organisation_id == other.id)).all() == [900]
