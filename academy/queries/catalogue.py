"""Lists of courses: the catalogue, newest first or as the search found them, and their facets."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from academy.models import Course, CourseText
from academy.queries.courses import in_best_language
from app.engines.db import db


@dataclass(frozen=True)
class CourseCard:
    """A course in a list; `minutes` and `lessons` are copies on its row."""

    id: int
    slug: str
    title: str
    summary: str
    minutes: int
    lessons: int
    level: str
    sector: str | None
    drawing: str
    state: str


def course_cards(ids: Sequence[int], language: str) -> list[CourseCard]:
    """The cards of these courses in this order; one statement."""
    rows = db.session.execute(
        select(
            Course.id,
            Course.slug,
            Course.minutes,
            Course.lessons,
            Course.level,
            Course.sector,
            Course.drawing,
            Course.state,
            CourseText.language,
            CourseText.title,
            CourseText.summary,
        )
        .outerjoin(CourseText, CourseText.course_id == Course.id)
        .where(Course.id.in_(ids))
    ).all()
    titles = in_best_language([(row[0], row[8], row[9]) for row in rows], language)
    summaries = in_best_language([(row[0], row[8], row[10]) for row in rows], language)
    cards = {
        row[0]: CourseCard(row[0], row[1], titles.get(row[0], row[1]), summaries.get(row[0], ""), *row[2:8]) for row in rows
    }
    return [cards[id_] for id_ in ids if id_ in cards]


def published_ids(
    offset: int, limit: int, levels: Sequence[str] = (), sectors: Sequence[str] = (), hits: Sequence[int] | None = None
) -> tuple[list[int], int]:
    """Ids of a page of the catalogue and how many there are in all; `hits` are ids of a search, best first."""
    chosen = [Course.state == "published"]
    if levels:
        chosen.append(Course.level.in_(levels))
    if sectors:
        chosen.append(Course.sector.in_(sectors))
    if hits is not None:
        kept = set(db.session.scalars(select(Course.id).where(*chosen, Course.id.in_(hits))))
        ranked = [id_ for id_ in hits if id_ in kept]
        return ranked[offset : offset + limit], len(ranked)
    total = db.session.scalar(select(func.count()).select_from(Course).where(*chosen)) or 0
    ids = db.session.scalars(
        select(Course.id).where(*chosen).order_by(Course.published_at.desc(), Course.id.desc()).offset(offset).limit(limit)
    )
    return list(ids), total


def catalogue_counts(hits: Sequence[int] | None = None) -> list[tuple[str, str | None, int]]:
    """(level, sector, how many) of what is published, among the ids of a search if there was one; one statement."""
    chosen = [Course.state == "published"] if hits is None else [Course.state == "published", Course.id.in_(hits)]
    rows = db.session.execute(
        select(Course.level, Course.sector, func.count()).where(*chosen).group_by(Course.level, Course.sector)
    )
    return [(level, sector, count) for level, sector, count in rows]


# The addresses' ends of all published courses, each with its last change, oldest first.
PUBLISHED_SLUGS = select(Course.slug, Course.changed_at).where(Course.state == "published").order_by(Course.id)
