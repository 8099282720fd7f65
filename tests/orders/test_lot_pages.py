"""The office's pages of lots: received, counted, recalled, with the list of those who have some; and how long that takes."""

import csv
import io
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.place import today
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.models import Lot, StockMovement, Variant
from orders.models import Order, Purchase
from orders.queries.lots import all_buyers_of_lot, buyers_of_lot
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.lots import a_lot
from tests.builders.orders import a_purchase, a_variant, orders_of, stock_of, takes


@pytest.fixture
def honey(shop: Organisation) -> int:
    return a_variant(shop.id, 12_000, 0)


def key_in(page: str) -> str:
    found = re.search(r'name="form_key"[^>]*value="(\w{32})"', page)
    assert found is not None
    return found[1]


def read(answer: Any) -> str:
    """What stands on the page, without its marks."""
    return " ".join(re.sub("<[^>]+>", "", answer.get_data(as_text=True)).split())


def test_a_lot_is_received_counted_and_recalled_on_its_pages(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation, honey: int
) -> None:
    product = db.session.get_one(Variant, honey).product_id
    address = f"/fr/sell/tifawin/products/{product}/lots"
    sign_in(client, chair)
    key = key_in(client.get(address).get_data(as_text=True))
    day = (today() + timedelta(days=40)).isoformat()
    for _ in range(2):
        answer = post(client, address, form_key=key, variant=honey, lot="L-1", best_before=day, number="6")
        assert answer.status_code == 303
    assert stock_of(honey) == (6, 6)
    wrong = post(client, address, form_key="k" * 32, variant=honey, lot="", best_before=day, number="6")
    assert wrong.status_code == 422
    assert post(client, f"{address}/days", days="50").status_code == 303
    assert "n’est plus vendu" in text_of(client.get(address))
    assert post(client, f"{address}/days", days="30").status_code == 303
    lot = db.session.scalars(select(Lot.id)).one()
    assert post(client, f"/fr/sell/tifawin/lots/{lot}/count", seen="6", number="5").status_code == 303
    assert stock_of(honey) == (5, 5)
    stale = post(client, f"/fr/sell/tifawin/lots/{lot}/count", seen="6", number="4")
    assert stale.status_code == 422
    assert "5" in text_of(stale)
    order = orders_of(a_purchase({honey: 2}))[0].number
    page = read(client.get(f"/fr/sell/tifawin/orders/{order}"))
    assert "2 du lot L-1" in page
    assert "ne pas envoyer" not in page
    for _ in range(2):
        answer = post(client, f"/fr/sell/tifawin/lots/{lot}/recall", reason="Éclats de verre")
        assert answer.status_code == 303
    assert stock_of(honey) == (0, 0)
    assert "ne pas envoyer" in text_of(client.get(f"/fr/sell/tifawin/orders/{order}"))
    page = text_of(client.get(f"/fr/sell/tifawin/lots/{lot}"))
    assert order in page
    assert "Éclats de verre" in page


def test_the_list_has_exactly_those_who_have_some_of_it_and_is_safe_in_a_spreadsheet(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation, honey: int
) -> None:
    lot = a_lot(shop, chair, honey, "A", 30, 6)
    other = a_lot(shop, chair, honey, "B", 60, 6)
    sent = orders_of(a_purchase({honey: 2}, name="=SUM(A1)"))[0]
    for step in ("accept", "pack", "ship"):
        takes(actor_of(chair), sent, step)
    stopped = orders_of(a_purchase({honey: 1}))[0]
    takes(actor_of(chair), stopped, "refuse")
    both = orders_of(a_purchase({honey: 5}))[0]
    late = orders_of(a_purchase({honey: 1}))[0]
    rows, total = buyers_of_lot(shop.id, lot, 50)
    assert [(row.number, row.quantity, row.stage) for row in rows] == [(both.number, 4, "new"), (sent.number, 2, "shipped")]
    assert total == 2
    assert [(row.number, row.quantity) for row in all_buyers_of_lot(shop.id, other)] == [(both.number, 1), (late.number, 1)]
    sign_in(client, chair)
    answer = client.get(f"/fr/sell/tifawin/lots/{lot}/buyers.csv")
    table = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [(row[0], row[2], row[3]) for row in table[1:]] == [
        (both.number, "4", "Nadia Berrada"),
        (sent.number, "2", "'=SUM(A1)"),
    ]


def test_who_may_look_and_who_may_recall(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation, honey: int
) -> None:
    lot = a_lot(shop, chair, honey, "A", 30, 6)
    pages = (f"/fr/sell/tifawin/lots/{lot}", f"/fr/sell/tifawin/lots/{lot}/buyers.csv")
    packer, stranger = a_person("Sami"), a_person("Omar")
    joins(packer, shop, "packer")
    a_cooperative("Adrar", chair=stranger, slug="adrar")
    sign_in(client, packer)
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert post(client, f"{pages[0]}/recall", reason="Glass").status_code == 403
    sign_in(client, stranger)
    assert [client.get(page).status_code for page in pages] == [404, 404]
    own = [page.replace("tifawin", "adrar") for page in pages]
    assert [client.get(page).status_code for page in own] == [404, 404]
    assert post(client, f"{own[0]}/recall", reason="Glass").status_code == 404
    assert stock_of(honey) == (6, 6)


ORDERS = 20_000


@pytest.mark.long
def test_among_twenty_thousand_orders_the_buyers_of_a_lot_are_there_in_five_seconds(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation, honey: int
) -> None:
    lot, other = a_lot(shop, chair, honey, "A", 30, 2), a_lot(shop, chair, honey, "B", 60, 2)
    model = orders_of(a_purchase({honey: 1}))[0]
    purchase = db.session.get_one(Purchase, model.purchase_id)
    columns = {
        table: {column.key: getattr(row, column.key) for column in table.__table__.columns if column.key != "id"}
        for table, row in ((Purchase, purchase), (Order, model))
    }
    moment, first = now(), purchase.id
    with transaction():
        purchases: list[dict[str, Any]] = [
            {**columns[Purchase], "number": f"T{n}", "key": f"k{n}", "idempotency_key": f"i{n}", "id": first + n}
            for n in range(1, ORDERS)
        ]
        db.session.execute(insert(Purchase), purchases)
        db.session.execute(
            insert(Order), [{**columns[Order], "number": f"T{n}-1", "purchase_id": first + n} for n in range(1, ORDERS)]
        )
        moves = [
            {"variant_id": honey, "lot_id": lot if n % 3 else other, "reason": "sold", "change": -1, "reference": f"T{n}-1"}
            for n in range(1, ORDERS)
        ]
        db.session.execute(insert(StockMovement), [{**move, "at": moment} for move in moves])
    sign_in(client, chair)
    began = time.perf_counter()
    assert post(client, f"/fr/sell/tifawin/lots/{lot}/recall", reason="Glass in a jar").status_code == 303
    recalled = time.perf_counter()
    assert client.get(f"/fr/sell/tifawin/lots/{lot}").status_code == 200
    shown = time.perf_counter()
    answer = client.get(f"/fr/sell/tifawin/lots/{lot}/buyers.csv")
    ended = time.perf_counter()
    print(f"recall {recalled - began:.2f} s, page {shown - recalled:.2f} s, file {ended - shown:.2f} s")
    listed = {row[0] for row in list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]}
    assert listed == {model.number} | {f"T{n}-1" for n in range(1, ORDERS) if n % 3}
    assert ended - began < 5
