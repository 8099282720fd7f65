"""Pictures: only JPEG, PNG and WebP, checked by content, re-encoded by us in the sizes pages need."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from app.engines.files.store import new_key, put, remove
from app.kernel.errors import Invalid

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
WIDTHS = {"small": 360, "medium": 800, "large": 1600}


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
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise Invalid("picture-too-many-pixels", limit=MAX_PIXELS // 1_000_000)
                opened.load()
                turned = ImageOps.exif_transpose(opened)
                return turned.convert("RGB") if "A" not in turned.getbands() else _on_white(turned)
    except Invalid:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
    ) as trouble:
        raise Invalid("not-a-picture") from trouble


def _on_white(image: Image.Image) -> Image.Image:
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
    image = _decoded(content)
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
