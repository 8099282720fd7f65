"""Sets a document: the template is ours, what people wrote enters as data and is never read as markup."""

import atexit
import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import segno
import typst

from app.engines.pdf.drawn_fonts import build_fonts, letters_of
from app.engines.pdf.tifinagh import LETTERS

FONT_PACKS = ("western-core", "intl-rtl")
FONT_FILES = ("*.ttf", "*.otf")


class DocumentError(RuntimeError):
    """A document could not be set: the template is wrong or a font is missing. Ours to mend, not the reader's."""


@lru_cache(1)
def _font_folders() -> tuple[Path, ...]:
    """Where the fonts of the installed packs lie."""
    packs = [entry.load()() for entry in entry_points(group="justmytype.packs")]
    return tuple(
        Path(folder)
        for pack in packs
        if pack.get_name().removeprefix("justmytype-") in FONT_PACKS
        for folder in pack.get_font_directories()
    )


@lru_cache(1)
def _covered() -> frozenset[int]:
    """The codes that a font of the packs has a drawing for."""
    return letters_of(path for folder in _font_folders() for kind in FONT_FILES for path in sorted(folder.rglob(kind)))


@lru_cache(1)
def _drawn_fonts() -> Path:
    """The folder of our own fonts, built once a process; it goes with the process."""
    folder = TemporaryDirectory(prefix="tiwizi-fonts-")
    atexit.register(folder.cleanup)
    build_fonts(Path(folder.name), _covered())
    return Path(folder.name)


@lru_cache(1)
def _fonts() -> typst.Fonts:
    """The fonts of the packs and our own, read once; neither the system's nor typst's own."""
    folders = [*_font_folders(), _drawn_fonts()]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*map(str, folders)])


def missing_letters(text: str) -> str:
    """The letters of a text that documents can only show as a box, each once, in order; empty when all can be set."""
    known = _covered()
    return "".join(
        dict.fromkeys(
            letter for letter in text if letter.isprintable() and ord(letter) not in known and letter not in LETTERS
        )
    )


def render(template: Path, data: Mapping[str, Any], made_at: datetime | None = None) -> bytes:
    """The PDF of a template, which finds `data` as JSON in `sys.inputs.data`.

    Call it outside of transactions. The same data and the same `made_at` give the same bytes. Raises DocumentError
    when the template does not compile or asks for a font that is not there.
    """
    moment = made_at.replace(microsecond=0) if made_at else None
    given = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        compiler = typst.Compiler(
            template, root=template.parent, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=given
        )
        content, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards="ua-1", timestamp=moment)
    except typst.TypstError as trouble:
        raise DocumentError(f"{template.name}: {trouble}") from trouble
    if warnings:
        raise DocumentError(f"{template.name}: {'; '.join(warning.message for warning in warnings)}")
    if not isinstance(content, bytes):
        raise DocumentError(f"{template.name}: no document came out")
    return content


def qr_code(text: str) -> str:
    """A QR code as SVG, dark on light, with the quiet zone scanners need."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, light="white")
    return out.getvalue().decode()
