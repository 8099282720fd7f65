"""Documents as PDF: a template of ours and data, set by typst with the fonts of the packages."""

from app.engines.pdf.typesetting import qr_code, render

__all__ = ["qr_code", "render"]
