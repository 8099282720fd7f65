"""The database of the tests: made by the migrations once, emptied before each test."""

import shutil
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, inspect, text

from app.engines.db import db
from app.engines.migrating import upgrade_database
from app.practice.server import the_practice

TRIGGERS_AS_WRITTEN = {
    "sqlite": "SELECT name, sql AS written FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname AS name, pg_get_triggerdef(oid) AS written FROM pg_trigger WHERE NOT tgisinternal",
}


def build_schema(template: Path) -> None:
    """Make the schema by the migrations; on SQLite keep an empty copy beside it."""
    with db.engine.begin() as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade_database()
    keep_tables(template)


def keep_tables(copy: Path) -> bool:
    """What stands in the database is copied, for `empty_tables` to put it back; False where it is no file."""
    if db.engine.dialect.name != "sqlite":
        return False
    db.session.remove()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    db.engine.dispose()
    shutil.copy(str(db.engine.url.database), copy)
    return True


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


def described(engine: Engine) -> dict[str, dict[str, Any]]:
    """What stands in the database, table by table, in the database's own words; the order of columns is no matter."""
    inspector = inspect(engine)
    found: dict[str, dict[str, Any]] = {}
    for table in inspector.get_table_names():
        found[table] = {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (
                    str(key["name"]),
                    key["constrained_columns"],
                    key["referred_table"],
                    key["referred_columns"],
                    key["options"],
                )
                for key in inspector.get_foreign_keys(table)
            ),
            "indexes": sorted(
                (
                    str(index["name"]),
                    index["column_names"],
                    bool(index["unique"]),
                    *map(str, index["dialect_options"].values()),
                )
                for index in inspector.get_indexes(table)
            ),
            "unique": sorted((str(one["name"]), one["column_names"]) for one in inspector.get_unique_constraints(table)),
            "checks": sorted((str(one["name"]), one["sqltext"]) for one in inspector.get_check_constraints(table)),
        }
    with engine.connect() as connection:
        triggers = connection.execute(text(TRIGGERS_AS_WRITTEN[engine.dialect.name])).all()
    return {**found, "triggers": {trigger.name: trigger.written for trigger in triggers}}
