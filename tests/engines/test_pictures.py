"""Pictures are checked by what they hold, turned upright, and stored as nothing but pixels."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image, PngImagePlugin

from app.engines.files import pictures
from app.engines.files.pictures import key_of, remove_picture, store_picture
from app.engines.files.store import all_keys, get
from app.kernel.errors import Invalid
from tests.engines.together import at_once


def picture_of(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def stored(picture: pictures.Picture, size: str = "large") -> Image.Image:
    return Image.open(io.BytesIO(get(key_of(picture.stem, size))))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "name", ["hopper.jpg", "hopper.png", "broken_exif_dpi.jpg", "invalid-exif-without-x-resolution.jpg"]
)
def test_a_sound_picture_is_stored_in_three_sizes(app, shared, name):
    picture = store_picture((shared / "data/messy/images" / name).read_bytes())
    assert len(list(all_keys())) == 3
    for size in ("small", "medium", "large"):
        assert stored(picture, size).format == "WEBP"
    assert stored(picture).size == (picture.width, picture.height)
    remove_picture(picture.stem)
    assert list(all_keys()) == []


@pytest.mark.parametrize("name", ["hopper.gif", "truncated_image.png", "truncated_jpeg.jpg", "broken_data_stream.png"])
def test_a_broken_picture_or_another_kind_is_refused_and_nothing_is_stored(app, shared, name):
    with pytest.raises(Invalid) as refused:
        store_picture((shared / "data/messy/images" / name).read_bytes())
    assert refused.value.code == "not-a-picture"
    assert list(all_keys()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"\x00" * 5000,
        "زيت أركان".encode(),
    ],
)
def test_what_is_not_a_picture_is_refused(app, content):
    with pytest.raises(Invalid) as refused:
        store_picture(content)
    assert refused.value.code == "not-a-picture"
    assert list(all_keys()) == []


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_a_kind_that_no_phone_sends_is_refused(app, kind):
    with pytest.raises(Invalid):
        store_picture(picture_of(Image.new("RGB", (32, 32)), kind))


def test_every_cut_of_a_picture_is_refused_or_read_never_worse(app):
    whole = picture_of(Image.effect_noise((60, 60), 80).convert("RGB"), "JPEG")
    for length in range(0, len(whole), 97):
        with pytest.raises(Invalid):
            store_picture(whole[:length])
    assert list(all_keys()) == []


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (20_000, 20_000, "picture-too-many-pixels"),
        (30_000, 30_000, "picture-too-many-pixels"),
        (8_000, 5_001, "picture-too-many-pixels"),
        (2**31 - 1, 2**31 - 1, "picture-too-many-pixels"),
    ],
)
def test_a_small_file_that_unpacks_to_a_wall_is_refused(app, width, height, code):
    content = bomb(width, height)
    assert len(content) < 200
    with pytest.raises(Invalid) as refused:
        store_picture(content)
    assert refused.value.code == code
    assert list(all_keys()) == []


def test_a_file_over_the_limit_is_refused_before_it_is_read(app):
    with pytest.raises(Invalid) as refused:
        store_picture(b"\xff\xd8" + b"\0" * pictures.MAX_BYTES)
    assert (refused.value.code, refused.value.facts["limit"]) == ("picture-too-large", 12)


def test_where_it_was_taken_and_what_was_hidden_in_it_is_dropped(app):
    exif = Image.Exif()
    exif[0x010E] = "CANARY-DESCRIPTION"
    exif.get_ifd(0x8825)[1] = "N"
    content = (
        picture_of(Image.new("RGB", (40, 30), "red"), "JPEG", exif=exif, comment=b"CANARY-COMMENT") + b"CANARY-APPENDED"
    )
    picture = store_picture(content)
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Comment", "CANARY-TEXT")
    store_picture(picture_of(Image.new("RGB", (40, 30), "red"), pnginfo=chunks))
    for key in all_keys():
        assert b"CANARY" not in get(key)
    assert dict(stored(picture).getexif()) == {}
    assert "icc_profile" not in stored(picture).info


def test_a_picture_from_a_turned_phone_stands_upright(app):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    picture = store_picture(picture_of(Image.new("RGB", (400, 200), "red"), "JPEG", exif=exif))
    assert (picture.width, picture.height) == (200, 400)


def test_a_transparent_drawing_stands_on_white(app):
    picture = store_picture(picture_of(Image.new("RGBA", (40, 40), (255, 0, 0, 0))))
    assert stored(picture).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "I;16", "CMYK"])
def test_every_way_of_writing_colours_is_read(app, mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    picture = store_picture(picture_of(Image.new(mode, (30, 30)), kind))
    assert stored(picture).mode == "RGB"


def test_a_large_picture_is_made_smaller_and_a_small_one_is_not_blown_up(app):
    large = store_picture(picture_of(Image.new("RGB", (3_200, 1_600), "green"), "JPEG"))
    assert [stored(large, size).size for size in ("small", "medium", "large")] == [(360, 180), (800, 400), (1_600, 800)]
    small = store_picture(picture_of(Image.new("RGB", (100, 50), "green"), "JPEG"))
    assert [stored(small, size).size for size in ("small", "medium", "large")] == [(100, 50)] * 3


def test_a_palette_with_a_transparent_colour_stands_on_white_too(app):
    picture = store_picture(picture_of(Image.new("P", (40, 40)), transparency=0))
    assert stored(picture).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_a_photograph_is_never_unfolded_at_its_full_size(app):
    """A JPEG of 40 million pixels would take 120 MB as pixels."""
    content = picture_of(Image.new("RGB", (6_300, 6_300), "green"), "JPEG")
    assert max(pictures._decoded(content).size) <= 2 * 1_600


def test_pictures_are_opened_one_after_the_other(app, monkeypatch):
    """Eight walls of pixels at once took five gigabytes."""
    real, inside, most = pictures._decoded, [], []

    def watched(content: bytes) -> Image.Image:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        try:
            return real(content)
        finally:
            inside.pop()

    monkeypatch.setattr(pictures, "_decoded", watched)
    content = picture_of(Image.new("RGB", (50, 50)))
    assert at_once(app, [lambda: store_picture(content) and None] * 4) == [None] * 4
    assert most == [1, 1, 1, 1]
