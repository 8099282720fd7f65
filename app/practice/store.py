"""The stand-in's own SQLite file: objects as JSON rows, balances, idempotency keys and events to deliver."""

import json
import secrets
import sqlite3
import string
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS thing_by_kind ON thing (kind, account, sequence);
CREATE TABLE IF NOT EXISTS balance (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (account, currency)
);
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    started INTEGER NOT NULL,
    status INTEGER,
    body TEXT,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS delivery (
    event TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    delivered_at INTEGER,
    last_status INTEGER
);
"""
ALPHABET = string.ascii_letters + string.digits
Body = dict[str, Any]


def new_id(prefix: str, length: int = 24) -> str:
    """An identifier nobody can guess, e.g. ``cs_test_…``."""
    return prefix + "_" + "".join(secrets.choice(ALPHABET) for _ in range(length))


class Shelf:
    """Reads and writes of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def add(self, body: Body, account: str) -> Body:
        self.connection.execute(
            "INSERT INTO thing (id, kind, account, body) VALUES (?, ?, ?, ?)",
            (body["id"], body["object"], account, json.dumps(body)),
        )
        return body

    def save(self, body: Body) -> Body:
        self.connection.execute("UPDATE thing SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))
        return body

    def find(self, identifier: str, kind: str | None = None, account: str | None = None) -> Body | None:
        """The object of that id, or None; with ``kind`` or ``account`` only if it is of that kind or of that account."""
        row = self.connection.execute("SELECT kind, account, body FROM thing WHERE id = ?", (identifier,)).fetchone()
        if row is None or (kind is not None and row[0] != kind) or (account is not None and row[1] != account):
            return None
        body: Body = json.loads(row[2])
        return body

    def account_of(self, identifier: str) -> str:
        """The account an object lives in; the empty string is the platform's own."""
        row = self.connection.execute("SELECT account FROM thing WHERE id = ?", (identifier,)).fetchone()
        return str(row[0])

    def all(self, kind: str, account: str | None = None, **fields: Any) -> list[Body]:
        """Objects of one kind, newest first, whose named fields equal the given values."""
        words = "SELECT body FROM thing WHERE kind = ?"
        values: list[Any] = [kind]
        if account is not None:
            words += " AND account = ?"
            values.append(account)
        for name, value in fields.items():
            words += " AND json_extract(body, ?) = ?"
            values += [f"$.{name}", value]
        rows = self.connection.execute(words + " ORDER BY sequence DESC", values)
        return [json.loads(row[0]) for row in rows]

    def sequence(self, identifier: str) -> int | None:
        row = self.connection.execute("SELECT sequence FROM thing WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else int(row[0])

    def page(
        self, kind: str, account: str, fields: dict[str, Any], limit: int, after: int | None, before: int | None
    ) -> tuple[list[Body], bool]:
        """One page, newest first, and whether there is more on that side; the limits are sequences."""
        words = "SELECT body FROM thing WHERE kind = ? AND account = ?"
        values: list[Any] = [kind, account]
        for name, value in fields.items():
            words += " AND json_extract(body, ?) = ?"
            values += [f"$.{name}", value]
        if after is not None:
            words += " AND sequence < ?"
            values.append(after)
        if before is not None:
            words += " AND sequence > ?"
            values.append(before)
        words += f" ORDER BY sequence {'ASC' if before is not None else 'DESC'} LIMIT ?"
        bodies = [json.loads(row[0]) for row in self.connection.execute(words, (*values, limit + 1))]
        shown, more = bodies[:limit], len(bodies) > limit
        return (shown[::-1] if before is not None else shown), more

    def move_balance(self, account: str, currency: str, net: int) -> None:
        """Add ``net`` minor units to an account's balance."""
        self.connection.execute(
            "INSERT INTO balance VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
            (account, currency, net),
        )

    def balances(self) -> dict[tuple[str, str], int]:
        """(account, currency) → minor units."""
        return {(row[0], row[1]): row[2] for row in self.connection.execute("SELECT * FROM balance ORDER BY 1, 2")}


class Store:
    """Opens short transactions on the file; each is its own connection, so threads and processes may share the file."""

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        with closing(self.connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=8, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def writing(self) -> Iterator[Shelf]:
        """A write transaction that holds the file from its first statement; undone when an error leaves it."""
        with closing(self.connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield Shelf(connection)

    @contextmanager
    def reading(self) -> Iterator[Shelf]:
        """A consistent view of the file."""
        with closing(self.connect()) as connection, connection:
            connection.execute("BEGIN")
            yield Shelf(connection)
