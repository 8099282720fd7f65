"""Certificates are issued once, and can be revoked by the office with a reason."""

from sqlalchemy import select

from academy.models import Certificate, Completion, Course, CourseText, Enrolment, Lesson, QuizAttempt
from academy.permissions import require_office
from academy.queries.learning import enrolment_for_update, standing
from academy.rules.certificates import CODE_LENGTH, RULE_VERSION, missing_for_certificate
from academy.rules.courses import OPEN_TO_LEARNERS, REASON_LONGEST
from academy.rules.progress import Line
from academy.signals import certificate_issued
from app.accounts.models import Person
from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.journal import record
from app.kernel import typed
from app.kernel.actor import Actor, require_person
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotFound
from app.kernel.text import one_line, random_code


def issue_certificate(actor: Actor, course_id: int) -> str:
    """The code of the actor's certificate, issued now unless it was before. Raises Conflict while something is missing."""
    person_id = require_person(actor)
    enrolment = enrolment_for_update(person_id, course_id)
    if enrolment is None:
        raise NotFound()
    known = db.session.scalar(select(Certificate.code).where(Certificate.enrolment_id == enrolment.id))
    if known is not None:
        return known
    if db.session.scalar(select(Course.state).where(Course.id == course_id)) not in OPEN_TO_LEARNERS:
        raise Conflict("course-not-open")
    lessons = db.session.execute(
        select(Lesson.id, Lesson.kind, Lesson.required)
        .where(Lesson.course_id == course_id, Lesson.removed.is_(False))
        .order_by(Lesson.id)
    ).all()
    state = standing(person_id, course_id)
    lines = [Line(*row) for row in lessons]
    missing = missing_for_certificate(lines, state.completed, state.passed)
    if missing or not any(line.required for line in lines):
        raise Conflict("lessons-missing", count=len(missing))
    certificate = _certificate_of(actor, enrolment, [line.id for line in lines if line.required])
    db.session.add(certificate)
    db.session.flush()
    record(actor, "issue", "certificate", certificate.id, course_id=course_id)
    certificate_issued.send("academy", certificate_id=certificate.id, course_id=course_id, person_id=person_id)
    crash_point("certificate-issued")
    return certificate.code


def _certificate_of(actor: Actor, enrolment: Enrolment, required: list[int]) -> Certificate:
    """The row, with the name and titles of today and the evidence it rests on."""
    course = db.session.get_one(Course, enrolment.course_id)
    titles = db.session.execute(select(CourseText.language, CourseText.title).where(CourseText.course_id == course.id)).all()
    attempts = db.session.execute(
        select(Completion.lesson_id, QuizAttempt.id, QuizAttempt.right_count, QuizAttempt.question_ids)
        .join(QuizAttempt, QuizAttempt.id == Completion.attempt_id)
        .where(Completion.enrolment_id == enrolment.id, Completion.lesson_id.in_(required))
        .order_by(QuizAttempt.id)
    )
    evidence = {
        "rules": RULE_VERSION,
        "lessons": required,
        "attempts": [
            {"lesson": lesson, "attempt": id_, "right": right, "of": len(asked)} for lesson, id_, right, asked in attempts
        ],
    }
    name = db.session.scalar(select(Person.name).where(Person.id == enrolment.person_id)) or ""
    return Certificate(
        enrolment_id=enrolment.id,
        code=random_code(CODE_LENGTH),
        person_name=name,
        course_titles={language: title for language, title in titles if title},
        minutes=course.minutes,
        language=actor.language,
        evidence=evidence,
        issued_at=now(),
    )


def revoke_certificate(actor: Actor, certificate_id: int, reason: str) -> None:
    """The office takes a certificate back; its page says so and why."""
    require_office(actor)
    words = typed.reason(one_line(reason), REASON_LONGEST)
    certificate = db.session.get(Certificate, certificate_id, with_for_update=True, populate_existing=True)
    if certificate is None:
        raise NotFound()
    if certificate.revoked_at is not None:
        raise Conflict("certificate-already-revoked")
    certificate.revoked_at, certificate.revoked_reason = now(), words
    db.session.flush()
    record(actor, "revoke", "certificate", certificate_id)
