"""Tables that only grow: the database itself refuses to change or delete their rows."""

from collections.abc import Sequence

from sqlalchemy import Connection, text


def append_only(connection: Connection, table: str, columns: Sequence[str]) -> None:
    """Refuse DELETE, and UPDATE of the named columns, on `table`; other columns may be filled in later."""
    if connection.dialect.name == "sqlite":
        for verb in ("DELETE", f"UPDATE OF {', '.join(columns)}"):
            name = f"{table}_no_{verb.split()[0].lower()}"
            connection.execute(
                text(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows'); END")
            )
        return
    connection.execute(
        text(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
        )
    )
    for verb in ("DELETE", f"UPDATE OF {', '.join(columns)}"):
        name = f"{table}_no_{verb.split()[0].lower()}"
        connection.execute(
            text(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
        )


GUARDED = {
    "journal_line": ("id", "at", "actor_kind", "actor_id", "verb", "subject_kind", "subject_id", "facts"),
    "ledger_entry": ("id", "ledger_set_id", "account", "amount", "currency", "owner_id"),
    "ledger_set": ("id", "unique_key", "event", "at"),
}


def guard_tables(connection: Connection, tables: Sequence[str]) -> None:
    """Put the guards on the named tables (migrations)."""
    for table in tables:
        append_only(connection, table, GUARDED[table])
