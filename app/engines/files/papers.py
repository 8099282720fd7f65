"""Private papers: made anew by us before they are kept, and kept under names that no public address leads to."""

from app.engines.apart.asking import read_apart
from app.engines.files.decoding import page_of
from app.engines.files.pictures import BOUNDS, MAX_BYTES
from app.engines.files.store import new_key, put
from app.kernel.errors import Invalid
from app.kernel.sources import Source, size_of


def store_paper(content: Source) -> tuple[str, bytes]:
    """Check the picture of a paper, turn it upright, drop everything but its pixels: the key it is kept under, its bytes.

    Decoded apart, one at a time. Raises Invalid, or Unavailable when too many wait. Call it before the transaction.
    """
    if size_of(content) > MAX_BYTES:
        raise Invalid("picture-too-large", limit=MAX_BYTES // (1024 * 1024))
    _facts, parts = read_apart(page_of, content, BOUNDS, Invalid("picture-too-heavy"))
    key = new_key("papers", "webp")
    put(key, parts[0])
    return key, parts[0]
