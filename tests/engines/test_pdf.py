"""The engine that sets documents: fonts, right-to-left text, and nothing that a person wrote is read as markup."""

import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from app.engines.pdf import qr_code, render
from app.engines.pdf.typesetting import DocumentError

PAGE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: "A page")
#set page(width: 200mm, height: 100mm)
#set text(font: ("Noto Sans", "Noto Sans Arabic"), lang: "ar", dir: rtl)
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
