"""Loads the four demo courses, and what the demo's learner has done in them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from academy.models import Course, Lesson
from academy.queries.quizzes import asked_in, live_questions
from academy.rules.kinds import KINDS
from academy.rules.lessons import LESSONS
from academy.rules.questions import seed_of
from academy.services.certificates import issue_certificate
from academy.services.contents import LessonFacts, LessonWordsGiven, StoredFile, add_lesson, add_part, set_file
from academy.services.courses import CourseFacts, CourseWords, create_course, publish_course, submit_course
from academy.services.learning import complete_lesson, enrol
from academy.services.questions import OptionGiven, QuestionGiven, add_question
from academy.services.quizzes import begin_attempt, hand_in, save_answer
from app.accounts.models import Contact
from app.engines.db import db
from app.engines.files.pictures import store_picture
from app.engines.files.store import new_key, put
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, Actor
from app.kernel.contacts import MAIL
from app.kernel.text import LANGUAGES
from app.module import Progress

COURSES = Path(__file__).parent / "courses"
DRAWINGS = {
    "founding-a-cooperative": "law",
    "pricing-and-margins": "pricing",
    "selling-online-and-shipping": "online",
    "running-a-general-assembly": "assembly",
}
FINISHED, BEGUN = "founding-a-cooperative", "pricing-and-margins"
LARGE = 50
MEDIA = {"txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
LEVELS = ("beginner", "intermediate", "advanced")
SECTORS = (None, "agriculture", "handicraft", "foodstuffs", "argan")
EDITIONS = {"fr": "édition", "ar": "طبعة", "en": "edition"}


def load(size: str, progress: Progress) -> None:
    """Write the courses unless some are there: four, or fifty when large. Without demo people they belong to nobody."""
    if db.session.scalar(select(Course.id).limit(1)) is not None:
        return
    people = demo_people()
    scripts = [json.loads(path.read_text("utf-8")) for path in sorted(COURSES.glob("*.json"))]
    total = LARGE if size == "large" else len(scripts)
    files: dict[tuple[str, str], StoredFile] = {}
    for index in range(total):
        script = scripts[index % len(scripts)]
        write_course(script, index // len(scripts), index, people.get("instructor"), files)
        progress(index + 1, total)
    learner = people.get("learner")
    if learner is not None:
        actor = Actor("person", learner, language="fr")
        learn(actor, FINISHED, to_the_end=True)
        learn(actor, BEGUN, to_the_end=False)


def demo_people() -> dict[str, int]:
    """{"instructor": id, "learner": id} of those that exist."""
    wanted = {f"{name}@demo.tiwizi.example": name for name in ("instructor", "learner")}
    rows = db.session.execute(
        select(Contact.value, Contact.person_id).where(Contact.kind == MAIL, Contact.value.in_(wanted))
    )
    return {wanted[value]: person for value, person in rows}


def _texts(pattern: str) -> dict[str, str]:
    return {code: (COURSES / pattern.replace("{lang}", code)).read_text("utf-8") for code in LANGUAGES}


def stored_files(lesson: Mapping[str, Any], known: dict[tuple[str, str], StoredFile]) -> list[StoredFile]:
    """The lesson's files in the store; each is stored once, however many courses show it."""
    wanted: list[tuple[str, str]] = []
    picture = lesson.get("picture")
    if picture is not None:
        wanted = [("", picture["file"])]
    elif "download_file" in lesson:
        name = lesson["download_file"]
        wanted = [(code, name.replace("{lang}", code)) for code in LANGUAGES] if "{lang}" in name else [("", name)]
    for language, name in wanted:
        if (language, name) not in known:
            known[language, name] = _store(language, name)
    return [known[one] for one in wanted]


def _store(language: str, name: str) -> StoredFile:
    content = (COURSES / name).read_bytes()
    ending = name.rpartition(".")[2]
    if ending == "png":
        picture = store_picture(content)
        return StoredFile(language, picture.stem, "image/webp", "webp", len(content), picture.width, picture.height)
    key = new_key("lessons", ending)
    put(key, content)
    return StoredFile(language, key, MEDIA[ending], ending, len(content))


def write_course(
    script: Mapping[str, Any], edition: int, index: int, owner: int | None, known: dict[tuple[str, str], StoredFile]
) -> None:
    """One published course; later editions of the same script vary in title, level and sector."""
    files = {lesson["key"]: stored_files(lesson, known) for module in script["modules"] for lesson in module["lessons"]}
    titles = {
        code: title if not edition else f"{title} ({EDITIONS[code]} {edition + 1})"
        for code, title in script["titles"].items()
    }
    level = script["level"] if not edition else LEVELS[index % len(LEVELS)]
    sector = script["sector"] if not edition else SECTORS[index % len(SECTORS)]
    words = {code: CourseWords(titles[code], script["summaries"][code], script["outcomes"][code]) for code in LANGUAGES}
    slug = script["slug"] if not edition else f"{script['slug']}-{edition + 1}"
    with transaction():
        course = create_course(
            SYSTEM,
            script["territory"],
            CourseFacts(level, sector, DRAWINGS.get(script["slug"], "course")),
            words,
            slug=slug,
            owner_id=owner,
        )
        for module in script["modules"]:
            part = add_part(SYSTEM, course.id, module["titles"], module["key"])
            for lesson in module["lessons"]:
                _write_lesson(course.id, part, lesson, files[lesson["key"]])
        submit_course(SYSTEM, course.id)
        publish_course(SYSTEM, course.id)


def _write_lesson(course_id: int, part: int, lesson: Mapping[str, Any], files: list[StoredFile]) -> None:
    bodies = _texts(lesson["body_file"]) if "body_file" in lesson else {}
    alts = lesson.get("picture", {}).get("alts", {})
    quiz = lesson.get("quiz", {})
    facts = LessonFacts(lesson["kind"], lesson["minutes"], lesson["required"], quiz.get("pass_percent"))
    words = {
        code: LessonWordsGiven(lesson["titles"][code], bodies.get(code, ""), alt=alts.get(code, "")) for code in LANGUAGES
    }
    made = add_lesson(SYSTEM, course_id, part, facts, words, lesson["key"])
    for file in files:
        set_file(SYSTEM, course_id, made.id, file)
    for question in quiz.get("questions", []):
        options = [OptionGiven(one["key"], one["texts"], one["right"]) for one in question["options"]]
        add_question(
            SYSTEM,
            made.id,
            QuestionGiven(
                question["kind"],
                question["prompts"],
                question["explanations"],
                options,
                question["value"] or "",
                question["tolerance"] or "",
            ),
            question["key"],
        )


def learn(actor: Actor, slug: str, to_the_end: bool) -> None:
    """The learner takes a course: half of it, or all with the certificate."""
    course_id = db.session.scalar(select(Course.id).where(Course.slug == slug))
    if course_id is None:
        return
    lessons = db.session.execute(
        select(Lesson.id, Lesson.kind)
        .where(Lesson.course_id == course_id, Lesson.required.is_(True))
        .order_by(Lesson.position)
    ).all()
    with transaction():
        enrol(actor, course_id)
        for id_, kind in lessons if to_the_end else lessons[: len(lessons) // 2]:
            if LESSONS[kind].asks:
                _pass(actor, id_)
            else:
                complete_lesson(actor, id_)
        if to_the_end:
            issue_certificate(actor, course_id)


def _pass(actor: Actor, lesson_id: int) -> None:
    """An attempt with the right answers."""
    questions = live_questions(lesson_id)
    attempt = begin_attempt(actor, lesson_id)
    for id_, asked in asked_in(questions).items():
        kind = KINDS[asked.kind]
        shown = kind.laid_out(asked.keys, seed_of(attempt, id_))
        save_answer(actor, attempt, id_, kind.sent_when_right(asked, shown))
    hand_in(actor, attempt)
