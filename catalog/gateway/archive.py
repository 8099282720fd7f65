"""A cooperative's goods with their pictures, as one archive: our own table and the files it names, bounded on reading."""

from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from app.engines.files import pictures
from app.kernel.errors import Invalid
from catalog.gateway.table import MAX_BYTES

TABLE = "products.csv"
FOLDER = "pictures/"
MOST_ENTRIES = 50_000
_MAGIC = b"PK\x03\x04"
_OF_SPREADSHEETS = {"[Content_Types].xml", "mimetype", "Index/Document.iwa", "Index.zip"}


def is_archive(file: Path) -> bool:
    """It begins as archives do, and is no spreadsheet."""
    with file.open("rb") as opened:
        if opened.read(len(_MAGIC)) != _MAGIC:
            return False
    try:
        names = ZipFile(file).namelist()
    except (BadZipFile, OSError, ValueError):
        return True
    return TABLE in names or not _OF_SPREADSHEETS.intersection(names)


def write_archive(file: Path, table: bytes, shown: Iterable[tuple[str, bytes]]) -> int:
    """The table, and each picture under its name; how many pictures there were."""
    count = 0
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(TABLE, table)
        for name, content in shown:
            archive.writestr(name, content, ZIP_STORED)
            count += 1
    return count


class Archive:
    """An archive that somebody brings: nothing is unpacked to disk, and no more is read than we ever write."""

    def __init__(self, file: Path) -> None:
        """Raises Invalid when it is none of ours."""
        try:
            self._zip = ZipFile(file)
        except (BadZipFile, OSError, ValueError) as broken:
            raise Invalid("catalog-archive-wrong", "file") from broken
        names = self._zip.namelist()
        if TABLE not in names or len(names) > MOST_ENTRIES:
            raise Invalid("catalog-archive-wrong", "file")
        self._names = set(names)

    def table(self) -> bytes:
        """The table's content. Raises Invalid."""
        return self._read(TABLE, MAX_BYTES)

    def picture(self, name: str) -> bytes | None:
        """A picture that the table names; None when it is not there. Raises Invalid when it is larger than pictures are."""
        if not name.startswith(FOLDER) or name not in self._names:
            return None
        return self._read(name, pictures.MAX_BYTES)

    def _read(self, name: str, most: int) -> bytes:
        """At most so many bytes, whatever the archive says of its size."""
        try:
            with self._zip.open(name) as entry:
                content = entry.read(most + 1)
        except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as broken:
            raise Invalid("catalog-archive-wrong", "file") from broken
        if len(content) > most:
            raise Invalid("catalog-file-too-large", "file", limit=most // (1024 * 1024))
        return content
