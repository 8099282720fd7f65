"""Pictures: only JPEG, PNG and WebP, checked by content, re-encoded by us in the sizes pages need."""

import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from app.engines.files.store import new_key, put, remove
from app.kernel.errors import Invalid

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
WIDTHS = {"small": 360, "medium": 800, "large": 1600}
# A few kilobytes can unfold to hundreds of megabytes: eight such pictures at once would take a small machine down.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A re-encoded picture: `stem` is the key without size; width and height are those of the large form."""

    stem: str
    width: int
    height: int


def _decoded(content: bytes) -> Image.Image:
    if len(content) > MAX_BYTES:
        raise Invalid("picture-too-large", limit=MAX_BYTES // (1024 * 1024))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            return _on_white(ImageOps.exif_transpose(_small_enough(opened)))
    except Image.DecompressionBombError:
        raise Invalid("picture-too-many-pixels", limit=MAX_PIXELS // 1_000_000) from None
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
    ) as trouble:
        raise Invalid("not-a-picture") from trouble


def _small_enough(opened: Image.Image) -> Image.Image:
    """No larger than we need, before anything is copied: a JPEG is not even read at its full size."""
    if opened.mode not in ("RGB", "RGBA", "L", "CMYK"):
        opened = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    side = 2 * max(WIDTHS.values())  # it may still be turned
    opened.thumbnail((side, side), Image.Resampling.LANCZOS)
    return opened


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    rgba = image.convert("RGBA")
    ground.paste(rgba, mask=rgba.getchannel("A"))
    return ground


def key_of(stem: str, size: str) -> str:
    """The file of one size: small (360 px wide), medium (800) or large (1600)."""
    return f"{stem}{size}.webp"


def store_picture(content: bytes) -> Picture:
    """Check, turn upright, drop everything but the pixels, and store three sizes. Raises Invalid.

    Call it before the transaction.
    """
    with _one_at_a_time:
        return _stored(_decoded(content))


def _stored(image: Image.Image) -> Picture:
    stem = new_key("pictures", "x").removesuffix(".x")
    large = (0, 0)
    for size, width in WIDTHS.items():
        sized = image.copy()
        sized.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        sized.save(out, "WEBP", quality=80, method=4)
        put(key_of(stem, size), out.getvalue())
        large = sized.size
    return Picture(stem, *large)


def remove_picture(stem: str) -> None:
    for size in WIDTHS:
        remove(key_of(stem, size))
