"""Goods that came from a file are priced, published, found and bought like any others."""

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.console.transfer import import_group
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from catalog.models import Product, Variant
from catalog.services.products import publish
from orders.models import OrderLine
from tests.browsing import post, text_of
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import place, problems, recap, stock_of

HEAD = "title,sku,barcode,quantity,unit,price,stock\n"


def bring_in(app: Flask, file: Path, price: str) -> None:
    file.write_text(f"{HEAD}Miel de thym de Taza,MT-250,6111242100992,250,g,{price},5\n")
    done = app.test_cli_runner().invoke(import_group, ["products", str(file), "--cooperative", "tifawin", "--json"])
    assert done.exit_code == 0, done.output


def test_a_draft_of_a_file_is_priced_published_found_and_bought(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    a_cooperative("Tifawin", slug="tifawin", chair=a_person("Aïcha"))
    bring_in(app, tmp_path / "goods.csv", "")
    product = db.session.scalars(select(Product)).one()
    assert (product.state, product.price_from) == ("draft", None)
    bring_in(app, tmp_path / "goods.csv", "85")
    product_id, variant = product.id, db.session.scalar(select(Variant.id))
    with transaction():
        publish(SYSTEM, product_id)
    drain_search()
    assert "Miel de thym de Taza" in text_of(client.get("/fr/market?q=miel+thym"))
    post(client, "/fr/basket/lines", variant=str(variant), quantity="2")
    assert place(client, recap(client)).status_code == 303
    line = db.session.scalars(select(OrderLine)).one()
    assert (line.title, line.count, stock_of(variant)) == ("Miel de thym de Taza", 2, (3, 3))
    assert problems(app) == []
