"""Reads a file of comma-separated values: whatever its encoding and delimiter, exactly; refuses what is none."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.kernel.errors import Invalid
from app.kernel.text import bad_characters

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
DELIMITERS = ",;\t|"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
_ARABIC_RUN = re.compile(r"[\u0621-\u064a]{3}")
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class Row:
    """A row of the file: `line` is the line on which it ends, counted from one; `extra` what lies beyond the columns."""

    line: int
    cells: dict[str, str]
    extra: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        return not any(cell.strip() for cell in (*self.cells.values(), *self.extra))


@dataclass(frozen=True)
class Table:
    """The columns of the first line and the rows below it."""

    columns: Sequence[str]
    rows: Sequence[Row]


def read_table(content: bytes, limit: int = MAX_ROWS) -> Table:
    """The table in the file. Raises Invalid for anything that is no table of ours to read."""
    if not content.strip():
        raise Invalid("catalog-file-empty", "file")
    if len(content) > MAX_BYTES:
        raise Invalid("catalog-file-too-large", "file", limit=MAX_BYTES // (1024 * 1024))
    text = decoded(content)
    lines = _records(text)
    columns = [name.strip() for name in lines[0][1]] if lines else []
    if not any(columns):
        raise Invalid("catalog-file-empty", "file")
    named = [name for name in columns if name]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise Invalid("catalog-file-headers-twice", "file", column=twice[:80])
    if len(lines) == 1:
        raise Invalid("catalog-file-headers-only", "file")
    if len(lines) - 1 > limit:
        raise Invalid("catalog-file-too-many-rows", "file", limit=limit)
    return Table(named, [_row(line, cells, columns) for line, cells in lines[1:]])


def decoded(content: bytes) -> str:
    """The file's text: UTF-8 with or without mark, UTF-16 with one, else Windows-1256 or Windows-1252."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as broken:
            raise Invalid("catalog-file-encoding", "file") from broken
    else:
        text = _eight_bits(content)
    if _CONTROL.search(text) or bad_characters(text):
        raise Invalid("catalog-file-not-text", "file")
    return text


def _eight_bits(content: bytes) -> str:
    if b"\x00" in content or content[:4] in (b"PK\x03\x04", b"%PDF", b"\x89PNG"):
        raise Invalid("catalog-file-not-text", "file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        arabic = content.decode("cp1256")  # every byte has a letter there; the French ones are where cp1252 has them
    if _ARABIC_RUN.search(arabic):
        return arabic
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _delimiter(text: str) -> str:
    """The sign that stands most often in the first line, outside of quotation marks; a comma when none does."""
    first = _QUOTED.sub("", text.lstrip("\r\n").split("\n", 1)[0])
    return max(DELIMITERS, key=lambda sign: (first.count(sign), -DELIMITERS.index(sign)))


def _records(text: str) -> list[tuple[int, list[str]]]:
    """Each record with its line; lines without anything in them are none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        return [(reader.line_num, record) for record in reader if record]
    except csv.Error as trouble:
        raise Invalid("catalog-file-quotes", "file", line=reader.line_num) from trouble


def _row(line: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    extra = tuple(cell for cell in padded[len(columns):] if cell.strip())
    return Row(line, {name: cell for name, cell in zip(columns, padded, strict=False) if name}, extra)
