"""Numbers that say how often each public fact has changed: what was made of facts holds while their numbers stand still.

A service says in one call what it changed (`changed`, or `search.outbox.touch`, which says it too). The transaction raises
the collected numbers last, sorted by name, as rows: they are stored with the change or not at all, and two transactions
that raise the same ones never wait for each other in a circle. Whoever keeps something reads the numbers first, in a
statement of their own, then makes it, and keeps it under what was read before: made while a change was being stored, it is
never found again. Names are kinds ("market") and subjects ("product:12"); one that nobody has raised is 0.
"""

import logging
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engines.db import Base, db

log = logging.getLogger("tiwizi.generations")

# Each kind of public fact, and the subjects that have a page of their own: a change of a subject is one of its kind.
KINDS = ("market", "cooperatives", "projects", "academy", "pages", "settings")
SUBJECTS = {
    "product": "market",
    "cooperative": "cooperatives",
    "organisation": "cooperatives",
    "sheet": "projects",
    "course": "academy",
}
SAME = {"organisation": "cooperative"}  # accounts' word for what the catalogue shows as a cooperative
EPOCH = "epoch"  # another one after a restore and an upgrade: numbers from before say nothing then
_COLLECTED = "changed facts"
_RAISE = text(
    "INSERT INTO generation (name, number) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET number = generation.number + 1"
)


class Generation(Base):
    """How often a public fact has changed."""

    __tablename__ = "generation"
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


def subject(what: str, number: int) -> str:
    """The name of one subject's number: `subject("product", 12)`."""
    return f"{SAME.get(what, what)}:{number}"


def changed(what: str, *numbers: int) -> None:
    """Called by the service that changed it, in its transaction: a kind, or subjects by their ids."""
    collected: set[str] = db.session().info.setdefault(_COLLECTED, set())
    if what in SUBJECTS:
        collected.add(SUBJECTS[what])
        collected.update(subject(what, number) for number in numbers)
    elif what in KINDS:
        collected.add(what)
    else:
        raise LookupError(what)


def forget_changes(session: Session) -> None:
    """A transaction begins: what an earlier one collected and did not store is nothing."""
    session.info.pop(_COLLECTED, None)


def raise_numbers(session: Session) -> None:
    """The last that a transaction does before it is stored."""
    collected: set[str] = session.info.pop(_COLLECTED, set())
    if collected:
        session.flush()
        session.connection().execute(_RAISE, [{"name": name} for name in sorted(collected)])


def numbers_of(*names: str) -> tuple[int, ...]:
    """The epoch and these numbers, as the caller's own transaction sees them: for what is kept within it."""
    asked = (EPOCH, *names)
    known = {row[0]: row[1] for row in db.session.connection().execute(_THESE, {"names": list(asked)})}
    return tuple(known.get(name, 0) for name in asked)


def renew_epoch(session: Session | Connection) -> None:
    """Nothing that anybody has kept holds any more."""
    session.execute(delete(Generation).where(Generation.name == EPOCH))
    session.execute(insert(Generation).values(name=EPOCH, number=secrets.randbits(48)))


_THESE = select(Generation.name, Generation.number).where(Generation.name.in_(bindparam("names", expanding=True)))


_OF_EIGHT = "SELECT name, number FROM generation WHERE name IN (?, ?, ?, ?, ?, ?, ?, ?)"
_OF_LIST = "SELECT name, number FROM generation WHERE name = ANY(%s)"


def _by_eight(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for begin in range(0, len(names), 8):
        eight = names[begin : begin + 8]
        yield eight + eight[:1] * (8 - len(eight))


class Numbers:
    """Reads numbers beside whatever the thread is doing: on a connection of its own, each time as it stands now."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._own = threading.local()
        self._open: list[Any] = []

    def read(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """The epoch, then one number for each name; None while the database does not say."""
        asked = (EPOCH, *names)
        try:
            known = dict(self._ask(asked))
        except Exception as trouble:  # each driver has errors of its own; whoever asks goes on without
            log.warning("numbers were not read: %s", type(trouble).__name__)
            return None
        return tuple(known.get(name, 0) for name in asked)

    def let_go(self) -> None:
        """Each thread connects anew: the database may be another one. Nobody may be asking meanwhile."""
        self._own = threading.local()
        while self._open:
            self._open.pop().close()

    def _ask(self, names: tuple[str, ...]) -> list[Any]:
        own = self._own
        if getattr(own, "process", None) != os.getpid():
            own.connection, own.sqlite = self._connect()
            own.process = os.getpid()
        try:
            # SQLite has no lists: names are asked eight by eight, so that the statement is always the same one.
            asked = list(_by_eight(names)) if own.sqlite else [(list(names),)]
            statement = _OF_EIGHT if own.sqlite else _OF_LIST
            found: list[Any] = [row for eight in asked for row in own.connection.execute(statement, eight).fetchall()]
        except Exception:
            own.process = None
            self._open.remove(own.connection)
            own.connection.close()
            raise
        return found

    def _connect(self) -> tuple[Any, bool]:
        """A connection of the driver, out of the pool for good; every statement is a transaction of its own."""
        with self._app.app_context():
            engine: Engine = db.engine
        lent = engine.raw_connection()
        lent.detach()
        connection: Any = lent.dbapi_connection
        sqlite = engine.dialect.name == "sqlite"
        if not sqlite:
            connection.autocommit = True
        self._open.append(connection)
        return connection, sqlite
