"""The blueprint of academy's pages, and what its doors share."""

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response

from academy.permissions import may_read, may_see
from academy.queries.courses import CourseHead, course_head
from academy.queries.learning import Standing, standing
from academy.rules.lessons import LESSONS
from app.engines.language import language, translate
from app.engines.place import stand_in
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.text import msg
from app.web.forms import Form
from app.web.visitor import actor

academy = Blueprint("academy", "academy", template_folder="templates")

LEVELS = {"beginner": msg("Beginner"), "intermediate": msg("Intermediate"), "advanced": msg("Advanced")}
STATES = {
    "draft": msg("Draft"),
    "submitted": msg("With the office"),
    "published": msg("Published"),
    "withdrawn": msg("Out of the catalogue"),
}
TONES = {"draft": "neutral", "submitted": "wait", "published": "good", "withdrawn": "bad"}


def level_name(level: str) -> str:
    return translate(LEVELS.get(level, level))


def kind_name(kind: str) -> str:
    return translate(LESSONS[kind].label)


def state_name(state: str) -> str:
    return translate(STATES[state])


def seen_course(slug: str) -> tuple[CourseHead, Standing]:
    """The course of an address and how far the visitor is in it; a stranger's draft is not there.

    The course's territory comes into force.
    """
    course = course_head(slug, language())
    if course is None:
        raise NotFound()
    who = actor()
    state = standing(who.person_id, course.id)
    if not may_see(who, course.owner_id, course.state, state.enrolment_id is not None):
        raise NotFound()
    stand_in(course.territory)
    return course, state


def read_course(slug: str) -> tuple[CourseHead, Standing]:
    """The course with lessons its visitor may read; a learner is told that it is being rewritten."""
    course, state = seen_course(slug)
    if not may_read(actor(), course.owner_id, course.state, state.enrolment_id is not None):
        raise Conflict("course-not-open")
    return course, state


def refused(form: Form, refusal: Refusal, template: str, **facts: object) -> Response:
    """The form again with what was typed, and the refusal beside its field."""
    form.show(refusal)
    return make_response(render_template(template, form=form, **facts), refusal.status)
