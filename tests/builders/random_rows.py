"""Random rows for every table, made from the tables' own description: for backups, and for nothing that has rules."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Date, Float, LargeBinary, Table, Text, UniqueConstraint, insert
from sqlalchemy.exc import DBAPIError

from app.engines.db import Facts, Moment, Whole, db
from app.engines.transactions import transaction

WORDS = [
    "Huile d’argane",
    "زيت أركان",
    "ⵜⵉⵡⵉⵣⵉ",
    "a\nb\tc",
    'O\'Brien \\ "x"',
    "🫒🍯",
    "",
    " ",
    "=1+1",
    "\u200f",
    '{"at": "x"}',
    "NULL",
]
LATE = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def random_rows(tables: list[Table], rows: int, seed: int) -> set[str]:
    """Put up to `rows` random rows into each table; returns the tables that took some (others have rules on values)."""
    chance = random.Random(seed)
    ids: dict[str, list[Any]] = {}
    for table in tables:
        for number in range(1, rows + 1):
            values = {column.name: _value(column, table, number, chance, ids) for column in table.columns}
            try:
                with transaction() as session:
                    session.execute(insert(table).values(values))
            except DBAPIError:
                continue
            key = next(iter(table.primary_key.columns)).name
            ids.setdefault(table.name, []).append(values[key])
    db.session.remove()
    return set(ids)


def _value(column: Any, table: Table, number: int, chance: random.Random, ids: dict[str, list[Any]]) -> Any:
    unique = (
        column.primary_key
        or column.unique
        or any(
            column.name in constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)
        )
    )
    if column.foreign_keys:
        parent = ids.get(next(iter(column.foreign_keys)).column.table.name)
        if parent:
            return parent[(number - 1) % len(parent)] if unique else chance.choice(parent)
        return None
    if column.nullable and not unique and chance.random() < 0.3:
        return None
    kind = column.type
    if isinstance(kind, Boolean):
        return chance.random() < 0.5
    if isinstance(kind, Moment):
        return LATE + timedelta(microseconds=chance.randrange(10**12))
    if isinstance(kind, Date):
        return date(2026, 1, 1) + timedelta(days=chance.randrange(700))
    if isinstance(kind, Text):
        return f"{'zZaAéEœبB-_'[number % 11]}{table.name}-{number}" if unique else chance.choice(WORDS)
    if isinstance(kind, type(Facts)):
        return chance.choice([{}, {"at": "2026-03-02T12:00:00+00:00"}, {"اسم": [1, 2**60, None, "é"]}, [1, "x"], {"n": -5}])
    if isinstance(kind, type(Whole)):
        return number
    if isinstance(kind, Float | LargeBinary):
        raise AssertionError(f"{table.name}.{column.name}: the house keeps no such values")
    return number
