"""The demo's courses, and what its learner has done."""

from sqlalchemy import func, select

from academy.demo.load import load
from academy.models import Certificate, Completion, Course, Enrolment, Lesson, LessonFile, Question
from academy.queries import invariants
from academy.queries.learning import my_learning
from app.engines.db import db
from tests.builders.accounts import a_person


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def test_the_demo_has_four_courses_a_learner_half_way_and_one_with_a_certificate(app, client):
    instructor = a_person("Khadija", "instructor@demo.tiwizi.example", instructor=True)
    learner = a_person("Fatima", "learner@demo.tiwizi.example")
    seen = []
    load("small", lambda done, of: seen.append((done, of)))
    load("small", lambda done, of: seen.append((done, of)))
    assert (count(Course), count(Lesson), count(LessonFile), count(Certificate), count(Enrolment)) == (4, 44, 16, 1, 2)
    assert count(Question) > 40
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert set(db.session.scalars(select(Course.owner_id))) == {instructor.id}
    half, whole = my_learning(learner.id, "fr")[0]
    assert (half.title, half.done, half.of, half.certificate) == ("Prix et marges", 5, 10, None)
    assert (whole.done, whole.of, whole.certificate is not None) == (10, 10, True)
    checks = (
        invariants.marks_stand,
        invariants.completions_belong,
        invariants.certificates_are_earned,
        invariants.copies_are_right,
    )
    assert [list(check()) for check in checks] == [[], [], [], []]
    for lang in ("fr", "ar", "en"):
        for slug in db.session.scalars(select(Course.slug)):
            page = client.get(f"/{lang}/academy/courses/{slug}").text
            assert client.get(f"/{lang}/academy/courses/{slug}").status_code == 200
            assert page.count('class="outline-') == 11


def test_the_demo_stands_without_people(app):
    load("small", lambda _done, _of: None)
    assert (count(Course), count(Completion), count(Enrolment)) == (4, 0, 0)
    assert set(db.session.scalars(select(Course.owner_id))) == {None}
