"""Colours as they were meant: sixteen bits become eight, and a profile's colours those of sRGB, some lines at a time."""

import io
from collections.abc import Callable

from PIL import Image, ImageCms

MOST_PROFILE = 4 * 1024 * 1024  # of printing presses, the largest there are
SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
TROUBLES = (ImageCms.PyCMSError, OSError, ValueError, TypeError)

# A piece of a picture with its colours, as RGB.
Meant = Callable[[Image.Image], Image.Image]


def eight_bits(image: Image.Image) -> Image.Image:
    """Grey of sixteen bits as grey of eight; anything else as it is."""
    if not image.mode.startswith("I"):
        return image
    grey = image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    grey.info.clear()
    return grey


def meant_by(profile: bytes | None) -> Meant:
    """How colours of this profile become those of sRGB. Without one, or with a broken or too large one, they stay."""
    if not profile or len(profile) > MOST_PROFILE:
        return _as_they_are
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = SPACES.get(opened.profile.xcolor_space)
        if mode is None:
            return _as_they_are
        change = ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), mode, "RGB")
    except TROUBLES:
        return _as_they_are

    def changed(image: Image.Image) -> Image.Image:
        plain = image if image.mode in SPACES.values() else image.convert("L" if image.mode == "LA" else "RGB")
        return change.apply(plain) if plain.mode == mode else plain.convert("RGB")

    return changed


def _as_they_are(image: Image.Image) -> Image.Image:
    return image.convert("RGB")
