"""Reads a file of comma-separated values: whatever its encoding and delimiter, exactly; refuses what is none."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from app.kernel.errors import Invalid
from app.kernel.text import bad_characters

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 1_000
LINES_OF_A_ROW = 40  # on the average: cells may have several
DELIMITERS = ",;\t|"
STRAY_CONTROLS = 3  # so many, or one in a hundred signs, spoil their rows; with more the file is no text
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_ARABIC_RUN = re.compile(r"[\u0621-\u064a]{3}")
_QUOTED = re.compile(r'"[^"]*"')
_LINE_END = re.compile(r"\r\n|\r|\n")
_DECLARED = re.compile(r'sep=([^\w\s"])(?:\r\n|\r|\n)', re.IGNORECASE)  # told to spreadsheets
# Letters and signs of Latin languages beyond ASCII that goods are written with; whoever reads by another table finds others.
_USUAL = frozenset("àâäáçéèêëíîïñóôöùúûüœæßÀÂÄÁÇÉÈÊËÎÏÑÔÖÙÛÜŒ’‘“”«»–—…€°²³½\xa0")
_LATIN = ("cp1252", "mac_roman", "cp850")  # Windows, old Macintosh, the "MS-DOS" of spreadsheets
_CAPITAL_WITHIN = re.compile(r"[a-zà-ÿ][À-Þ]")
_ARABIC_AMONG_LATIN = re.compile(r"[\u0621-\u064a][à-ü]|[à-ü][\u0621-\u064a]")
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_TEXT = (b"PK\x03\x04", b"%PDF", b"\x89PNG", b"\xd0\xcf\x11\xe0")
csv.field_size_limit(MAX_BYTES)  # a long cell is the row's trouble, not the file's


@dataclass(frozen=True)
class Row:
    """A row of the file: `line` is the line on which it ends, counted from one; `extra` what lies beyond the columns.

    `cells` holds those in which something stands; `notes` are (code, column) of what has to be told of it.
    """

    line: int
    cells: dict[str, str]
    extra: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def blank(self) -> bool:
        return not any(cell.strip() for cell in (*self.cells.values(), *self.extra))

    @property
    def garbled(self) -> bool:
        """Some cell has a character that nobody types."""
        return any(_CONTROL.search(cell) for cell in self.cells.values())


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
    if text.count("\n") > limit * LINES_OF_A_ROW or text.count("\r") > limit * LINES_OF_A_ROW:
        raise Invalid("catalog-file-too-many-rows", "file", limit=limit)
    records = _records(text)
    columns = columns_in(next(records, (0, []))[1])
    rows: list[Row] = []
    for line, cells in records:
        if len(rows) == limit:
            raise Invalid("catalog-file-too-many-rows", "file", limit=limit)
        rows.append(_row(line, cells, columns))
    if not rows:
        raise Invalid("catalog-file-headers-only", "file")
    return Table([name for name in columns if name], rows)


def columns_in(cells: Sequence[str]) -> list[str]:
    """The names of the first line, as many as a table may have, none twice."""
    if len(cells) > MAX_COLUMNS:
        raise Invalid("catalog-file-too-many-columns", "file", limit=MAX_COLUMNS, count=len(cells))
    columns = [name.strip() for name in cells]
    if not any(columns):
        raise Invalid("catalog-file-empty", "file")
    seen: set[str] = set()
    for name in columns:
        if name and name in seen:
            raise Invalid("catalog-file-headers-twice", "file", column=name[:80])
        seen.add(name)
    return columns


def decoded(content: bytes) -> str:
    """The file's text: UTF-8 or UTF-16, with or without a mark; else a table of eight bits, Arabic or Latin."""
    utf16 = _utf16(content)
    try:
        text = content.decode(utf16) if utf16 else _eight_bits(content)
    except UnicodeDecodeError as broken:
        raise Invalid("catalog-file-encoding", "file") from broken
    most = max(STRAY_CONTROLS, len(text) // 100)
    if bad_characters(text) or sum(1 for _ in islice(_CONTROL.finditer(text), most + 1)) > most:
        raise Invalid("catalog-file-not-text", "file")
    return text


def _utf16(content: bytes) -> str | None:
    """UTF-16's name when the file has its mark, or two-byte line ends and nothing but second bytes that are nought."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    even, odd = b"\x00" in content[::2], b"\x00" in content[1::2]
    if len(content) % 2 or even == odd:
        return None
    name = "utf-16-le" if odd else "utf-16-be"
    return name if "\n".encode(name) in content or "\r".encode(name) in content else None


def _eight_bits(content: bytes) -> str:
    if b"\x00" in content or content[:4] in _NOT_TEXT:
        raise Invalid("catalog-file-not-text", "file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        if _mostly_utf8(content):
            raise Invalid("catalog-file-encoding", "file") from broken
        return _arabic(content) or _latin(content)


def _arabic(content: bytes) -> str | None:
    """Windows-1256, which has the French letters where Windows-1252 has them, or ISO 8859-6; None of what is not Arabic.

    Letters of both scripts in one word betray the other table.
    """
    text = content.decode("cp1256")
    if not _ARABIC_RUN.search(text) and not _ARABIC_AMONG_LATIN.search(text):
        return None
    if _ARABIC_AMONG_LATIN.search(text):
        try:
            iso = content.decode("iso8859_6")
        except UnicodeDecodeError:
            iso = ""
        if _ARABIC_RUN.search(iso):
            return iso
    return text if _ARABIC_RUN.search(text) else None


def _latin(content: bytes) -> str:
    """By the table that makes the most usual letters of it, and the fewest others."""
    readings = [content.decode(name, "replace") for name in _LATIN]
    text = max(readings, key=_usual)
    return content.decode("latin-1") if "\ufffd" in text else text


def _usual(text: str) -> int:
    """How many letters are usual, less the others and the capitals within a word."""
    beyond = [sign for sign in text if sign > "\x7f"]
    return sum(1 if sign in _USUAL else -1 for sign in beyond) - 2 * len(_CAPITAL_WITHIN.findall(text))


def _mostly_utf8(content: bytes) -> bool:
    """UTF-8 with some broken letters: read as anything else, every accent would become two signs."""
    sound = sum(1 for _ in _UTF8_LETTER.finditer(content))
    return sound > content.decode("utf-8", "replace").count("\ufffd")


def _delimiter(text: str) -> str:
    """The sign that stands most often in the first line, outside of quotation marks; a comma when none does."""
    first = _QUOTED.sub("", _LINE_END.split(text.lstrip("\r\n"), maxsplit=1)[0])
    return max(DELIMITERS, key=lambda sign: (first.count(sign), -DELIMITERS.index(sign)))


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its line, read when it is asked for; lines without anything in them are none."""
    declared = _DECLARED.match(text)
    sign = declared.group(1) if declared else _delimiter(text)
    above = 1 if declared else 0
    reader = csv.reader(_lines(text, declared.end() if declared else 0), delimiter=sign, strict=True)
    try:
        yield from ((reader.line_num + above, record) for record in reader if record)
    except csv.Error as trouble:
        raise Invalid("catalog-file-quotes", "file", line=reader.line_num + above) from trouble


def _lines(text: str, at: int) -> Iterator[str]:
    """The lines with their ends, from there on."""
    for end in _LINE_END.finditer(text, at):
        yield text[at : end.end()]
        at = end.end()
    if at < len(text):
        yield text[at:]


def _row(line: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    """The cells that hold something: a row costs what stands in it, however many columns there are."""
    extra = tuple(cell for cell in cells[len(columns) :][:MAX_COLUMNS] if cell.strip())
    return Row(line, {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}, extra)
