"""An import says what became of each product and of each column, what is a draft and why, and what was not counted."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.engines import transactions
from app.engines.db import db
from catalog.models import Product
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.catalog.test_import import a_file, import_group, last_line, read_in, run, sums


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


MIXED = (
    "ID,Type,SKU,Name,Published,In stock?,Stock,Regular price,Categories,Images,Colour of the box\n"
    "1,simple,A,Miel,1,1,3,12,Honey,https://i/1.jpg,blue\n2,simple,B,Savon,1,1,,5,Soap,,\n3,simple,C,Vase,0,1,2,9,Divers,,\n"
    "4,simple,D,Bol,1,1,2,,Pottery,,\n5,simple,E,Pot,1,1,2,douze,Pottery,,\n"
)


def notes(last: dict[str, Any]) -> list[tuple[str, str]]:
    return [(note["place"], note["note"]) for note in last["notes"]]


def test_drafts_are_counted_and_each_says_why(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    last = read_in(app, a_file(tmp_path, MIXED))
    assert (sums(last), last["drafts"]) == ((4, 0, 0, 1), 3)
    assert notes(last) == [
        ("line 3", "The stock is not counted: this size stays off sale until you count it."),
        ("line 3", "A draft: none of its sizes is on sale."),
        ("line 4", "“Divers” is no category here: choose one, or the product stands in none."),
        ("line 4", "A draft: the file does not sell it."),
        ("line 5", "A draft: it has no price."),
    ]
    states = dict(db.session.execute(select(Product.slug, Product.state)).all())
    assert states == {"miel": "published", "savon": "draft", "vase": "draft", "bol": "draft"}
    again = read_in(app, a_file(tmp_path, MIXED))
    assert (sums(again), again["drafts"], again["notes"]) == ((0, 0, 4, 1), 3, [])


def test_each_column_is_taken_counted_or_ignored(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    columns = read_in(app, a_file(tmp_path, MIXED))["columns"]
    assert columns["Images"] == "kept"
    assert columns["Colour of the box"] == "ignored"
    assert {column for column, fate in columns.items() if fate == "taken"} == {
        *("ID", "Type", "SKU", "Name", "Published", "In stock?", "Stock", "Regular price", "Categories")
    }


def test_each_product_says_what_became_of_it(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    _code, output = run(app, import_group, str(a_file(tmp_path, MIXED)), "--cooperative", "tifawin")
    lines = output.splitlines()
    for line in ("line 2: Miel: created", "line 3: Savon: created, a draft", "line 6: Pot: refused"):
        assert line in lines
    assert "columns ignored: Colour of the box" in lines
    assert lines[-1] == (
        "4 created, 0 changed, 0 unchanged, 1 refused of 5 rows, 3 of them drafts; 1 pictures were not fetched"
    )


def test_goods_of_a_cooperative_that_is_not_verified_say_so(app: Flask, tmp_path: Path) -> None:
    a_cooperative("Tifawin", slug="tifawin", state="draft")
    last = last_line(app, a_file(tmp_path, "title,price,stock\nMiel,12,3\n"))
    assert (last["drafts"], notes(last)) == (1, [("line 2", "A draft until the cooperative is verified.")])


def test_the_page_says_it_too(app: Flask, client: FlaskClient, shop: Organisation) -> None:
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    sent = {"file": (io.BytesIO(MIXED.encode()), "goods.csv"), "format": "auto", "step": "look"}
    page = text_of(post(client, "/fr/sell/tifawin/products/import", **sent))
    for words in (
        "Un brouillon : il n’a pas de prix.",
        "Pris comme nouveau produit (brouillon)",
        "Pas pris",
        "Colour of the box",
    ):
        assert words in page
    assert db.session.scalars(select(Product.id)).all() == []
