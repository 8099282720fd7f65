"""A button of courses, lessons and certificates stands exactly where the house agrees to it: each state, each role."""

from collections.abc import Iterator
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select

from academy.models import Certificate, Course, CourseModule, Enrolment, Lesson, Question, QuizAttempt
from academy.services.certificates import issue_certificate, revoke_certificate
from academy.services.contents import add_part
from academy.services.courses import (
    CourseFacts,
    CourseWords,
    change_course,
    create_course,
    return_course,
    withdraw_course,
)
from academy.services.learning import enrol
from academy.services.quizzes import begin_attempt
from app.accounts.models import Person
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.transactions import transaction
from tests.builders.academy import a_course, finishes, reads, the_lesson
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.kinds.pressing import Button, Stage, forms_on
from tests.kinds.written import Page, check_written, standing_still
from tests.schema import empty_tables

pytestmark = pytest.mark.sqlite_only
STATES = ("draft", "submitted", "published", "withdrawn")


class School:
    """A course in every state with an empty part at its end, its teacher, and learners who are differently far."""

    def __init__(self, house: Flask) -> None:
        names = ("teacher", "colleague", "beginner", "reader", "finisher", "holder", "revoked", "stranger")
        self.people = {name: a_person(name.title(), instructor=name in ("teacher", "colleague")) for name in names} | {
            "office": an_operator()
        }
        teacher = self.people["teacher"]
        courses = {}
        for state in STATES:
            courses[state] = a_course(f"Cours {state}", owner=teacher, state="published" if state == "withdrawn" else state)
        course = courses["published"]
        with transaction():
            enrol(actor_of(self.people["beginner"]), courses["withdrawn"].id)
            enrol(actor_of(self.people["beginner"]), course.id)
            withdraw_course(actor_of(teacher), courses["withdrawn"].id)
            self.empty = add_part(actor_of(teacher), courses["draft"].id, {"fr": "Vide"})
            self.attempt = begin_attempt(actor_of(self.people["beginner"]), the_lesson(course, "quiz-1").id)
        reads(self.people["reader"], course, "lecon-1")
        for name in ("finisher", "holder", "revoked"):
            finishes(self.people[name], course)
        with transaction():
            codes = {name: issue_certificate(actor_of(self.people[name]), course.id) for name in ("holder", "revoked")}
        with transaction():
            gone = db.session.scalars(select(Certificate.id).where(Certificate.code == codes["revoked"])).one()
            revoke_certificate(actor_of(self.people["office"]), gone, "Erreur")
        self.codes = codes
        self.slugs = {state: made.slug for state, made in courses.items()}
        self.full = db.session.scalars(
            select(CourseModule.id).where(CourseModule.course_id == courses["draft"].id).order_by(CourseModule.position)
        ).first()
        self.lessons = list(
            db.session.scalars(select(Lesson.key).where(Lesson.course_id == courses["draft"].id).order_by(Lesson.position))
        )
        quiz = select(Lesson.id).where(Lesson.course_id == courses["draft"].id, Lesson.kind == "quiz")
        self.questions = list(
            db.session.scalars(select(Question.id).where(Question.lesson_id.in_(quiz)).order_by(Question.position))
        )
        mine = select(Enrolment.id).where(Enrolment.person_id == self.people["finisher"].id)
        self.attempts = list(db.session.scalars(select(QuizAttempt.id).where(QuizAttempt.enrolment_id.in_(mine))))
        asked = select(Question.id).where(Question.lesson_id == the_lesson(course, "quiz-1").id)
        self.asked = list(db.session.scalars(asked.order_by(Question.position)))
        self._rarely(teacher)
        drain_search()
        self.stage = Stage(house, self.people)

    def _rarely(self, teacher: Person) -> None:
        """A course that is rewritten while somebody takes it, one without a lesson, one that the office gave back."""
        rewritten, back = a_course("Cours refait", owner=teacher), a_course("Cours rendu", owner=teacher, state="submitted")
        with transaction():
            enrol(actor_of(self.people["beginner"]), rewritten.id)
            withdraw_course(actor_of(teacher), rewritten.id)
            return_course(actor_of(self.people["office"]), back.id, "Trop court")
            words = {"fr": CourseWords("Cours vide", "Rien encore.")}
            empty = create_course(actor_of(teacher), "morocco", CourseFacts("advanced"), words)
        with transaction():
            change_course(actor_of(teacher), rewritten.id, CourseFacts("beginner"), {"fr": CourseWords("Cours refait")})
        made = {"rewritten": rewritten.id, "returned": back.id, "empty": empty.id}
        self.slugs |= {name: db.session.get_one(Course, id_).slug for name, id_ in made.items()}


@pytest.fixture(scope="module")
def school(_house: Flask) -> Iterator[School]:
    with _house.app_context(), standing_still():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield School(_house)
        db.session.remove()


@pytest.mark.parametrize(
    ("state", "who"), [*product(STATES, ("teacher",)), *product(("draft", "published"), ("colleague", "office", "stranger"))]
)
def test_a_teacher_hands_in_and_withdraws(school: School, state: str, who: str) -> None:
    """A withdrawn course is handed in again, or changed first: it may be written while nobody reads it."""
    page = f"/fr/academy/teach/{school.slugs[state]}"
    buttons = {
        "submit": Button(f"{page}/submit"),
        "withdraw": Button(f"{page}/withdraw"),
        "add a part": Button(f"{page}/parts", {}, {"title_fr": "Une partie"}),
    }
    moved = [
        form.action
        for form in forms_on(school.stage.browsers[who], page)
        if "/parts/" in form.action or "/lessons/" in form.action
    ]
    seen = school.stage.look(who, page, buttons, beside=moved)
    right = {
        "draft": {"submit", "add a part"},
        "published": {"withdraw"},
        "withdrawn": {"submit", "add a part"},
    }.get(state, set())
    right = right if who == "teacher" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])
    assert bool(moved) == (who == "teacher" and state in ("draft", "withdrawn"))


def test_parts_and_lessons_move_where_there_is_a_place_to_move_to(school: School) -> None:
    """The first goes down only, the last up only; an empty part is removed, a full one is not offered to be."""
    page = f"/fr/academy/teach/{school.slugs['draft']}"
    forms = forms_on(school.stage.browsers["teacher"], page)
    ways = {form.action: form.offers["step"] for form in forms if form.action.endswith("/move")}
    first, middle, last = (f"{page}/lessons/{key}/move" for key in school.lessons)
    assert ways == {
        f"{page}/parts/{school.full}/move": ["1"],
        f"{page}/parts/{school.empty}/move": ["-1"],
        first: ["1"],
        middle: ["-1", "1"],
        last: ["-1"],
    }
    buttons = {
        name: Button(f"{page}/parts/{part}/remove") for name, part in (("full", school.full), ("empty", school.empty))
    }
    beside = [form.action for form in forms]
    seen = school.stage.look("teacher", page, buttons, beside)
    assert (seen.shown, seen.agreed) == ({"empty"}, {"empty"})


@pytest.mark.parametrize(
    ("state", "who"), [*product(STATES, ("office",)), *product(("submitted", "published"), ("teacher",))]
)
def test_the_office_decides_about_a_course(school: School, state: str, who: str) -> None:
    page = f"/fr/desk/courses/{school.slugs[state]}"
    buttons = {
        "publish": Button(f"{page}/publish"),
        "return": Button(f"{page}/return", {}, {"reason": "Trop court"}),
        "withdraw": Button(f"{page}/withdraw"),
    }
    seen = school.stage.look(who, page, buttons)
    right = {"submitted": {"publish", "return"}, "published": {"withdraw"}}.get(state, set()) if who == "office" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize(("whose", "who"), list(product(("holder", "revoked"), ("office", "teacher", "holder"))))
def test_the_office_revokes_a_certificate_once(school: School, whose: str, who: str) -> None:
    page = f"/fr/desk/certificates/{school.codes[whose]}"
    seen = school.stage.look(who, page, {"revoke": Button(f"{page}/revoke", {}, {"reason": "Erreur"})})
    right = {"revoke"} if (whose, who) == ("holder", "office") else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize("who", ["stranger", "beginner", "reader", "finisher", "holder", "revoked", "guest"])
def test_a_course_is_begun_once_and_its_certificate_taken_once(school: School, who: str) -> None:
    """Who has begun and read nothing is led on by the same button, which begins nothing a second time."""
    page = f"/fr/academy/courses/{school.slugs['published']}"
    buttons = {"start": Button(f"{page}/start"), "certificate": Button(f"{page}/certificate")}
    seen = school.stage.look(who, page, buttons)
    agreed = {"stranger": {"start"}, "finisher": {"certificate"}}.get(who, set())
    assert (seen.agreed, seen.unknown) == (agreed, [])
    assert seen.shown == (agreed | {"start"} if who == "beginner" else agreed)


@pytest.mark.parametrize(
    ("state", "who"), list(product(("published", "withdrawn"), ("beginner", "reader", "finisher", "guest")))
)
def test_a_lesson_is_ticked_once(school: School, state: str, who: str) -> None:
    page = f"/fr/academy/courses/{school.slugs[state]}/lecon-1"
    seen = school.stage.look(who, page, {"done": Button(f"{page}/done")})
    right = {"done"} if who == "beginner" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize("who", ["stranger", "beginner", "finisher", "guest"])
def test_a_quiz_is_begun_and_the_open_one_gone_on_with(school: School, who: str) -> None:
    """The beginner's attempt is open: the button leads to it and begins no second one."""
    page = f"/fr/academy/courses/{school.slugs['published']}/quiz-1"
    seen = school.stage.look(who, page, {"begin": Button(f"{page}/attempt"), "done": Button(f"{page}/done")})
    shown = {"begin"} if who != "guest" else set()
    assert (seen.shown, seen.unknown) == (shown, [])
    assert seen.agreed == (shown if who != "beginner" else set())


@pytest.mark.parametrize("who", ["beginner", "stranger", "guest"])
def test_an_attempt_is_handed_in_by_who_made_it(school: School, who: str) -> None:
    page = f"/fr/academy/attempts/{school.attempt}"
    forms = [form.action for form in forms_on(school.stage.browsers[who], page)]
    answers = [action for action in forms if "/answers/" in action]
    seen = school.stage.look(who, page, {"hand in": Button(f"{page}/hand-in")}, beside=answers)
    right = {"hand in"} if who == "beginner" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])
    assert bool(answers) == bool(right)


def pages_to_read(school: School) -> dict[str, Page]:
    """A course in every state, its lessons and its quiz, for everybody who reads it differently."""
    slugs, codes = school.slugs, school.codes
    course, desk = f"/fr/academy/courses/{slugs['published']}", "/fr/desk"
    write = f"/fr/academy/teach/{slugs['draft']}"
    learners = ("guest", "stranger", "beginner", "reader", "finisher", "holder", "teacher", "office")
    first, second, quiz = school.lessons
    return {
        **{f"course for {who}": Page(who, course) for who in learners},
        "course in English": Page("guest", f"/en/academy/courses/{slugs['published']}", whole=True),
        "course that is withdrawn": Page("beginner", f"/fr/academy/courses/{slugs['withdrawn']}"),
        **{f"lesson for {who}": Page(who, f"{course}/{first}") for who in ("guest", "beginner", "reader", "teacher")},
        **{f"second lesson for {who}": Page(who, f"{course}/{second}") for who in ("beginner", "reader", "finisher")},
        **{f"quiz for {who}": Page(who, f"{course}/{quiz}") for who in ("guest", "reader", "finisher")},
        "an attempt": Page("beginner", f"/fr/academy/attempts/{school.attempt}"),
        **{f"result {n}": Page("finisher", f"/fr/academy/attempts/{n}/result") for n in school.attempts},
        **{f"courses of {who}": Page(who, "/fr/academy/mine") for who in ("beginner", "finisher", "holder", "stranger")},
        **{f"path of {who}": Page(who, "/fr/my-path") for who in ("beginner", "holder", "revoked")},
        **{f"workshop, {state}": Page("teacher", f"/fr/academy/teach/{slugs[state]}") for state in STATES},
        **{f"courses taught by {who}": Page(who, "/fr/academy/teach") for who in ("teacher", "colleague")},
        "facts of a course": Page("teacher", f"{write}/facts"),
        "learners": Page("teacher", f"/fr/academy/teach/{slugs['published']}/learners"),
        "nobody learns": Page("teacher", f"{write}/learners"),
        **{f"writing lesson {n}": Page("teacher", f"{write}/lessons/{key}") for n, key in enumerate(school.lessons, 1)},
        "writing lesson 3 in Arabic": Page("teacher", f"{write}/lessons/{school.lessons[2]}".replace("/fr/", "/ar/")),
        "a new course": Page("teacher", "/fr/academy/teach/new"),
        "a new course with mistakes": Page("teacher", "/fr/academy/teach/new", {"title_fr": ""}),
        "a new lesson": Page("teacher", f"{write}/parts/{school.full}/lessons/new"),
        "a part": Page("teacher", f"{write}/parts/{school.full}"),
        **{
            f"a new {kind} question": Page("teacher", f"{write}/lessons/{quiz}/questions/new?kind={kind}")
            for kind in ("choice", "several", "true-false", "number", "ordering")
        },
        **{f"question {n}": Page("teacher", f"{write}/lessons/{quiz}/questions/{n}") for n in school.questions},
        **{f"desk, course {state}": Page("office", f"{desk}/courses/{slugs[state]}") for state in STATES},
        "desk, courses": Page("office", f"{desk}/courses"),
        "desk, certificates": Page("office", f"{desk}/certificates"),
        "desk, certificates found": Page("office", f"{desk}/certificates?q={codes['holder']}"),
        **{f"desk, certificate {name}": Page("office", f"{desk}/certificates/{code}") for name, code in codes.items()},
        **{f"verified, {name}": Page("guest", f"/verify/{code}", whole=True) for name, code in codes.items()},
        "verified, unknown": Page("guest", "/verify/ABCDEFGHJKLM"),
        "verify": Page("guest", "/verify"),
        "desk": Page("office", f"{desk}/"),
        "academy": Page("guest", "/fr/academy", whole=True),
        "academy for a learner": Page("beginner", "/fr/academy"),
        "academy, nothing found": Page("guest", "/fr/academy?q=zzz&level=advanced"),
        **rare_pages(school),
    }


def rare_pages(school: School) -> dict[str, Page]:
    """What pages of courses say only now and then; an attempt answered to its end."""
    slugs, write = school.slugs, f"/fr/academy/teach/{school.slugs['draft']}"
    course, desk, attempt = f"/academy/courses/{slugs['published']}", "/fr/desk", f"/fr/academy/attempts/{school.attempt}"
    first, _second, quiz = school.lessons
    one, two, three, four = school.asked
    answers = {one: ["a"], two: ["a", "c"], three: ["false"], four: ["12,50"]}
    empty = {f"q{four}-answer": "beaucoup"}
    question = f"{write}/lessons/{quiz}/questions"
    return {
        **{f"course {state} for its teacher": Page("teacher", f"/fr/academy/courses/{slugs[state]}") for state in STATES},
        **{f"course draft for {who}": Page(who, f"/fr/academy/courses/{slugs['draft']}") for who in ("office", "stranger")},
        "course being rewritten": Page("beginner", f"/fr/academy/courses/{slugs['rewritten']}"),
        "lesson of a course being rewritten": Page("beginner", f"/fr/academy/courses/{slugs['rewritten']}/{first}"),
        "course without a lesson": Page("teacher", f"/fr/academy/courses/{slugs['empty']}"),
        "workshop, empty": Page("teacher", f"/fr/academy/teach/{slugs['empty']}"),
        "workshop, returned": Page("teacher", f"/fr/academy/teach/{slugs['returned']}"),
        "course in Arabic": Page("guest", f"/ar{course}"),
        "course in French alone": Page("teacher", f"/ar/academy/courses/{slugs['empty']}"),
        **{f"lesson in Arabic for {who}": Page(who, f"/ar{course}/{first}") for who in ("guest", "reader")},
        "quiz for who is answering": Page("beginner", f"/fr{course}/{quiz}"),
        "quiz in Arabic": Page("finisher", f"/ar{course}/{quiz}"),
        **{f"home of {who}": Page(who, "/fr/") for who in ("guest", "beginner")},
        "academy for a teacher": Page("teacher", "/fr/academy"),
        "courses of a teacher": Page("teacher", "/fr/academy/mine"),
        "writing a lesson of a published course": Page("teacher", f"/fr/academy/teach/{slugs['published']}/lessons/{first}"),
        "writing a quiz of a published course": Page("teacher", f"/fr/academy/teach/{slugs['published']}/lessons/{quiz}"),
        "a part without a name": Page("teacher", f"{write}/parts", {"title_fr": ""}),
        "a lesson without a name": Page(
            "teacher", f"{write}/parts/{school.full}/lessons/new", {"title_fr": "", "kind": "text"}
        ),
        "a question without words": Page("teacher", f"{question}/new?kind=choice", {"kind": "choice", "prompt_fr": ""}),
        "a question of no kind": Page("teacher", f"{question}/new?kind=choice", {"kind": "song", "prompt_fr": "Quoi ?"}),
        "desk, courses returned": Page("office", f"{desk}/courses?state=withdrawn"),
        "desk, returned without a reason": Page("office", f"{desk}/courses/{slugs['submitted']}/return", {"reason": ""}),
        "desk, published twice": Page("office", f"{desk}/courses/{slugs['published']}/publish", {}),
        "desk, no such certificate": Page("office", f"{desk}/certificates?q=ABCD"),
        "desk, revoking without a reason": Page(
            "office", f"{desk}/certificates/{school.codes['holder']}/revoke", {"reason": ""}
        ),
        "an attempt at once": Page("beginner", f"{attempt}?all=1"),
        "an answer that is none": Page("beginner", f"{attempt}/answers/{four}", empty),
        **{
            f"an answer, {number}": Page("beginner", f"{attempt}/answers/{asked}", {f"q{asked}-answer": given})
            for number, (asked, given) in enumerate(answers.items(), 1)
        },
        **{f"an attempt, question {number}": Page("beginner", f"{attempt}?q={number}") for number in (1, 4)},
        "an attempt all answered, at once": Page("beginner", f"{attempt}?all=1"),
        "an attempt handed in": Page("beginner", f"{attempt}/hand-in", {}),
        "result of the attempt": Page("beginner", f"{attempt}/result"),
        "academy, a word misspelt": Page("guest", "/fr/academy?q=courrs"),
    }


def test_pages_of_courses_are_as_they_were_written(school: School, write_pages: bool) -> None:
    check_written("courses", school.stage.browsers, pages_to_read(school), write_pages, school.stage.ids)
