"""A learner or instructor was erased: answers and drafts go; a certificate stays with what it rests on."""

from sqlalchemy import delete, func, select, update

from academy.models import (
    Answer,
    Certificate,
    Completion,
    Course,
    CourseModule,
    CourseModuleText,
    CourseText,
    Enrolment,
    Lesson,
    LessonFile,
    LessonText,
    Question,
    QuestionOption,
    QuestionOptionText,
    QuestionText,
    QuizAttempt,
)
from academy.search import COURSE_KIND
from app.engines.db import db
from app.engines.language import translate
from app.engines.own_data import Whose
from app.engines.search import outbox
from app.kernel.clock import now


def erase_learner(whose: Whose, name: str, certificates: bool) -> None:
    """Everything they did in courses goes, but for completions and passed attempts that a certificate rests on.

    With `certificates` those are revoked and bear the pseudonym; else they stay as they were certified.
    """
    theirs = select(Enrolment.id).where(Enrolment.person_id == whose.person_id)
    certified = select(Certificate.enrolment_id).where(Certificate.enrolment_id.in_(theirs))
    uncertified = theirs.where(Enrolment.id.not_in(certified))
    proving = select(Completion.attempt_id).where(Completion.enrolment_id.in_(certified), Completion.attempt_id.is_not(None))
    attempts = select(QuizAttempt.id).where(QuizAttempt.enrolment_id.in_(theirs))
    statements = [
        delete(Answer).where(Answer.attempt_id.in_(attempts)),
        delete(Completion).where(Completion.enrolment_id.in_(uncertified)),
        delete(QuizAttempt).where(QuizAttempt.enrolment_id.in_(theirs), QuizAttempt.id.not_in(proving)),
        delete(Enrolment).where(Enrolment.person_id == whose.person_id, Enrolment.id.not_in(certified)),
    ]
    for statement in statements:
        db.session.execute(statement.execution_options(synchronize_session=False))
    if certificates:
        _unname(whose, name)


def _unname(whose: Whose, name: str) -> None:
    theirs = select(Enrolment.id).where(Enrolment.person_id == whose.person_id)
    db.session.execute(
        update(Certificate)
        .where(Certificate.enrolment_id.in_(theirs))
        .values(
            person_name=name,
            revoked_at=func.coalesce(Certificate.revoked_at, now()),
            revoked_reason=translate("Its owner wished to be erased."),
        )
        .execution_options(synchronize_session=False)
    )


def erase_drafts(whose: Whose) -> None:
    """Courses that were never published and that nobody takes go whole; their files go with the next sweep."""
    taken = select(Enrolment.id).where(Enrolment.course_id == Course.id).exists()
    unseen = select(Course.id).where(Course.owner_id == whose.person_id, Course.published_at.is_(None), ~taken)
    for course_id in db.session.scalars(unseen.order_by(Course.id).with_for_update()).all():
        _erase_course(course_id)


def _erase_course(course_id: int) -> None:
    lessons = select(Lesson.id).where(Lesson.course_id == course_id)
    parts = select(CourseModule.id).where(CourseModule.course_id == course_id)
    questions = select(Question.id).where(Question.lesson_id.in_(lessons))
    options = select(QuestionOption.id).where(QuestionOption.question_id.in_(questions))
    for statement in (
        delete(QuestionOptionText).where(QuestionOptionText.option_id.in_(options)),
        delete(QuestionOption).where(QuestionOption.question_id.in_(questions)),
        delete(QuestionText).where(QuestionText.question_id.in_(questions)),
        delete(Question).where(Question.lesson_id.in_(lessons)),
        delete(LessonFile).where(LessonFile.lesson_id.in_(lessons)),
        delete(LessonText).where(LessonText.lesson_id.in_(lessons)),
        delete(Lesson).where(Lesson.course_id == course_id),
        delete(CourseModuleText).where(CourseModuleText.module_id.in_(parts)),
        delete(CourseModule).where(CourseModule.course_id == course_id),
        delete(CourseText).where(CourseText.course_id == course_id),
        delete(Course).where(Course.id == course_id),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    outbox.touch(COURSE_KIND, course_id)
