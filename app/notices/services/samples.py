"""Every letter of the house in a language, for the demonstration."""

from app.accounts.models import Contact, Person
from app.engines.db import db
from app.engines.letter_samples import Sample, write_samples
from app.kernel.clock import now
from app.kernel.contacts import MAIL


def sample_letters(language: str) -> list[Sample]:
    """One of each, written to somebody who is made up for them.

    The caller undoes its transaction: nothing of it may stay.
    """
    reader = Person(name="…", language=language, is_demo=True, preferences={}, created_at=now())
    db.session.add(reader)
    db.session.flush()
    db.session.add(Contact(person_id=reader.id, kind=MAIL, value="reader@demo.tiwizi.example", verified_at=now()))
    db.session.flush()
    return write_samples(reader.id, language)
