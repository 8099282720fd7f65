"""The contents of a course: its parts and lessons, their words, files and order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import delete, func, select

from academy.models import Course, CourseModule, CourseModuleText, Lesson, LessonFile, LessonText
from academy.rules.courses import BODY_LONGEST, MOST_LESSONS, SUMMARY_LONGEST, TITLE_LONGEST
from academy.rules.lessons import LESSONS
from academy.services.courses import recount, writable_course
from app.engines.db import db
from app.engines.journal import record
from app.engines.slugs import free_slug
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import LANGUAGES, one_line, slug_of

Placed = TypeVar("Placed", CourseModule, Lesson)
PASS_PERCENT = 70


@dataclass(frozen=True)
class LessonWordsGiven:
    """A lesson in one language. An empty title means: not written in this language."""

    title: str
    body: str = ""
    transcript: str = ""
    alt: str = ""


@dataclass(frozen=True)
class LessonFacts:
    """What is the same in every language; `pass_percent` belongs to quizzes."""

    kind: str
    minutes: int
    required: bool = True
    pass_percent: int | None = None


@dataclass(frozen=True)
class StoredFile:
    """A file the engine holds already; `language` is "" where it serves all."""

    language: str
    file_key: str
    media_type: str
    ending: str
    size: int
    width: int | None = None
    height: int | None = None


def add_part(actor: Actor, course_id: int, titles: Mapping[str, str], key: str | None = None) -> int:
    """A new part at the end; returns its id."""
    course = writable_course(actor, course_id)
    checked = _titles(titles)
    last = db.session.scalar(select(func.max(CourseModule.position)).where(CourseModule.course_id == course_id)) or 0
    part = CourseModule(course_id=course_id, key=key or f"part-{last + 1}", position=last + 1)
    db.session.add(part)
    db.session.flush()
    _write_part(part.id, checked)
    recount(course)
    record(actor, "add", "course-module", part.id, course_id=course_id)
    return part.id


def rename_part(actor: Actor, course_id: int, part_id: int, titles: Mapping[str, str]) -> None:
    course = writable_course(actor, course_id)
    part = _part(course_id, part_id)
    _write_part(part.id, _titles(titles))
    recount(course)
    record(actor, "change", "course-module", part_id)


def remove_part(actor: Actor, course_id: int, part_id: int) -> None:
    """A part without lessons goes; what learners did is never taken away."""
    course = writable_course(actor, course_id)
    part = _part(course_id, part_id)
    if db.session.scalar(select(Lesson.id).where(Lesson.module_id == part_id, Lesson.removed.is_(False)).limit(1)):
        raise Conflict("part-not-empty")
    part.removed = True
    recount(course)
    record(actor, "remove", "course-module", part_id)


def _part(course_id: int, part_id: int) -> CourseModule:
    part = db.session.get(CourseModule, part_id, populate_existing=True)
    if part is None or part.course_id != course_id or part.removed:
        raise NotFound()
    return part


def _titles(titles: Mapping[str, str]) -> dict[str, str]:
    written = {language: title for language in LANGUAGES if (title := one_line(titles.get(language, "")))}
    if not written:
        raise Invalid("title-missing", "title_fr")
    for language, title in written.items():
        if len(title) > TITLE_LONGEST:
            raise Invalid("text-too-long", f"title_{language}", limit=TITLE_LONGEST)
    return written


def _write_part(part_id: int, titles: Mapping[str, str]) -> None:
    db.session.execute(
        delete(CourseModuleText).where(CourseModuleText.module_id == part_id).execution_options(synchronize_session="fetch")
    )
    db.session.add_all(
        CourseModuleText(module_id=part_id, language=language, title=title) for language, title in titles.items()
    )
    db.session.flush()


def add_lesson(
    actor: Actor,
    course_id: int,
    part_id: int,
    facts: LessonFacts,
    words: Mapping[str, LessonWordsGiven],
    key: str | None = None,
) -> Lesson:
    """A new lesson at the end of a part."""
    course = writable_course(actor, course_id)
    _part(course_id, part_id)
    if course.lessons >= MOST_LESSONS:
        raise Conflict("too-many-lessons", limit=MOST_LESSONS)
    checked = _checked(facts, words)
    first = next(checked[language].title for language in ("fr", "en", "ar") if language in checked)
    last = db.session.scalar(select(func.max(Lesson.position)).where(Lesson.course_id == course_id)) or 0
    lesson = Lesson(
        course_id=course_id,
        module_id=part_id,
        key=free_slug(Lesson.key, key or slug_of(first), Lesson.course_id == course_id),
        kind=facts.kind,
        position=last + 1,
        minutes=facts.minutes,
        required=facts.required,
        pass_percent=_pass_percent(facts),
    )
    db.session.add(lesson)
    db.session.flush()
    _write_lesson(lesson.id, checked)
    recount(course)
    record(actor, "add", "lesson", lesson.id, course_id=course_id)
    return lesson


def change_lesson(
    actor: Actor, course_id: int, lesson_id: int, facts: LessonFacts, words: Mapping[str, LessonWordsGiven]
) -> None:
    """New facts and words; a lesson keeps its kind and its address."""
    course, lesson = _writable_lesson(actor, course_id, lesson_id)
    checked = _checked(LessonFacts(lesson.kind, facts.minutes, facts.required, facts.pass_percent), words)
    lesson.minutes, lesson.required = facts.minutes, facts.required
    if LESSONS[lesson.kind].asks:
        lesson.pass_percent = facts.pass_percent or PASS_PERCENT
    _write_lesson(lesson.id, checked)
    recount(course)
    record(actor, "change", "lesson", lesson_id)


def remove_lesson(actor: Actor, course_id: int, lesson_id: int) -> None:
    """It is no longer part of the course; completions of it stay, and count for nothing."""
    course, lesson = _writable_lesson(actor, course_id, lesson_id)
    lesson.removed = True
    recount(course)
    record(actor, "remove", "lesson", lesson_id)


def _writable_lesson(actor: Actor, course_id: int, lesson_id: int) -> tuple[Course, Lesson]:
    course = writable_course(actor, course_id)
    lesson = db.session.get(Lesson, lesson_id, populate_existing=True)
    if lesson is None or lesson.course_id != course_id or lesson.removed:
        raise NotFound()
    return course, lesson


def _pass_percent(facts: LessonFacts) -> int | None:
    return (facts.pass_percent or PASS_PERCENT) if LESSONS[facts.kind].asks else None


def _checked(facts: LessonFacts, words: Mapping[str, LessonWordsGiven]) -> dict[str, LessonWordsGiven]:
    if facts.kind not in LESSONS:
        raise Invalid("choice-unknown", "kind")
    if not 1 <= facts.minutes <= 600:
        raise Invalid("minutes-out-of-range", "minutes")
    if facts.pass_percent is not None and not 1 <= facts.pass_percent <= 100:
        raise Invalid("percent-out-of-range", "pass_percent")
    written = {language: words[language] for language in LANGUAGES if language in words and one_line(words[language].title)}
    if not written:
        raise Invalid("title-missing", "title_fr")
    for language, text in written.items():
        limits = {"title": TITLE_LONGEST, "body": BODY_LONGEST, "transcript": BODY_LONGEST, "alt": SUMMARY_LONGEST}
        for name, limit in limits.items():
            if len(getattr(text, name)) > limit:
                raise Invalid("text-too-long", f"{name}_{language}", limit=limit)
    return written


def _write_lesson(lesson_id: int, words: Mapping[str, LessonWordsGiven]) -> None:
    db.session.execute(
        delete(LessonText).where(LessonText.lesson_id == lesson_id).execution_options(synchronize_session="fetch")
    )
    db.session.add_all(
        LessonText(
            lesson_id=lesson_id,
            language=language,
            title=one_line(text.title),
            body=text.body,
            transcript=text.transcript,
            alt=text.alt.strip(),
        )
        for language, text in words.items()
    )
    db.session.flush()


def set_file(actor: Actor, course_id: int, lesson_id: int, stored: StoredFile) -> None:
    """The lesson's file in one language or for all, in the place of the one before."""
    _course, lesson = _writable_lesson(actor, course_id, lesson_id)
    if not LESSONS[lesson.kind].with_file:
        raise Invalid("lesson-has-no-file", "file")
    if stored.language not in ("", *LANGUAGES):
        raise Invalid("choice-unknown", "language")
    known = db.session.get(LessonFile, (lesson_id, stored.language))
    row = known or LessonFile(lesson_id=lesson_id, language=stored.language)
    row.file_key, row.media_type, row.size = stored.file_key, stored.media_type, stored.size
    row.name = f"{lesson.key}{'-' + stored.language if stored.language else ''}.{stored.ending}"
    row.width, row.height = stored.width, stored.height
    db.session.add(row)
    db.session.flush()
    record(actor, "set-file", "lesson", lesson_id)


def move_part(actor: Actor, course_id: int, part_id: int, step: int) -> None:
    """One place up (-1) or down (1); at the end nothing happens."""
    course = writable_course(actor, course_id)
    _part(course_id, part_id)
    parts = db.session.scalars(
        select(CourseModule)
        .where(CourseModule.course_id == course_id, CourseModule.removed.is_(False))
        .order_by(CourseModule.position, CourseModule.id)
    ).all()
    _swap(parts, part_id, step)
    recount(course)
    record(actor, "move", "course-module", part_id, step=step)


def move_lesson(actor: Actor, course_id: int, lesson_id: int, step: int) -> None:
    """One place up or down within its part."""
    course, lesson = _writable_lesson(actor, course_id, lesson_id)
    lessons = db.session.scalars(
        select(Lesson)
        .where(Lesson.module_id == lesson.module_id, Lesson.removed.is_(False))
        .order_by(Lesson.position, Lesson.id)
    ).all()
    _swap(lessons, lesson_id, step)
    recount(course)
    record(actor, "move", "lesson", lesson_id, step=step)


def _swap(rows: Sequence[Placed], id_: int, step: int) -> None:
    index = next(index for index, row in enumerate(rows) if row.id == id_)
    other = index + (1 if step > 0 else -1)
    if 0 <= other < len(rows):
        rows[index].position, rows[other].position = rows[other].position, rows[index].position
