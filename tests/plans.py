"""How the database means to find the rows of a statement: which tables it would read from end to end."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, text

from app.engines.db import db

# Columns with a handful of values: an index that is asked by them alone gives a part of the table that grows with it.
FEW_VALUES = {"kind", "state", "listed", "commercial", "fulfilment", "payment", "event", "purpose", "currency", "active"}


@dataclass(frozen=True)
class Asked:
    """A statement as the driver was given it."""

    statement: str
    parameters: Any


@contextmanager
def asked() -> Iterator[list[Asked]]:
    """Every SELECT, UPDATE and DELETE of the block, each statement once."""
    told: dict[str, Asked] = {}

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.split(maxsplit=1)[0] in ("SELECT", "UPDATE", "DELETE", "WITH"):
            told.setdefault(statement, Asked(statement, parameters))

    statements: list[Asked] = []
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
        statements += told.values()


def read_whole(one: Asked) -> set[str]:
    """The tables whose rows or whose whole index the statement would go through, however many there are."""
    db.session.rollback()
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.statement}", one.parameters)
        return _scanned_by_sqlite(one.statement, [row[3] for row in rows])
    # Of a table of few rows PostgreSQL reads all, whatever indexes there are: it is told that they are large, and joins
    # row by row as SQLite does, since it knows nothing yet of how the values lie.
    connection.execute(
        text(
            "UPDATE pg_class SET relpages = 1, reltuples = 100000"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    )
    for way in ("seqscan", "hashjoin", "mergejoin"):
        connection.execute(text(f"SET LOCAL enable_{way} = off"))
    rows = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {one.statement}", one.parameters)
    plan = rows.scalar_one()
    db.session.rollback()
    return set(_scanned_by_postgresql((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def _scanned_by_sqlite(statement: str, steps: list[str]) -> set[str]:
    """Where nothing has to be put in order first, a list with a limit ends with the last row it shows."""
    ends = "LIMIT ?" in statement and not any("TEMP B-TREE" in step for step in steps)
    found = set()
    for step in steps:
        through, table = step.split()[:2]
        by = re.findall(r"(\w+)[=<>]", step[step.find("(") :]) if "(" in step else []
        whole = through == "SCAN" and not (ends and "WHERE" not in statement) and not set(step.split()) & _of_a_part()
        if whole or (through == "SEARCH" and _coarse(by) and not ends):
            named = re.search(rf"(\w+) AS {re.escape(table)}\b", statement)
            found.add(named[1] if named else table)
    return found & db.metadata.tables.keys()


def _scanned_by_postgresql(node: dict[str, Any], few: bool = False) -> Iterator[str]:
    """`few`: a limit above takes the first rows as they come."""
    kind = node["Node Type"]
    few = kind == "Limit" or (few and kind not in ("Sort", "Aggregate", "Hash", "Materialize"))
    reads = kind == "Seq Scan" or kind.startswith("Index")
    found = re.findall(r"(\w+)\)?(?:::\w+)? (?:=|<|>|<=|>=|~>=~|~<~|IS) ", node.get("Index Cond", ""))
    if reads and _coarse(found) and (not few or "Filter" in node) and node.get("Index Name") not in _of_a_part():
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _scanned_by_postgresql(below, few)


def _coarse(columns: list[str]) -> bool:
    """Does what is asked for name no more than one of a few kinds?"""
    return set(columns) <= FEW_VALUES


def _of_a_part() -> set[str | None]:
    """The indexes that hold a part of their table and no more, such as what is open: read whole they are short."""
    indexes = (index for table in db.metadata.sorted_tables for index in table.indexes)
    return {index.name for index in indexes if index.dialect_options["sqlite"]["where"] is not None}
