"""Lists of published sheets: filtered, counted, sorted; one statement for the page, one for all counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, cast, func, literal, select, union_all

from app.engines.db import db, execute
from app.engines.keeping import kept_while
from app.kernel.text import best_language
from projectbank.models import SavedSheet, Sheet, SheetSdg, SheetText

SORTS = ("new", "small", "large", "few")
BY_SUM = ("small", "large")


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty means anything. `ids` come from the search, best first; money in minor units.

    `currency` is named where sums are told in several: `low` and `high` are of that one, and a sort by sum begins with it.
    """

    ids: tuple[int, ...] | None = None
    regions: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    sdgs: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    saved_by: int | None = None
    currency: str | None = None

    @property
    def of_everybody(self) -> bool:
        """Neither what somebody searched for nor what somebody has saved: the same list for all who ask."""
        return self.ids is None and self.saved_by is None


@dataclass(frozen=True)
class SheetCard:
    """A sheet in a list; `language` is the one its title and pitch are told in."""

    id: int
    slug: str
    kind: str
    region: str
    sector: str
    category: str | None
    investment: int | None
    currency: str
    members_min: int | None
    jobs: int | None
    title: str
    pitch: str
    language: str


@dataclass(frozen=True)
class Counts:
    """How many sheets there are in all, and by each value of a facet when all other facets hold."""

    total: int
    by: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


_CARD = (
    Sheet.id,
    Sheet.slug,
    Sheet.kind,
    Sheet.region,
    Sheet.sector,
    Sheet.category,
    Sheet.investment,
    Sheet.currency,
    Sheet.members_min,
    Sheet.jobs,
)
CARDS = (
    select(*_CARD, SheetText.title, SheetText.pitch)
    .outerjoin(SheetText, and_(SheetText.sheet_id == Sheet.id, SheetText.language == bindparam("language")))
    .where(Sheet.id.in_(bindparam("ids", expanding=True)), Sheet.state == "published")
)


def _conditions(wanted: Wanted) -> list[ColumnElement[Any]]:
    conditions: list[ColumnElement[Any]] = [Sheet.state == "published"]
    if wanted.ids is not None:
        conditions.append(Sheet.id.in_(wanted.ids))
    if wanted.regions:
        conditions.append(Sheet.region.in_(wanted.regions))
    if wanted.sectors:
        conditions.append(Sheet.sector.in_(wanted.sectors))
    if wanted.kinds:
        conditions.append(Sheet.kind.in_(wanted.kinds))
    if wanted.sdgs:
        conditions.append(Sheet.id.in_(select(SheetSdg.sheet_id).where(SheetSdg.number.in_(wanted.sdgs))))
    if wanted.currency is not None and (wanted.low is not None or wanted.high is not None):
        conditions.append(Sheet.currency == wanted.currency)
    if wanted.low is not None:
        conditions.append(Sheet.investment >= wanted.low)
    if wanted.high is not None:
        conditions.append(Sheet.investment <= wanted.high)
    if wanted.saved_by is not None:
        conditions.append(Sheet.id.in_(select(SavedSheet.sheet_id).where(SavedSheet.person_id == wanted.saved_by)))
    return conditions


def find_sheets(wanted: Wanted, sort: str, first: int, size: int) -> Sequence[int]:
    """A page of sheets from the `first` on, by their ids; "fit" keeps the order of the search. One statement."""
    if sort == "fit" and wanted.ids is not None:
        there = set(db.session.scalars(select(Sheet.id).where(*_conditions(wanted))))
        return [id_ for id_ in wanted.ids if id_ in there][first : first + size]
    page_of = _known_page_of if wanted.of_everybody else _page_of
    return execute(page_of(wanted, sort), {"first": first, "size": size}).scalars().all()


def _page_of(wanted: Wanted, sort: str) -> Select[*tuple[Any, ...]]:
    """A page in the order that is wanted."""
    ordered = _ordered(select(Sheet.id).where(*_conditions(wanted)), sort, wanted.currency)
    return ordered.offset(bindparam("first")).limit(bindparam("size"))


_known_page_of = lru_cache(256)(_page_of)  # the statement of a filter is written once


def _ordered(statement: Select[*tuple[Any, ...]], sort: str, currency: str | None) -> Select[*tuple[Any, ...]]:
    orders: dict[str, tuple[Any, ...]] = {
        "small": (Sheet.investment, Sheet.id),
        "large": (Sheet.investment.desc(), Sheet.id.desc()),
        "few": (Sheet.members_min, Sheet.id),
    }
    if sort in BY_SUM and currency is not None:  # two currencies are never compared
        statement = statement.order_by(Sheet.currency != currency, Sheet.currency)
    return statement.order_by(*orders.get(sort, (Sheet.published_at.desc(), Sheet.id.desc())))


def cards_of(ids: Sequence[int], language: str) -> list[SheetCard]:
    """These published sheets in this order. One without a text in the language is told in another: a statement more."""
    rows = {row.id: row for row in execute(CARDS, {"ids": list(ids), "language": language})} if ids else {}
    others = _other_titles([id_ for id_, row in rows.items() if row.title is None], language)
    cards = []
    for row in (rows[id_] for id_ in ids if id_ in rows):
        title, pitch, spoken = (row.title, row.pitch, language) if row.title is not None else others[row.id]
        facts: Sequence[Any] = (*row[: len(_CARD)], title, pitch, spoken)
        cards.append(SheetCard(*facts))
    return cards


def _other_titles(ids: Sequence[int], language: str) -> dict[int, tuple[str, str, str]]:
    if not ids:
        return {}
    rows = db.session.execute(
        select(SheetText.sheet_id, SheetText.language, SheetText.title, SheetText.pitch, SheetText.source).where(
            SheetText.sheet_id.in_(ids)
        )
    )
    texts: dict[int, dict[str, tuple[str, str, str]]] = {}
    sources: dict[int, str] = {}
    for sheet_id, code, title, pitch, source in rows:
        texts.setdefault(sheet_id, {})[code] = (title, pitch, code)
        if source:
            sources[sheet_id] = code
    return {sheet_id: said[best_language(said, language, sources.get(sheet_id)) or ""] for sheet_id, said in texts.items()}


def count_by(wanted: Wanted) -> Counts:
    """How many there are, as long as no sheet has changed; what is one person's is counted each time."""
    if not wanted.of_everybody:
        return _count_by(wanted)
    return kept_while("sheets", wanted, kinds=("projects",), make=lambda: _count_by(wanted))


def _count_by(wanted: Wanted) -> Counts:
    """All counts of a list in one statement: the whole, and each facet with the facet itself left open."""
    parts: list[Select[*tuple[Any, ...]]] = [
        select(literal("total").label("facet"), literal("").label("value"), func.count().label("count"))
        .select_from(Sheet)
        .where(*_conditions(wanted))
    ]
    for facet, column, others in (
        ("regions", Sheet.region, replace(wanted, regions=())),
        ("sectors", Sheet.sector, replace(wanted, sectors=())),
        ("kinds", Sheet.kind, replace(wanted, kinds=())),
    ):
        parts.append(
            select(literal(facet), column, func.count()).select_from(Sheet).where(*_conditions(others)).group_by(column)
        )
    number = cast(SheetSdg.number, String)
    parts.append(
        select(literal("sdgs"), number, func.count())
        .select_from(Sheet)
        .join(SheetSdg)
        .where(*_conditions(replace(wanted, sdgs=())))
        .group_by(number)
    )
    total = 0
    by: dict[str, dict[str, int]] = {"regions": {}, "sectors": {}, "kinds": {}, "sdgs": {}}
    for facet, value, count in db.session.execute(union_all(*parts)):
        if facet == "total":
            total = count
        elif value is not None:
            by[facet][value] = count
    return Counts(total, by)


def latest_sheets(count: int) -> Sequence[int]:
    """The newest published sheets."""
    return find_sheets(Wanted(), "new", 0, count)


def saved_among(person_id: int | None, ids: Sequence[int]) -> set[int]:
    """Which of these sheets the person keeps."""
    if person_id is None or not ids:
        return set()
    return set(
        db.session.scalars(
            select(SavedSheet.sheet_id).where(SavedSheet.person_id == person_id, SavedSheet.sheet_id.in_(ids))
        )
    )


# The addresses' ends of all published sheets, each with its last change, oldest first.
PUBLISHED_SLUGS = select(Sheet.slug, Sheet.changed_at).where(Sheet.state == "published").order_by(Sheet.id)
