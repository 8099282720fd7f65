"""What pages of courses show of learners, attempts, languages and certificates, and to whom."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.models import CourseText, Enrolment, Lesson, QuestionOption
from academy.queries.learning import attempts_of, my_learning
from academy.queries.teaching import own_courses
from academy.services.certificates import issue_certificate
from academy.services.courses import CourseFacts, CourseWords, change_course, withdraw_course
from academy.services.questions import OptionGiven, QuestionGiven, add_question
from app.engines.db import db
from app.engines.transactions import transaction
from tests.browsing import sign_in, text_of
from tests.builders.academy import a_course, finishes, passes, reads, the_lesson
from tests.builders.accounts import a_person, actor_of


def test_learners_and_certificates_are_two_numbers(app: Flask) -> None:
    teacher = a_person("Hassan", instructor=True)
    course = a_course("Prix", owner=teacher)
    people = [a_person(name) for name in ("Nora", "Omar", "Salma")]
    for person in people:
        finishes(person, course)
    with transaction():
        issue_certificate(actor_of(people[0]), course.id)
    (shown,), total = own_courses(teacher.id, "fr")
    assert (shown.learners, shown.certificates, shown.lessons, shown.owner, total) == (3, 1, 3, "Hassan", 1)


def test_attempts_are_those_of_one_quiz(app: Flask) -> None:
    nora = a_person("Nora")
    course = a_course("Prix", quizzes=2)
    for key in ("quiz-1", "quiz-2", "quiz-2"):
        passes(nora, course, key)
    enrolment = db.session.scalars(select(Enrolment.id)).one()
    told = {key: [one.number for one in attempts_of(enrolment, the_lesson(course, key).id)] for key in ("quiz-1", "quiz-2")}
    assert told == {"quiz-1": [1], "quiz-2": [2, 1]}


def test_a_removed_lesson_counts_no_more_for_who_has_done_it(app: Flask) -> None:
    teacher, nora = a_person("Hassan", instructor=True), a_person("Nora")
    course = a_course("Prix", owner=teacher)
    reads(nora, course, "lecon-1")
    with transaction() as session:
        session.get_one(Lesson, the_lesson(course, "lecon-1").id).removed = True
    (mine,), _total = my_learning(nora.id, "fr")
    assert (mine.done, mine.of) == (0, 2)


def test_twelve_outcomes_and_eight_answers_are_kept(app: Flask) -> None:
    teacher = a_person("Hassan", instructor=True)
    course = a_course("Prix", owner=teacher, state="draft")
    actor, quiz = actor_of(teacher), the_lesson(course, "quiz-1").id
    options = [OptionGiven(letter, {"fr": f"Réponse {letter}"}, letter == "a") for letter in "abcdefghi"]
    with transaction():
        words = {"fr": CourseWords("Prix", "", ["\u200b", *(f"\u200eBut {n}" for n in range(1, 14))])}
        change_course(actor, course.id, CourseFacts("beginner"), words)
        question = add_question(actor, quiz, QuestionGiven("choice", {"fr": "Laquelle ?"}, {}, options))
    kept = db.session.scalars(select(CourseText.outcomes).where(CourseText.course_id == course.id)).one()
    assert kept == [f"But {n}" for n in range(1, 13)]
    keys = select(QuestionOption.key).where(QuestionOption.question_id == question).order_by(QuestionOption.position)
    assert list(db.session.scalars(keys)) == list("abcdefgh")


def test_a_course_says_when_it_is_not_in_the_reader_s_language(app: Flask, client: FlaskClient) -> None:
    course = a_course("Prix")
    with transaction() as session:
        session.delete(session.get_one(CourseText, (course.id, "en")))
    address, said = f"/academy/courses/{course.slug}", "not written in your language yet"
    assert said in text_of(client.get(f"/en{address}"))
    assert "n’est pas encore écrit dans votre langue" not in text_of(client.get(f"/fr{address}"))


@pytest.mark.parametrize("holds", [False, True])
def test_the_result_offers_the_certificate_until_it_is_held(app: Flask, client: FlaskClient, holds: bool) -> None:
    nora = a_person("Nora", language="en")
    course = a_course("Prix")
    finishes(nora, course)
    attempt = passes(nora, course)
    if holds:
        with transaction():
            issue_certificate(actor_of(nora), course.id)
    sign_in(client, nora)
    page = text_of(client.get(f"/en/academy/attempts/{attempt}/result"))
    assert ("Get my certificate" in page) is not holds


def test_a_withdrawn_course_says_so_to_its_learner(app: Flask, client: FlaskClient) -> None:
    teacher, nora = a_person("Hassan", instructor=True), a_person("Nora")
    course = a_course("Prix", owner=teacher)
    finishes(nora, course)
    sign_in(client, nora)
    said = "This course has left the catalogue."
    assert said not in text_of(client.get(f"/en/academy/courses/{course.slug}"))
    with transaction():
        withdraw_course(actor_of(teacher), course.id)
    assert said in text_of(client.get(f"/en/academy/courses/{course.slug}"))
