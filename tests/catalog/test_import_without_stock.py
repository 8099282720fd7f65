"""A file without a stock puts nothing on sale in silence: each product tells it, and the page asks how many there are."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.engines import transactions
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.gateway.headers import digest_of
from catalog.models import ImportMapping, Variant
from catalog.queries.offers import STOCK
from catalog.services.variants import count_stock
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.counters import counter
from tests.catalog.test_import import a_file, import_group, read_in, run, sums

IMPORT = "/fr/sell/tifawin/products/import"
FILE = "Handle,Title,Option1 Name,Option1 Value,Variant Price\nmiel,Miel,Poids,250 g,12\nmiel,,,500 g,22\nsavon,Savon,,,5\n"
TOLD = "The file does not say how many there are: sold out until you count it."


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


@pytest.fixture
def shop(app: Flask, client: FlaskClient) -> Organisation:
    shop, seller = a_cooperative("Tifawin", slug="tifawin"), a_person("Yasmine")
    joins(seller, shop, "seller")
    sign_in(client, seller)
    return shop


def send(client: FlaskClient, content: str = FILE, step: str = "write") -> Any:
    return post(client, IMPORT, file=(io.BytesIO(content.encode()), "goods.csv"), format="auto", step=step)


def say(client: FlaskClient, content: str = FILE, **answer: str) -> Any:
    return post(client, f"{IMPORT}/columns", known_by=digest_of(content.splitlines()[0].split(",")), **answer)


def stocks() -> list[int]:
    return [counter(STOCK, id_).on_hand for id_ in db.session.scalars(select(Variant.id).order_by(Variant.id))]


def test_each_product_tells_once_that_nobody_said_how_many_there_are(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    last = read_in(app, a_file(tmp_path, FILE))
    assert (sums(last), stocks()) == ((3, 0, 0, 0), [0, 0, 0])
    assert [(note["place"], note["note"]) for note in last["notes"]] == [("line 2", TOLD), ("line 4", TOLD)]
    again = read_in(app, a_file(tmp_path, FILE))
    assert (sums(again), again["notes"]) == ((0, 0, 3, 0), [])


def test_an_empty_cell_is_told_and_nought_is_none(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    last = read_in(app, a_file(tmp_path, "title,price,stock\nMiel,12,\nSavon,5,0\nBol,,\n"))
    assert [(note["place"], note["note"]) for note in last["notes"]] == [
        ("line 2", TOLD),
        ("line 4", "A draft: it has no price."),
    ]


def test_a_look_tells_it_as_well(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    _code, output = run(app, import_group, str(a_file(tmp_path, FILE)), "--cooperative", "tifawin", "--dry-run", "--json")
    assert [note["note"] for note in json.loads(output.splitlines()[-1])["notes"]] == [TOLD, TOLD]


@pytest.mark.parametrize(
    ("answer", "there"), [({}, [0, 0, 0]), ({"begins": "0"}, [0, 0, 0]), ({"begins": "each", "each": "7"}, [7, 7, 7])]
)
def test_the_page_asks_before_anything_is_written(
    client: FlaskClient, shop: Organisation, answer: dict[str, str], there: list[int]
) -> None:
    for step in ("look", "write"):
        asked = send(client, step=step)
        assert asked.status_code == 422
        assert "Aucune colonne de ce fichier ne dit combien il y en a." in text_of(asked)
        assert stocks() == []
    assert say(client, **answer).status_code == 303
    assert send(client).status_code == 200
    assert stocks() == there


def test_so_many_are_of_what_is_new_and_what_was_counted_stays(client: FlaskClient, shop: Organisation) -> None:
    say(client, begins="each", each="7")
    send(client)
    first = db.session.scalars(select(Variant.id).order_by(Variant.id)).first()
    with transaction():
        count_stock(SYSTEM, shop.id, {first or 0: 2})
    send(client)
    assert stocks() == [2, 7, 7]
    send(client, f"{FILE}pot,Pot,,,9\n")
    assert stocks() == [2, 7, 7, 7]


def test_a_file_of_goods_that_stand_here_is_not_asked_about(app: Flask, client: FlaskClient, shop: Organisation) -> None:
    say(client, begins="each", each="3")
    send(client)
    with transaction():
        db.session.execute(ImportMapping.__table__.delete())
    assert send(client).status_code == 200
    assert send(client, f"{FILE}pot,Pot,,,9\n").status_code == 422
    assert stocks() == [3, 3, 3]


def test_what_was_said_of_the_columns_stays_beside_the_answer(client: FlaskClient, shop: Organisation) -> None:
    content = "Nom,Prix,Prix barré\nMiel,12,15\n"
    assert send(client, content).status_code == 422
    digest = digest_of(["Nom", "Prix", "Prix barré"])
    with transaction():
        row = ImportMapping(organisation_id=shop.id, headers=digest, columns={"price": "Prix barré"}, said_at=now())
        db.session.add(row)
    assert send(client, content).status_code == 422
    say(client, content, begins="each", each="4")
    assert send(client, content).status_code == 200
    kept = db.session.scalars(select(ImportMapping.columns)).one()
    assert (kept, stocks()) == ({"price": "Prix barré", "starts_with": "4"}, [4])
    assert db.session.scalars(select(Variant.price)).all() == [1500]


@pytest.mark.parametrize("each", ["", "-1", "peu", "10000001"])
def test_an_answer_that_is_no_count_is_asked_again(client: FlaskClient, shop: Organisation, each: str) -> None:
    assert say(client, begins="each", each=each).status_code == 422
    assert db.session.scalars(select(ImportMapping.headers)).all() == []


def test_the_command_says_it_in_its_map(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    said = tmp_path / "map.json"
    said.write_text('{"starts_with": 6}')
    code, output = run(
        app, import_group, str(a_file(tmp_path, FILE)), "--cooperative", "tifawin", "--map", str(said), "--json"
    )
    assert (code, stocks(), json.loads(output.splitlines()[-1])["notes"]) == (0, [6, 6, 6], [])
    said.write_text('{"starts_with": "many"}')
    assert run(app, import_group, str(a_file(tmp_path, FILE)), "--cooperative", "tifawin", "--map", str(said))[0] == 1
