"""What `tiwizi check` asks of academy: nothing on healthy data, and each break is named."""

import pytest
from sqlalchemy import select, update

from academy.models import Answer, Certificate, Completion, Course, Lesson, Question, QuizAttempt
from academy.queries import invariants
from academy.services.certificates import issue_certificate
from app.engines.db import db
from app.engines.transactions import transaction
from tests.builders.academy import a_course, finishes, the_lesson
from tests.builders.accounts import a_person, actor_of

CHECKS = (
    invariants.kinds_are_known,
    invariants.marks_stand,
    invariants.completions_belong,
    invariants.certificates_are_earned,
    invariants.copies_are_right,
)


@pytest.fixture
def course(app):
    """A course that somebody has finished, with the certificate."""
    made, person = a_course(), a_person()
    finishes(person, made)
    with transaction():
        issue_certificate(actor_of(person), made.id)
    return made


def change(statement):
    with transaction() as session:
        session.execute(statement.execution_options(synchronize_session=False))


def test_healthy_data_has_nothing_to_say(app, course):
    assert [list(check()) for check in CHECKS] == [[], [], [], [], []]
    assert all(name in app.extensions["checks"] for name in ("academy: kinds", "academy: marks", "academy: completions"))


def test_a_changed_answer_is_named(course):
    answer = db.session.scalars(select(Answer).order_by(Answer.id)).first()
    change(update(Answer).where(Answer.id == answer.id).values(given={"options": ["b"]}))
    assert list(invariants.marks_stand()) == [f"academy: answer {answer.id} is marked True, and is not"]


def test_a_question_and_a_mark_of_a_kind_that_is_not_known_are_named(course):
    question, answer = (
        db.session.scalars(select(Question.id).where(Question.kind == "several")).one(),
        db.session.scalars(select(Answer).order_by(Answer.id)).first(),
    )
    change(update(Question).where(Question.id == question).values(kind="riddle"))
    change(update(Answer).where(Answer.id == answer.id).values(marked_by={"kind": "riddle", "right": ["a"]}))
    lesson = the_lesson(course, "lecon-1").id
    change(update(Lesson).where(Lesson.id == lesson).values(kind="dream"))
    assert list(invariants.kinds_are_known()) == [
        f"academy: lesson {lesson} is of the kind dream, which nobody can show",
        f"academy: question {question} is of the kind riddle, which nobody can ask",
        f"academy: answer {answer.id} was marked as of the kind riddle, which nobody can mark",
    ]
    assert list(invariants.marks_stand()) == []


def test_a_raised_count_and_a_wrong_pass_are_named(course):
    attempt = db.session.scalars(select(QuizAttempt.id)).one()
    change(update(QuizAttempt).values(right_count=3))
    assert list(invariants.marks_stand()) == [f"academy: attempt {attempt} counts 3 right answers, it has 4"]
    change(update(QuizAttempt).values(right_count=4, passed=False))
    assert list(invariants.marks_stand()) == [f"academy: attempt {attempt} is stored as not passed, and is not"]


def test_a_quiz_that_was_only_ticked_is_named(course):
    quiz = the_lesson(course, "quiz-1").id
    completion = db.session.scalars(select(Completion.id).where(Completion.lesson_id == quiz)).one()
    change(update(Completion).where(Completion.id == completion).values(attempt_id=None))
    assert list(invariants.completions_belong()) == [
        f"academy: completion {completion} of a quiz has no passed attempt behind it"
    ]


def test_a_completion_of_another_course_is_named(course):
    other = the_lesson(a_course("Autre"), "lecon-1").id
    completion = db.session.scalars(select(Completion.id).order_by(Completion.id).limit(1)).one()
    change(update(Completion).where(Completion.id == completion).values(lesson_id=other))
    assert list(invariants.completions_belong()) == [f"academy: completion {completion} is of a lesson of another course"]
    certificate = db.session.scalars(select(Certificate.id)).one()
    assert list(invariants.certificates_are_earned()) == [
        f"academy: certificate {certificate} was issued without the completions it needs"
    ]


def test_wrong_copies_are_named(course):
    change(update(Course).values(lessons=9))
    assert list(invariants.copies_are_right()) == [f"academy: course {course.id} says 9 lessons, 13 minutes; it has 3, 13"]
