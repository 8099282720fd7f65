"""Odoo writes the sizes of a product below it, without its name; other lines say nothing of ours."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.engines import transactions
from app.engines.db import db
from catalog.models import Variant
from catalog.queries.offers import STOCK
from tests.builders.accounts import a_cooperative
from tests.builders.counters import counter
from tests.catalog.test_import import a_file, read_in, sums
from tests.catalog.test_platform_files import read, told

HEAD = "External ID,Name,Sales Price,Products/Internal Reference,Products/Variant Values,Products/Quantity On Hand\n"
FIRST_BELOW = f"{HEAD}x.t,Tapis,1200,T-R,Couleur: Rouge,3\n,,,T-B,Couleur: Bleu,4\nx.m,Miel,120,M-1,,15\n"
FIRST_ALONE = f"{HEAD}x.t,Tapis,1200,,,\n,,,T-R,Couleur: Rouge,3\n,,1300,T-B,Couleur: Bleu,4\nx.m,Miel,120,M-1,,15\n"


@pytest.mark.parametrize(
    ("file", "prices", "parents"),
    [(FIRST_BELOW, [120_000, 120_000, 12_000], 0), (FIRST_ALONE, [120_000, 130_000, 12_000], 1)],
)
def test_sizes_stand_below_the_name_of_their_product(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, prices: list[int], parents: int
) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)
    a_cooperative("Tifawin", slug="tifawin")
    assert sums(read_in(app, a_file(tmp_path, file))) == (3 + parents, 0, 0, 0)
    rows = db.session.scalars(select(Variant).order_by(Variant.id)).all()
    assert [(row.sku, row.price, counter(STOCK, row.id).on_hand) for row in rows] == [
        ("T-R", prices[0], 3),
        ("T-B", prices[1], 4),
        ("M-1", prices[2], 15),
    ]
    assert [row.names for row in rows] == [{"fr": "Couleur: Rouge"}, {"fr": "Couleur: Bleu"}, {}]
    assert len({row.product_id for row in rows}) == 2
    assert sums(read_in(app, a_file(tmp_path, file))) == (0, 0, 3 + parents, 0)


def test_a_line_of_something_else_says_nothing_and_one_of_nobody_is_refused() -> None:
    name, rows = read(f"{HEAD},,,T-B,Couleur: Bleu,4\nx.m,Miel,120,M-1,,15\n,,80,,,\n")
    assert name == "odoo"
    assert [told(row).get("problem", "") for row in rows] == ["catalog-row-title", "", ""]
    assert [(row.product_key, row.kind, row.price) for row in rows[1:]] == [
        ("odoo:x.m", "variant", 12_000),
        ("odoo:x.m", "parent", 8_000),
    ]
