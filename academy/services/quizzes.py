"""A learner practises: an attempt begins, each answer is stored at once, the attempt is handed in and marked."""

from collections.abc import Sequence

from sqlalchemy import func, select

from academy.models import Answer, Enrolment, QuizAttempt
from academy.queries.quizzes import asked_in, live_questions
from academy.rules.certificates import RULE_VERSION
from academy.rules.kinds import KINDS, mark
from academy.rules.lessons import LESSONS
from academy.rules.questions import Result, seed_of
from academy.services.learning import add_completion, open_lesson
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound


def begin_attempt(actor: Actor, lesson_id: int) -> int:
    """The id of the open attempt, a new one when none is open. There are as many attempts as one likes."""
    lesson, enrolment = open_lesson(actor, lesson_id)
    if not LESSONS[lesson.kind].asks:
        raise Invalid("not-a-quiz")
    of_quiz = (QuizAttempt.enrolment_id == enrolment.id, QuizAttempt.lesson_id == lesson_id)
    known = db.session.scalar(select(QuizAttempt.id).where(*of_quiz, QuizAttempt.state == "open"))
    if known is not None:
        return known
    questions = live_questions(lesson_id)
    if not questions:
        raise Conflict("course-needs-question")
    last = db.session.scalar(select(func.max(QuizAttempt.number)).where(*of_quiz)) or 0
    attempt = QuizAttempt(
        enrolment_id=enrolment.id,
        lesson_id=lesson_id,
        number=last + 1,
        state="open",
        question_ids=questions,
        started_at=now(),
    )
    db.session.add(attempt)
    db.session.flush()
    record(actor, "begin", "quiz-attempt", attempt.id, lesson_id=lesson_id)
    return attempt.id


def _own_attempt(actor: Actor, attempt_id: int) -> tuple[QuizAttempt, Enrolment]:
    """The actor's attempt with its enrolment, both locked; a stranger's is not there."""
    person_id = require_person(actor)
    enrolment = db.session.scalar(
        select(Enrolment)
        .join(QuizAttempt, QuizAttempt.enrolment_id == Enrolment.id)
        .where(QuizAttempt.id == attempt_id, Enrolment.person_id == person_id)
        .with_for_update(of=Enrolment)
    )
    if enrolment is None:
        raise NotFound()
    attempt = db.session.get_one(QuizAttempt, attempt_id, populate_existing=True, with_for_update=True)
    return attempt, enrolment


def save_answer(actor: Actor, attempt_id: int, question_id: int, values: Sequence[str]) -> None:
    """Store one answer, in the place of the one before. Raises Conflict once the attempt is handed in."""
    attempt, _enrolment = _own_attempt(actor, attempt_id)
    if question_id not in attempt.question_ids:
        raise NotFound()
    if attempt.state != "open":
        raise Conflict("attempt-handed-in")
    asked = asked_in([question_id])[question_id]
    kind = KINDS[asked.kind]
    shown = kind.laid_out(asked.keys, seed_of(attempt_id, question_id))
    given = kind.read(values, shown)
    known = db.session.scalar(select(Answer).where(Answer.attempt_id == attempt_id, Answer.question_id == question_id))
    if known is not None:
        known.given, known.saved_at = given, now()
    else:
        db.session.add(Answer(attempt_id=attempt_id, question_id=question_id, given=given, saved_at=now()))
    db.session.flush()
    record(actor, "answer", "quiz-attempt", attempt_id, question_id=question_id)


def hand_in(actor: Actor, attempt_id: int) -> Result:
    """Mark the attempt; a question without an answer counts as wrong. Handed in twice, the first marks stand."""
    attempt, enrolment = _own_attempt(actor, attempt_id)
    if attempt.state == "handed_in":
        return Result(attempt.right_count or 0, len(attempt.question_ids), attempt.pass_percent or 0)
    lesson, _enrolment = open_lesson(actor, attempt.lesson_id)
    asked = asked_in(attempt.question_ids)
    right = 0
    for answer in db.session.scalars(select(Answer).where(Answer.attempt_id == attempt_id).order_by(Answer.id)):
        question = asked[answer.question_id]
        key = KINDS[question.kind].key(question)
        answer.right, answer.marked_by = mark(answer.given, key), key
        right += answer.right
    result = Result(right, len(attempt.question_ids), lesson.pass_percent or 100)
    attempt.state, attempt.handed_in_at, attempt.rule_version = "handed_in", now(), RULE_VERSION
    attempt.right_count, attempt.passed, attempt.pass_percent = right, result.passed, result.pass_percent
    db.session.flush()
    record(actor, "hand-in", "quiz-attempt", attempt_id, right=right, of=result.of)
    if result.passed:
        add_completion(actor, enrolment, lesson.id, attempt_id)
    return result
