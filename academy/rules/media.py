"""Files of lessons, told by their content and not by their name."""

from academy.rules.lessons import LessonKind
from app.kernel.errors import Invalid

# Files of lessons, told by their content and not by their name: (ending, media type) by kind of lesson.
FILE_BYTES = 30 * 1024 * 1024
PICTURE_BRANDS = {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"}  # of a phone's photographs, built like a video
TEXT_TYPES = {"csv": "text/csv; charset=utf-8", "txt": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8"}


def _is_mp3(head: bytes) -> bool:
    return head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


def _brand(head: bytes) -> bytes:
    return head[8:12] if head[4:8] == b"ftyp" else b""


def media_type(kind: LessonKind, content: bytes, name: str) -> tuple[str, str]:
    """(ending, media type) of an uploaded file. Raises Invalid("file-not-accepted") or ("file-too-large").

    Pictures are not asked about here: they are made anew by the engine.
    """
    if len(content) > FILE_BYTES:
        raise Invalid("file-too-large", "file", limit=FILE_BYTES // (1024 * 1024))
    found = _media_of(content, name)
    if found is None or not found[1].startswith(kind.media):
        raise Invalid("file-not-accepted", "file")
    return found


def _media_of(content: bytes, name: str) -> tuple[str, str] | None:
    head = content[:16]
    if _is_mp3(head):
        return "mp3", "audio/mpeg"
    if head[:4] == b"OggS":
        return "ogg", "audio/ogg"
    brand = _brand(head)
    if brand in PICTURE_BRANDS:
        return None
    if brand:
        return ("m4a", "audio/mp4") if brand in (b"M4A ", b"M4B ") else ("mp4", "video/mp4")
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in content[:64]:
        return "webm", "video/webm"
    if head[:5] == b"%PDF-":
        return "pdf", "application/pdf"
    return _text_of(content, name)


def _text_of(content: bytes, name: str) -> tuple[str, str] | None:
    ending = name.rpartition(".")[2].lower()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if ending not in TEXT_TYPES or not text.strip() or any(ord(c) < 32 and c not in "\t\r\n\x0c" for c in text):
        return None
    return ending, TEXT_TYPES[ending]
