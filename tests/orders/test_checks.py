"""What `tiwizi check` names when somebody changes rows behind our back, the guards of the ledger taken away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.engines.language import speaking
from app.engines.place import standing_in
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.payments.queries.payables import payable_by_key
from orders.models import Purchase
from orders.queries import checks
from orders.services.fulfilment import cancel_as_buyer
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import a_purchase, a_variant, orders_of, pay_key, problems, takes
from tests.builders.payments import come_back, open_page, pay_with
from tests.plans import asked, read_whole
from tests.schema import empty_practice, empty_tables


class Undone(Exception):
    """The change is taken back."""


@contextmanager
def corrupted(statements: str) -> Iterator[None]:
    """These statements have run, without the ledger's guards; afterwards nothing has."""
    with pytest.raises(Undone), transaction() as session:
        _unguard(session)
        for statement in statements.split(";"):
            assert session.execute(text(statement)).rowcount > 0, statement
        yield
        raise Undone


def _unguard(session: Session) -> None:
    for table in ("ledger_entry", "ledger_set"):
        if db.engine.dialect.name == "postgresql":
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for verb in ("delete", "update"):
                session.execute(text(f"DROP TRIGGER {table}_no_{verb}"))


def named_in_this_transaction(app: Flask) -> list[str]:
    """As `problems`, without ending the transaction that corrupts."""
    return [problem for name, check in app.extensions["checks"].items() if name != "schema" for problem in check()]


@contextmanager
def read_rows() -> Iterator[list[str]]:
    """The statements of the block that fetch entries of the ledger."""
    with asked() as statements:
        told: list[str] = []
        yield told
    told += [one.statement for one in statements if one.statement.startswith("SELECT ledger_set.unique_key, ledger_entry")]


def pays(app: Flask, client: FlaskClient, purchase: Purchase) -> None:
    come_back(client, pay_with(app, open_page(client, payable_by_key(pay_key(purchase.id)))))


@pytest.fixture(scope="module")
def house(_house: Flask) -> Iterator[Flask]:
    """One house for all corruptions, since each is undone."""
    with _house.app_context(), speaking("fr"), standing_in(None):
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        empty_practice(_house.extensions["practice"])
        yield _house
        db.session.remove()


@pytest.fixture(scope="module")
def numbers(house: Flask) -> dict[str, str]:
    """Purchase 1 delivered for cash, 2 cancelled, 3 paid by card, 4 paid back, 5 waiting for its card; the numbers.

    And `when` the third was placed.
    """
    app, client = house, house.test_client()
    chair = a_person("Aïcha")
    seller = a_cooperative("Tifawin", chair=chair)
    a_cooperative("Assif", chair=a_person("Brahim"))
    oil = a_variant(seller.id, 12_000, 50)
    bought = [a_purchase({oil: 2}, "cash" if number < 3 else "card") for number in range(1, 6)]
    for action in ("accept", "pack", "ship", "hand-over"):
        takes(actor_of(chair), orders_of(bought[0])[0], action)
    takes(actor_of(chair), orders_of(bought[1])[0], "refuse")
    for purchase in bought[2:4]:
        pays(app, client, purchase)
    (order,) = orders_of(bought[3])
    with transaction():
        cancel_as_buyer(Actor("guest"), order.id, order.version)
    run_due_jobs()
    assert [row.id for row in bought] == [1, 2, 3, 4, 5]
    assert problems(app) == []
    names = {f"p{row.id}": row.number for row in bought} | {f"o{row.id}": f"{row.number}-1" for row in bought}
    return names | {"when": str(orders_of(bought[2])[0].placed_at)}


ENTRY = "(SELECT id FROM ledger_set WHERE unique_key = '{}')"


def entry(key: str, **facts: Any) -> str:
    """The condition that picks entries of a set."""
    wanted = [f"ledger_set_id = {ENTRY.format(key)}", *(f"{name} = {value!r}" for name, value in facts.items())]
    return " AND ".join(wanted)


CORRUPTIONS = {
    "an amount of the ledger": (
        f"UPDATE ledger_entry SET amount = amount + 1 WHERE {entry('order:1:sale', account='buyer')}",
        ["ledger: set order:1:sale is out by 1 MAD", "order {o1}: its sale is booked otherwise than it happened"],
    ),
    "a balanced set of another amount": (
        f"UPDATE ledger_entry SET amount = amount * 2 WHERE {entry('order:1:cash')}",
        ["order {o1}: its cash is booked otherwise than it happened"],
    ),
    "money booked for another cooperative": (
        f"UPDATE ledger_entry SET owner_id = 2 WHERE {entry('order:1:sale', account='seller')}",
        ["order {o1}: its sale is booked otherwise than it happened"],
    ),
    "another commission than the one frozen": (
        "UPDATE seller_order SET commission = 0 WHERE id = 1",
        ["order {o1}: its sale is booked otherwise than it happened"],
    ),
    "a set without entries": (
        f"DELETE FROM ledger_entry WHERE {entry('order:1:cash')}",
        ["ledger: set order:1:cash is out by None None", "order {o1}: its cash is booked otherwise than it happened"],
    ),
    "an amount booked to another account": (
        f"UPDATE ledger_entry SET account = 'card' WHERE {entry('order:1:sale', account='buyer')}",
        ["order {o1}: its sale is booked otherwise than it happened"],
    ),
    "a set in another currency": (
        f"UPDATE ledger_entry SET currency = 'CAD' WHERE {entry('order:1:cash')}",
        ["order {o1}: its cash is booked otherwise than it happened"],
    ),
    "a set with more than happened": (
        "INSERT INTO ledger_entry (ledger_set_id, account, amount, currency)"
        f" VALUES ({ENTRY.format('order:1:sale')}, 'card', 5, 'MAD'), ({ENTRY.format('order:1:sale')}, 'card', -5, 'MAD')",
        ["order {o1}: its sale is booked otherwise than it happened"],
    ),
    "a reversal that is a sale": (
        f"UPDATE ledger_entry SET amount = -amount WHERE {entry('order:2:sale:reversed')}",
        ["order {o2}: its reversal is booked otherwise than it happened"],
    ),
    "a reversal of what stands": (
        "UPDATE ledger_set SET unique_key = 'order:3:sale:reversed' WHERE unique_key = 'order:2:sale:reversed'",
        ["order {o2} is refused, its reversal is not booked", "order {o3} is placed, its reversal is booked"],
    ),
    "a set of another event": (
        "UPDATE ledger_set SET event = 'sale' WHERE unique_key = 'order:1:cash'",
        ["order {o1} is paid, its cash is not booked", "order:1:cash is booked for no order"],
    ),
    "an order that waits and is placed": (
        "UPDATE seller_order SET placed_at = (SELECT placed_at FROM seller_order WHERE id = 3) WHERE id = 5",
        [
            "orders of organisation 1 that are pending waiting: 0 are counted, there are 1",
            "orders of organisation 1 that are pending waiting unplaced: 1 are counted, there are 0",
            "order {o5} is pending, its sale is not booked",
            "order {o5} is pending but placed at {when}",
        ],
    ),
    "an order that is placed and waits again": (
        "UPDATE seller_order SET commercial = 'pending' WHERE id = 3",
        [
            "order {o3} is pending, paid, waiting, none: no card order comes there",
            "orders of organisation 1 that are pending waiting: 0 are counted, there are 1",
            "orders of organisation 1 that are placed waiting: 1 are counted, there are 0",
            "order {o3} is pending but placed at {when}",
            "order {o3} was paid by card and is pending, paid",
        ],
    ),
    "an order paid without a ledger set": (
        f"DELETE FROM ledger_entry WHERE {entry('payment:1')}; DELETE FROM ledger_set WHERE unique_key = 'payment:1'",
        ["ledger: payment:1 is not booked"],
    ),
    "a sale that vanished": (
        f"DELETE FROM ledger_entry WHERE {entry('order:1:sale')}; DELETE FROM ledger_set WHERE unique_key = 'order:1:sale'",
        ["order {o1} is completed, its sale is not booked"],
    ),
    "a reversal that vanished": (
        f"DELETE FROM ledger_entry WHERE {entry('order:2:sale:reversed')};"
        "DELETE FROM ledger_set WHERE unique_key = 'order:2:sale:reversed'",
        ["order {o2} is refused, its reversal is not booked"],
    ),
    "a sale of no order": (
        "UPDATE ledger_set SET unique_key = 'order:99:sale' WHERE unique_key = 'order:1:sale'",
        ["order {o1} is completed, its sale is not booked", "order:99:sale is booked for no order"],
    ),
    "a payment that never came": (
        "UPDATE payment SET state = 'started' WHERE id = 1",
        ["ledger: payment:1 is booked and never happened", "payable 1 is settled without a payment"],
    ),
    "a payment whose payable is open": (
        "UPDATE payable SET state = 'open' WHERE id = 1",
        [
            "payment for payable 1 is paid, the payable is not settled",
            "order {o3} is placed, its card was never paid",
        ],
    ),
    "a payment of another amount": (
        "UPDATE payment SET amount = 1 WHERE id = 1",
        ["payment 1 is of 1 MAD, its payable of 27000 MAD", "ledger: payment:1 is booked otherwise than it happened"],
    ),
    "a payable of another amount": (
        "UPDATE payable SET amount = 1 WHERE id = 3",
        ["purchase {p5}: total is 27000 MAD, its payable another"],
    ),
    "a payable for no purchase": (
        "UPDATE payable SET reference = 99 WHERE id = 3",
        ["purchase {p5} is to be paid by card and has no payable", "payable 3 is for no purchase"],
    ),
    "a refund of another amount": (
        "UPDATE refund SET amount = 1 WHERE id = 1",
        ["ledger: refund:1 is booked otherwise than it happened", "order {o4} is refunded, 1 of its 27000 went back"],
    ),
    "a refund beyond its payment": (
        "UPDATE refund SET amount = 27001 WHERE id = 1",
        [
            "payment 2 is refunded beyond its amount",
            "ledger: refund:1 is booked otherwise than it happened",
            "order {o4} is refunded, 27001 of its 27000 went back",
        ],
    ),
    "a refund of no order": (
        "UPDATE refund SET unique_key = 'order:99:refund' WHERE id = 1",
        ["order {o4} is refunded, 0 of its 27000 went back", "refund order:99:refund is for no order"],
    ),
    "a refund that failed": (
        "UPDATE refund SET state = 'failed' WHERE id = 1",
        ["ledger: refund:1:failed is not booked"],
    ),
    "an order that jumped": (
        "UPDATE seller_order SET fulfilment = 'shipped' WHERE id = 3",
        [
            "order {o3} is placed, paid, shipped, none: no card order comes there",
            "orders of organisation 1 that are placed shipped: 0 are counted, there are 1",
            "orders of organisation 1 that are placed waiting: 1 are counted, there are 0",
        ],
    ),
    "an order in an unknown state": (
        "UPDATE seller_order SET after_sale = 'gone' WHERE id = 1",
        ["order {o1} is completed, paid, delivered, gone: no cash order comes there"],
    ),
    "an order that was paid and waits": (
        "UPDATE seller_order SET commercial = 'pending', payment = 'unpaid', placed_at = NULL WHERE id = 3",
        [
            "orders of organisation 1 that are pending waiting unplaced: 1 are counted, there are 2",
            "orders of organisation 1 that are placed waiting: 1 are counted, there are 0",
            "order {o3} is pending, its sale is booked",
            "order {o3} was paid by card and is pending, unpaid",
        ],
    ),
    "an order refunded only in words": (
        "UPDATE seller_order SET commercial = 'cancelled', payment = 'refunded', fulfilment = 'stopped' WHERE id = 3",
        [
            "orders of organisation 1 that are cancelled stopped: 1 are counted, there are 2",
            "orders of organisation 1 that are placed waiting: 1 are counted, there are 0",
            "order {o3} is cancelled, its reversal is not booked",
            "order {o3} is refunded, 0 of its 27000 went back",
        ],
    ),
    "a count of orders that is another": (
        "UPDATE tally SET number = number + 1 WHERE word = 'completed delivered'",
        ["orders of organisation 1 that are completed delivered: 2 are counted, there are 1"],
    ),
    "a count of orders that vanished": (
        "DELETE FROM tally WHERE word = 'completed delivered'",
        ["orders of organisation 1 that are completed delivered: 0 are counted, there are 1"],
    ),
    "a purchase that is not counted": (
        "INSERT INTO tally (kind, owner, word, number) VALUES ('purchase', 0, '', -1)",
        ["purchases: 4 are counted, there are 5"],
    ),
    "a line of another price": (
        "UPDATE order_line SET unit_price = 1, total = 2 WHERE id = 1",
        ["order {o1}: goods are 24000, its lines 2"],
    ),
    "an order without lines": (
        "DELETE FROM order_line WHERE order_id = 1",
        ["order {o1}: goods are 24000, its lines -1"],
    ),
    "a purchase of another total": (
        "UPDATE purchase SET total = 1 WHERE id = 1",
        ["purchase {p1}: total is 1, its orders 27000"],
    ),
    "a purchase without orders": (
        "UPDATE seller_order SET purchase_id = 2 WHERE id = 1",
        ["purchase {p1}: total is 27000, its orders -1", "purchase {p2}: total is 27000, its orders 54000"],
    ),
    "a purchase in another currency": (
        "UPDATE purchase SET currency = 'CAD' WHERE id = 1",
        ["purchase {p1}: its orders are in another currency"],
    ),
    "a purchase paid another way": (
        "UPDATE purchase SET method = 'card' WHERE id = 1",
        [
            "order {o1} is paid, its cash is booked",
            "purchase {p1} is to be paid by card and has no payable",
            "order {o1} is completed, its card was never paid",
        ],
    ),
    "a purchase paid as nobody can": (
        "UPDATE purchase SET method = 'barter' WHERE id = 1",
        [
            "order {o1} is completed, paid, delivered, none: no barter order comes there",
            "order {o1} is paid, its cash is booked",
        ],
    ),
    "an order on an unknown way": (
        "UPDATE seller_order SET delivery_kind = 'by-mule' WHERE id = 1",
        ["order {o1} goes by by-mule, a way that nobody knows"],
    ),
    "a hold without a purchase": (
        "UPDATE hold SET holder = 'purchase:99' WHERE id > 0",
        ["stock is held for purchase:99, which waits for no money"],
    ),
    "a hold of a purchase that was paid": (
        "UPDATE hold SET holder = 'purchase:3' WHERE id > 0",
        ["stock is held for purchase:3, which waits for no money"],
    ),
    "a hold of more than was bought": (
        "UPDATE hold SET quantity = quantity + 1 WHERE id > 0; UPDATE counter SET available = available - 1 WHERE id = 1",
        ["3 of variant 1 are held for purchase:5, which has bought 2"],
    ),
    "stock that is not what is held": (
        "UPDATE counter SET available = available - 1 WHERE id = 1",
        ["counter stock 1: on hand 46, available 43, held 2"],
    ),
    "a hold that vanished": (
        "DELETE FROM hold WHERE id > 0",
        ["counter stock 1: on hand 46, available 44, held 0"],
    ),
}


@pytest.mark.parametrize("what", CORRUPTIONS)
def test_every_corruption_is_named(house: Flask, numbers: dict[str, str], what: str) -> None:
    statements, named = CORRUPTIONS[what]
    with corrupted(statements):
        assert named_in_this_transaction(house) == [problem.format(**numbers) for problem in named]
    assert problems(house) == []


def test_the_database_compares_orders_with_the_ledger_and_names_those_that_differ(
    house: Flask, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row of an order, a set or an entry is read where all is as it happened, however many there are."""
    monkeypatch.setattr(checks, "COMPARED", 2)
    with read_rows() as whole:
        assert list(checks.unbooked_orders()) == []
    assert whole == []
    with corrupted("UPDATE seller_order SET commission = 0 WHERE id <> 2"), read_rows() as whole:
        assert list(checks.unbooked_orders()) == [
            f"order {numbers[f'o{id_}']}: its sale is booked otherwise than it happened" for id_ in (1, 3, 4)
        ] + [f"order {numbers['o4']}: its reversal is booked otherwise than it happened"]
    assert whole


@pytest.mark.sqlite_only  # PostgreSQL chooses by how many rows it has counted, which differs from run to run here
def test_the_database_finds_what_is_compared_by_indexes(house: Flask, numbers: dict[str, str]) -> None:
    with asked() as statements:
        list(checks.unbooked_orders())
    compared = [one for one in statements if "GROUP BY" in one.statement]
    assert len(compared) == len(checks.SOLD_AS)
    assert {name for one in compared for name in read_whole(one)} == set()
