"""The questions of a quiz: written, changed, removed by the course's instructor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select

from academy.models import Lesson, Question, QuestionOption, QuestionOptionText, QuestionText, QuizAttempt
from academy.rules.courses import MOST_QUESTIONS
from academy.rules.kinds import KINDS
from academy.rules.lessons import LESSONS
from academy.rules.questions import EXPLANATION_LONGEST, OPTION_LONGEST, PROMPT_LONGEST
from academy.services.courses import writable_course
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import LANGUAGES, paragraphs


@dataclass(frozen=True)
class OptionGiven:
    """An answer to choose, in every language it is written in."""

    key: str
    texts: Mapping[str, str]
    right: bool


@dataclass(frozen=True)
class QuestionGiven:
    """A question in every language it is written in; value and tolerance are texts as people type numbers."""

    kind: str
    prompts: Mapping[str, str]
    explanations: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[OptionGiven] = ()
    value: str = ""
    tolerance: str = ""


def add_question(actor: Actor, lesson_id: int, given: QuestionGiven, key: str | None = None) -> int:
    """A new question at the end of the quiz; returns its id."""
    lesson = _writable_quiz(actor, lesson_id)
    checked = _checked(given)
    asked = (Question.lesson_id == lesson.id, Question.removed.is_(False))
    count, last = db.session.execute(select(func.count(), func.max(Question.position)).where(*asked)).one()
    if count >= MOST_QUESTIONS:
        raise Conflict("too-many-questions", limit=MOST_QUESTIONS)
    question = Question(lesson_id=lesson_id, key=key or _free_key(lesson_id), kind=given.kind, position=(last or 0) + 1)
    db.session.add(question)
    _write(question, checked)
    record(actor, "add", "question", question.id, lesson_id=lesson_id)
    return question.id


def change_question(actor: Actor, lesson_id: int, question_id: int, given: QuestionGiven) -> None:
    """New words and a new key. What learners were asked stays as it was: another question is asked from now on."""
    _writable_quiz(actor, lesson_id)
    question = _question(lesson_id, question_id)
    checked = _checked(given)
    if db.session.scalar(select(QuizAttempt.id).where(QuizAttempt.lesson_id == lesson_id).limit(1)) is not None:
        question.removed = True
        question = Question(lesson_id=lesson_id, key=_free_key(lesson_id), kind=given.kind, position=question.position)
        db.session.add(question)
    question.kind = given.kind
    _write(question, checked)
    record(actor, "change", "question", question_id, now_asked=question.id)


def remove_question(actor: Actor, lesson_id: int, question_id: int) -> None:
    """It is no longer asked; answers to it stay."""
    _writable_quiz(actor, lesson_id)
    _question(lesson_id, question_id).removed = True
    db.session.flush()
    record(actor, "remove", "question", question_id)


def _free_key(lesson_id: int) -> str:
    """The next key of a quiz; those of removed questions stay taken."""
    taken = set(db.session.scalars(select(Question.key).where(Question.lesson_id == lesson_id)))
    return next(key for key in (f"q{number}" for number in range(len(taken) + 1, 2 * len(taken) + 2)) if key not in taken)


def _writable_quiz(actor: Actor, lesson_id: int) -> Lesson:
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None or lesson.removed or not LESSONS[lesson.kind].asks:
        raise NotFound()
    writable_course(actor, lesson.course_id)
    return lesson


def _question(lesson_id: int, question_id: int) -> Question:
    question = db.session.get(Question, question_id, populate_existing=True)
    if question is None or question.lesson_id != lesson_id or question.removed:
        raise NotFound()
    return question


def _written(texts: Mapping[str, str], name: str, limit: int) -> dict[str, str]:
    written = {language: text for language in LANGUAGES if (text := paragraphs(texts.get(language, "")))}
    for language, text in written.items():
        if len(text) > limit:
            raise Invalid("text-too-long", f"{name}_{language}", limit=limit)
    return written


def _checked(given: QuestionGiven) -> QuestionGiven:
    kind = KINDS.get(given.kind)
    if kind is None:
        raise Invalid("choice-unknown", "kind")
    prompts = _written(given.prompts, "prompt", PROMPT_LONGEST)
    if not prompts:
        raise Invalid("prompt-missing", "prompt_fr")
    explanations = _written(given.explanations, "explanation", EXPLANATION_LONGEST)
    value, tolerance = kind.measure(given.value, given.tolerance)
    options = [
        OptionGiven(one.key, _written(one.texts, f"option_{one.key}", OPTION_LONGEST), one.right) for one in given.options
    ]
    options = [one for one in options if one.texts][: kind.slots]
    problem = kind.problem(len(options), sum(one.right for one in options))
    if problem:
        raise Invalid(problem, "kind")
    return QuestionGiven(kind.name, prompts, explanations, options, value, tolerance)


def _write(question: Question, given: QuestionGiven) -> None:
    question.value, question.tolerance = given.value or None, given.tolerance or None
    db.session.flush()
    old = select(QuestionOption.id).where(QuestionOption.question_id == question.id)
    for statement in (
        delete(QuestionText).where(QuestionText.question_id == question.id),
        delete(QuestionOptionText).where(QuestionOptionText.option_id.in_(old)),
        delete(QuestionOption).where(QuestionOption.question_id == question.id),
    ):
        db.session.execute(statement.execution_options(synchronize_session="fetch"))
    for language, prompt in given.prompts.items():
        db.session.add(
            QuestionText(
                question_id=question.id, language=language, prompt=prompt, explanation=given.explanations.get(language, "")
            )
        )
    for position, option in enumerate(given.options, 1):
        row = QuestionOption(question_id=question.id, key=option.key, right=option.right, position=position)
        db.session.add(row)
        db.session.flush()
        db.session.add_all(
            QuestionOptionText(option_id=row.id, language=language, text=text) for language, text in option.texts.items()
        )
    db.session.flush()
