"""Courses for tests, written through the services: a course stands in the database when the function returns."""

from collections.abc import Sequence

from sqlalchemy import select

from academy.models import Course, Lesson
from academy.queries.quizzes import asked_in, live_questions
from academy.rules.kinds import KINDS
from academy.rules.questions import seed_of
from academy.services.contents import LessonFacts, LessonWordsGiven, add_lesson, add_part
from academy.services.courses import CourseFacts, CourseWords, create_course, publish_course, submit_course
from academy.services.learning import complete_lesson
from academy.services.questions import OptionGiven, QuestionGiven, add_question
from academy.services.quizzes import begin_attempt, hand_in, save_answer
from app.accounts.models import Person
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, Actor
from tests.builders.accounts import actor_of

OIL = QuestionGiven(
    "choice",
    {"fr": "Quelle huile ?", "ar": "أي زيت؟", "en": "Which oil?"},
    {"fr": "L'argane vient du Souss."},
    [
        OptionGiven("a", {"fr": "Argane", "ar": "أركان", "en": "Argan"}, True),
        OptionGiven("b", {"fr": "Palme", "ar": "نخيل", "en": "Palm"}, False),
    ],
)
COSTS = QuestionGiven(
    "several",
    {"fr": "Quels coûts sont fixes ?"},
    {"fr": "Ils restent quand on ne produit rien."},
    [
        OptionGiven("a", {"fr": "Loyer"}, True),
        OptionGiven("b", {"fr": "Pots"}, False),
        OptionGiven("c", {"fr": "Assurance"}, True),
    ],
)
WORK = QuestionGiven(
    "true_false",
    {"fr": "Le travail ne coûte rien."},
    {"fr": "Il se paie."},
    [OptionGiven("true", {"fr": "Vrai"}, False), OptionGiven("false", {"fr": "Faux"}, True)],
)
JAR = QuestionGiven("numeric", {"fr": "Combien coûte un pot ? (en DH)"}, {"fr": "450 ÷ 36 = 12,50."}, (), "12.50", "0.05")
QUESTIONS = (OIL, COSTS, WORK, JAR)


def a_course(
    title: str = "Prix et marges",
    *,
    owner: Person | None = None,
    texts: int = 2,
    quizzes: int = 1,
    questions: Sequence[QuestionGiven] = QUESTIONS,
    pass_percent: int = 70,
    state: str = "published",
    level: str = "beginner",
    sector: str | None = None,
    territory: str = "morocco",
) -> Course:
    """A course of one part: so many lessons to read (lecon-1 …), then so many quizzes (quiz-1 …)."""
    words = {
        "fr": CourseWords(title, f"{title}, en bref.", ["Calculer un prix"]),
        "ar": CourseWords("الأثمان", "باختصار"),
        "en": CourseWords(f"{title} in English", "In short."),
    }
    with transaction():
        course = create_course(SYSTEM, territory, CourseFacts(level, sector), words, owner_id=owner.id if owner else None)
        part = add_part(SYSTEM, course.id, {"fr": "Première partie", "ar": "الجزء الأول"})
        for number in range(1, texts + 1):
            add_lesson(
                SYSTEM,
                course.id,
                part,
                LessonFacts("text", 5),
                {
                    "fr": LessonWordsGiven(f"Leçon {number}", f"## Ce que dit la leçon {number}\n\nUn *texte*."),
                    "ar": LessonWordsGiven(f"الدرس {number}", "نص"),
                },
                f"lecon-{number}",
            )
        for number in range(1, quizzes + 1):
            quiz = add_lesson(
                SYSTEM,
                course.id,
                part,
                LessonFacts("quiz", 3, pass_percent=pass_percent),
                {"fr": LessonWordsGiven(f"Quiz {number}")},
                f"quiz-{number}",
            )
            for question in questions:
                add_question(SYSTEM, quiz.id, question)
        if state != "draft":
            submit_course(SYSTEM, course.id)
        if state == "published":
            publish_course(SYSTEM, course.id)
    return course


def the_lesson(course: Course, key: str) -> Lesson:
    """The lesson of this address."""
    return db.session.scalars(select(Lesson).where(Lesson.course_id == course.id, Lesson.key == key)).one()


def reads(person: Person, course: Course, *keys: str) -> None:
    """The person marks these lessons as done."""
    for key in keys:
        with transaction():
            complete_lesson(actor_of(person), the_lesson(course, key).id)


def passes(person: Person, course: Course, key: str = "quiz-1") -> int:
    """The person answers everything right and hands in; returns the attempt's id."""
    lesson_id, actor = the_lesson(course, key).id, actor_of(person)
    with transaction():
        attempt = begin_attempt(actor, lesson_id)
    answer_right(actor, attempt, lesson_id)
    with transaction():
        hand_in(actor, attempt)
    return attempt


def answer_right(actor: Actor, attempt: int, lesson_id: int) -> None:
    """The right answer to every question, stored one by one."""
    for question, asked in asked_in(live_questions(lesson_id)).items():
        kind = KINDS[asked.kind]
        shown = kind.laid_out(asked.keys, seed_of(attempt, question))
        with transaction():
            save_answer(actor, attempt, question, kind.sent_when_right(asked, shown))


def finishes(person: Person, course: Course) -> None:
    """The person does everything the course of `a_course()` asks for."""
    reads(person, course, "lecon-1", "lecon-2")
    passes(person, course)
