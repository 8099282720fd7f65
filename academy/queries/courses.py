"""One course: its words, its outline, one lesson of it. Frozen values, few statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, case, select

from academy.models import Course, CourseModule, CourseModuleText, CourseText, Lesson, LessonFile, LessonText
from academy.rules.progress import Line
from app.engines.db import db
from app.kernel.text import best_language

# A course's page is asked most: its statements are written once, and read plain rows.
HEAD = (
    select(
        *(Course.id, Course.slug, Course.owner_id, Course.state, Course.territory, Course.level, Course.sector),
        *(Course.drawing, Course.minutes, Course.reason, Course.submitted_at, Course.published_at),
        *(CourseText.language, CourseText.title, CourseText.summary, CourseText.outcomes, CourseText.source),
    )
    .outerjoin(CourseText, CourseText.course_id == Course.id)
    .where(Course.slug == bindparam("slug"))
)
PARTS = (
    select(CourseModule.id, CourseModule.key, CourseModuleText.language, CourseModuleText.title)
    .outerjoin(CourseModuleText, CourseModuleText.module_id == CourseModule.id)
    .where(CourseModule.course_id == bindparam("course"), CourseModule.removed.is_(False))
    .order_by(CourseModule.position, CourseModule.id)
)
LESSONS = (
    select(
        *(Lesson.id, Lesson.module_id, Lesson.key, Lesson.kind, Lesson.minutes, Lesson.required),
        *(LessonText.language, LessonText.title),
    )
    .outerjoin(LessonText, LessonText.lesson_id == Lesson.id)
    .where(Lesson.course_id == bindparam("course"), Lesson.removed.is_(False))
    .order_by(Lesson.position, Lesson.id)
)


@dataclass(frozen=True)
class CourseHead:
    """A course in the language nearest to the reader's; `spoken` is the language its words are in."""

    id: int
    slug: str
    owner_id: int | None
    state: str
    territory: str
    level: str
    sector: str | None
    drawing: str
    minutes: int
    reason: str | None
    title: str
    summary: str
    outcomes: tuple[str, ...]
    spoken: str
    languages: tuple[str, ...]
    submitted_at: datetime | None
    published_at: datetime | None


@dataclass(frozen=True)
class LessonLine:
    """A lesson as a line of the outline."""

    id: int
    key: str
    kind: str
    minutes: int
    required: bool
    title: str

    @property
    def line(self) -> Line:
        return Line(self.id, self.kind, self.required)


@dataclass(frozen=True)
class Part:
    """A part of a course with its lessons, in order."""

    id: int
    key: str
    title: str
    lessons: tuple[LessonLine, ...]


@dataclass(frozen=True)
class LessonWords:
    """What a lesson says, in the language nearest to the reader's."""

    title: str
    body: str
    transcript: str
    alt: str
    spoken: str


@dataclass(frozen=True)
class FileLine:
    """A lesson's file; `language` is "" where it serves all."""

    language: str
    file_key: str
    media_type: str
    name: str
    size: int
    width: int | None
    height: int | None


def course_head(slug: str, language: str) -> CourseHead | None:
    """The course of an address; one statement."""
    rows = db.session.execute(HEAD, {"slug": slug}).all()
    if not rows:
        return None
    course = rows[0]
    texts = {row.language: row for row in rows if row.title}
    source = next((text.language for text in texts.values() if text.source), None)
    spoken = best_language(texts, language, source) or ""
    text = texts.get(spoken)
    return CourseHead(
        course.id,
        course.slug,
        course.owner_id,
        course.state,
        course.territory,
        course.level,
        course.sector,
        course.drawing,
        course.minutes,
        course.reason,
        text.title if text else course.slug,
        text.summary if text else "",
        tuple(text.outcomes) if text else (),
        spoken,
        tuple(sorted(texts)),
        course.submitted_at,
        course.published_at,
    )


def in_best_language(rows: Iterable[tuple[int, str | None, str]], language: str) -> Mapping[int, str]:
    """{id: text in the best language} of rows (id, language, text)."""
    by_id: dict[int, dict[str, str]] = {}
    for id_, spoken, text in rows:
        if spoken is not None and text:
            by_id.setdefault(id_, {})[spoken] = text
    return {id_: texts[best_language(texts, language) or ""] for id_, texts in by_id.items()}


def outline(course_id: int, language: str) -> tuple[Part, ...]:
    """The parts and lessons of a course, in order, without what was removed; two statements."""
    parts = db.session.execute(PARTS, {"course": course_id}).all()
    rows = db.session.execute(LESSONS, {"course": course_id}).all()
    part_titles = in_best_language([(row[0], row[2], row[3]) for row in parts], language)
    titles = in_best_language([(row[0], row[6], row[7]) for row in rows], language)
    lessons: dict[int, dict[int, LessonLine]] = {}
    for id_, module_id, key, kind, minutes, required, _spoken, _title in rows:
        lessons.setdefault(module_id, {})[id_] = LessonLine(id_, key, kind, minutes, required, titles.get(id_, key))
    keys = {row[0]: row[1] for row in parts}
    return tuple(
        Part(id_, key, part_titles.get(id_, key), tuple(lessons.get(id_, {}).values())) for id_, key in keys.items()
    )


def lessons_of(parts: Iterable[Part]) -> list[LessonLine]:
    """All lessons of an outline in one row."""
    return [lesson for part in parts for lesson in part.lessons]


def lesson_words(lesson_id: int, language: str) -> LessonWords:
    """What a lesson says; one statement, one row."""
    nearest = case(
        (LessonText.language == language, 0), (LessonText.language == "fr", 1), (LessonText.language == "en", 2), else_=3
    )
    row = db.session.execute(
        select(LessonText.title, LessonText.body, LessonText.transcript, LessonText.alt, LessonText.language)
        .where(LessonText.lesson_id == lesson_id, LessonText.title != "")
        .order_by(nearest)
        .limit(1)
    ).first()
    return LessonWords(*row) if row else LessonWords("", "", "", "", language)


def lesson_file(lesson_id: int, language: str) -> FileLine | None:
    """The file for the reader's language, else the one for all, else any; one statement."""
    nearest = case(
        (LessonFile.language == language, 0), (LessonFile.language == "", 1), (LessonFile.language == "fr", 2), else_=3
    )
    row = db.session.execute(
        select(
            LessonFile.language,
            LessonFile.file_key,
            LessonFile.media_type,
            LessonFile.name,
            LessonFile.size,
            LessonFile.width,
            LessonFile.height,
        )
        .where(LessonFile.lesson_id == lesson_id)
        .order_by(nearest)
        .limit(1)
    ).first()
    return FileLine(*row) if row else None


@dataclass(frozen=True)
class FileOwnership:
    """Whose file it is: enough to decide who may have it."""

    course_id: int
    owner_id: int | None
    state: str
    kind: str


def file_ownership(lesson_id: int) -> FileOwnership | None:
    """The course a lesson belongs to, unless the lesson was removed."""
    row = db.session.execute(
        select(Course.id, Course.owner_id, Course.state, Lesson.kind)
        .join(Lesson, Lesson.course_id == Course.id)
        .where(Lesson.id == lesson_id, Lesson.removed.is_(False))
    ).first()
    return FileOwnership(*row) if row else None


def exact_file(lesson_id: int, language: str) -> FileLine | None:
    """The file under exactly this language ("" is the one for all)."""
    row = db.session.execute(
        select(
            LessonFile.language,
            LessonFile.file_key,
            LessonFile.media_type,
            LessonFile.name,
            LessonFile.size,
            LessonFile.width,
            LessonFile.height,
        ).where(and_(LessonFile.lesson_id == lesson_id, LessonFile.language == language))
    ).first()
    return FileLine(*row) if row else None
