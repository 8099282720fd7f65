"""The engine that sets documents: fonts, right-to-left text, and nothing that a person wrote is read as markup."""

import io
import re
import shutil
import subprocess
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from app.engines.pdf import missing_letters, qr_code, render
from app.engines.pdf.tifinagh import LETTERS
from app.engines.pdf.typesetting import DocumentError

PAGE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: "A page")
#set page(width: 200mm, height: 100mm)
#set text(font: ("Noto Sans", "Noto Sans Arabic", "Tiwizi Tifinagh", "Tiwizi Boxes"), lang: "ar", dir: rtl)
#data.words
"""
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.typ"
    path.write_text(PAGE, "utf-8")
    return path


def text_of(content, *options):
    return subprocess.run(["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True).stdout.decode()


def widths(content):
    """The width of each word on the page."""
    boxes = re.findall(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)"', text_of(content, "-bbox"))
    return [float(right) - float(left) for left, right in boxes]


@pytest.mark.parametrize("family", ["Noto Sans", "Noto Serif", "Noto Sans Mono", "Noto Sans Arabic"])
def test_the_fonts_of_the_packages_are_there(page, family):
    page.write_text(f'#set document(title: "t")\n#set text(font: "{family}")\ntext', "utf-8")
    assert render(page, {}).startswith(b"%PDF")


@pytest.mark.parametrize("family", ["DejaVu Sans", "Libertinus Serif"])
def test_the_fonts_of_the_machine_and_of_typst_are_not(page, family):
    page.write_text(f'#set document(title: "t")\n#set text(font: "{family}")\ntext', "utf-8")
    with pytest.raises(DocumentError, match="unknown font family"):
        render(page, {})


@needs_poppler
def test_what_a_person_wrote_is_text_and_never_markup(page):
    words = 'Zahra #panic("x") *gras* $x$ @ref <label> \\ [x] // fin'
    assert " ".join(text_of(render(page, {"words": words})).split()) == words


@needs_poppler
def test_arabic_letters_join(page):
    # A joiner forbidden between the letters keeps each in its wide separate form.
    joined, apart = (render(page, {"words": words}) for words in ("سسسسسس", "\u200c".join("سسسسسس")))
    assert sum(widths(joined)) < 0.8 * sum(widths(apart))


def test_the_same_data_gives_the_same_bytes(page):
    moment = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
    assert render(page, {"words": "سلام"}, moment) == render(page, {"words": "سلام"}, moment)


@pytest.mark.parametrize(
    "template", ["#broken(", '#set document(title: "x")\n#set text(font: "No Such Font")\nx', '#read("/etc/passwd")']
)
def test_a_template_that_cannot_be_set_is_our_error(tmp_path, template):
    path = tmp_path / "broken.typ"
    path.write_text(template, "utf-8")
    with pytest.raises(DocumentError) as trouble:
        render(path, {})
    assert "broken.typ" in str(trouble.value)


def test_a_qr_code_is_a_drawing_without_script():
    drawing = qr_code("https://tiwizi.example/verify/ABCDEFGHJKMN")
    assert drawing.startswith("<svg")
    assert "script" not in drawing


IRCAM = "ⴰⴱⴳⴷⴹⴻⴼⴽⵀⵃⵄⵅⵇⵉⵊⵍⵎⵏⵓⵔⵕⵖⵙⵚⵛⵜⵟⵡⵢⵣⵥⵯ"


def test_every_letter_of_the_moroccan_alphabet_is_drawn():
    assert "".join(LETTERS) == IRCAM
    assert all(unicodedata.name(letter).startswith("TIFINAGH") for letter in IRCAM)


@needs_poppler
def test_tifinagh_is_set_and_can_be_read_out(page):
    assert "ⵜⵉⵣⵉⵔⵉ" in text_of(render(page, {"words": "ⵜⵉⵣⵉⵔⵉ"}))


def pictures_of(page, words):
    content = render(page, {"words": words})
    drawn = subprocess.run(
        ["pdftoppm", "-r", "50", "-png", "-singlefile", "-"], input=content, capture_output=True, check=True
    )
    return Image.open(io.BytesIO(drawn.stdout)).tobytes()


@needs_poppler
def test_no_two_letters_of_tifinagh_look_alike_and_none_is_a_box(page):
    assert len({pictures_of(page, letter) for letter in (*IRCAM, "\u6771")}) == len(IRCAM) + 1


@needs_poppler
def test_a_letter_that_no_font_has_becomes_a_box_and_keeps_its_meaning(page):
    assert pictures_of(page, "東") == pictures_of(page, "🌿") != pictures_of(page, " ")
    assert set("東🌿") <= set(text_of(render(page, {"words": "東 🌿"})))


@pytest.mark.parametrize("plane", range(17))
def test_no_letter_whatever_makes_a_document_fail(page, plane):
    codes = range(plane * 0x10000 + 0x21, plane * 0x10000 + 0xFFFE, 97)
    words = " ".join(chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF)
    assert render(page, {"words": words}).startswith(b"%PDF")


@pytest.mark.parametrize(
    "words", ["👩🏽‍🌾", "❤️", "e\u0301\u0323", "ا\u064b\u0651", "a\u00ad\u200bb", "ก\u0e33", "\u2066x\u2069"]
)
def test_nor_does_a_letter_of_several_parts(page, words):
    assert render(page, {"words": words}).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("text", "missing"), [("Amina Aït تيزيري ⵜⵉⵣⵉⵔⵉ", ""), ("山田 山 🌿", "山田🌿"), ("Zoé\u200f\u00a0B.", ""), ("", "")]
)
def test_whoever_types_a_name_can_be_told_what_a_document_cannot_show(text, missing):
    assert missing_letters(text) == missing


def test_every_document_falls_back_on_our_letters_and_boxes():
    roots = [Path(__file__).parents[2] / module for module in ("app", "academy", "catalog", "orders", "projectbank")]
    templates = [path for root in roots for path in root.rglob("*.typ")]
    assert templates
    for path in templates:
        text = path.read_text("utf-8")
        assert '#let ours = ("Tiwizi Tifinagh", "Tiwizi Boxes")' in text
        families = re.findall(r"font: *(if [^\n]*|\([^)]*\)|[^,\n)]*)", text) + re.findall(r"#let large = ([^\n]*)", text)
        for family in families:
            assert family == "large" or family.count("..ours") == max(1, family.count("{")), family
