"""Courses and what people did in them: enrolments, completions, attempts, answers, certificates. Moments in UTC."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base
from app.engines.files.named import FileName


class Course(Base):
    """A course of an instructor. `minutes` and `lessons` are copies that the services keep for lists."""

    __tablename__ = "course"
    __table_args__ = (
        Index("ix_course_state_published_at", "state", "published_at", "id"),
        Index("ix_course_state_sector", "state", "sector", "level"),
        Index("ix_course_owner_id_state", "owner_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str]  # draft, submitted, published, withdrawn (rules.COURSE)
    territory: Mapped[str]
    level: Mapped[str]  # rules.LEVELS
    sector: Mapped[str | None]  # a sector of the territory; None where it serves all
    drawing: Mapped[str] = mapped_column(default="course")
    minutes: Mapped[int] = mapped_column(default=0)
    lessons: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]  # why the office returned it last
    form_key: Mapped[str | None] = mapped_column(unique=True)  # makes a form sent twice one course
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]


class CourseText(Base):
    """A course's words in one language; `source` marks the language they were first written in."""

    __tablename__ = "course_text"
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    outcomes: Mapped[list[Any]] = mapped_column(default=list)
    source: Mapped[bool] = mapped_column(default=False)


class CourseModule(Base):
    """A part of a course. What is removed stays, unseen, because people's records point to it."""

    __tablename__ = "course_module"
    __table_args__ = (UniqueConstraint("course_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    key: Mapped[str]
    position: Mapped[int]
    removed: Mapped[bool] = mapped_column(default=False)


class CourseModuleText(Base):
    """A part's title in one language."""

    __tablename__ = "course_module_text"
    module_id: Mapped[int] = mapped_column(ForeignKey("course_module.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]


class Lesson(Base):
    """A lesson of a course; `key` is the last part of its address. `pass_percent` belongs to quizzes."""

    __tablename__ = "lesson"
    __table_args__ = (
        UniqueConstraint("course_id", "key"),
        CheckConstraint("pass_percent IS NULL OR pass_percent BETWEEN 1 AND 100", name="pass_percent"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("course_module.id"), index=True)
    key: Mapped[str]
    kind: Mapped[str]  # rules.lessons.LESSONS
    position: Mapped[int]
    minutes: Mapped[int]
    required: Mapped[bool] = mapped_column(default=True)
    pass_percent: Mapped[int | None]
    removed: Mapped[bool] = mapped_column(default=False)


class LessonText(Base):
    """A lesson in one language: Markdown body, what is heard or said (transcript), what a picture shows (alt)."""

    __tablename__ = "lesson_text"
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    transcript: Mapped[str] = mapped_column(default="")
    alt: Mapped[str] = mapped_column(default="")


class LessonFile(Base):
    """A lesson's file, for one language or, under the language "", for all. For pictures `file_key` is the stem."""

    __tablename__ = "lesson_file"
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    file_key: Mapped[str] = mapped_column(FileName)
    media_type: Mapped[str]
    name: Mapped[str]  # what the file is called when it is saved: made by us from the lesson's key
    size: Mapped[int]  # bytes
    width: Mapped[int | None]
    height: Mapped[int | None]


class Question(Base):
    """A question of a quiz; a numeric one has its value and tolerance as decimal text."""

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("lesson_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"))
    key: Mapped[str]
    kind: Mapped[str]  # rules.kinds.KINDS
    position: Mapped[int]
    value: Mapped[str | None]
    tolerance: Mapped[str | None]
    removed: Mapped[bool] = mapped_column(default=False)


class QuestionText(Base):
    """A question and the explanation of its answer in one language."""

    __tablename__ = "question_text"
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    prompt: Mapped[str]
    explanation: Mapped[str] = mapped_column(default="")


class QuestionOption(Base):
    """An answer to choose. Stored answers name its key, never its id."""

    __tablename__ = "question_option"
    __table_args__ = (UniqueConstraint("question_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    key: Mapped[str]
    right: Mapped[bool]
    position: Mapped[int]


class QuestionOptionText(Base):
    """An answer's words in one language."""

    __tablename__ = "question_option_text"
    option_id: Mapped[int] = mapped_column(ForeignKey("question_option.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]


class Enrolment(Base):
    """A person takes a course. Progress is computed from completions; nothing of it is stored here."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("person_id", "course_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    enrolled_at: Mapped[datetime]


class Completion(Base):
    """A lesson was completed: read, or its quiz passed by the named attempt. Only grows."""

    __tablename__ = "completion"
    __table_args__ = (UniqueConstraint("enrolment_id", "lesson_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("quiz_attempt.id"))
    completed_at: Mapped[datetime]


class QuizAttempt(Base):
    """A try at a quiz. The questions are fixed when it begins, the marks when it is handed in."""

    __tablename__ = "quiz_attempt"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "lesson_id", "number"),
        # One open attempt at a time.
        Index(
            "uq_quiz_attempt_open",
            "enrolment_id",
            "lesson_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    number: Mapped[int]
    state: Mapped[str]  # open, handed_in
    question_ids: Mapped[list[Any]]
    started_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
    right_count: Mapped[int | None]
    passed: Mapped[bool | None]
    pass_percent: Mapped[int | None]  # what was asked for when it was marked
    rule_version: Mapped[str | None]


class Answer(Base):
    """An answer as it was given, stored at once; it may change until the attempt is handed in.

    `given` holds {"options": [keys]} or {"text", "number"}, with "or" beside a number that may be read in two ways. At
    hand-in `right` is its mark and `marked_by` the key that was used, so that a mark can be computed again after the
    question has changed.
    """

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("attempt_id", "question_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("quiz_attempt.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    given: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    right: Mapped[bool | None]
    marked_by: Mapped[dict[str, Any] | None]


class Certificate(Base):
    """A certificate, once per enrolment. Name and titles are as they were when it was issued."""

    __tablename__ = "certificate"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    person_name: Mapped[str]
    course_titles: Mapped[dict[str, Any]]
    minutes: Mapped[int]
    language: Mapped[str]
    evidence: Mapped[dict[str, Any]]  # rule version, completed lessons, passing attempts
    issued_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
