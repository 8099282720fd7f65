"""Pages of orders ask the database few questions, and no more when there is more to show."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.engines.db import db
from tests.browsing import sign_in
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import a_purchase, a_variant, orders_of, puts

MOST = 12


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement that reads or writes rows, from now on."""
    told: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split(maxsplit=1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            told.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    yield told
    event.remove(db.engine, "before_cursor_execute", listen)


def asked(client: FlaskClient, path: str, statements: list[str]) -> int:
    statements.clear()
    answer = client.get(path)
    assert answer.status_code == 200, path
    return len(statements)


def test_a_visitor_without_a_basket_costs_nothing(client: FlaskClient, statements: list[str]) -> None:
    assert asked(client, "/fr/basket", statements) == 0


def test_few_statements_and_none_that_grow(app: Flask, client: FlaskClient, statements: list[str]) -> None:
    chair, nadia = a_person("Aïcha"), a_person("Nadia")
    shops = [
        a_cooperative(f"Coopérative {number}", chair=chair if number == 0 else a_person(f"Chair {number}"))
        for number in range(3)
    ]
    buyer = actor_of(nadia)
    counts: list[dict[str, int]] = []
    for some in (shops[:1], shops):
        goods = {a_variant(shop.id): 1 for shop in some for _ in range(len(some) * 2)}
        purchase = a_purchase(goods, actor=buyer)
        for _ in range(len(some) * 2):
            a_purchase({a_variant(shops[0].id): 1}, actor=buyer)
        puts(buyer, {a_variant(shop.id): 1 for shop in some for _ in range(len(some))})
        sign_in(client, nadia)
        found = {path: asked(client, path, statements) for path in ("/fr/basket", "/fr/checkout", "/fr/orders")}
        found["show"] = asked(client, f"/fr/orders/{purchase.number}", statements)
        sign_in(client, chair)
        base = f"/fr/sell/{shops[0].slug}/orders"
        found["list"] = asked(client, base, statements)
        found["one"] = asked(client, f"{base}/{orders_of(purchase)[0].number}", statements)
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= MOST, counts[1]
