"""Documents as PDF: a template of ours and data, set by typst with the fonts of the packages and the letters we draw."""

from app.engines.pdf.typesetting import missing_letters, qr_code, render

__all__ = ["missing_letters", "qr_code", "render"]
