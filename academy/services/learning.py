"""A learner begins a course and completes its lessons."""

from sqlalchemy import select

from academy.models import Completion, Course, Enrolment, Lesson
from academy.permissions import may_see
from academy.queries.learning import enrolment_for_update
from academy.rules.courses import OPEN_TO_LEARNERS
from academy.rules.lessons import LESSONS
from app.accounts.models import Person
from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound


def enrol(actor: Actor, course_id: int) -> Enrolment:
    """The actor's enrolment, locked; made when there is none. Twice or two at once is one enrolment."""
    person_id = require_person(actor)
    enrolment = enrolment_for_update(person_id, course_id)
    if enrolment is not None:
        return enrolment
    # Two first clicks at once wait here for each other, and the second finds the enrolment of the first.
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    enrolment = enrolment_for_update(person_id, course_id)
    if enrolment is not None:
        return enrolment
    course = db.session.get(Course, course_id, populate_existing=True)
    if course is None or not may_see(actor, course.owner_id, course.state):
        raise NotFound()
    if course.state != "published":
        raise Conflict("course-not-open")
    enrolment = Enrolment(course_id=course_id, person_id=person_id, enrolled_at=now())
    db.session.add(enrolment)
    db.session.flush()
    record(actor, "enrol", "enrolment", enrolment.id, course_id=course_id)
    crash_point("enrolled")
    return enrolment


def open_lesson(actor: Actor, lesson_id: int) -> tuple[Lesson, Enrolment]:
    """A lesson the actor may work on, with the locked enrolment (made when this is the first thing done in the course)."""
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None or lesson.removed:
        raise NotFound()
    enrolment = enrol(actor, lesson.course_id)
    course = db.session.get_one(Course, lesson.course_id, populate_existing=True)
    if course.state not in OPEN_TO_LEARNERS:
        raise Conflict("course-not-open")
    return lesson, enrolment


def complete_lesson(actor: Actor, lesson_id: int) -> None:
    """The learner has read, seen or heard it. A quiz is passed, not ticked. Twice is once."""
    lesson, enrolment = open_lesson(actor, lesson_id)
    if LESSONS[lesson.kind].asks:
        raise Invalid("quiz-is-not-ticked")
    add_completion(actor, enrolment, lesson.id)


def add_completion(actor: Actor, enrolment: Enrolment, lesson_id: int, attempt_id: int | None = None) -> None:
    """Note a completion once; the enrolment is locked by the caller."""
    known = db.session.scalar(
        select(Completion.id).where(Completion.enrolment_id == enrolment.id, Completion.lesson_id == lesson_id)
    )
    if known is not None:
        return
    db.session.add(Completion(enrolment_id=enrolment.id, lesson_id=lesson_id, attempt_id=attempt_id, completed_at=now()))
    db.session.flush()
    record(actor, "complete", "lesson", lesson_id, enrolment_id=enrolment.id, attempt_id=attempt_id)
