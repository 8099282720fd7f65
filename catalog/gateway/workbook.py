"""Reads a spreadsheet (XLSX) as the table a CSV would be: the first sheet that holds goods, streamed, bounded at each step.

Nothing is calculated, fetched or resolved: what an entry refers to outside of the archive is never looked at.
"""

import io
import posixpath
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from app.kernel.errors import Invalid
from catalog.gateway.sheet import Line, Note, Sheet, SheetReader, Styles
from catalog.gateway.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Row, Table, columns_in

MOST_ENTRIES, MOST_SHEETS = 2_000, 100
MOST_UNPACKED = 100 * 1024 * 1024  # of one entry; a sheet of 20,000 rows is a tenth of it
MOST_TEXTS, MOST_LETTERS = 1_000_000, 24 * 1024 * 1024  # of the texts that cells share
MOST_MERGED = 2_000_000  # letters in cells that are filled from the one they are merged with
_PIECE = 64 * 1024
_OLD = b"\xd0\xcf\x11\xe0"  # XLS, and whatever is locked with a password
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_ODS = "application/vnd.oasis.opendocument"
_BROKEN = (
    BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    KeyError,
    expat.ExpatError,
)
Start = Callable[[str, Mapping[str, str]], None]


def is_workbook(content: bytes) -> bool:
    """A spreadsheet of some kind, or something locked: not a text."""
    return content[:4] in (b"PK\x03\x04", _OLD)


def read_workbook(content: bytes, knows: Callable[[Sequence[str]], bool], limit: int = MAX_ROWS) -> Table:
    """The first sheet whose first row `knows` takes for one of goods; when there is none, the first with anything in it.

    Raises Invalid for anything that is no table of ours to read.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("catalog-file-too-large", "file", limit=MAX_BYTES // (1024 * 1024))
    if content[:4] == _OLD:
        raise Invalid("catalog-sheet-locked", "file") if _LOCKED in content else _of_kind("XLS")
    try:
        return _Workbook(ZipFile(io.BytesIO(content))).table(knows, limit)
    except _BROKEN as broken:
        raise Invalid("catalog-sheet-damaged", "file") from broken


def _of_kind(kind: str) -> Invalid:
    return Invalid("catalog-sheet-kind", "file", kind=kind)


@dataclass(frozen=True)
class _Named:
    """A sheet as the workbook names it."""

    name: str
    path: str
    hidden: bool


class _Workbook:
    """An archive that somebody sends: its entries are counted and measured first, and each is read piece by piece."""

    def __init__(self, archive: ZipFile) -> None:
        self.zip, self.names = archive, set(archive.namelist())
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise Invalid("catalog-sheet-locked", "file")
        if len(entries) > MOST_ENTRIES:
            raise Invalid("catalog-file-too-heavy", "file")
        self._require_kind()
        self.main = self._target("_rels/.rels", "", "officeDocument") or "xl/workbook.xml"
        self.is_1904 = False
        self.sheets = self._sheets()
        if len(self.sheets) > MOST_SHEETS:
            raise Invalid("catalog-file-too-heavy", "file")

    def _require_kind(self) -> None:
        if any(name.endswith("vbaProject.bin") for name in self.names):
            raise _of_kind("XLSM")
        if "xl/workbook.bin" in self.names:
            raise _of_kind("XLSB")
        if "mimetype" in self.names and self._beginning("mimetype").startswith(_ODS):
            raise _of_kind("ODS")
        if "Index/Document.iwa" in self.names or "Index.zip" in self.names:
            raise _of_kind("Numbers")
        if "[Content_Types].xml" not in self.names:
            raise Invalid("catalog-file-not-text", "file")

    def _beginning(self, name: str) -> str:
        with self.zip.open(name) as entry:
            return entry.read(200).decode("latin-1")

    def table(self, knows: Callable[[Sequence[str]], bool], limit: int) -> Table:
        texts, styles = self._texts(), self._styles()
        first: Sheet | None = None
        for named in self.sheets:
            head = self._sheet(named, texts, styles, 1)
            if head.rows and knows(_columns(head)):
                return _as_table(self._sheet(named, texts, styles, limit + 1), limit)
            if head.rows and first is None:
                first = self._sheet(named, texts, styles, limit + 1)
        if first is None:
            raise Invalid("catalog-file-empty" if self.sheets else "catalog-file-not-text", "file")
        return _as_table(first, limit)

    def _sheet(self, named: _Named, texts: Sequence[str], styles: Styles, most: int) -> Sheet:
        reader = SheetReader(texts, styles, self.is_1904, most)
        self._read(named.path, reader.begins, reader.ends, reader.says)
        return reader.sheet

    def _read(
        self,
        name: str,
        begins: Start,
        ends: Callable[[str], None] = lambda _tag: None,
        says: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """An entry's elements by their local names. A document type is refused: with it begins all that explodes."""
        if self.zip.getinfo(name).file_size > MOST_UNPACKED:
            raise Invalid("catalog-file-too-heavy", "file")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, said: begins(tag.rpartition(":")[2], said)
        parser.EndElementHandler = lambda tag: ends(tag.rpartition(":")[2])
        parser.CharacterDataHandler = says
        parser.StartDoctypeDeclHandler = _refuse_type
        with self.zip.open(name) as entry:
            try:
                while piece := entry.read(_PIECE):
                    parser.Parse(piece)
                parser.Parse(b"", True)
            except StopIteration:  # enough was read
                return

    def _target(self, relations: str, folder: str, kind: str) -> str | None:
        return next((path for known, path, _id in self._relations(relations, folder) if known == kind), None)

    def _relations(self, name: str, folder: str) -> list[tuple[str, str, str]]:
        """(kind, path within the archive, id) of what an entry refers to; what lies elsewhere is left out."""
        found: list[tuple[str, str, str]] = []

        def begins(tag: str, said: Mapping[str, str]) -> None:
            if tag == "Relationship" and said.get("TargetMode") != "External" and len(found) < MOST_ENTRIES:
                target = said.get("Target", "")
                path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found.append((said.get("Type", "").rpartition("/")[2], path, said.get("Id", "")))

        if name in self.names:
            self._read(name, begins)
        return found

    def _sheets(self) -> list[_Named]:
        """In the order of the workbook; those that are shown before those that are hidden."""
        folder, base = posixpath.split(self.main)
        self.parts = self._relations(f"{folder}/_rels/{base}.rels", folder)
        paths = {known: path for kind, path, known in self.parts if kind == "worksheet"}
        found: list[_Named] = []

        def begins(tag: str, said: Mapping[str, str]) -> None:
            if tag == "workbookPr":
                self.is_1904 = said.get("date1904", "") in ("1", "true")
            known = next((value for key, value in said.items() if key.rpartition(":")[2] == "id"), "")
            if tag == "sheet" and paths.get(known) in self.names:
                found.append(_Named(said.get("name", ""), paths[known], said.get("state", "visible") != "visible"))

        self._read(self.main, begins)
        return sorted(found, key=lambda sheet: sheet.hidden)

    def _part(self, kind: str) -> str | None:
        return next((path for known, path, _id in self.parts if known == kind and path in self.names), None)

    def _texts(self) -> list[str]:
        """The texts that cells share, without the readings that stand above Japanese ones."""
        name, texts, said = self._part("sharedStrings"), list[str](), list[str]()
        state = {"in": False, "above": False}
        letters = 0

        def begins(tag: str, _said: Mapping[str, str]) -> None:
            state["in"] = tag == "t" and not state["above"]
            state["above"] = state["above"] or tag == "rPh"

        def ends(tag: str) -> None:
            state["in"] = False
            state["above"] = state["above"] and tag != "rPh"
            if tag == "si":
                texts.append("".join(said))
                said.clear()
                if len(texts) > MOST_TEXTS:
                    raise Invalid("catalog-file-too-heavy", "file")

        def says(text: str) -> None:
            nonlocal letters
            if state["in"]:
                said.append(text)
                letters += len(text)
                if letters > MOST_LETTERS:
                    raise Invalid("catalog-file-too-heavy", "file")

        if name is not None:
            self._read(name, begins, ends, says)
        return texts

    def _styles(self) -> Styles:
        styles, name = Styles(), self._part("styles")
        if name is not None:
            self._read(name, styles.begins, styles.ends)
        return styles


def _refuse_type(*_said: object) -> None:
    raise Invalid("catalog-sheet-damaged", "file")


def _columns(sheet: Sheet) -> list[str]:
    """The first row's names, one for each column up to the last that has one."""
    names = sheet.rows[0].cells
    if names and max(names) >= MAX_COLUMNS:
        raise Invalid("catalog-file-too-many-columns", "file", limit=MAX_COLUMNS, count=max(names) + 1)
    return [names.get(index, "").strip() for index in range(max(names, default=-1) + 1)]


def _as_table(sheet: Sheet, limit: int) -> Table:
    columns = columns_in(_columns(sheet))
    if len(sheet.rows) - 1 > limit:
        raise Invalid("catalog-file-too-many-rows", "file", limit=limit)
    if len(sheet.rows) == 1:
        raise Invalid("catalog-file-headers-only", "file")
    rows = [_as_row(row, columns) for row in _spread(sheet)]
    return Table([name for name in columns if name], rows)


def _spread(sheet: Sheet) -> Iterator[Line]:
    """The rows below the first; what is merged downwards stands in each of its rows."""
    below, left = {row.number: row for row in sheet.rows[1:]}, MOST_MERGED
    for column, first, last in sorted(sheet.merged):
        text = below[first].cells.get(column) if first in below else None
        if text is None:
            continue
        for number in range(first + 1, min(last, max(below)) + 1):
            left -= 1 + len(text)
            if left < 0:
                raise Invalid("catalog-file-too-heavy", "file")
            if number in below and column not in below[number].cells:
                row = below[number]
                cells, notes = {**row.cells, column: text}, (*row.notes, Note("catalog-note-merged", column))
                below[number] = replace(row, cells=cells, notes=notes)
    return iter(below.values())


def _as_row(line: Line, columns: Sequence[str]) -> Row:
    cells = {columns[index]: text for index, text in line.cells.items() if index < len(columns) and columns[index]}
    extra = tuple(text for index, text in line.cells.items() if index >= len(columns) and text.strip())
    notes = tuple((note.code, columns[note.column] if 0 <= note.column < len(columns) else "") for note in line.notes)
    return Row(line.number, cells, extra, notes)
