"""A lesson's page, marking it as done, and its file."""

from flask import flash, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response

from academy.permissions import may_read
from academy.queries.courses import (
    CourseHead,
    FileLine,
    LessonLine,
    exact_file,
    file_ownership,
    lesson_file,
    lesson_words,
    outline,
)
from academy.queries.courses import lessons_of as all_lessons
from academy.queries.learning import Standing, attempts_of, standing
from academy.queries.quizzes import live_questions
from academy.rules.lessons import LESSONS
from academy.rules.progress import progress
from academy.services.learning import complete_lesson
from academy.views.blueprint import academy, read_course
from academy.views.catalogue import minutes_text, outline_items
from app.engines.files.pictures import key_of
from app.engines.files.store import path_of
from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.errors import NotFound
from app.web.access import access, public, signed_in
from app.web.addresses import PAGE
from app.web.prose import prose
from app.web.visitor import actor

ALL_LANGUAGES = "all"


@academy.get(f"{PAGE}/academy/courses/<slug>/<key>")
@access(public)
def lesson(slug: str, key: str) -> str:
    """A lesson to read, see, hear or take away; for a quiz, what it asks and the attempts so far."""
    head, state = read_course(slug)
    parts = outline(head.id, language())
    lessons = all_lessons(parts)
    here = _index_of(lessons, key)
    lesson = lessons[here]
    kind = LESSONS[lesson.kind]
    words = lesson_words(lesson.id, language())
    required = [line.id for line in lessons if line.required]
    facts = {
        "course": head,
        "state": state,
        "lesson": lesson,
        "words": words,
        "body": prose(words.body) if words.body else "",
        "transcript": prose(words.transcript) if words.transcript else "",
        "minutes": minutes_text(lesson.minutes),
        "previous": lessons[here - 1] if here else None,
        "following": lessons[here + 1] if here + 1 < len(lessons) else None,
        "done": len(set(required) & state.completed),
        "of": len(required),
        "percent": progress(required, state.completed),
        "is_done": lesson.id in state.completed,
        "parts": outline_items(head.slug, parts, state, lesson),
        "number_here": here + 1,
        "number_of": len(lessons),
    }
    if kind.asks:
        return render_template("academy/quiz.html", **facts, **_quiz_facts(lesson, state))
    return render_template("academy/lesson.html", **facts, kind=kind, file=_file_facts(head, lesson))


def _index_of(lessons: list[LessonLine], key: str) -> int:
    index = next((index for index, line in enumerate(lessons) if line.key == key), None)
    if index is None:
        raise NotFound()
    return index


def _quiz_facts(lesson: LessonLine, state: Standing) -> dict[str, object]:
    attempts = attempts_of(state.enrolment_id, lesson.id) if state.enrolment_id is not None else []
    return {
        "attempts": [line for line in attempts if line.result is not None],
        "questions": len(live_questions(lesson.id)),
        "open_attempt": next((line for line in attempts if line.state == "open"), None),
    }


def _file_facts(head: CourseHead, lesson: LessonLine) -> dict[str, object] | None:
    """The lesson's file as the page shows it; None where there is none."""
    found = lesson_file(lesson.id, language()) if LESSONS[lesson.kind].with_file else None
    if found is None:
        return None
    if LESSONS[lesson.kind].made_anew:
        sources = ", ".join(f"/{key_of(found.file_key, size)} {width}w" for size, width in (("small", 360), ("medium", 800)))
        return {
            "src": f"/{key_of(found.file_key, 'large')}",
            "srcset": f"{sources}, /{key_of(found.file_key, 'large')} 1600w",
            "width": found.width,
            "height": found.height,
        }
    return {
        "src": url_for("academy.lesson_media", lesson_id=lesson.id, language=found.language or ALL_LANGUAGES),
        "type": found.media_type,
        "name": found.name,
        "size": found.size,
        "course": head.slug,
        "kind": found.name.rpartition(".")[2].upper(),
    }


@academy.post(f"{PAGE}/academy/courses/<slug>/<key>/done")
@access(signed_in)
def finish_lesson(slug: str, key: str) -> Response:
    """The lesson is done; on to the next one."""
    head, _state = read_course(slug)
    lessons = all_lessons(outline(head.id, language()))
    here = _index_of(lessons, key)
    with transaction():
        complete_lesson(actor(), lessons[here].id)
    flash(translate("“%(lesson)s” is done.", lesson=lessons[here].title), "success")
    if here + 1 < len(lessons):
        return redirect(url_for("academy.lesson", slug=slug, key=lessons[here + 1].key), 303)
    return redirect(url_for("academy.course", slug=slug), 303)


@academy.get("/academy/files/<int:lesson_id>/<language>")
@access(public)
def lesson_media(lesson_id: int, language: str) -> Response:
    """A lesson's file in ranges, so that a weak line can go on where it broke. What is taken away comes as a download."""
    ownership = file_ownership(lesson_id)
    who = actor()
    if ownership is None:
        raise NotFound()
    enrolled = ownership.state != "published" and standing(who.person_id, ownership.course_id).enrolment_id is not None
    if not may_read(who, ownership.owner_id, ownership.state, enrolled):
        raise NotFound()
    found: FileLine | None = exact_file(lesson_id, "" if language == ALL_LANGUAGES else language)
    if found is None or found.media_type == "image/webp":
        raise NotFound()
    # The charset is added again by the answer.
    response = send_file(
        path_of(found.file_key),
        mimetype=found.media_type.partition(";")[0],
        as_attachment=LESSONS[ownership.kind].taken_away,
        download_name=found.name,
        conditional=True,
        etag=True,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response
