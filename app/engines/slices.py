"""A long list is read in slices, each let go before the next: never held as a whole."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, SQLColumnExpression, func, select

from app.engines.db import db

AT_ONCE = 1_000  # rows that the database gives at a time


def slices_of(statement: Select[*tuple[Any, ...]], size: int) -> int:
    """How many slices of so many rows a statement has."""
    many = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    return -(-many // size)


def slice_of(statement: Select[*tuple[Any, ...]], number: int, size: int) -> Iterator[Row[*tuple[Any, ...]]]:
    """One slice, from 1, as the database gives it; the statement has an order. It is asked when the first row is: an answer
    that is sent while it is read begins when the reading of its view has ended.
    """
    asked = statement.limit(size).offset((number - 1) * size)
    yield from db.session.execute(asked.execution_options(yield_per=AT_ONCE))


def portions(
    statement: Select[*tuple[Any, ...]], key: SQLColumnExpression[int], size: int = AT_ONCE
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """All rows in the order of a whole number that is theirs alone and stands first among the columns, so many at a time.

    Each portion is a statement of its own, so that others may be asked in between.
    """
    rows = db.session.execute(statement.order_by(key).limit(size)).all()
    while rows:
        yield rows
        rows = db.session.execute(statement.where(key > rows[-1][0]).order_by(key).limit(size)).all()
