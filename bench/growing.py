"""A market that has grown: the orders and goods of the demo are copied within the database until there are so many.

Every copy is whole: a purchase with its orders, lines, ledger and journal; a product with its words, variants, pictures and
stock. Copied are purchases paid at the door of which no order waits for anybody. What copies are called is theirs alone,
as an index wants to see it. Indexes, seals and tallies follow by the house's own means.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select, text

from app.engines.db import db
from app.engines.housekeeping import rebuild_search
from app.engines.journal import seal_lines, unsealed_lines
from app.engines.transactions import transaction
from tests.builders.tallies import count_orders_anew

log = logging.getLogger("bench")
STRIDE = 10_000_000  # between the ids of a row and of its first copy
AT_ONCE = 50_000  # lines sealed in one transaction: nobody else wants to write


@dataclass(frozen=True)
class Copied:
    """A table whose rows are copied: which of them (`one` is the row), and what in a copy is another than in its row."""

    table: str
    which: str
    changed: Mapping[str, str]


# `:shift` is what is added to ids, `:mark` the letters that tell the copies apart.
SHIFTED, MARKED = "one.{0} + :shift", "one.{0} || :mark"
WHOLE = "NOT EXISTS (SELECT 1 FROM seller_order o WHERE o.purchase_id = {0} AND o.commercial IN ('pending', 'unconfirmed'))"
BOUGHT = "EXISTS (SELECT 1 FROM purchase p WHERE p.id = {0} AND p.id < :below AND p.method = 'cash' AND " + (
    WHOLE.format("p.id") + ")"
)
ORDERED = f"EXISTS (SELECT 1 FROM seller_order s WHERE s.id = {{0}} AND {BOUGHT.format('s.purchase_id')})"
NUMBER = "substr(one.number, 1, 5) || :mark || substr(one.number, 6)"
ID_IN_KEY = {
    "sqlite": "CAST(CAST(substr(one.unique_key, 7) AS INTEGER) AS TEXT)",
    "postgresql": "split_part(one.unique_key, ':', 2)",
}


def _numbers(*columns: str) -> dict[str, str]:
    return {column: SHIFTED.format(column) for column in columns}


def _words(*columns: str) -> dict[str, str]:
    return {column: MARKED.format(column) for column in columns}


GOODS = (
    Copied("product", "one.id < :below", {**_numbers("id"), **_words("slug", "external_key", "form_key")}),
    Copied("product_text", "one.product_id < :below", _numbers("product_id")),
    Copied("variant", "one.id < :below", {**_numbers("id", "product_id"), **_words("sku", "barcode", "external_key")}),
    Copied("product_picture", "one.id < :below", _numbers("id", "product_id")),
    Copied("counter", "one.id < :below AND one.kind = 'stock'", {**_numbers("id", "subject"), "available": "one.on_hand"}),
    Copied("stock_movement", "one.variant_id < :below", {**_numbers("id", "variant_id"), **_words("form_key")}),
)


def _orders(dialect: str) -> tuple[Copied, ...]:
    digits = ID_IN_KEY[dialect]
    key = f"'order:' || (CAST({digits} AS BIGINT) + :shift) || substr(one.unique_key, 7 + length({digits}))"
    of_order = f"one.id < :below AND one.unique_key LIKE 'order:%' AND {ORDERED.format(f'CAST({digits} AS BIGINT)')}"
    sets = "EXISTS (SELECT 1 FROM ledger_set l WHERE l.id = one.ledger_set_id + :shift)"
    named = {"number": NUMBER}
    return (
        Copied("purchase", BOUGHT.format("one.id"), {**_numbers("id"), **named, **_words("key", "idempotency_key")}),
        Copied("seller_order", BOUGHT.format("one.purchase_id"), {**_numbers("id", "purchase_id"), **named}),
        Copied("order_line", f"one.id < :below AND {ORDERED.format('one.order_id')}", _numbers("id", "order_id")),
        Copied("ledger_set", of_order, {**_numbers("id"), "unique_key": key}),
        Copied("ledger_entry", f"one.id < :below AND {sets}", _numbers("id", "ledger_set_id")),
        Copied(
            "journal_line",
            f"one.id < :below AND one.subject_kind = 'order' AND {ORDERED.format('one.subject_id')}",
            {**_numbers("id", "subject_id"), "sequence": "NULL", "seal": "NULL"},
        ),
    )


def grow(orders: int, products: int) -> None:
    """Copy until there are so many orders and products in the database of the application."""
    dialect = db.engine.dialect.name
    with db.engine.connect() as connection:
        if dialect == "sqlite":
            for pragma in ("synchronous=OFF", "cache_size=-400000"):
                connection.connection.driver_connection.execute(f"PRAGMA {pragma}")
        for table, copied, wanted in (("product", GOODS, products), ("seller_order", _orders(dialect), orders)):
            there = connection.scalar(select(func.count()).select_from(db.metadata.tables[table])) or 1
            for number in range(1, -(-wanted // there)):
                for one in copied:
                    _copy(connection, one, number)
                connection.commit()
                log.warning("%s: copy %d", table, number)
    _restart_sequences(dialect)
    while _seal():
        pass
    count_orders_anew()
    rebuild_search()


def _copy(connection: Connection, copied: Copied, number: int) -> None:
    table: Table = db.metadata.tables[copied.table]
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(copied.changed.get(column.name, f'one."{column.name}"') for column in table.columns)
    statement = f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {table.name} AS one WHERE {copied.which}"
    given = {"shift": number * STRIDE, "below": STRIDE, "mark": _mark(number)}
    connection.execute(text(statement), {name: value for name, value in given.items() if f":{name}" in statement})


def _mark(number: int) -> str:
    """Two capital letters."""
    return chr(65 + number // 26) + chr(65 + number % 26)


def _restart_sequences(dialect: str) -> None:
    """PostgreSQL's counters go on after the copies."""
    if dialect == "postgresql":
        with db.engine.begin() as connection:
            for copied in (*GOODS, *_orders(dialect)):
                if "id" in copied.changed:
                    name = copied.table
                    connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"))


def _seal() -> int:
    with transaction():
        return seal_lines(unsealed_lines(AT_ONCE))
