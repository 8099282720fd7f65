"""A look at a file writes nothing and waits for nobody; an import is written in pieces that others hardly notice."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.accounts.models import Organisation
from app.console.transfer import import_group
from app.engines.counters import take
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.long_work import WRITING_SECONDS
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.gateway.report import READY_AT_ONCE, WRITTEN_AT_ONCE
from catalog.models import Product, Variant
from catalog.queries.offers import STOCK
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.catalog import a_product, variant_of
from tests.catalog.test_import import a_file, last_line, read_in, run, sums


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The first word of every statement, and BEGIN IMMEDIATE."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(" ".join(statement.split()[: 2 if statement.startswith("BEGIN") else 1]))

    event.listen(db.engine, "before_cursor_execute", hear)
    yield said
    event.remove(db.engine, "before_cursor_execute", hear)


MANY = "handle,title,price,sku,stock,barcode,origin,published\n" + "".join(
    f"pot-{n},Pot {n},{n % 7 or 'none'},S{n % 90},{n},{'xx' if n % 4 == 0 else ''},,\n" for n in range(1, 121)
)


def test_a_look_reads_and_does_nothing_else(app: Flask, shop: Organisation, tmp_path: Path, statements: list[str]) -> None:
    file = a_file(tmp_path, MANY)
    del statements[:]
    looked = last_line(app, file, "--dry-run")
    assert set(statements) <= {"SELECT", "BEGIN", "BEGIN (implicit)"}
    assert looked["created"] > 50
    assert looked["refused"] > 30
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0
    assert sums(read_in(app, file)) == sums(looked)
    del statements[:]
    again = last_line(app, file, "--dry-run")
    assert set(statements) <= {"SELECT", "BEGIN", "BEGIN (implicit)"}
    assert (again["created"], again["unchanged"], again["refused"]) == (0, looked["created"], looked["refused"])


@pytest.mark.sqlite_only
def test_a_look_in_the_office_answers_while_somebody_else_writes(
    app: Flask, client: FlaskClient, shop: Organisation
) -> None:
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    writing, answered = threading.Event(), threading.Event()

    def write() -> None:
        with app.app_context(), transaction():
            writing.set()
            answered.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    writing.wait(20)
    page = post(
        client,
        "/fr/sell/tifawin/products/import",
        file=(io.BytesIO(MANY.encode()), "goods.csv"),
        format="auto",
        step="look",
    )
    answered.set()
    writer.join()
    assert page.status_code == 200
    assert "120" in text_of(page)
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0


@pytest.mark.parametrize(("seconds", "steps"), [(0, [1] * 9), (100, [9])])
def test_each_transaction_writes_as_many_rows_as_time_allows_and_then_makes_way(
    app: Flask, shop: Organisation, tmp_path: Path, monkeypatch: Any, seconds: float, steps: list[int]
) -> None:
    made: list[int] = []

    def count() -> None:
        made.append(db.session.scalar(select(func.count()).select_from(Variant)) or 0)

    monkeypatch.setattr("catalog.cli.make_way", count)
    monkeypatch.setattr("catalog.cli.WRITING_SECONDS", seconds)
    rows = "".join(f"Pot {number},{number}\n" for number in range(1, 10))
    last_line(app, a_file(tmp_path, "title,price\n" + rows))
    assert [after - before for before, after in zip([0, *made], made, strict=False)] == steps
    assert (WRITTEN_AT_ONCE, READY_AT_ONCE, WRITING_SECONDS) == (5, 50, 0.06)


def test_a_look_tells_what_stands_in_the_way(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    """Article numbers taken, given up and exchanged; goods sold, held and counted; names and barcodes that are wrong."""
    held = a_product(shop.id, "Held", stock=9)
    with transaction():
        take(STOCK, {variant_of(held): 5}, "buyer", now().replace(year=2100), now())
    first = "handle,title,price,sku,stock,stock_was\nheld,Held,5,A1,,\na,A,5,A2,4,\nb,B,5,A3,4,\nc,C,,,,\n"
    read_in(app, a_file(tmp_path, first))
    cases = {
        "less than is held": "held,Held,5,A1,3,\n",
        "as many as are held": "held,Held,5,A1,5,\n",
        "an article number of another": "a,A,5,A3,4,\n",
        "exchanged in one file": "a,A,5,A9,4,\nb,B,5,A2,4,\nd,D,5,A3,,\n",
        "taken by an earlier row": "e,E,5,N1,,\nf,F,5,N1,,\n",
        "refused, so it takes nothing": f"g,{'G' * 200},5,N2,,\nh,H,5,N2,,\n",
        "a price gone to nothing": "c,C,5,,,\n",
        "no name": ",,5,,,\ni,,5,,,\n",
    }
    for name, rows in cases.items():
        told = read_in(app, a_file(tmp_path, "handle,title,price,sku,stock,stock_was\n" + rows))
        assert told["rows"] == rows.count("\n"), name
    lines = db.session.scalar(select(func.count()).select_from(JournalLine))
    code, output = run(app, import_group, str(a_file(tmp_path, MANY)), "--cooperative", "tifawin", "--json", "--dry-run")
    assert (code, json.loads(output.strip().splitlines()[-1])["dry_run"]) == (0, True)
    assert db.session.scalar(select(func.count()).select_from(JournalLine)) == lines
