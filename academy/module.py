"""The plate of academy."""

from academy.demo.letters import write_samples
from academy.demo.load import load
from academy.listeners import (
    on_certificate_issued,
    on_course_published,
    on_course_returned,
    on_course_taken_out,
    on_person_erased,
)
from academy.queries import invariants
from academy.queries.catalogue import PUBLISHED_SLUGS
from academy.queries.learning import has_trained
from academy.queries.own_data import OWN_DATA
from academy.rules.kinds import KINDS
from academy.search import COURSE_KIND, course_documents
from academy.services.letters import NOTICE_KINDS
from academy.services.own_courses import OWN_COURSE_ACT
from academy.signals import certificate_issued, course_published, course_returned, course_taken_out
from academy.views import catalogue, certificates, desk, lessons, quizzes, teaching, writing
from academy.views.blueprint import academy
from academy.views.cards import desk_card, home_card, path_card
from app.accounts.signals import person_erased
from app.kernel.actor import Actor
from app.kernel.text import msg
from app.module import Card, Entry, Module, PublicPage, SearchKind, Step

REFUSALS = {
    "answer-missing": msg("Choose or type an answer first."),
    "answer-unknown": msg("Choose one of the answers of this question."),
    "attempt-handed-in": msg("This attempt was handed in already. Begin another one to try again."),
    "not-a-quiz": msg("This lesson has no questions."),
    "quiz-is-not-ticked": msg("A quiz is done when it is passed."),
    "course-not-open": msg("This course is not open."),
    "course-handed-in-again": msg("This course was handed in again in the meantime. Read it before you decide."),
    "course-not-writable": msg("This course cannot be changed now. Withdraw it first, or wait for the office."),
    "lessons-missing": msg("Some required lessons are still to be done before the certificate."),
    "certificate-already-revoked": msg("This certificate was revoked already."),
    "course-needs-title": msg("Write a title in at least one language."),
    "course-needs-lesson": msg("The course needs at least one required lesson."),
    "course-needs-file": msg("A lesson still lacks its file."),
    "course-needs-question": msg("A quiz still has no question."),
    "question-needs-options": msg("Write at least two answers."),
    "question-needs-one-right": msg("Mark exactly one answer as right."),
    "question-needs-right-and-wrong": msg("Mark at least one answer as right, and leave at least one wrong."),
    "prompt-missing": msg("Write the question in at least one language."),
    "title-missing": msg("Write a title in at least one language."),
    "choice-unknown": msg("Choose one of the list."),
    "minutes-out-of-range": msg("Between 1 and 600 minutes."),
    "percent-out-of-range": msg("Between 1 and 100."),
    "tolerance-negative": msg("This cannot be below zero."),
    "part-not-empty": msg("Remove or move its lessons first."),
    "too-many-lessons": msg("A course has at most %(limit)s lessons."),
    "too-many-questions": msg("A quiz has at most %(limit)s questions."),
    "lesson-has-no-file": msg("A lesson of this kind has no file."),
    "file-missing": msg("Choose a file first."),
    "file-not-accepted": msg("This file is not of a kind this lesson can show."),
    "file-too-large": msg("This file is too large: %(limit)s MB at the most."),
    **{code: sentence for kind in KINDS.values() for code, sentence in kind.refusals.items()},
}


def trained(actor: Actor) -> bool:
    """The step of my path: a certificate, or everything a course asks for."""
    return has_trained(actor.person_id)


# The blueprint is complete once all its doors are imported.
DOORS = (catalogue, certificates, desk, lessons, quizzes, teaching, writing)

MODULE = Module(
    name="academy",
    blueprints=(academy,),
    subscriptions=(
        (certificate_issued, on_certificate_issued),
        (course_published, on_course_published),
        (course_returned, on_course_returned),
        (course_taken_out, on_course_taken_out),
        (person_erased, on_person_erased),
    ),
    notice_kinds=NOTICE_KINDS,
    public_pages=(PublicPage("academy.course", PUBLISHED_SLUGS),),
    search_kinds=(SearchKind(COURSE_KIND, course_documents),),
    cards=(
        Card("home", 40, "academy/card_home.html", home_card, on=("academy",)),
        Card("path", 30, "academy/card_path.html", path_card),
        Card("desk", 40, "academy/card_desk.html", desk_card),
    ),
    steps=(Step("training", 30, msg("Take a course"), "academy.academy", "book", trained),),
    menu=(
        Entry("main", 40, msg("Academy"), "academy.academy", "book"),
        Entry("account", 15, msg("My courses"), "academy.my_learning", "book"),
        Entry("desk", 40, msg("Courses"), "academy.desk_courses", "book"),
        Entry("desk", 41, msg("Certificates"), "academy.desk_certificates", "certificate"),
    ),
    refusals=REFUSALS,
    acts=(OWN_COURSE_ACT,),
    own_data=OWN_DATA,
    checks={
        "academy: kinds": invariants.kinds_are_known,
        "academy: marks": invariants.marks_stand,
        "academy: completions": invariants.completions_belong,
        "academy: certificates": invariants.certificates_are_earned,
        "academy: copies": invariants.copies_are_right,
    },
    demo=load,
    letter_samples=write_samples,
)
