"""Quizzes: an attempt with its questions in the reader's language, and the answers given so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from academy.models import (
    Answer,
    Course,
    Enrolment,
    Lesson,
    Question,
    QuestionOption,
    QuestionOptionText,
    QuestionText,
    QuizAttempt,
)
from academy.queries.courses import in_best_language
from academy.rules.questions import Asked, Result
from app.engines.db import db


@dataclass(frozen=True)
class AttemptHead:
    """An attempt, whose it is and where it belongs."""

    id: int
    person_id: int
    state: str
    number: int
    question_ids: tuple[int, ...]
    lesson_id: int
    lesson_key: str
    course_id: int
    slug: str
    result: Result | None
    handed_in_at: datetime | None


@dataclass(frozen=True)
class OptionShown:
    """An answer to choose."""

    key: str
    text: str
    right: bool


@dataclass(frozen=True)
class QuestionShown:
    """A question in the reader's language; `value` is decimal text."""

    id: int
    kind: str
    prompt: str
    explanation: str
    value: str | None
    options: tuple[OptionShown, ...]

    @property
    def asked(self) -> Asked:
        """As the rules see it."""
        return Asked(self.kind, tuple((option.key, option.right) for option in self.options), self.value or "0")


@dataclass(frozen=True)
class AnswerShown:
    """An answer as it was given; `right` is None until the attempt is handed in."""

    given: Mapping[str, Any]
    right: bool | None
    saved_at: datetime


def attempt_head(attempt_id: int) -> AttemptHead | None:
    """The attempt; one statement."""
    row = db.session.execute(
        select(QuizAttempt, Enrolment.person_id, Lesson.key, Course.id, Course.slug)
        .join(Enrolment, Enrolment.id == QuizAttempt.enrolment_id)
        .join(Lesson, Lesson.id == QuizAttempt.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .where(QuizAttempt.id == attempt_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        return None
    attempt, person_id, key, course_id, slug = row
    questions = tuple(attempt.question_ids)
    result = None if attempt.right_count is None else Result(attempt.right_count, len(questions), attempt.pass_percent or 0)
    return AttemptHead(
        attempt.id,
        person_id,
        attempt.state,
        attempt.number,
        questions,
        attempt.lesson_id,
        key,
        course_id,
        slug,
        result,
        attempt.handed_in_at,
    )


def questions_shown(question_ids: Sequence[int], language: str) -> list[QuestionShown]:
    """The questions in this order; two statements."""
    rows = db.session.execute(
        select(
            Question.id, Question.kind, Question.value, QuestionText.language, QuestionText.prompt, QuestionText.explanation
        )
        .outerjoin(QuestionText, QuestionText.question_id == Question.id)
        .where(Question.id.in_(question_ids))
    ).all()
    options = db.session.execute(
        select(
            QuestionOption.id,
            QuestionOption.question_id,
            QuestionOption.key,
            QuestionOption.right,
            QuestionOptionText.language,
            QuestionOptionText.text,
        )
        .outerjoin(QuestionOptionText, QuestionOptionText.option_id == QuestionOption.id)
        .where(QuestionOption.question_id.in_(question_ids))
        .order_by(QuestionOption.position, QuestionOption.id)
    ).all()
    texts = in_best_language([(row[0], row[4], row[5]) for row in options], language)
    by_question: dict[int, dict[int, OptionShown]] = {}
    for id_, question_id, key, right, _spoken, _text in options:
        by_question.setdefault(question_id, {})[id_] = OptionShown(key, texts.get(id_, key), right)
    prompts = in_best_language([(row[0], row[3], row[4]) for row in rows], language)
    explanations = in_best_language([(row[0], row[3], row[5]) for row in rows], language)
    questions = {
        row[0]: QuestionShown(
            row[0],
            row[1],
            prompts.get(row[0], ""),
            explanations.get(row[0], ""),
            row[2],
            tuple(by_question.get(row[0], {}).values()),
        )
        for row in rows
    }
    return [questions[id_] for id_ in question_ids if id_ in questions]


def answers_of(attempt_id: int) -> dict[int, AnswerShown]:
    """{question: answer} of what was answered so far; one statement."""
    rows = db.session.execute(
        select(Answer.question_id, Answer.given, Answer.right, Answer.saved_at).where(Answer.attempt_id == attempt_id)
    )
    return {question: AnswerShown(given, right, at) for question, given, right, at in rows}


def live_questions(lesson_id: int) -> list[int]:
    """The questions a new attempt asks, in order."""
    return list(
        db.session.scalars(
            select(Question.id)
            .where(Question.lesson_id == lesson_id, Question.removed.is_(False))
            .order_by(Question.position, Question.id)
        )
    )


def asked_in(question_ids: Sequence[int]) -> dict[int, Asked]:
    """{question: what is stored of it}, for marking; two statements."""
    rows = db.session.execute(
        select(Question.id, Question.kind, Question.value, Question.tolerance).where(Question.id.in_(question_ids))
    ).all()
    options: dict[int, list[tuple[str, bool]]] = {}
    statement = (
        select(QuestionOption.question_id, QuestionOption.key, QuestionOption.right)
        .where(QuestionOption.question_id.in_(question_ids))
        .order_by(QuestionOption.position, QuestionOption.id)
    )
    for question_id, key, right in db.session.execute(statement):
        options.setdefault(question_id, []).append((key, right))
    return {
        id_: Asked(kind, tuple(options.get(id_, ())), value or "0", tolerance or "0") for id_, kind, value, tolerance in rows
    }
