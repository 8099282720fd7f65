"""The catalogue, a course's page, my learning."""

from collections.abc import Sequence
from urllib.parse import quote

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from academy.permissions import may_read
from academy.queries.catalogue import CourseCard, catalogue_counts, course_cards, published_ids
from academy.queries.courses import CourseHead, LessonLine, Part, lessons_of, outline
from academy.queries.learning import Standing, my_learning, open_quiz
from academy.rules.certificates import missing_for_certificate
from academy.rules.courses import LEVELS, OPEN_TO_LEARNERS
from academy.rules.progress import progress, where_to_go_on
from academy.search import COURSE_KIND
from academy.services.learning import enrol
from academy.views.blueprint import academy, kind_name, level_name, seen_course
from app.engines.language import language, translate, translate_many
from app.engines.transactions import transaction
from app.web.access import access, public, signed_in
from app.web.addresses import PAGE
from app.web.page_cache import kept, rests_on
from app.web.paging import Page, page_number
from app.web.reading import choices, words
from app.web.regions import sector_name
from app.web.visitor import actor

PAGE_SIZE = 24


@academy.get(f"{PAGE}/academy", endpoint="academy")
@access(public)
@kept("academy", "settings", query=("level", "sector", "page"), never=("q",))
def list_courses() -> str:
    """The catalogue: search, level and sector, cards."""
    q, levels, sectors = words(), [one for one in choices("level") if one in LEVELS], choices("sector")
    number = page_number()
    hits = current_app.extensions["search"].ids(COURSE_KIND, q).ids if q else None
    ids, total = published_ids((number - 1) * PAGE_SIZE, PAGE_SIZE, levels, sectors, hits)
    page = Page([card_facts(card) for card in course_cards(ids, language())], number, PAGE_SIZE, total)
    return render_template(
        "academy/academy.html", page=page, q=q, groups=_facets(levels, sectors, hits), filtered=bool(q or levels or sectors)
    )


def card_facts(card: CourseCard) -> dict[str, object]:
    """A course as `course_card` shows it."""
    facts = [("clock", minutes_text(card.minutes)), ("book", lessons_text(card.lessons)), ("chart", level_name(card.level))]
    return {
        "href": url_for("academy.course", slug=card.slug),
        "title": card.title,
        "line": card.summary,
        "facts": facts,
        "kind": card.drawing,
    }


def minutes_text(minutes: int) -> str:
    return translate_many("%(num)s minute", "%(num)s minutes", minutes)


def lessons_text(lessons: int) -> str:
    return translate_many("%(num)s lesson", "%(num)s lessons", lessons)


def _facets(levels: list[str], sectors: list[str], hits: Sequence[int] | None) -> list[dict[str, object]]:
    """Levels and sectors with how many courses each would show, the other filter kept; only what is there or chosen."""
    by_level: dict[str, int] = dict.fromkeys(levels, 0)
    by_sector: dict[str, int] = dict.fromkeys(sectors, 0)
    for level, sector, count in catalogue_counts(hits):
        if not sectors or sector in sectors:
            by_level[level] = by_level.get(level, 0) + count
        if sector is not None and (not levels or level in levels):
            by_sector[sector] = by_sector.get(sector, 0) + count
    groups = [
        (
            "level",
            translate("Level"),
            [(key, level_name(key), by_level[key], key in levels) for key in LEVELS if key in by_level],
        ),
        (
            "sector",
            translate("Sector"),
            [
                (key, sector_name(key), count, key in sectors)
                for key, count in sorted(by_sector.items(), key=lambda pair: (-pair[1], pair[0]))
            ],
        ),
    ]
    return [
        {
            "name": name,
            "label": label,
            "kind": "check",
            "options": [
                {"value": value, "label": text, "count": count, "checked": checked}
                for value, text, count, checked in options
            ],
        }
        for name, label, options in groups
        if options
    ]


@academy.get(f"{PAGE}/academy/courses/<slug>")
@access(public)
@kept("settings")
def course(slug: str) -> str:
    """What a course teaches and contains; where one goes on; the certificate."""
    head, state = seen_course(slug)
    rests_on("course", head.id)
    parts = outline(head.id, language())
    lessons = lessons_of(parts)
    going_on = lesson_to_go_on(lessons, state)
    required = [one.id for one in lessons if one.required]
    missing = missing_for_certificate([one.line for one in lessons], state.completed, state.passed)
    readable = may_read(actor(), head.owner_id, head.state, state.enrolment_id is not None)
    return render_template(
        "academy/course.html",
        course=head,
        state=state,
        lessons=lessons,
        readable=readable,
        next_lesson=going_on if readable else None,
        parts=outline_items(head.slug, parts, state, going_on if state.enrolment_id else None) if readable else [],
        percent=progress(required, state.completed),
        done=len(set(required) & state.completed),
        of=len(required),
        earned=state.enrolment_id is not None and bool(required) and not missing and head.state in OPEN_TO_LEARNERS,
        level=level_name(head.level),
        sector=sector_name(head.sector),
        minutes=minutes_text(head.minutes),
        count=lessons_text(len(lessons)),
        schema=_schema(head),
        mine=actor().person_id == head.owner_id and actor().instructor,
    )


def lesson_to_go_on(lessons: list[LessonLine], state: Standing) -> LessonLine | None:
    """The lesson to come back to."""
    asked = open_quiz(state.enrolment_id) if state.enrolment_id is not None else None
    id_ = where_to_go_on([one.line for one in lessons], state.completed, asked)
    return next((one for one in lessons if one.id == id_), None)


def outline_items(
    slug: str, parts: tuple[Part, ...], state: Standing, now: LessonLine | None
) -> list[tuple[str, list[dict[str, str]]]]:
    """(title of the part, lines of `outline`): what is done, where one is, what comes."""

    pattern = url_for("academy.lesson", slug=slug, key="-")[:-1]

    def line(lesson: LessonLine) -> dict[str, str]:
        if now is not None and lesson.id == now.id:
            mark = "now"
        else:
            mark = "done" if lesson.id in state.completed else "next"
        about = [kind_name(lesson.kind), minutes_text(lesson.minutes)]
        if not lesson.required:
            about.append(translate("optional"))
        return {
            "label": lesson.title,
            "href": pattern + quote(lesson.key),
            "state": mark,
            "text": " · ".join(about),
        }

    return [(part.title, [line(lesson) for lesson in part.lessons]) for part in parts if part.lessons]


def _schema(head: CourseHead) -> dict[str, object]:
    """The course for search engines."""
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": head.title,
        "description": head.summary,
        "inLanguage": list(head.languages),
        "isAccessibleForFree": True,
        "teaches": list(head.outcomes),
        "provider": {"@type": "Organization", "name": current_app.config["SITE_NAME"]},
        "hasCourseInstance": {"@type": "CourseInstance", "courseMode": "online", "courseWorkload": f"PT{head.minutes}M"},
    }


@academy.post(f"{PAGE}/academy/courses/<slug>/start")
@access(signed_in)
def start_course(slug: str) -> Response:
    """Enrol, once, and open the lesson where one goes on."""
    head, state = seen_course(slug)
    lesson = lesson_to_go_on(lessons_of(outline(head.id, language())), state)
    with transaction():
        enrol(actor(), head.id)
    if state.enrolment_id is None:
        flash(translate("You have begun. What you do is kept: come back whenever you like."), "success")
    if lesson is None:
        return redirect(url_for("academy.course", slug=slug), 303)
    return redirect(url_for("academy.lesson", slug=slug, key=lesson.key), 303)


@academy.get(f"{PAGE}/academy/mine", endpoint="my_learning")
@access(signed_in)
def my_learning_page() -> str:
    """What I learn, how far I am, my certificates."""
    number = page_number()
    items, total = my_learning(actor().person_id or 0, language(), (number - 1) * PAGE_SIZE, PAGE_SIZE)
    return render_template(
        "academy/my_learning.html",
        page=Page(items, number, PAGE_SIZE, total),
        minutes_text=minutes_text,
        teaches=actor().instructor,
    )
