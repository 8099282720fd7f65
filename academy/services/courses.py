"""An instructor's courses: made, changed, handed to the office, published or returned, withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from academy.models import Course, CourseText, Lesson, LessonFile, Question, QuestionOption
from academy.permissions import require_office, require_owner, require_writable
from academy.rules.courses import (
    COURSE,
    DRAWINGS,
    LEVELS,
    REASON_LONGEST,
    SUMMARY_LONGEST,
    TITLE_LONGEST,
    Quiz,
    why_not_ready,
)
from academy.rules.lessons import LESSONS
from academy.rules.progress import Line
from academy.search import COURSE_KIND
from academy.signals import course_published, course_returned, course_taken_out
from app.accounts.services import ask_second_person
from app.engines.db import db
from app.engines.generations import changed
from app.engines.journal import record
from app.engines.search import outbox
from app.engines.slugs import free_slug
from app.kernel import typed
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import LANGUAGES, one_line, slug_of
from app.territories.loading import territory_named

OWN_COURSE = "own-course"
# Addresses under /academy/teach that are pages of their own.
RESERVED = frozenset({"new"})


@dataclass(frozen=True)
class CourseWords:
    """A course in one language. An empty title means: not written in this language."""

    title: str
    summary: str = ""
    outcomes: Sequence[str] = ()


@dataclass(frozen=True)
class CourseFacts:
    """What is the same in every language."""

    level: str
    sector: str | None = None
    drawing: str = "course"


def course_for_update(course_id: int) -> Course:
    """The course, locked: it or its contents will change."""
    course = db.session.scalar(
        select(Course).where(Course.id == course_id).with_for_update().execution_options(populate_existing=True)
    )
    if course is None:
        raise NotFound()
    changed("course", course.id)
    return course


def writable_course(actor: Actor, course_id: int) -> Course:
    """The course, locked, of an actor who may write it now.

    A withdrawn one is a draft again from its first change: nobody learns or is certified by what the office has not read.
    """
    course = course_for_update(course_id)
    require_writable(actor, course.owner_id, course.state)
    if course.state == "withdrawn":
        course.state = COURSE.after(course.state, "rewrite")
        record(actor, "rewrite", "course", course.id)
    return course


def create_course(
    actor: Actor,
    territory: str,
    facts: CourseFacts,
    words: Mapping[str, CourseWords],
    *,
    slug: str | None = None,
    owner_id: int | None = None,
    form_key: str | None = None,
) -> Course:
    """A new draft. The same form sent twice is the same course. The system may name slug and owner (demo, imports)."""
    if not actor.is_system:
        if not actor.instructor:
            raise NotFound()
        owner_id = actor.person_id
    if form_key is not None:
        known = db.session.scalar(select(Course).where(Course.form_key == form_key, Course.owner_id == owner_id))
        if known is not None:
            return known
    checked = _checked_words(words)
    _check_facts(territory, facts)
    moment = now()
    course = Course(
        slug=free_slug(Course.slug, slug or slug_of(_first_title(checked)), reserved=RESERVED),
        owner_id=owner_id,
        state=COURSE.first,
        territory=territory,
        level=facts.level,
        sector=facts.sector,
        drawing=facts.drawing,
        minutes=0,
        lessons=0,
        form_key=form_key,
        created_at=moment,
        changed_at=moment,
    )
    db.session.add(course)
    db.session.flush()
    changed("course", course.id)
    _write_words(course.id, checked)
    record(actor, "create", "course", course.id)
    return course


def change_course(actor: Actor, course_id: int, facts: CourseFacts, words: Mapping[str, CourseWords]) -> None:
    """New facts and words; a language whose title was emptied goes."""
    course = writable_course(actor, course_id)
    checked = _checked_words(words)
    _check_facts(course.territory, facts)
    course.level, course.sector, course.drawing, course.changed_at = facts.level, facts.sector, facts.drawing, now()
    _write_words(course.id, checked)
    record(actor, "change", "course", course.id)


def _first_title(words: Mapping[str, CourseWords]) -> str:
    return next((words[language].title for language in ("fr", "en", "ar") if language in words), "")


def _checked_words(words: Mapping[str, CourseWords]) -> dict[str, CourseWords]:
    checked = {}
    for language in LANGUAGES:
        given = words.get(language)
        title = one_line(given.title) if given is not None else ""
        if given is None or not title:
            continue
        if len(title) > TITLE_LONGEST:
            raise Invalid("text-too-long", f"title_{language}", limit=TITLE_LONGEST)
        if len(given.summary) > SUMMARY_LONGEST:
            raise Invalid("text-too-long", f"summary_{language}", limit=SUMMARY_LONGEST)
        outcomes = [line[:TITLE_LONGEST] for line in map(one_line, given.outcomes) if line][:12]
        checked[language] = CourseWords(title, given.summary.strip(), outcomes)
    if not checked:
        raise Invalid("course-needs-title", "title_fr")
    return checked


def _check_facts(territory: str, facts: CourseFacts) -> None:
    if facts.level not in LEVELS:
        raise Invalid("choice-unknown", "level")
    if facts.drawing not in DRAWINGS:
        raise Invalid("choice-unknown", "drawing")
    if facts.sector is not None and facts.sector not in {one.key for one in territory_named(territory).sectors}:
        raise Invalid("choice-unknown", "sector")


def _write_words(course_id: int, words: Mapping[str, CourseWords]) -> None:
    known = {text.language: text for text in db.session.scalars(select(CourseText).where(CourseText.course_id == course_id))}
    source = next((language for language, text in known.items() if text.source and language in words), None)
    source = source or next(language for language in ("fr", "ar", "en") if language in words)
    for language, given in words.items():
        text = known.pop(language, None) or CourseText(course_id=course_id, language=language)
        text.title, text.summary, text.outcomes = given.title, given.summary, list(given.outcomes)
        text.source = language == source
        db.session.add(text)
    for text in known.values():
        db.session.delete(text)
    db.session.flush()


def recount(course: Course) -> None:
    """After any change of its lessons: the copies that lists read."""
    db.session.flush()
    minutes, lessons = db.session.execute(
        select(func.coalesce(func.sum(Lesson.minutes), 0), func.count()).where(
            Lesson.course_id == course.id, Lesson.removed.is_(False)
        )
    ).one()
    course.minutes, course.lessons, course.changed_at = int(minutes), lessons, now()
    db.session.flush()


def submit_course(actor: Actor, course_id: int) -> None:
    """Hand it to the office. Raises Conflict with what is still missing."""
    course = course_for_update(course_id)
    require_writable(actor, course.owner_id, course.state)
    following = COURSE.after(course.state, "submit")
    problem = _problem_of(course.id)
    if problem:
        raise Conflict(problem)
    course.state, course.submitted_at, course.reason = following, now(), None
    record(actor, "submit", "course", course.id)


def _problem_of(course_id: int) -> str | None:
    """What the rules miss in the course as it stands; five statements."""
    titles = db.session.scalar(select(func.count()).where(CourseText.course_id == course_id)) or 0
    rows = db.session.execute(
        select(Lesson.id, Lesson.kind, Lesson.required).where(Lesson.course_id == course_id, Lesson.removed.is_(False))
    ).all()
    lines = [Line(*row) for row in rows]
    with_file = set(
        db.session.scalars(select(LessonFile.lesson_id).where(LessonFile.lesson_id.in_([one.id for one in lines])))
    )
    questions = db.session.execute(
        select(Question.lesson_id, Question.id, Question.kind).where(
            Question.lesson_id.in_([one.id for one in lines if LESSONS[one.kind].asks]), Question.removed.is_(False)
        )
    ).all()
    options = db.session.execute(
        select(QuestionOption.question_id, QuestionOption.right).where(
            QuestionOption.question_id.in_([row[1] for row in questions])
        )
    ).all()
    quizzes: dict[int, list[tuple[str, int, int]]] = {}
    for lesson_id, question_id, kind in questions:
        marks = [right for id_, right in options if id_ == question_id]
        quizzes.setdefault(lesson_id, []).append((kind, len(marks), sum(marks)))
    return why_not_ready(titles, lines, with_file, {id_: Quiz(asked) for id_, asked in quizzes.items()})


def _to_decide(actor: Actor, course_id: int, read: datetime | None) -> Course:
    """The course, locked, as it was when the office read it: handed in at `read`. None does not ask."""
    require_office(actor)
    course = course_for_update(course_id)
    if read is not None and course.submitted_at != read:
        raise Conflict("course-handed-in-again")
    return course


def publish_course(actor: Actor, course_id: int, read: datetime | None = None) -> bool:
    """The office opens it to everyone. False when it is the operator's own one: then another operator has to agree."""
    course = _to_decide(actor, course_id, read)
    if actor.person_id is None or actor.person_id != course.owner_id:
        open_course(actor, course)
        return True
    COURSE.after(course.state, "publish")
    ask_second_person(actor, OWN_COURSE, course.id, {"read": str(course.submitted_at)}, now())
    return False


def open_course(actor: Actor, course: Course) -> None:
    """Into the catalogue, when the office has decided so."""
    course.state = COURSE.after(course.state, "publish")
    course.published_at, course.reason = course.published_at or now(), None
    outbox.touch(COURSE_KIND, course.id)
    record(actor, "publish", "course", course.id)
    db.session.flush()
    course_published.send("academy", course_id=course.id, owner_id=course.owner_id, actor_id=actor.person_id)


def return_course(actor: Actor, course_id: int, reason: str, read: datetime | None = None) -> None:
    """The office gives it back to its instructor and says why."""
    require_office(actor)
    words = typed.reason(reason, REASON_LONGEST)
    course = _to_decide(actor, course_id, read)
    course.state, course.reason = COURSE.after(course.state, "return"), words
    record(actor, "return", "course", course.id)
    db.session.flush()
    course_returned.send("academy", course_id=course.id, owner_id=course.owner_id, actor_id=actor.person_id)


def withdraw_course(actor: Actor, course_id: int) -> None:
    """It leaves the catalogue; those who have begun it may finish. Its owner or the office does so."""
    course = course_for_update(course_id)
    if not actor.operator:
        require_owner(actor, course.owner_id)
    course.state = COURSE.after(course.state, "withdraw")
    outbox.touch(COURSE_KIND, course.id)
    record(actor, "withdraw", "course", course.id)
    if course.owner_id is not None and actor.person_id != course.owner_id:
        course_taken_out.send("academy", course_id=course.id, owner_id=course.owner_id, actor_id=actor.person_id)
