"""What follows from what happened in academy: letters to the learner and to the instructor."""

from typing import Any

from sqlalchemy import select

from academy.models import Certificate, Course, CourseText
from academy.rules.certificates import spoken_code
from academy.services import erasure
from app.accounts.queries import reach, wants
from app.engines.db import db
from app.engines.language import speaking, translate
from app.engines.mail import post, site_address
from app.engines.own_data import Whose
from app.kernel.text import best_language, msg

NOTICE_KIND = "courses"


def on_certificate_issued(_sender: object, certificate_id: int, person_id: int, **_more: object) -> None:
    """One letter per certificate, in the language its reader has chosen, unless they want none about courses."""
    certificate = db.session.get_one(Certificate, certificate_id)
    for contact in reach([person_id]):
        if not wants(person_id, NOTICE_KIND, contact.kind):
            continue
        with speaking(contact.language):
            spoken = best_language(certificate.course_titles, contact.language, certificate.language) or ""
            title = certificate.course_titles.get(spoken, "")
            body = "\n\n".join(
                (
                    translate(
                        "Well done, %(name)s: you have finished “%(course)s”.", name=certificate.person_name, course=title
                    ),
                    translate("Anyone can check your certificate at this address:"),
                    site_address(f"/verify/{certificate.code}"),
                    translate(
                        "Its code is %(code)s. You can save it as a PDF on the page of the course.",
                        code=spoken_code(certificate.code),
                    ),
                )
            )
            post(
                contact.kind,
                contact.value,
                translate("Your certificate: %(course)s", course=title),
                body,
                contact.language,
                unique_key=f"certificate:{certificate_id}:{contact.kind}:{contact.value}",
            )


def on_course_published(
    _sender: object, course_id: int, owner_id: int | None, actor_id: int | None, **_more: object
) -> None:
    """The instructor hears that the course is in the catalogue."""
    _write_to_instructor(
        course_id,
        owner_id,
        actor_id,
        "published",
        msg("Your course is published: %(course)s"),
        msg("The office has read “%(course)s” and published it. Everybody finds it now."),
    )


def on_course_returned(_sender: object, course_id: int, owner_id: int | None, actor_id: int | None, **_more: object) -> None:
    """The instructor hears why the course came back."""
    _write_to_instructor(
        course_id,
        owner_id,
        actor_id,
        "returned",
        msg("Your course needs another look: %(course)s"),
        msg("The office has read “%(course)s” and gives it back to you. Change it and hand it in again."),
    )


def on_course_taken_out(
    _sender: object, course_id: int, owner_id: int | None, actor_id: int | None, **_more: object
) -> None:
    """The instructor hears that the office took the course out of the catalogue."""
    _write_to_instructor(
        course_id,
        owner_id,
        actor_id,
        "taken-out",
        msg("Your course has left the catalogue: %(course)s"),
        msg("The office has taken “%(course)s” out of the catalogue. Those who have begun it can still finish."),
    )


def _write_to_instructor(
    course_id: int, owner_id: int | None, actor_id: int | None, what: str, subject: str, sentence: str
) -> None:
    """One letter for each decision about each handing-in, wanted in any case; none about what the system loads."""
    if owner_id is None or actor_id is None:
        return
    course = db.session.get_one(Course, course_id)
    titles = dict(
        db.session.execute(select(CourseText.language, CourseText.title).where(CourseText.course_id == course_id)).all()
    )
    handed_in = f"{course.submitted_at:%Y%m%d%H%M%S%f}" if course.submitted_at else ""
    for contact in reach([owner_id])[:1]:
        with speaking(contact.language):
            title = titles.get(best_language(titles, contact.language) or "", course.slug)
            parts = [translate(sentence, course=title)]
            if course.reason:
                parts.append(translate("The office writes: %(reason)s", reason=course.reason))
            parts.append(site_address(f"/{contact.language}/academy/teach/{course.slug}"))
            post(
                contact.kind,
                contact.value,
                translate(subject, course=title),
                "\n\n".join(parts),
                contact.language,
                unique_key=f"course-{what}:{course_id}:{handed_in}",
            )


def on_person_erased(_sender: Any, whose: Whose, name: str, certificates: bool, **_more: object) -> None:
    """Their answers and drafts go, in the same transaction."""
    erasure.erase_learner(whose, name, certificates)
    erasure.erase_drafts(whose)
