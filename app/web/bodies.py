"""A form that brings files is bounded while its bytes come: its parts and their heads, and how many files it brings."""

import re
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

import flask
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

MOST_PARTS = 1_000
MOST_HEAD = 8 * 1024  # bytes before a part's content: its name and kind
MOST_HEADS = 256 * 1024  # of all parts together: a megabyte of them is read for half a second
MOST_FILES = 50
IN_MEMORY = 64 * 1024  # bytes of a file; what is longer waits on the disk
# The rest of a boundary's line, and all before the blank line. Atomic: as the parser reads them, never in another way.
HEAD = re.compile(rb"[^\S\r\n]*(?>\r\n|\n|\r)(?:.*?)(?:\r\n\r\n|\r\r|\n\n)", re.DOTALL)


class Heads:
    """The stream of a body in parts, counted before any is read. What stands before a part's content is read as names, by
    Werkzeug in seconds when it has megabytes: it is refused before."""

    def __init__(self, stream: IO[bytes], boundary: str) -> None:
        self._stream, self._mark = stream, b"--" + boundary.encode("latin-1", "replace")
        self._rest, self._in_head = b"", False
        self._parts = self._heads = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._look(data)
        return data

    def _look(self, data: bytes) -> None:
        text, at = self._rest + data, 0
        while True:
            if self._in_head:
                head = HEAD.match(text, at)
                length = (head.end() if head else len(text)) - at
                _bound(length, MOST_HEAD)
                if head is None:
                    break
                self._heads += length
                _bound(self._heads, MOST_HEADS)
                at, self._in_head = head.end(), False
            found = text.find(self._mark, at)
            if found < 0:
                _bound(0 if self._parts else len(text), MOST_HEAD)
                at = max(at, len(text) - len(self._mark) + 1)  # half of a boundary may have come
                break
            at, self._in_head = found + len(self._mark), True
            self._parts += 1
            _bound(self._parts, MOST_PARTS + 1)  # the last one ends the form
        self._rest = text[at:]


def _bound(length: int, most: int) -> None:
    if length > most:
        raise RequestEntityTooLarge()


class BoundedForms(FormDataParser):
    """Werkzeug's parser of forms, with bounded heads."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        read = stream
        if mimetype == "multipart/form-data":
            read = cast("IO[bytes]", Heads(stream, (options or {}).get("boundary", "")))
        _read, form, files = super().parse(read, mimetype, content_length, options)
        return stream, form, files


class Request(flask.Request):
    """A request whose forms are read so."""

    form_data_parser_class = BoundedForms

    @cached_property
    def brought(self) -> list[IO[bytes]]:
        """The files of the form, as far as it was read."""
        return []

    def _get_file_stream(self, *_told: object, **_more: object) -> IO[bytes]:
        """Werkzeug's own keeps half a megabyte of each file in memory, of as many as there are parts."""
        if len(self.brought) == MOST_FILES:
            raise RequestEntityTooLarge()
        file = SpooledTemporaryFile(max_size=IN_MEMORY, mode="rb+")  # noqa: SIM115  # Werkzeug closes it with the request
        self.brought.append(cast("IO[bytes]", file))
        return self.brought[-1]

    def forget_form(self) -> None:
        """What was refused is not read again by the page that says so."""
        for file in self.brought:
            file.close()
        self.form, self.files = ImmutableMultiDict(), ImmutableMultiDict()
