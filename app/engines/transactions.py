"""The one place where a transaction begins and ends.

A door opens it, a service works in it, nobody else closes it. What will be changed is loaded inside; the network,
rendering and the hashing of passwords stay outside.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from app.engines.db import WRITING, WriteOutsideTransaction, db
from app.engines.generations import forget_changes, raise_numbers

Act = TypeVar("Act", bound=Callable[[], None])
WAY_SECONDS = 0.05  # SQLite's waiters look again as often in the first quarter of a second
_inside: ContextVar[list[Callable[[], None]] | None] = ContextVar("inside", default=None)
_at_the_end: ContextVar[dict[str, Callable[[], None]]] = ContextVar("at_the_end")


@contextmanager
def transaction() -> Iterator[Session]:
    """Everything inside is stored, or nothing. Refuses to nest and to start over unsaved changes."""
    if _inside.get() is not None:
        raise RuntimeError("transactions do not nest")
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("unsaved changes from before the transaction")
    session.rollback()
    forget_changes(session)
    afterwards: list[Callable[[], None]] = []
    token, last = _inside.set(afterwards), _at_the_end.set({})
    try:
        session.connection(execution_options={WRITING: True})
        yield session
        for act in list(_at_the_end.get().values()):
            act()
        raise_numbers(session)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _inside.reset(token)
        _at_the_end.reset(last)
    for act in afterwards:
        act()


def inside_transaction() -> bool:
    """Has a door opened one?"""
    return _inside.get() is not None


def after_transaction(act: Callable[[], None]) -> None:
    """Do something once the transaction is stored (wake the worker); never needed for correctness."""
    afterwards = _inside.get()
    if afterwards is None:
        raise WriteOutsideTransaction("there is no transaction to come after")
    afterwards.append(act)


def at_the_end(key: str, act: Act) -> Act:
    """Do something last in the transaction, before it is stored; once, however often it is asked for under this key.

    Gives what will be done: what was asked for first.
    """
    return cast(Act, _at_the_end.get().setdefault(key, act))


def make_way() -> None:
    """Between the pieces of long work: who waits to write comes first. SQLite has no line: it looks again."""
    if db.engine.dialect.name == "sqlite":
        time.sleep(WAY_SECONDS)


@event.listens_for(Session, "before_flush")
def _guard_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    if _inside.get() is None and (session.new or session.dirty or session.deleted):
        raise WriteOutsideTransaction("rows are written inside transaction() only")


@event.listens_for(Session, "do_orm_execute")
def _guard_statement(state: ORMExecuteState) -> None:
    if _inside.get() is None and (state.is_insert or state.is_update or state.is_delete):
        raise WriteOutsideTransaction("rows are written inside transaction() only")
