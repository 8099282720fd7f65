"""Files are part of the truth: which ones rows name, which of those are missing, and which nobody names any more."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, Text, TypeDecorator, select
from sqlalchemy.orm import Session

from app.engines.db import db
from app.engines.files import store
from app.engines.files.decoding import WIDTHS
from app.engines.files.pictures import key_of


class FileName(TypeDecorator[str]):
    """The column of a stored file's key, or of a picture's stem, which stands for its three sizes.

    Whatever such a column names is kept, compared by `tiwizi check` and looked for by `tiwizi backup`; other files go.
    """

    impl = Text
    cache_ok = True


def files_of(name: str) -> list[str]:
    """The keys that a column's value stands for."""
    return [name] if "." in name else [key_of(name, size) for size in WIDTHS]


def _naming() -> Iterator[tuple[Table, Column[Any]]]:
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, FileName):
                yield table, column


def named_files(session: Session) -> Iterator[tuple[str, str]]:
    """(row, key) of every file that a row names; a row is told as `lesson_file 12 fr`."""
    for table, column in _naming():
        identity = list(table.primary_key.columns)
        rows = session.execute(select(column, *identity).where(column.is_not(None)).order_by(*identity))
        for name, *key in rows:
            row = " ".join([table.name, *(str(part) for part in key if part != "")])
            for file in files_of(name):
                yield row, file


def missing_files(session: Session | None = None) -> list[str]:
    """A line for each file that a row names and that is not there."""
    there = set(store.all_keys())
    return [
        f"files: {row} names {file}, which is not there"
        for row, file in named_files(session or db.session())
        if file not in there
    ]


def forget_unnamed(before: datetime) -> int:
    """Remove the files stored before a moment (UTC) that no row names. Returns how many.

    Nothing is removed at once when a picture is taken away: an order that is being placed may be about to name it.
    """
    named = {file for _row, file in named_files(db.session())}
    unnamed = [key for key in store.all_keys() if key not in named and store.stored_at(key) < before]
    for key in unnamed:
        store.remove(key)
    return len(unnamed)
