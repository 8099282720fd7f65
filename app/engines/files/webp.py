"""WebP by its own library, which Pillow brings along: Pillow's reader makes four copies of a picture, this makes one."""

import ctypes
from dataclasses import dataclass
from functools import cache

from PIL import Image, _webp

_ABI = 0x0209
_FEATURES = ctypes.c_int * 10  # WebPBitstreamFeatures: width, height, has_alpha, has_animation, format, five for later


@cache
def _library() -> ctypes.CDLL | None:
    """What the extension was linked with; None where Pillow was built so that its symbols are not to be found."""
    library = ctypes.CDLL(_webp.__file__)
    try:
        library.WebPGetFeaturesInternal.restype = ctypes.c_int
        for decode in (library.WebPDecodeRGBInto, library.WebPDecodeRGBAInto):
            decode.restype = ctypes.c_void_p
    except AttributeError:
        return None
    return library


@dataclass(frozen=True)
class WebP:
    """What the file's head says."""

    library: ctypes.CDLL
    content: bytes
    width: int
    height: int
    has_alpha: bool
    is_animated: bool


def opened_webp(content: bytes) -> WebP | None:
    """The head of a WebP file; None for what is none, and where Pillow alone can read it."""
    said, library = _FEATURES(), _library()
    if library is None or library.WebPGetFeaturesInternal(content, ctypes.c_size_t(len(content)), said, _ABI) != 0:
        return None
    return WebP(library, content, said[0], said[1], bool(said[2]), bool(said[3]))


class Pixels:
    """A still picture, decoded once; lines are taken from it as images."""

    def __init__(self, webp: WebP) -> None:
        self.size = webp.width, webp.height
        self._mode = "RGBA" if webp.has_alpha else "RGB"
        self._line = webp.width * len(self._mode)
        length = self._line * webp.height
        self._bytes = bytearray(length)
        decode = webp.library.WebPDecodeRGBAInto if webp.has_alpha else webp.library.WebPDecodeRGBInto
        into = (ctypes.c_char * length).from_buffer(self._bytes)
        size, room = ctypes.c_size_t(len(webp.content)), ctypes.c_size_t(length)
        if not decode(webp.content, size, into, room, self._line):
            raise ValueError("broken or cut off")

    def lines(self, top: int, bottom: int) -> Image.Image:
        part = memoryview(self._bytes)[top * self._line : bottom * self._line]
        return Image.frombytes(self._mode, (self.size[0], bottom - top), part)


def exif_of_webp(content: bytes) -> Image.Exif:
    """What a camera wrote into the file; empty when nothing."""
    exif, written = Image.Exif(), _chunk(content, b"EXIF")
    if written is not None:
        exif.load(written)
    return exif


def profile_of_webp(content: bytes) -> bytes | None:
    """The profile of the colours, when the file brings one."""
    return _chunk(content, b"ICCP")


def _chunk(content: bytes, name: bytes) -> bytes | None:
    at = 12
    while at + 8 <= len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        if content[at : at + 4] == name:
            return content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return None
