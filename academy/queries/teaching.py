"""What instructors and the office read: own courses, learners and their progress, a lesson in all its languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select

from academy.models import (
    Certificate,
    Completion,
    Course,
    CourseModuleText,
    CourseText,
    Enrolment,
    Lesson,
    LessonFile,
    LessonText,
    Question,
    QuestionOption,
    QuestionOptionText,
    QuestionText,
)
from academy.queries.courses import FileLine
from academy.queries.learning import course_titles, progress_counts
from app.accounts.queries import person_names
from app.engines.db import db


@dataclass(frozen=True)
class OwnCourse:
    """A course in its instructor's list or on the office's desk."""

    id: int
    slug: str
    state: str
    title: str
    lessons: int
    learners: int
    certificates: int
    owner: str
    submitted_at: datetime | None


@dataclass(frozen=True)
class LearnerLine:
    """A learner of a course; `done` of `of` required lessons."""

    name: str
    enrolled_at: datetime
    done: int
    of: int
    last_at: datetime | None
    certificate: str | None


@dataclass(frozen=True)
class LessonDraft:
    """A lesson in all its languages, for its instructor."""

    id: int
    course_id: int
    module_id: int
    key: str
    kind: str
    minutes: int
    required: bool
    pass_percent: int | None
    texts: Mapping[str, Mapping[str, str]]
    files: tuple[FileLine, ...]


@dataclass(frozen=True)
class QuestionDraft:
    """A question in all its languages; options as (key, right, {language: text})."""

    id: int
    kind: str
    value: str
    tolerance: str
    prompts: Mapping[str, str]
    explanations: Mapping[str, str]
    options: tuple[tuple[str, bool, Mapping[str, str]], ...]


def own_courses(person_id: int, language: str, offset: int = 0, limit: int = 20) -> tuple[list[OwnCourse], int]:
    """An instructor's courses, newest first, and how many in all."""
    mine = Course.owner_id == person_id
    total = db.session.scalar(select(func.count()).select_from(Course).where(mine)) or 0
    statement = select(Course.id, Course.slug, Course.state, Course.lessons, Course.owner_id, Course.submitted_at)
    rows = db.session.execute(statement.where(mine).order_by(Course.id.desc()).offset(offset).limit(limit)).all()
    return _with_counts(rows, language), total


def courses_in_state(state: str, language: str, offset: int = 0, limit: int = 20) -> tuple[list[OwnCourse], int]:
    """For the office: the courses of a state, longest waiting first, and how many in all."""
    there = Course.state == state
    total = count_in_state(state)
    statement = select(Course.id, Course.slug, Course.state, Course.lessons, Course.owner_id, Course.submitted_at)
    rows = db.session.execute(
        statement.where(there).order_by(Course.submitted_at, Course.id).offset(offset).limit(limit)
    ).all()
    return _with_counts(rows, language), total


def count_in_state(state: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Course).where(Course.state == state)) or 0


def _with_counts(rows: Sequence[Row[int, str, str, int, int | None, datetime | None]], language: str) -> list[OwnCourse]:
    ids = [row[0] for row in rows]
    if not ids:
        return []
    titles = course_titles(ids, language)
    counts = db.session.execute(
        select(Enrolment.course_id, func.count(Enrolment.id), func.count(Certificate.id))
        .outerjoin(Certificate, Certificate.enrolment_id == Enrolment.id)
        .where(Enrolment.course_id.in_(ids))
        .group_by(Enrolment.course_id)
    )
    learners = {id_: (people, certificates) for id_, people, certificates in counts}
    names = person_names([row[4] for row in rows if row[4] is not None])
    return [
        OwnCourse(
            id_, slug, state, titles.get(id_, slug), lessons, *learners.get(id_, (0, 0)), names.get(owner or 0, ""), at
        )
        for id_, slug, state, lessons, owner, at in rows
    ]


def learners_of(course_id: int, offset: int = 0, limit: int = 50) -> tuple[list[LearnerLine], int]:
    """Who takes a course and how far they are, newest first, and how many in all; six statements."""
    total = db.session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.course_id == course_id)) or 0
    rows = db.session.execute(
        select(Enrolment.id, Enrolment.person_id, Enrolment.enrolled_at, Certificate.code)
        .outerjoin(Certificate, Certificate.enrolment_id == Enrolment.id)
        .where(Enrolment.course_id == course_id)
        .order_by(Enrolment.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    names = person_names([row[1] for row in rows])
    counts = progress_counts([(row[0], course_id) for row in rows])
    last = dict(
        db.session.execute(
            select(Completion.enrolment_id, func.max(Completion.completed_at))
            .where(Completion.enrolment_id.in_([row[0] for row in rows]))
            .group_by(Completion.enrolment_id)
        ).all()
    )
    return [
        LearnerLine(names.get(person, ""), at, *counts[id_], last.get(id_), code) for id_, person, at, code in rows
    ], total


def course_words(course_id: int) -> dict[str, tuple[str, str, list[str]]]:
    """{language: (title, summary, outcomes)}."""
    rows = db.session.execute(
        select(CourseText.language, CourseText.title, CourseText.summary, CourseText.outcomes).where(
            CourseText.course_id == course_id
        )
    )
    return {language: (title, summary, list(outcomes)) for language, title, summary, outcomes in rows}


def part_titles(part_id: int) -> dict[str, str]:
    """{language: title} of a part."""
    rows = db.session.execute(
        select(CourseModuleText.language, CourseModuleText.title).where(CourseModuleText.module_id == part_id)
    )
    return dict(rows.all())


def lesson_draft(course_id: int, key: str) -> LessonDraft | None:
    """The lesson with its words and files in all languages; three statements."""
    row = db.session.execute(
        select(
            Lesson.id,
            Lesson.course_id,
            Lesson.module_id,
            Lesson.key,
            Lesson.kind,
            Lesson.minutes,
            Lesson.required,
            Lesson.pass_percent,
        ).where(Lesson.course_id == course_id, Lesson.key == key, Lesson.removed.is_(False))
    ).first()
    if row is None:
        return None
    texts = db.session.execute(
        select(LessonText.language, LessonText.title, LessonText.body, LessonText.transcript, LessonText.alt).where(
            LessonText.lesson_id == row[0]
        )
    )
    files = db.session.execute(
        select(
            LessonFile.language,
            LessonFile.file_key,
            LessonFile.media_type,
            LessonFile.name,
            LessonFile.size,
            LessonFile.width,
            LessonFile.height,
        )
        .where(LessonFile.lesson_id == row[0])
        .order_by(LessonFile.language)
    )
    spoken = {text[0]: {"title": text[1], "body": text[2], "transcript": text[3], "alt": text[4]} for text in texts}
    return LessonDraft(*row, spoken, tuple(FileLine(*file) for file in files))


def question_drafts(lesson_id: int) -> list[QuestionDraft]:
    """The questions of a quiz in all languages, in order; three statements."""
    rows = db.session.execute(
        select(Question.id, Question.kind, Question.value, Question.tolerance)
        .where(Question.lesson_id == lesson_id, Question.removed.is_(False))
        .order_by(Question.position, Question.id)
    ).all()
    ids = [row[0] for row in rows]
    texts = db.session.execute(
        select(QuestionText.question_id, QuestionText.language, QuestionText.prompt, QuestionText.explanation).where(
            QuestionText.question_id.in_(ids)
        )
    ).all()
    options = db.session.execute(
        select(
            QuestionOption.question_id,
            QuestionOption.key,
            QuestionOption.right,
            QuestionOptionText.language,
            QuestionOptionText.text,
        )
        .outerjoin(QuestionOptionText, QuestionOptionText.option_id == QuestionOption.id)
        .where(QuestionOption.question_id.in_(ids))
        .order_by(QuestionOption.position, QuestionOption.id)
    ).all()
    words: dict[int, dict[str, tuple[bool, dict[str, str]]]] = {}
    for question_id, key, right, language, text in options:
        spoken = words.setdefault(question_id, {}).setdefault(key, (right, {}))[1]
        if language:
            spoken[language] = text
    return [
        QuestionDraft(
            id_,
            kind,
            value or "",
            tolerance or "",
            {row[1]: row[2] for row in texts if row[0] == id_},
            {row[1]: row[3] for row in texts if row[0] == id_},
            tuple((key, right, spoken) for key, (right, spoken) in words.get(id_, {}).items()),
        )
        for id_, kind, value, tolerance in rows
    ]
