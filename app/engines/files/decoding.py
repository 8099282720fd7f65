"""Decodes a picture and makes our sizes of it, some lines at a time; runs in the process that reads apart, nowhere else."""

import io
import struct
from collections.abc import Callable
from typing import Any

from PIL import ExifTags, Image, ImageOps

from app.engines.files.colours import Meant, eight_bits, meant_by
from app.engines.files.webp import Pixels, exif_of_webp, opened_webp, profile_of_webp
from app.kernel.errors import Invalid

MOST_PIXELS = 16_000_000
MOST_PIXELS_REDUCED = 64_000_000  # of a JPEG that is read at a half, a quarter or an eighth
WIDTHS = {"small": 360, "medium": 800, "large": 1600}
TALLEST = 2  # widths high, at the most
LINES = 256  # at a time
TURNED = (5, 6, 7, 8)  # orientations in which the sides change places
TROUBLES = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, struct.error)
Image.MAX_IMAGE_PIXELS = None  # our own bounds are narrower, and told with their numbers

# The lines from one number up to another, as an image.
Lines = Callable[[int, int], Image.Image]


def sizes_of(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Width and height of the large form, and the forms in the order of WIDTHS, as WebP. Raises Invalid."""
    try:
        large = _decoded(content)
        return {"width": large.width, "height": large.height}, [_written(large, width) for width in WIDTHS.values()]
    except TROUBLES as trouble:
        raise Invalid("not-a-picture") from trouble


def page_of(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The picture of a paper in its large form alone, as WebP, with its width and height. Raises Invalid."""
    try:
        large = _decoded(content)
        return {"width": large.width, "height": large.height}, [_written(large, WIDTHS["large"])]
    except TROUBLES as trouble:
        raise Invalid("not-a-picture") from trouble


def _decoded(content: bytes) -> Image.Image:
    return _webp(content) if content[:4] == b"RIFF" else _jpeg_or_png(content)


def _webp(content: bytes) -> Image.Image:
    webp = opened_webp(content)
    if webp is None or webp.is_animated:  # of several pictures the first
        return _webp_by_pillow(content)
    _require_pixels((webp.width, webp.height), MOST_PIXELS, "WebP")
    pixels = Pixels(webp)
    return _large(pixels.size, pixels.lines, _orientation(exif_of_webp(content)), meant_by(profile_of_webp(content)))


def _webp_by_pillow(content: bytes) -> Image.Image:
    """Any WebP, with four times the memory: the bound of the process may refuse a large one."""
    with Image.open(io.BytesIO(content), formats=["WEBP"]) as opened:
        _require_pixels(opened.size, MOST_PIXELS, "WebP")
        opened.load()
        return _large(
            opened.size,
            lambda top, bottom: opened.crop((0, top, opened.width, bottom)),
            _orientation(opened.getexif()),
            meant_by(opened.info.get("icc_profile")),
        )


def _jpeg_or_png(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as opened:
        if opened.format == "JPEG" and not opened.info.get("progressive"):
            _require_pixels(opened.size, MOST_PIXELS_REDUCED, "JPEG")
        else:  # a progressive one is kept whole before its first line is known
            _require_pixels(opened.size, MOST_PIXELS, "progressive JPEG" if opened.format == "JPEG" else "PNG")
        if opened.format == "JPEG":
            opened.draft(None, _fitting(opened.size, _orientation(opened.getexif())))
        opened.load()
        return _large(
            opened.size,
            lambda top, bottom: opened.crop((0, top, opened.width, bottom)),
            _orientation(opened.getexif()),
            meant_by(opened.info.get("icc_profile")),
        )


def _require_pixels(size: tuple[int, int], most: int, kind: str) -> None:
    width, height = size
    if width * height > most:
        raise Invalid("picture-too-many-pixels", width=width, height=height, limit=most // 1_000_000, kind=kind)


def _orientation(exif: Image.Exif) -> int:
    """How the camera was held, from 1 to 8; 1 when it does not say."""
    try:
        said = exif.get(ExifTags.Base.Orientation, 1)
    except TROUBLES:
        return 1
    return said if isinstance(said, int) else 1


def _fitting(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """The size in which it fits into the large form once it stands upright; never larger than it is."""
    broad, tall = WIDTHS["large"], WIDTHS["large"] * TALLEST
    if orientation in TURNED:
        broad, tall = tall, broad
    scale = max(size[0] / broad, size[1] / tall, 1)
    return max(1, round(size[0] / scale)), max(1, round(size[1] / scale))


def _large(size: tuple[int, int], lines: Lines, orientation: int, meant: Meant) -> Image.Image:
    """The large form. The breadth is scaled some lines at a time, so that the picture is never there twice."""
    broad, tall = _fitting(size, orientation)
    narrow = Image.new("RGB", (broad, size[1]))
    for top in range(0, size[1], LINES):
        bottom = min(top + LINES, size[1])
        part = _on_white(lines(top, bottom), meant)
        narrow.paste(part if broad == size[0] else part.resize((broad, bottom - top), Image.Resampling.LANCZOS), (0, top))
    large = narrow if tall == size[1] else narrow.resize((broad, tall), Image.Resampling.LANCZOS)
    large.getexif()[ExifTags.Base.Orientation] = orientation
    upright = ImageOps.exif_transpose(large)
    upright.info.clear()
    return upright


def _on_white(image: Image.Image, meant: Meant) -> Image.Image:
    image = eight_bits(image)
    if not image.has_transparency_data:
        return meant(image)
    ground = Image.new("RGB", image.size, "white")
    alpha = image.convert("RGBA").getchannel("A")
    ground.paste(meant(image), mask=alpha)
    return ground


def _written(large: Image.Image, width: int) -> bytes:
    sized = large.copy()
    sized.thumbnail((width, width * TALLEST), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    sized.save(out, "WEBP", quality=80, method=4)
    return out.getvalue()
