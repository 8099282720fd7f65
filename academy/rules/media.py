"""Files of lessons, told by their content and not by their name."""

import codecs
import re
from typing import BinaryIO

from academy.rules.lessons import LessonKind
from app.kernel.errors import Invalid
from app.kernel.sources import pieces, size_of

# Files of lessons, told by their content and not by their name: (ending, media type) by kind of lesson.
FILE_BYTES = 30 * 1024 * 1024
PICTURE_BRANDS = {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"}  # of a phone's photographs, built like a video
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
TEXT_TYPES = {"csv": "text/csv; charset=utf-8", "txt": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8"}


def _is_mp3(head: bytes) -> bool:
    return head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


def _brand(head: bytes) -> bytes:
    return head[8:12] if head[4:8] == b"ftyp" else b""


def media_type(kind: LessonKind, file: BinaryIO, name: str) -> tuple[str, str]:
    """(ending, media type) of an uploaded file. Raises Invalid("file-not-accepted") or ("file-too-large").

    Pictures are not asked about here: they are made anew by the engine.
    """
    if size_of(file) > FILE_BYTES:
        raise Invalid("file-too-large", "file", limit=FILE_BYTES // (1024 * 1024))
    found = _media_of(file, name)
    if found is None or not found[1].startswith(kind.media):
        raise Invalid("file-not-accepted", "file")
    return found


def _media_of(file: BinaryIO, name: str) -> tuple[str, str] | None:
    head = file.read(64)
    file.seek(0)
    if _is_mp3(head):
        return "mp3", "audio/mpeg"
    if head[:4] == b"OggS":
        return "ogg", "audio/ogg"
    brand = _brand(head)
    if brand in PICTURE_BRANDS:
        return None
    if brand:
        return ("m4a", "audio/mp4") if brand in (b"M4A ", b"M4B ") else ("mp4", "video/mp4")
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head:
        return "webm", "video/webm"
    if head[:5] == b"%PDF-":
        return "pdf", "application/pdf"
    ending = name.rpartition(".")[2].lower()
    return (ending, TEXT_TYPES[ending]) if ending in TEXT_TYPES and _is_text(file) else None


def _is_text(file: BinaryIO) -> bool:
    """UTF-8 throughout, nothing that nobody types, and something to read; never whole in memory."""
    decoder, said = codecs.getincrementaldecoder("utf-8")(), False
    try:
        for piece in pieces(file):
            text = decoder.decode(piece)
            if _CONTROL.search(text):
                return False
            said = said or bool(text.strip())
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return said
