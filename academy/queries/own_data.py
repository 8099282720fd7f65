"""What the academy keeps of a person: courses taken, answers given, certificates, courses written."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, select

from academy.models import (
    Answer,
    Certificate,
    Completion,
    Course,
    CourseText,
    Enrolment,
    Lesson,
    LessonText,
    Question,
    QuestionText,
    QuizAttempt,
)
from app.engines.own_data import OwnData, Whose
from app.kernel.text import msg

LEARNING = msg("To know how far you have come, and what a certificate rests on.")
TEACHING = msg("To teach with what you wrote.")


def _course(course_id: Any) -> ScalarSelect[str]:
    text = CourseText
    return select(text.title).where(text.course_id == course_id, text.source).correlate_except(text).scalar_subquery()


def _enrolments(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Enrolment
    return (
        select(row.id, _course(row.course_id).label("course"), row.enrolled_at)
        .where(row.person_id == whose.person_id)
        .order_by(row.id)
    )


def _completions(whose: Whose) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Completion.id, _course(Enrolment.course_id).label("course"), Lesson.key.label("lesson"), Completion.completed_at
        )
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Lesson, Lesson.id == Completion.lesson_id)
        .where(Enrolment.person_id == whose.person_id)
        .order_by(Completion.id)
    )


def _attempts(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = QuizAttempt
    return (
        select(
            row.id,
            _course(Enrolment.course_id).label("course"),
            Lesson.key.label("lesson"),
            row.number,
            row.state,
            row.started_at,
            row.handed_in_at,
            row.right_count,
            row.passed,
        )
        .join(Enrolment, Enrolment.id == row.enrolment_id)
        .join(Lesson, Lesson.id == row.lesson_id)
        .where(Enrolment.person_id == whose.person_id)
        .order_by(row.id)
    )


def _answers(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Answer
    return (
        select(
            row.id,
            row.attempt_id.label("attempt_number"),
            Question.key.label("question"),
            row.given,
            row.right,
            row.saved_at,
        )
        .join(QuizAttempt, QuizAttempt.id == row.attempt_id)
        .join(Enrolment, Enrolment.id == QuizAttempt.enrolment_id)
        .join(Question, Question.id == row.question_id)
        .where(Enrolment.person_id == whose.person_id)
        .order_by(row.id)
    )


def _certificates(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Certificate
    return (
        select(
            row.id,
            row.code,
            row.person_name.label("name"),
            _course(Enrolment.course_id).label("course"),
            row.minutes,
            row.language,
            row.issued_at,
            row.revoked_at,
            row.revoked_reason.label("reason"),
        )
        .join(Enrolment, Enrolment.id == row.enrolment_id)
        .where(Enrolment.person_id == whose.person_id)
        .order_by(row.id)
    )


def _courses(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Course
    return (
        select(
            row.id,
            row.slug.label("course"),
            row.state,
            row.territory,
            row.sector,
            row.reason,
            row.created_at,
            row.changed_at,
            row.submitted_at,
            row.published_at,
        )
        .where(row.owner_id == whose.person_id)
        .order_by(row.id)
    )


def _course_texts(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = CourseText
    return (
        select(Course.slug.label("course"), row.language, row.title, row.summary, row.outcomes)
        .join(Course, Course.id == row.course_id)
        .where(Course.owner_id == whose.person_id)
        .order_by(Course.id, row.language)
    )


def _lesson_texts(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = LessonText
    return (
        select(
            Course.slug.label("course"),
            Lesson.key.label("lesson"),
            row.language,
            row.title,
            row.body,
            row.transcript,
            row.alt.label("picture_shows"),
        )
        .join(Lesson, Lesson.id == row.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .where(Course.owner_id == whose.person_id)
        .order_by(Lesson.id, row.language)
    )


def _questions(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = QuestionText
    return (
        select(
            Course.slug.label("course"),
            Lesson.key.label("lesson"),
            Question.key.label("question"),
            row.language,
            row.prompt.label("body"),
            row.explanation,
        )
        .join(Question, Question.id == row.question_id)
        .join(Lesson, Lesson.id == Question.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .where(Course.owner_id == whose.person_id)
        .order_by(Question.id, row.language)
    )


OWN_DATA = (
    OwnData("enrolments", msg("Courses you take"), LEARNING, _enrolments),
    OwnData("completions", msg("Lessons you have done"), LEARNING, _completions),
    OwnData("attempts", msg("Quizzes you tried"), LEARNING, _attempts),
    OwnData("answers", msg("Your answers"), LEARNING, _answers),
    OwnData("certificates", msg("Your certificates"), LEARNING, _certificates),
    OwnData("courses", msg("Courses you wrote"), TEACHING, _courses),
    OwnData("course_texts", msg("The words of your courses"), TEACHING, _course_texts),
    OwnData("lesson_texts", msg("The lessons you wrote"), TEACHING, _lesson_texts),
    OwnData("questions", msg("The questions you wrote"), TEACHING, _questions),
)
