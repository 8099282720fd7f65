"""One of each letter of the house, written by the modules about made-up things and read back from the outbox.

Only the demonstration shows them; the caller's transaction is undone, so that none is ever sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import current_app
from markupsafe import Markup
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.envelope import as_words
from app.engines.mail import Letter

# Writes one of each of a module's letters to a person, in a language: (person, language).
WriteSamples = Callable[[int, str], None]


@dataclass(frozen=True)
class Sample:
    """A letter as it travels: its subject, its plain text, and the words of its page."""

    subject: str
    body: str
    words: Markup


def write_samples(person_id: int, language: str) -> list[Sample]:
    """The letters of all modules, each once, in the order they were written."""
    writers: Sequence[WriteSamples] = current_app.extensions["letter_samples"]
    own, last = current_app.config["PUBLIC_URL"], db.session.scalar(select(func.max(Letter.id))) or 0
    for write in writers:
        write(person_id, language)
    rows = db.session.execute(
        select(Letter.subject, Letter.body).where(Letter.id > last, Letter.language == language).order_by(Letter.id)
    )
    texts = dict.fromkeys((row.subject, row.body) for row in rows)
    return [Sample(subject, body, as_words(body, language, own)) for subject, body in texts]
