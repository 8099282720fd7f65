"""What the search knows of courses: titles, summaries and outcomes in all their languages."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from academy.models import Course, CourseText
from app.engines.db import db
from app.engines.search.interface import SearchDocument
from app.territories.loading import territory_named

COURSE_KIND = "course"


def course_documents(ids: Sequence[int] | None) -> Iterator[SearchDocument]:
    """The documents of the published courses among the ids (all when None)."""
    statement = (
        select(
            Course.id,
            Course.territory,
            Course.sector,
            CourseText.language,
            CourseText.title,
            CourseText.summary,
            CourseText.outcomes,
        )
        .join(CourseText, CourseText.course_id == Course.id)
        .where(Course.state == "published")
        .order_by(Course.id)
    )
    if ids is not None:
        statement = statement.where(Course.id.in_(ids))
    titles: dict[int, dict[str, str]] = {}
    bodies: dict[int, dict[str, str]] = {}
    classes: dict[int, list[str]] = {}
    for id_, territory, sector, language, title, summary, outcomes in db.session.execute(statement):
        titles.setdefault(id_, {})[language] = title
        bodies.setdefault(id_, {})[language] = "\n".join([summary, *outcomes])
        classes.setdefault(id_, _sector_names(territory, sector))
    for id_, spoken in titles.items():
        yield SearchDocument(COURSE_KIND, id_, spoken, bodies[id_], classes[id_])


def _sector_names(territory: str, sector: str | None) -> list[str]:
    found = next((one for one in territory_named(territory).sectors if one.key == sector), None)
    return list(found.names.values()) if found else []
