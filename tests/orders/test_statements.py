"""Pages of orders ask the database few questions, and no more when there is more to show."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.engines.db import db
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.orders import a_purchase, a_variant, orders_of, puts, recap

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


@pytest.fixture
def told_of_orders(app: Flask) -> int:
    """Goods of a cooperative whose chair and whose seller are told of each order."""
    shop = a_cooperative("Tifawin", chair=a_person("Aïcha"))
    joins(a_person("Brahim"), shop, "seller")
    return a_variant(shop.id)


def presses(client: FlaskClient, path: str, statements: list[str], **fields: object) -> tuple[int, list[str]]:
    """A visitor sends a form: the status, and what was asked."""
    statements.clear()
    answer = client.post(path, data=fields)
    return answer.status_code, list(statements)


def steps_of(client: FlaskClient, variant: int, statements: list[str]) -> Iterator[tuple[str, list[str]]]:
    """A guest's way from the goods to the order, and what each step asked."""

    goods = {"variant": variant, "quantity": 1}
    for name in ("add", "add more"):
        status, said = presses(client, "/fr/basket/lines", statements, **goods)
        assert status == 303
        yield name, said
    for path in (f"/fr/basket?added={variant}", "/fr/checkout"):
        asked(client, path, statements)
        yield path.partition("?")[0], list(statements)
    fields = recap(client)
    status, said = presses(client, "/fr/checkout", statements, **{**fields, "step": "recap"})
    assert status == 200
    yield "recap", said
    status, said = presses(client, "/fr/checkout", statements, **{**fields, "step": "place"})
    assert status == 303
    yield "place", said


# What each step may ask at most. Whoever adds a statement finds it in the list that is shown, and what to leave out for it.
AT_MOST = {"add": 7, "add more": 8, "/fr/basket": 5, "/fr/checkout": 6, "recap": 8, "place": 38}


def test_a_basket_and_a_press_ask_little(client: FlaskClient, told_of_orders: int, statements: list[str]) -> None:
    for name, asked_then in steps_of(client, told_of_orders, statements):
        shown = "\n".join(f"{number:3d} {' '.join(one.split())[:160]}" for number, one in enumerate(asked_then, 1))
        locks = name == "place" and db.engine.dialect.name == "postgresql"  # the cooperatives, whose permits it reads
        assert len(asked_then) <= AT_MOST[name] + locks, f"{name} asks {len(asked_then)}:\n{shown}"


def test_a_refused_press_reads_the_basket_once(client: FlaskClient, told_of_orders: int, statements: list[str]) -> None:
    assert post(client, "/fr/basket/lines", variant=told_of_orders, quantity=8).status_code == 303
    fields = recap(client)
    a_purchase({told_of_orders: 5})
    status, said = presses(client, "/fr/checkout", statements, **{**fields, "step": "place"})
    assert status == 409
    assert len([one for one in said if "price_seen" in one]) == 1
    assert len(said) <= 6, "\n".join(said)


def test_what_was_put_in_is_told_and_looking_at_it_writes_nothing(
    client: FlaskClient, told_of_orders: int, statements: list[str]
) -> None:
    answer = post(client, "/fr/basket/lines", variant=told_of_orders, quantity=1)
    assert answer.location == f"/fr/basket?added={told_of_orders}"
    statements.clear()
    page = text_of(client.get(answer.location))
    assert "est dans votre panier." in page
    assert [one for one in statements if not one.startswith("SELECT")] == []
    for other in ("", "?added=999999", "?added=x", "?added=1'"):
        assert "est dans votre panier" not in text_of(client.get(f"/fr/basket{other}"))
