"""Goods as large as other shops have them: many sizes, long names and long options, on every page and in files."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.engines import transactions
from app.engines.db import db
from catalog.models import Product, ProductText, Variant
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.catalog.test_import import a_file, read_in, sums

SHOPIFY = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Published\n"


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


def many(count: int) -> str:
    """One product in so many colours, each with its price and stock."""
    return SHOPIFY + "".join(
        f"laine,{'Laine' if not n else ''},{'Couleur' if not n else ''},Teinte {n},L-{n},{10 + n},{n + 1},\n"
        for n in range(count)
    )


@pytest.mark.parametrize("name", ["opt31.csv", "titlelong.csv", "opts.csv"])
def test_files_that_were_beyond_a_limit_are_taken(app: Flask, shop: Organisation, shared: Path, name: str) -> None:
    rows = {"opt31.csv": 31, "titlelong.csv": 1, "opts.csv": 2}[name]
    file = shared / "data/products/found" / name
    assert sums(read_in(app, file)) == (rows, 0, 0, 0)
    assert sums(read_in(app, file)) == (0, 0, rows, 0)
    assert db.session.scalar(select(func.count()).select_from(Variant)) == rows
    assert db.session.scalars(select(Product.state)).all() == ["published"]


def test_a_name_and_an_option_may_have_255_letters(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    title, option = "T" * 255, "O" * 255
    row = f"pot,{title},Motif,{option},P,9,1,true\n"
    assert sums(read_in(app, a_file(tmp_path, SHOPIFY + row))) == (1, 0, 0, 0)
    assert db.session.scalars(select(ProductText.title)).one() == title
    assert db.session.scalars(select(Variant.names)).one() == {"fr": option}
    longer = SHOPIFY + row.replace("pot,", "bol,").replace(title, f"{title}T")
    assert sums(read_in(app, a_file(tmp_path, longer))) == (0, 0, 0, 1)


def test_too_many_colours_are_refused_once_and_as_colours(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    last = read_in(app, a_file(tmp_path, many(2_001)))
    assert (sums(last), len(last["problems"])) == ((0, 0, 0, 2_001), 1)
    assert last["problems"][0] == {
        "place": "line 2",
        "reason": "A product comes in 2000 kinds at the most, and this one in 2001 (Couleur).",
    }
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0


def test_a_price_beyond_the_bound_is_told_in_money(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    last = read_in(app, a_file(tmp_path, "title,price\nTapis,100000000.01\n"))
    assert last["problems"][0]["reason"] == "A price lies above nothing and is 100000000.00 at the most."


def test_a_page_of_sizes_is_edited_and_the_others_stay(
    app: Flask, client: FlaskClient, shop: Organisation, tmp_path: Path
) -> None:
    read_in(app, a_file(tmp_path, many(103)))
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    product = db.session.scalars(select(Product)).one()
    address = f"/fr/sell/tifawin/products/{product.id}"
    first, second = (client.get(f"{address}{page}").get_data(as_text=True) for page in ("", "?page=2"))
    assert [page.count('-price"') // page.count('id="v0-price"') for page in (first, second)]
    assert ('name="v99-price"' in first, 'name="v100-price"' in first) == (True, False)
    assert ('name="v3-price"' in second, 'name="v4-price"' in second) == (True, False)
    assert "page=2" in first
    rows = db.session.execute(select(Variant.id, Variant.names, Variant.price).order_by(Variant.position)).all()
    typed = {"version": str(product.version), "origin": "", "category": ""}
    for index, (id_, _names, price) in enumerate(rows[100:]):
        cells = {"id": str(id_), "quantity": "1", "unit": "piece", "price": f"{price // 100 + 1}", "active": "y"}
        typed |= {f"v{index}-{name}": cell for name, cell in cells.items()}
    saved = post(client, f"{address}?page=2", **typed)
    assert (saved.status_code, saved.headers["Location"]) == (303, f"{address}?page=2")
    now = db.session.execute(
        select(Variant.id, Variant.names, Variant.price, Variant.active).order_by(Variant.position)
    ).all()
    assert [tuple(row) for row in now] == [
        (id_, names, price + (100 if index >= 100 else 0), True) for index, (id_, names, price) in enumerate(rows)
    ]
    words = client.get(f"{address}/words?page=2").get_data(as_text=True)
    assert [f'name="n{id_}-fr"' in words for id_, *_ in (rows[99], rows[100])] == [False, True]


def test_who_buys_chooses_among_many_sizes_from_one_list(
    app: Flask, client: FlaskClient, shop: Organisation, tmp_path: Path
) -> None:
    read_in(app, a_file(tmp_path, many(31)))
    page = client.get("/fr/market/products/laine").get_data(as_text=True)
    assert page.count("<option value=") - page.count('<option value=""') >= 31
    assert '<select id="variant" name="variant">' in page
    assert '"AggregateOffer"' in page
    assert ("Teinte 30" in page, 'type="radio" id="variant-' in page) == (True, False)
    read_in(app, a_file(tmp_path, many(30).replace("laine,", "fil,")))
    few = client.get("/fr/market/products/fil")
    assert few.get_data(as_text=True).count('type="radio" id="variant-') == 30
    assert "Teinte 29" in text_of(few)


@pytest.mark.long
def test_two_thousand_sizes_are_read_shown_and_read_again(
    app: Flask, client: FlaskClient, shop: Organisation, tmp_path: Path
) -> None:
    file = a_file(tmp_path, many(2_000))
    assert sums(read_in(app, file)) == (2_000, 0, 0, 0)
    assert sums(read_in(app, file)) == (0, 0, 2_000, 0)
    page = client.get("/fr/market/products/laine")
    assert (page.status_code, len(page.data) < 600_000) == (200, True)
