"""What a reader should know about documents while typing what will stand in them."""

from flask import flash

from app.engines.language import translate
from app.engines.pdf import missing_letters
from app.kernel.text import msg


def warn_of_boxes(*texts: str) -> None:
    """Tell whoever has just typed a name or title which of its letters a certificate can only show as a box."""
    letters = missing_letters("".join(texts))
    if letters:
        flash(translate(msg("On certificates and other documents, a box stands for: %(letters)s"), letters=letters), "info")
