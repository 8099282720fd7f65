"""An operator's verdict on their own course: an act that needs a second operator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from academy.models import Course, CourseText
from academy.services.courses import OWN_COURSE, course_for_update, open_course
from app.accounts.queries import operator_ids
from app.engines.acts import Act
from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.errors import Conflict
from app.kernel.text import best_language, msg


def _others(course_id: int) -> set[int]:
    return set(operator_ids()) - set(_owner(course_id))


def _owner(course_id: int) -> list[int]:
    return list(db.session.scalars(select(Course.owner_id).where(Course.id == course_id, Course.owner_id.is_not(None))))


def _carry_out(actor: Actor, course_id: int, facts: Mapping[str, Any], _moment: datetime) -> None:
    """The course as it was handed in when it was asked for. Raises Refusal."""
    course = course_for_update(course_id)
    if str(course.submitted_at) != facts["read"]:
        raise Conflict("course-handed-in-again")
    open_course(actor, course)


def _shown(course_id: int, _facts: Mapping[str, Any], language: str) -> dict[str, str]:
    rows = db.session.execute(select(CourseText.language, CourseText.title).where(CourseText.course_id == course_id))
    titles = dict(rows.all())
    return {"course": titles.get(best_language(titles, language) or "", "")}


OWN_COURSE_ACT = Act(
    OWN_COURSE,
    msg("“%(course)s” is to be published by the operator who wrote it."),
    may_ask=lambda _course_id: operator_ids(),
    may_agree=_others,
    concerned=_owner,
    shown=_shown,
    carry_out=_carry_out,
)
