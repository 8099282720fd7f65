"""What is found of sheets: titles, pitches, summaries, and the names of sector and region in every language."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.engines.db import db
from app.engines.search.interface import SearchDocument
from app.territories.loading import territory_named
from projectbank.models import Sheet, SheetText


def sheet_documents(ids: Sequence[int] | None) -> Iterator[SearchDocument]:
    """The documents of published sheets among the ids, of all when None."""
    statement = (
        select(
            Sheet.id,
            Sheet.territory,
            Sheet.region,
            Sheet.province,
            Sheet.sector,
            SheetText.language,
            SheetText.title,
            SheetText.pitch,
            SheetText.summary,
            SheetText.need,
        )
        .join(SheetText)
        .where(Sheet.state == "published")
        .order_by(Sheet.id)
    )
    if ids is not None:
        statement = statement.where(Sheet.id.in_(ids))
    titles: dict[int, dict[str, str]] = {}
    bodies: dict[int, dict[str, str]] = {}
    classes: dict[int, list[str]] = {}
    for row in db.session.execute(statement):
        titles.setdefault(row.id, {})[row.language] = row.title
        bodies.setdefault(row.id, {})[row.language] = f"{row.pitch} {row.summary} {row.need}"
        if row.id not in classes:
            classes[row.id] = _classes(row.territory, row.region, row.province, row.sector)
    for sheet_id, said in titles.items():
        yield SearchDocument("sheet", sheet_id, said, bodies[sheet_id], classes[sheet_id])


def _classes(territory: str, region: str | None, province: str | None, sector: str | None) -> list[str]:
    """The names under which place and field are known."""
    home = territory_named(territory)
    names = [*home.region(region).names.values()] if region else []
    if province:
        names += home.province(province).names.values()
    if sector:
        field = home.sector(sector)
        names += [*field.names.values(), *field.aliases]
        if field.parent:
            names += home.sector(field.parent).names.values()
    return names
