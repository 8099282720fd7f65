"""The demonstration's page of every letter: as plain text, and as the page that a mail program shows."""

from contextlib import suppress

from flask import render_template

from app.engines.language import language
from app.engines.letter_samples import Sample
from app.engines.transactions import transaction
from app.notices.services.samples import sample_letters
from app.notices.views.listing import notices
from app.web.access import access, demo
from app.web.addresses import PAGE


class _Shown(Exception):
    """The letters were read; nothing of them stays."""


@notices.get(f"{PAGE}/demo/letters/every")
@access(demo)
def every_letter() -> str:
    """One of each, in the language of the page."""
    return render_template("notices/every_letter.html", letters=_samples())


def _samples() -> list[Sample]:
    shown: list[Sample] = []
    with suppress(_Shown), transaction():
        shown = sample_letters(language())
        raise _Shown
    return shown
