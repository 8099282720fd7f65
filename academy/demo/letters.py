"""One of each letter of the academy about a course of the demonstration, for its page of letters."""

from sqlalchemy import select

from academy.models import Certificate, Course
from academy.services import letters
from app.engines.db import db
from app.engines.language import speaking, translate
from app.kernel.text import msg

REASON = msg("The second lesson has no words yet.")


def write_samples(person_id: int, language: str) -> None:
    """To somebody of the demonstration, in the caller's transaction, which undoes them and what they change."""
    course = db.session.scalars(select(Course).order_by(Course.id).limit(1)).first()
    certificate = db.session.scalars(select(Certificate).order_by(Certificate.id).limit(1)).first()
    if certificate is not None:
        letters.write_certificate(certificate.id, person_id)
    if course is None:
        return
    with speaking(language):
        reason = translate(REASON)
    for decision in letters.DECISIONS:
        course.reason = None if decision == "published" else reason
        letters.write_decision(course.id, person_id, decision)
