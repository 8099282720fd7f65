"""What the academy tells people, each in their language."""

from sqlalchemy import select

from academy.models import Certificate, Course, CourseText
from academy.rules.certificates import spoken_code
from app.engines.db import db
from app.engines.language import translate
from app.engines.mail import site_address
from app.engines.notice_kinds import NoticeKind
from app.kernel.text import best_language, msg
from app.notices.services import Reader, Words, tell

CERTIFIED, DECIDED = "academy.certified", "academy.decided"
NOTICE_KINDS = (
    NoticeKind(CERTIFIED, msg("Your certificates"), "courses"),
    NoticeKind(DECIDED, msg("What the office decides about your courses")),
)
DECISIONS = {
    "published": (
        msg("Your course is published: %(course)s"),
        msg("The office has read “%(course)s” and published it. Everybody finds it now."),
    ),
    "returned": (
        msg("Your course needs another look: %(course)s"),
        msg("The office has read “%(course)s” and gives it back to you. Change it and hand it in again."),
    ),
    "taken-out": (
        msg("Your course has left the catalogue: %(course)s"),
        msg("The office has taken “%(course)s” out of the catalogue. Those who have begun it can still finish."),
    ),
}


def write_certificate(certificate_id: int, person_id: int) -> None:
    """The learner hears where anyone can check it."""
    certificate = db.session.get_one(Certificate, certificate_id)

    def write(language: str) -> Words:
        spoken = best_language(certificate.course_titles, language, certificate.language) or ""
        title, page = certificate.course_titles.get(spoken, ""), f"/verify/{certificate.code}"
        parts = (
            translate("Well done, %(name)s: you have finished “%(course)s”.", name=certificate.person_name, course=title),
            translate("Anyone can check your certificate at this address:"),
            site_address(page),
            translate(
                "Its code is %(code)s. You can save it as a PDF on the page of the course.",
                code=spoken_code(certificate.code),
            ),
        )
        return Words(translate("Your certificate: %(course)s", course=title), parts, page)

    tell(CERTIFIED, f"certificate:{certificate_id}", Reader(person_id), write)


def write_decision(course_id: int, owner_id: int, decision: str) -> None:
    """The instructor is told once of each decision about each handing-in."""
    course = db.session.get_one(Course, course_id)
    titles = dict(
        db.session.execute(select(CourseText.language, CourseText.title).where(CourseText.course_id == course_id)).all()
    )
    handed_in = f"{course.submitted_at:%Y%m%d%H%M%S%f}" if course.submitted_at else ""
    subject, sentence = DECISIONS[decision]

    def write(language: str) -> Words:
        title = titles.get(best_language(titles, language) or "", course.slug)
        page = f"/{language}/academy/teach/{course.slug}"
        parts = [translate(sentence, course=title)]
        if course.reason:
            parts.append(translate("The office writes: %(reason)s", reason=course.reason))
        return Words(translate(subject, course=title), [*parts, site_address(page)], page)

    tell(DECIDED, f"course-{decision}:{course_id}:{handed_in}", Reader(owner_id), write)
