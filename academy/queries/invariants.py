"""What must hold in academy's tables; each check yields a sentence per broken thing."""

from collections.abc import Iterator

from sqlalchemy import func, select

from academy.models import Answer, Certificate, Completion, Course, Enrolment, Lesson, Question, QuizAttempt
from academy.rules.kinds import KINDS, mark
from academy.rules.lessons import LESSONS
from app.accounts.models import Person
from app.engines.db import db

BATCH = 1000


def marks_stand() -> Iterator[str]:
    """Each mark follows from the answer and the key it was made with, and each attempt counts its marks."""
    counted: dict[int, int] = {}
    rows = db.session.execute(
        select(Answer.id, Answer.attempt_id, Answer.given, Answer.right, Answer.marked_by)
        .join(QuizAttempt, QuizAttempt.id == Answer.attempt_id)
        .where(QuizAttempt.state == "handed_in")
        .order_by(Answer.id)
        .execution_options(yield_per=BATCH)
    )
    for id_, attempt, given, right, marked_by in rows:
        if right is None or marked_by is None:
            yield f"academy: answer {id_} of a handed-in attempt has no mark"
        elif marked_by["kind"] in KINDS and mark(given, marked_by) is not right:
            yield f"academy: answer {id_} is marked {right}, and is not"
        counted[attempt] = counted.get(attempt, 0) + bool(right)
    attempts = db.session.execute(
        select(
            QuizAttempt.id, QuizAttempt.right_count, QuizAttempt.question_ids, QuizAttempt.passed, QuizAttempt.pass_percent
        )
        .join(Enrolment, Enrolment.id == QuizAttempt.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(QuizAttempt.state == "handed_in", Person.erased_at.is_(None))  # whose answers went, whose marks stay
        .order_by(QuizAttempt.id)
        .execution_options(yield_per=BATCH)
    )
    for id_, right_count, questions, passed, percent in attempts:
        if right_count != counted.get(id_, 0):
            yield f"academy: attempt {id_} counts {right_count} right answers, it has {counted.get(id_, 0)}"
        elif passed is not (100 * right_count >= (percent or 0) * len(questions)):
            yield f"academy: attempt {id_} is stored as {'passed' if passed else 'not passed'}, and is not"


def kinds_are_known() -> Iterator[str]:
    """Each lesson and each question is of a kind that can be shown, each mark of one that can be computed again."""
    lessons = select(Lesson.id, Lesson.kind).where(Lesson.kind.not_in(LESSONS)).order_by(Lesson.id)
    for id_, kind in db.session.execute(lessons):
        yield f"academy: lesson {id_} is of the kind {kind}, which nobody can show"
    asked = select(Question.id, Question.kind).where(Question.kind.not_in(KINDS)).order_by(Question.id)
    for id_, kind in db.session.execute(asked):
        yield f"academy: question {id_} is of the kind {kind}, which nobody can ask"
    marks = (
        select(Answer.id, Answer.marked_by)
        .where(Answer.marked_by.is_not(None))
        .order_by(Answer.id)
        .execution_options(yield_per=BATCH)
    )
    for id_, marked_by in db.session.execute(marks):
        if marked_by is not None and marked_by["kind"] not in KINDS:
            yield f"academy: answer {id_} was marked as of the kind {marked_by['kind']}, which nobody can mark"


def completions_belong() -> Iterator[str]:
    """A completion is of a lesson of the course that is taken; a quiz's names a passed attempt of the same learner."""
    rows = db.session.execute(
        select(
            Completion.id,
            Enrolment.course_id,
            Lesson.course_id,
            Lesson.kind,
            QuizAttempt.passed,
            QuizAttempt.enrolment_id,
            Completion.enrolment_id,
            QuizAttempt.lesson_id,
            Completion.lesson_id,
        )
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Lesson, Lesson.id == Completion.lesson_id)
        .outerjoin(QuizAttempt, QuizAttempt.id == Completion.attempt_id)
        .order_by(Completion.id)
        .execution_options(yield_per=BATCH)
    )
    for id_, taken, taught, kind, passed, by, enrolment, quiz, lesson in rows:
        if taken != taught:
            yield f"academy: completion {id_} is of a lesson of another course"
        elif kind in LESSONS and LESSONS[kind].asks and not (passed and by == enrolment and quiz == lesson):
            yield f"academy: completion {id_} of a quiz has no passed attempt behind it"


def certificates_are_earned() -> Iterator[str]:
    """Every lesson a certificate names as evidence has its completion."""
    rows = db.session.execute(
        select(Certificate.id, Certificate.enrolment_id, Certificate.evidence).order_by(Certificate.id)
    ).all()
    done: dict[int, set[int]] = {}
    if rows:
        completed = select(Completion.enrolment_id, Completion.lesson_id).join(
            Certificate, Certificate.enrolment_id == Completion.enrolment_id
        )
        for enrolment, lesson in db.session.execute(completed):
            done.setdefault(enrolment, set()).add(lesson)
    for id_, enrolment, evidence in rows:
        needed = set(evidence.get("lessons", []))
        if not needed or needed - done.get(enrolment, set()):
            yield f"academy: certificate {id_} was issued without the completions it needs"


def copies_are_right() -> Iterator[str]:
    """A course's minutes and number of lessons are those of its lessons."""
    sums = (
        select(Lesson.course_id, func.sum(Lesson.minutes).label("minutes"), func.count().label("lessons"))
        .where(Lesson.removed.is_(False))
        .group_by(Lesson.course_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Course.id, Course.minutes, Course.lessons, func.coalesce(sums.c.minutes, 0), func.coalesce(sums.c.lessons, 0))
        .outerjoin(sums, sums.c.course_id == Course.id)
        .order_by(Course.id)
    )
    for id_, minutes, lessons, real_minutes, real_lessons in rows:
        if (minutes, lessons) != (int(real_minutes), real_lessons):
            yield f"academy: course {id_} says {lessons} lessons, {minutes} minutes; it has {real_lessons}, {real_minutes}"
