"""Is the database as the code expects it? Differences named in plain words, on SQLite and PostgreSQL alike."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import CheckConstraint, Column, Connection, Inspector, Table, inspect, text

from app.engines.db import db
from app.engines.guards import GUARDED

# Names of the guards that stand and are awake.
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}
SHAPES = {
    "modify_type": "has another type",
    "modify_nullable": "differs in whether it may be empty",
    "modify_default": "has another default",
    "modify_comment": "has another comment",
}


def schema_problems() -> Iterator[str]:
    """A migration that waits, and everything in which tables, columns, indexes, constraints and guards differ.

    Tables that no installed module knows are left alone: they may be another module's.
    """
    with db.engine.connect() as connection:
        stands = MigrationContext.configure(connection).get_current_heads()
        if not stands and not inspect(connection).get_table_names():
            return  # there is nothing yet: the first check that asks for a table says it in one line
        yield from _waiting_migrations(stands)
        differences = list(_differences(connection))
    missing = {what for problem, what in differences if problem == "missing"}
    unknown = {what for problem, what in differences if problem == "unknown"}
    for problem, what in differences:
        if what in missing & unknown:  # the name is there, and means something else
            if problem == "missing":
                yield f"schema: {what} has another shape"
        elif problem == "missing":
            yield f"schema: {what} is missing"
        elif problem == "unknown":
            yield f"schema: {what} is not known to the code"
        else:
            yield f"schema: {what} {problem}"


def _waiting_migrations(stands: Iterable[str]) -> Iterator[str]:
    scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
    known = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    for revision in stands:
        if revision not in known:
            yield f"schema: the database was made by a newer version: its migration {revision} is not known to the code"
            return
    reached = max((known.index(revision) + 1 for revision in stands), default=0)
    for revision in known[reached:]:
        yield f"schema: migration {revision} waits: `tiwizi db upgrade` carries it out"


def _differences(connection: Connection) -> Iterator[tuple[str, str]]:
    """(problem, what); a problem is "missing", "unknown", or what is to be said of it."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
    )
    absent: set[str] = set()
    for difference in compare_metadata(context, db.metadata):
        if isinstance(difference, list):
            yield from _reshaped(difference)
        elif difference[0] == "add_table":
            absent.add(difference[1].name)
            yield "missing", f"table {difference[1].name}"
        elif difference[0] != "remove_table" and difference[0].partition("_")[2] != "table_comment":
            yield from _added_or_removed(difference, absent)
    there = [table for table in db.metadata.sorted_tables if table.name not in absent]
    yield from _keys_and_checks(inspect(connection), there)
    standing = set(connection.execute(text(TRIGGERS[connection.dialect.name])).scalars())
    for table in sorted(GUARDED.keys() - absent):
        for guard in (f"{table}_no_delete", f"{table}_no_update"):
            if guard not in standing:
                yield "missing", f"the guard {guard} of table {table}"


def _reshaped(differences: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """alembic's (verb, schema, table, column, …) for a column that stands in another shape."""
    for verb, _schema, table, column, *_ in differences:
        yield SHAPES[verb], f"column {column} of table {table}"


def _added_or_removed(difference: Sequence[Any], absent: set[str]) -> Iterator[tuple[str, str]]:
    """alembic's (verb, thing) or, for a column, (verb, schema, table, column)."""
    verb, thing = difference[0], difference[-1]
    table = difference[2] if isinstance(thing, Column) else thing.table.name
    if table in absent or table not in db.metadata.tables:
        return
    kind = "column" if isinstance(thing, Column) else "index" if verb.endswith("index") else "constraint"
    yield ("missing" if verb.startswith("add") else "unknown"), f"{kind} {thing.name} of table {table}"


def _keys_and_checks(inspector: Inspector, tables: Iterable[Table]) -> Iterator[tuple[str, str]]:
    """What alembic does not compare: primary keys, and checks by their names."""
    keys, checks = inspector.get_multi_pk_constraint(), inspector.get_multi_check_constraints()
    for table in tables:
        if set(keys[None, table.name]["constrained_columns"]) != set(table.primary_key.columns.keys()):
            yield "has another shape", f"the primary key of table {table.name}"
        wanted = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint) and check.name}
        standing = {str(check["name"]) for check in checks[None, table.name]}
        for name in sorted(wanted ^ standing):
            yield ("missing" if name in wanted else "unknown"), f"constraint {name} of table {table.name}"
