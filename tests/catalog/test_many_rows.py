"""A file of 4,088 rows with a hundred sizes a product, as Shopify and WooCommerce write them, is taken exactly and once."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.engines import transactions
from app.engines.db import db
from catalog.models import Product, ProductText, Variant
from catalog.queries.offers import STOCK
from tests.builders.accounts import a_cooperative
from tests.builders.counters import counter
from tests.catalog.test_import import read_in, sums

ROWS, SIZES = 4_088, 100
Size = tuple[str, int, int, str]  # its name, minor units, how many there are, article number


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


def goods() -> Iterator[tuple[int, str, list[Size]]]:
    """Forty products of a hundred sizes and one of 88: ten colours by ten measures."""
    for number in range(0, ROWS, SIZES):
        sizes = [
            (
                f"Couleur {one // 10} / {one % 10 * 10 + 60} cm",
                10_000 + number + one * 50,
                (number + one) % 7,
                f"T{number}-{one}",
            )
            for one in range(min(SIZES, ROWS - number))
        ]
        yield number, f"Tapis {number}", sizes


def shopify() -> Iterator[list[str]]:
    yield [
        *("Handle", "Title", "Body (HTML)", "Published", "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value"),
        *("Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Price"),
    ]
    for number, title, sizes in goods():
        for index, (name, price, stock, sku) in enumerate(sizes):
            colour, measure = name.split(" / ")
            said = [title, "<p>Noué à la main</p>", "true", "Couleur"] if index == 0 else ["", "", "", ""]
            amount = f"{price // 100}.{price % 100:02}"
            measured = "Mesure" if index == 0 else ""
            yield [f"tapis-{number}", *said, colour, measured, measure, sku, "4000", "shopify", str(stock), amount]


def woocommerce() -> Iterator[list[str]]:
    """The product itself has a row: so one product less has its hundred sizes."""
    yield [
        *("ID", "Type", "SKU", "Name", "Published", "In stock?", "Stock", "Regular price", "Parent", "Weight (kg)"),
        *("Attribute 1 name", "Attribute 1 value(s)", "Attribute 2 name", "Attribute 2 value(s)"),
    ]
    for number, title, sizes in goods():
        yield [f"{90_000 + number}", "variable", f"P{number}", title, "1", "1", "", "", "", "", "Couleur", "", "Mesure", ""]
        for index, (name, price, stock, sku) in enumerate(sizes):
            colour, measure = name.split(" / ")
            amount = f"{price // 100}.{price % 100:02}"
            yield [
                *(
                    f"{number + index + 1}",
                    "variation",
                    sku,
                    title,
                    "1",
                    "1",
                    str(stock),
                    amount,
                    f"id:{90_000 + number}",
                    "4",
                ),
                *("Couleur", colour, "Mesure", measure),
            ]


def standing(title: str) -> list[Size]:
    rows = db.session.execute(
        select(Variant)
        .join(ProductText, ProductText.product_id == Variant.product_id)
        .where(ProductText.title == title)
        .order_by(Variant.product_id, Variant.position)
    ).scalars()
    return [(row.names["fr"], row.price or 0, counter(STOCK, row.id).on_hand, row.sku or "") for row in rows]


@pytest.mark.parametrize(("platform", "parents"), [(shopify, 0), pytest.param(woocommerce, 41, marks=pytest.mark.long)])
def test_a_hundred_sizes_a_product_are_all_there_and_again_nothing_changes(
    app: Flask, tmp_path: Path, platform: Callable[[], Iterator[list[str]]], parents: int
) -> None:
    a_cooperative("Tifawin", slug="tifawin")
    out = io.StringIO(newline="")
    csv.writer(out).writerows(platform())
    file = tmp_path / "goods.csv"
    file.write_text(out.getvalue(), encoding="utf-8")
    first = read_in(app, file)
    assert (sums(first), first["problems"], first["drafts"]) == ((ROWS + parents, 0, 0, 0), [], 0)
    every = list(goods())
    assert db.session.scalars(select(Product.state)).all() == ["published"] * len(every)
    for _number, title, sizes in every[::4][:10]:
        assert standing(title) == sizes
    for _ in range(2):
        assert sums(read_in(app, file)) == (0, 0, ROWS + parents, 0)
