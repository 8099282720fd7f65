"""The database: one declarative base, SQLite and PostgreSQL, names for every constraint."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Self

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    SQLColumnExpression,
    Text,
    Update,
    event,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

LOCK_WAIT_SECONDS = 10
WRITING = "tiwizi_writing"
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]  # of the bound parameters: once, or once for each row


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps it without the zone, PostgreSQL with it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Whole = BigInteger().with_variant(Integer, "sqlite")
Facts = JSON().with_variant(postgresql.JSONB, "postgresql")


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
TYPES: dict[object, TypeEngine[Any]] = {int: Whole, str: Text(), datetime: Moment(), dict[str, Any]: Facts, list[Any]: Facts}


class Base(DeclarativeBase):
    """The base of every table: 63-bit whole numbers, texts without length, moments in UTC."""

    registry = registry(metadata=METADATA, type_annotation_map=TYPES)


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False})


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """WAL and FULL: an acknowledged order survives a power cut. We say BEGIN ourselves, below."""
    if type(connection).__module__ != "sqlite3":
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-16000",
        f"busy_timeout={LOCK_WAIT_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def let_power_cuts_undo(engine: Engine) -> None:
    """Of SQLite's connections that this engine opens from now on: what they store waits for no disk.

    A power cut may undo the last of it, never a part, and nothing that another connection has stored after it. For work
    that would then be done again, and is heard of by nobody but through what is stored.
    """

    def lighten(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lighten)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """A writer takes SQLite's write lock at once: with the ordinary BEGIN most concurrent writers fail as locked."""
    writing = connection.get_execution_options().get(WRITING, False)
    if connection.dialect.name == "sqlite":
        if writing:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # by the driver alone: it waits for nobody, so nothing can be refused
            connection.connection.cursor().execute("BEGIN")
    elif writing:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'")


class WriteOutsideTransaction(RuntimeError):
    """Something was about to be written where no door had opened a transaction."""


def execute(statement: Executable, values: Values | None = None, *, flush: bool = True) -> CursorResult[*tuple[Any, ...]]:
    """Carry out a statement that stands at the top of its file, with what its bound parameters are this time.

    It works with columns, not with objects: rows come back, and objects of the session do not hear of a change. What waits
    in the session is written before, unless it means nothing to the statement.
    """
    session = db.session()
    if flush:
        session.flush()
    connection = session.connection()
    if statement.is_dml and not connection.get_execution_options().get(WRITING):
        raise WriteOutsideTransaction("rows are written inside transaction() only")
    return connection.execute(statement, values)


def rows_changed(statement: Update | Delete) -> int:
    """Carry out an UPDATE or DELETE; how many rows it changed."""
    result = db.session.execute(statement)
    if not isinstance(result, CursorResult):
        raise TypeError("the statement gives rows back: count those")
    return result.rowcount


def insert_once(model: Any, *unique: str, **values: Any) -> Any | None:
    """A row, unless one with the same in the `unique` columns stands already, also when two ask at once. Its id, or None."""
    return execute(_inserted_once(model, unique, db.session.get_bind().dialect.name), values).scalar()


@cache
def _inserted_once(model: Any, unique: tuple[str, ...], dialect: str) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(model.__table__).on_conflict_do_nothing(index_elements=unique).returning(model.__table__.c.id)


class _Between(FunctionElement[bool]):
    """Letter by letter from one text on and before another, as an index of the column has them."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Self:
        """As it is: SQLite, asked whether the whole of it is 1, would use no index."""
        return self


@compiles(_Between)
def _in_bytes(element: _Between, compiler: SQLCompiler, **given: Any) -> str:
    """PostgreSQL is asked by the operators of `text_pattern_ops`: its plain ones go by the language of the cluster."""
    least, below = ("~>=~", "~<~") if compiler.dialect.name == "postgresql" else (">=", "<")
    column, first, end = (compiler.process(part, **given) for part in element.clauses)
    return f"({column} {least} {first} AND {column} {below} {end})"


def begins_with(column: SQLColumnExpression[str], beginning: str) -> ColumnElement[bool]:
    """Does the text begin so? A range, which an index finds; LIKE reads every row.

    The index of the column has `postgresql_ops={column: "text_pattern_ops"}`, or PostgreSQL has no use for it.
    """
    last = ord(beginning[-1])
    following = 0xE000 if last == 0xD7FF else last + 1  # what lies between are no letters
    end = beginning[:-1] + chr(following) if following <= sys.maxunicode else beginning + chr(sys.maxunicode)
    return _Between(column, literal(beginning, Text()), literal(end, Text()))
