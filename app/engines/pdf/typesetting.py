"""Sets a document: the template is ours, what people wrote enters as data and is never read as markup."""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import segno
import typst

FONT_PACKS = ("western-core", "intl-rtl")


class DocumentError(RuntimeError):
    """A document could not be set: the template is wrong or a font is missing. Ours to mend, not the reader's."""


@lru_cache(1)
def _fonts() -> typst.Fonts:
    """The fonts of the installed packs, read once; neither the system's nor typst's own."""
    packs = [entry.load()() for entry in entry_points(group="justmytype.packs")]
    folders = [
        folder
        for pack in packs
        if pack.get_name().removeprefix("justmytype-") in FONT_PACKS
        for folder in pack.get_font_directories()
    ]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


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
