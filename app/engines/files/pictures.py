"""Pictures: only JPEG, PNG and WebP, checked by content, re-encoded by us in the sizes pages need."""

from dataclasses import dataclass

from app.engines.apart.asking import Bounds, read_apart
from app.engines.files.decoding import WIDTHS, sizes_of
from app.engines.files.store import new_key, put, remove
from app.kernel.errors import Invalid
from app.kernel.sources import Source, size_of

MAX_BYTES = 12 * 1024 * 1024
BOUNDS = Bounds(seconds=20, megabytes=130)


@dataclass(frozen=True)
class Picture:
    """A re-encoded picture: `stem` is the key without size; width and height are those of the large form."""

    stem: str
    width: int
    height: int


def key_of(stem: str, size: str) -> str:
    """The file of one size: small (360 px wide), medium (800) or large (1600)."""
    return f"{stem}{size}.webp"


def store_picture(content: Source) -> Picture:
    """Check, turn upright, drop everything but the pixels, and store three sizes.

    Decoded apart, one picture at a time. Raises Invalid, or Unavailable when too many wait. Call it before the transaction.
    """
    if size_of(content) > MAX_BYTES:
        raise Invalid("picture-too-large", limit=MAX_BYTES // (1024 * 1024))
    facts, parts = read_apart(sizes_of, content, BOUNDS, Invalid("picture-too-heavy"))
    stem = new_key("pictures", "x").removesuffix(".x")
    for size, part in zip(WIDTHS, parts, strict=True):
        put(key_of(stem, size), part)
    return Picture(stem, facts["width"], facts["height"])


def remove_picture(stem: str) -> None:
    for size in WIDTHS:
        remove(key_of(stem, size))
