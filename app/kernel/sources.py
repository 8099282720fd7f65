"""What somebody sends as a file: how large it is, before a byte of it is read, and its pieces."""

from collections.abc import Iterator
from typing import IO

Source = bytes | IO[bytes]
PIECE = 64 * 1024


def size_of(source: Source) -> int:
    """How many bytes there are, without reading them; a file stands at its beginning afterwards."""
    if isinstance(source, bytes):
        return len(source)
    source.seek(0, 2)
    size = source.tell()
    source.seek(0)
    return size


def pieces(source: IO[bytes]) -> Iterator[bytes]:
    """The content from its beginning, 64 kB at a time; the file stands at its beginning afterwards."""
    source.seek(0)
    while piece := source.read(PIECE):
        yield piece
    source.seek(0)
