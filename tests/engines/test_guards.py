"""Tables that only grow: the database refuses, whoever asks; columns that are filled in later stay open."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.engines.db import db
from app.engines.guards import GUARDED, append_only, guard_tables


@pytest.fixture
def table(app):
    """A table of this test with one guarded column and one that is filled in later."""
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE guarded_by_test (id integer PRIMARY KEY, amount integer, settled integer)"))
        append_only(connection, "guarded_by_test", ["id", "amount"])
        connection.execute(text("INSERT INTO guarded_by_test VALUES (1, 500, NULL)"))
    yield "guarded_by_test"
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE guarded_by_test"))


def row(table: str) -> tuple[int, int, int | None]:
    with db.engine.connect() as connection:
        return tuple(connection.execute(text(f"SELECT id, amount, settled FROM {table}")).one())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM guarded_by_test",
        "DELETE FROM guarded_by_test WHERE id = 1",
        "UPDATE guarded_by_test SET amount = 1",
        "UPDATE guarded_by_test SET settled = 1, amount = 1",
        "UPDATE guarded_by_test SET id = 2",
        "UPDATE guarded_by_test SET amount = amount",
    ],
)
def test_a_guarded_row_is_neither_changed_nor_deleted(table, statement):
    with pytest.raises(DBAPIError, match="guarded_by_test only grows"), db.engine.begin() as connection:
        connection.execute(text(statement))
    assert row(table) == (1, 500, None)


def test_other_columns_are_filled_in_and_rows_are_added(table):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE guarded_by_test SET settled = 9"))
        connection.execute(text("INSERT INTO guarded_by_test VALUES (2, 1, NULL)"))
        connection.execute(text("UPDATE guarded_by_test SET settled = 9 WHERE id = 2"))
        assert connection.execute(text("SELECT count(*) FROM guarded_by_test WHERE settled = 9")).scalar() == 2


def test_every_guarded_table_names_columns_it_has(app):
    for name, columns in GUARDED.items():
        assert set(columns) <= set(db.metadata.tables[name].c.keys()), name


def test_only_known_tables_are_guarded(app):
    with pytest.raises(KeyError), db.engine.begin() as connection:
        guard_tables(connection, ["no_such_table"])
