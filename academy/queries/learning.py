"""What a learner has done: enrolments, completions, attempts at quizzes, certificates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from academy.models import Certificate, Completion, Course, CourseText, Enrolment, Lesson, QuizAttempt
from academy.queries.courses import in_best_language
from academy.rules.questions import Result
from app.engines.db import db


@dataclass(frozen=True)
class Standing:
    """How far a person is in a course. `passed` are the quizzes whose completion names a passing attempt."""

    enrolment_id: int | None = None
    completed: frozenset[int] = frozenset()
    passed: frozenset[int] = frozenset()
    certificate: str | None = None


@dataclass(frozen=True)
class AttemptLine:
    """An attempt as a line of a list."""

    id: int
    number: int
    state: str
    result: Result | None
    handed_in_at: datetime | None


@dataclass(frozen=True)
class Learning:
    """A course somebody takes; `done` of `of` required lessons."""

    course_id: int
    slug: str
    state: str
    title: str
    drawing: str
    minutes: int
    done: int
    of: int
    certificate: str | None
    enrolled_at: datetime
    territory: str


def standing(person_id: int | None, course_id: int) -> Standing:
    """How far the person is; one statement."""
    if person_id is None:
        return Standing()
    rows = db.session.execute(
        select(Enrolment.id, Certificate.code, Completion.lesson_id, Completion.attempt_id)
        .outerjoin(Certificate, Certificate.enrolment_id == Enrolment.id)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id, Enrolment.course_id == course_id)
    ).all()
    if not rows:
        return Standing()
    completed = frozenset(row[2] for row in rows if row[2] is not None)
    return Standing(rows[0][0], completed, frozenset(row[2] for row in rows if row[3] is not None), rows[0][1])


def enrolment_for_update(person_id: int, course_id: int) -> Enrolment | None:
    """The enrolment, locked: whatever adds to it waits for its turn."""
    return db.session.scalar(
        select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.course_id == course_id).with_for_update()
    )


def open_quiz(enrolment_id: int) -> int | None:
    """The lesson whose quiz is being answered, the latest if there are several."""
    return db.session.scalar(
        select(QuizAttempt.lesson_id)
        .where(QuizAttempt.enrolment_id == enrolment_id, QuizAttempt.state == "open")
        .order_by(QuizAttempt.id.desc())
        .limit(1)
    )


def attempts_of(enrolment_id: int, lesson_id: int, limit: int = 10) -> list[AttemptLine]:
    """The latest attempts at a quiz, newest first."""
    rows = db.session.execute(
        select(
            QuizAttempt.id,
            QuizAttempt.number,
            QuizAttempt.state,
            QuizAttempt.right_count,
            QuizAttempt.question_ids,
            QuizAttempt.pass_percent,
            QuizAttempt.handed_in_at,
        )
        .where(QuizAttempt.enrolment_id == enrolment_id, QuizAttempt.lesson_id == lesson_id)
        .order_by(QuizAttempt.number.desc())
        .limit(limit)
    )
    return [
        AttemptLine(id_, number, state, None if right is None else Result(right, len(questions), percent or 0), at)
        for id_, number, state, right, questions, percent, at in rows
    ]


def _counts(course_ids: Sequence[int], enrolment_ids: Sequence[int]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """{course: required lessons} and {enrolment: required lessons done}; two statements."""
    counted = (Lesson.required.is_(True), Lesson.removed.is_(False))
    required = db.session.execute(
        select(Lesson.course_id, func.count()).where(Lesson.course_id.in_(course_ids), *counted).group_by(Lesson.course_id)
    )
    done = db.session.execute(
        select(Completion.enrolment_id, func.count())
        .join(Lesson, Lesson.id == Completion.lesson_id)
        .where(Completion.enrolment_id.in_(enrolment_ids), *counted)
        .group_by(Completion.enrolment_id)
    )
    return dict(required.all()), dict(done.all())


def progress_counts(enrolments: Sequence[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """{enrolment: (done, of)} of pairs (enrolment, course); two statements, none when there is nothing."""
    if not enrolments:
        return {}
    required, done = _counts(sorted({course for _, course in enrolments}), [id_ for id_, _ in enrolments])
    return {id_: (done.get(id_, 0), required.get(course, 0)) for id_, course in enrolments}


def my_learning(person_id: int, language: str, offset: int = 0, limit: int = 20) -> tuple[list[Learning], int]:
    """The courses a person takes, newest first, and how many in all; five statements."""
    total = db.session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.person_id == person_id)) or 0
    rows = db.session.execute(
        select(
            Enrolment.id,
            Enrolment.enrolled_at,
            Course.id,
            Course.slug,
            Course.state,
            Course.drawing,
            Course.minutes,
            Certificate.code,
            Course.territory,
        )
        .join(Course, Course.id == Enrolment.course_id)
        .outerjoin(Certificate, Certificate.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    if not rows:
        return [], total
    titles = course_titles([row[2] for row in rows], language)
    counts = progress_counts([(row[0], row[2]) for row in rows])
    return [
        Learning(course, slug, state, titles.get(course, slug), drawing, minutes, *counts[id_], code, at, territory)
        for id_, at, course, slug, state, drawing, minutes, code, territory in rows
    ], total


def course_titles(course_ids: Sequence[int], language: str) -> Mapping[int, str]:
    """{course: title in the best language}."""
    rows = db.session.execute(
        select(CourseText.course_id, CourseText.language, CourseText.title).where(CourseText.course_id.in_(course_ids))
    )
    return in_best_language([(id_, spoken, title) for id_, spoken, title in rows], language)


def has_trained(person_id: int | None) -> bool:
    """Has the person earned a certificate, or completed all that a course asks for?"""
    if person_id is None:
        return False
    earned = db.session.scalar(
        select(Certificate.id)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .where(Enrolment.person_id == person_id, Certificate.revoked_at.is_(None))
        .limit(1)
    )
    if earned is not None:
        return True
    enrolments = db.session.execute(select(Enrolment.id, Enrolment.course_id).where(Enrolment.person_id == person_id)).all()
    counts = progress_counts([(id_, course) for id_, course in enrolments])
    return any(of and done >= of for done, of in counts.values())
