"""The database of the tests: made by the migrations once, emptied before each test."""

import shutil
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from app.engines.db import db
from app.engines.migrating import upgrade_database
from app.practice.server import the_practice


def build_schema(template: Path) -> None:
    """Make the schema by the migrations; on SQLite keep an empty copy beside it."""
    with db.engine.begin() as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade_database()
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        db.engine.dispose()
        shutil.copy(str(db.engine.url.database), template)


def empty_practice(provider: Flask) -> None:
    """The card provider knows nothing either: its events would reach the next test."""
    with the_practice(provider).store.writing() as shelf:
        for table in ("thing", "balance", "idempotency", "delivery"):
            shelf.connection.execute(f"DELETE FROM {table}")


def empty_tables(template: Path) -> None:
    """Every table empty, every sequence back at its start."""
    if db.engine.dialect.name == "sqlite":
        db.engine.dispose()
        path = Path(str(db.engine.url.database))
        for ending in ("", "-wal", "-shm"):  # gone, not overwritten: a connection left open keeps its own old file
            path.with_name(path.name + ending).unlink(missing_ok=True)
        shutil.copy(template, path)
        return
    tables = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
    with db.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
