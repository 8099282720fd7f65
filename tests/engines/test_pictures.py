"""Pictures are checked by what they hold, turned upright, and stored as nothing but pixels."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from app.engines.files import decoding, pictures
from app.engines.files.decoding import sizes_of
from app.engines.files.pictures import key_of, remove_picture, store_picture
from app.engines.files.store import all_keys, get
from app.kernel.errors import Invalid


def picture_of(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def decoded(content: bytes) -> Image.Image:
    """The large form, decoded here and not apart."""
    return Image.open(io.BytesIO(sizes_of(content)[1][-1]))


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
            sizes_of(whole[:length])
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


@pytest.mark.parametrize("size", [(400, 200), (3_200, 1_600)])
def test_where_pillow_alone_can_read_webp_it_is_read_all_the_same(app, monkeypatch, size):
    exif = Image.Exif()
    exif[0x0112] = 6
    content = picture_of(Image.linear_gradient("L").resize(size).convert("RGB"), "WEBP", exif=exif)
    facts, forms = sizes_of(content)
    monkeypatch.setattr(decoding, "opened_webp", lambda _content: None)
    assert sizes_of(content) == (facts, forms)
    assert facts == {"width": min(size[1], 1_600), "height": min(size[0], 3_200)}


def test_a_palette_with_a_transparent_colour_stands_on_white_too(app):
    picture = store_picture(picture_of(Image.new("P", (40, 40)), transparency=0))
    assert stored(picture).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def widest(width: int, height: int, kind: str, **options) -> bytes:
    return picture_of(Image.new("L" if kind != "WEBP" else "RGB", (width, height), 90), kind, **options)


def claiming(width: int, height: int, kind: str, **options) -> bytes:
    """A small picture whose head says another size."""
    if kind == "PNG":
        return bomb(width, height)
    content = bytearray(widest(16, 16, kind, **options))
    if kind == "WEBP":
        at = content.index(b"\x9d\x01\x2a") + 3
        content[at : at + 4] = struct.pack("<HH", width, height)
    else:
        at = content.index(b"\xff\xc2" if options else b"\xff\xc0") + 5
        content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.parametrize(
    ("width", "height", "kind", "options", "called", "limit"),
    [
        (4_000, 4_001, "PNG", {}, "PNG", 16),
        (6_300, 6_300, "PNG", {}, "PNG", 16),
        (4_000, 4_001, "WEBP", {}, "WebP", 16),
        (4_000, 4_001, "JPEG", {"progressive": True}, "progressive JPEG", 16),
        (8_000, 8_001, "JPEG", {}, "JPEG", 64),
    ],
)
def test_one_line_of_pixels_too_many_is_refused_with_the_numbers(app, width, height, kind, options, called, limit):
    with pytest.raises(Invalid) as refused:
        store_picture(claiming(width, height, kind, **options))
    assert refused.value.code == "picture-too-many-pixels"
    assert refused.value.facts == {"width": width, "height": height, "kind": called, "limit": limit}
    assert list(all_keys()) == []


@pytest.mark.parametrize(
    ("width", "height", "kind", "options", "large"),
    [
        (4_000, 4_000, "PNG", {"compress_level": 1}, (1_600, 1_600)),
        (4_000, 4_000, "WEBP", {"method": 0}, (1_600, 1_600)),
        (4_000, 4_000, "JPEG", {"progressive": True}, (1_600, 1_600)),
        (8_000, 8_000, "JPEG", {}, (1_600, 1_600)),
        (1_000, 64_000, "JPEG", {}, (50, 3_200)),
    ],
)
def test_the_largest_picture_is_read_within_the_memory_of_one(app, width, height, kind, options, large):
    picture = store_picture(widest(width, height, kind, **options))
    assert (picture.width, picture.height) == large
    assert stored(picture).size == large


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_the_camera_was_held_it_stands_upright(app, orientation):
    """A red corner of a JPEG and of a WebP, each larger than the large form."""
    upright = Image.new("RGB", (1_800, 900), "white")
    upright.paste("red", (0, 0, 300, 300))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what undoes what the reader does
    held = upright.transpose(Image.Transpose(back[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("JPEG", "WEBP"):
        large = decoded(picture_of(held, kind, exif=exif)).convert("RGB")
        assert large.size == (1_600, 800)
        assert large.getpixel((20, 20))[1] < 60
        assert min(large.getpixel(corner)[1] for corner in ((1_580, 20), (20, 780), (1_580, 780))) > 200


def test_a_moving_picture_is_its_first_one(app):
    moving = io.BytesIO()
    first, second = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (40, 30), "blue")
    first.save(moving, "WEBP", save_all=True, append_images=[second])
    red, _green, blue = decoded(moving.getvalue()).convert("RGB").getpixel((20, 15))
    assert (red > 200, blue < 60) == (True, True)


def test_lines_are_put_together_as_they_were(app):
    """Larger than what is scaled at a time, and not a multiple of it."""
    striped = Image.linear_gradient("L").resize((3_000, 1_000))
    for kind in ("PNG", "WEBP"):
        large = decoded(picture_of(striped.convert("RGB"), kind, lossless=True)).convert("L")
        wanted = striped.resize(large.size)
        assert max(abs(large.getpixel((800, y)) - wanted.getpixel((800, y))) for y in range(large.height)) <= 3


def test_nothing_decodes_pictures_in_our_own_process(app, monkeypatch):
    def opened(*_arguments, **_options):
        raise AssertionError("decoded here")

    content = picture_of(Image.new("RGB", (50, 50)))
    monkeypatch.setattr(Image, "open", opened)
    assert store_picture(content).width == 50


def test_grey_of_sixteen_bits_keeps_its_greys(app):
    grey = Image.new("I;16", (64, 8))
    for column in range(64):
        for row in range(8):
            grey.putpixel((column, row), column * 1040)
    large = decoded(picture_of(grey)).convert("L")
    assert all(abs(large.getpixel((column, 4)) - column * 1040 / 257) <= 5 for column in range(64))


def a_profile(red: tuple[int, int, int]) -> bytes:
    """The profile of sRGB in which another thing is red: its first column is replaced."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        if profile[entry : entry + 4] == b"rXYZ":
            at = int.from_bytes(profile[entry + 4 : entry + 8], "big") + 8
            profile[at : at + 12] = struct.pack(">3i", *red)
    return bytes(profile)


WIDE = a_profile((39_976, 20_389, 1_277))  # the red of Adobe RGB


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_of_another_profile_are_converted_and_not_dropped(app, kind):
    shown = Image.new("RGB", (64, 64), (120, 90, 60))
    options = {"lossless": True} if kind == "WEBP" else {}
    meant = ImageCms.profileToProfile(shown, io.BytesIO(WIDE), ImageCms.createProfile("sRGB")).getpixel((9, 9))
    assert meant[0] > 135
    large = decoded(picture_of(shown, kind, icc_profile=WIDE, **options)).convert("RGB")
    assert max(abs(a - b) for a, b in zip(large.getpixel((32, 32)), meant, strict=True)) <= 3


@pytest.mark.parametrize(
    "profile", [b"no profile", WIDE[:200], WIDE + bytes(4 * 1024 * 1024)], ids=["none", "cut", "too large"]
)
def test_a_profile_that_cannot_be_used_leaves_the_colours_as_they_are(app, profile):
    large = decoded(picture_of(Image.new("RGB", (64, 64), (120, 90, 60)), "JPEG", icc_profile=profile)).convert("RGB")
    assert max(abs(a - b) for a, b in zip(large.getpixel((32, 32)), (120, 90, 60), strict=True)) <= 3
