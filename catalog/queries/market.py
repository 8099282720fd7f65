"""The market's list: what is found, filtered, counted and sorted, in a handful of statements."""

import sys
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.keeping import kept_from, kept_while
from app.engines.search.interface import Found
from catalog.models import ON_SALE, Product
from catalog.queries.facets import Counted, Counts, MarketFilter, counted_facets, families
from catalog.queries.listed import FACTS, Listed, among, few_listed, listed_table, worth_the_table
from catalog.queries.narrowing import narrowed
from catalog.queries.permits import till_a_permit_ends
from catalog.rules import categories

PAGE_SIZE = 24
MOST_PAGES = 200  # of searches, and of all goods by price or in stock: some 20 kB each
ALL = "all"  # instead of what a search answered
SORTS = ("best", "new", "cheap", "dear")


@dataclass(frozen=True)
class Listing:
    """A page of the market: ids of products, in order."""

    ids: Sequence[int]
    counts: Counts


def market(
    wanted: MarketFilter, hits: Found | None, language: str, number: int, now: datetime, size: int = PAGE_SIZE
) -> Listing:
    """A page of what is listed. `hits` are what a search gave, best first; None when nothing was searched for."""
    if hits is not None and not worth_the_table(hits.ids):
        return _listing(wanted, few_listed(hits.ids, now), language, number, size)
    if hits is not None or wanted.needs_offers:
        return _out_of_the_table(wanted, hits, language, number, now, size)
    counts = _counted(wanted, language)
    if not counts.total:
        return Listing([], counts)
    asked = {"size": size, "skipped": (number - 1) * size}
    ids = db.session.connection().execute(_page_of(wanted), asked).scalars().all()
    return Listing(ids, counts)


def _listing(wanted: MarketFilter, rows: Sequence[Listed], language: str, number: int, size: int) -> Listing:
    """A page out of these rows, however many: all is counted and sorted here."""
    counts, ids = narrowed(rows, wanted, number * size)
    return Listing(ids[(number - 1) * size :], counted_facets(wanted, counts, language))


def _out_of_the_table(
    wanted: MarketFilter, hits: Found | None, language: str, number: int, now: datetime, size: int
) -> Listing:
    """A page of what was found, or of all there is: worked out once for an answer and a filter, as long as the table is the
    same.

    One table of pages for the rows, so that nothing holds the rows of before.
    """
    table = listed_table(now)
    pages: dict[Hashable, tuple[Counted, list[int]]] = kept_from(table, "pages", make=dict)
    answer = ALL if hits is None else hits.answer
    key = answer, wanted, number, size
    page = pages.get(key)
    if page is None:
        rows = list(table.values()) if hits is None else among(hits.ids, table)
        counts, ids = narrowed(rows, wanted, number * size)
        page = counts, ids[(number - 1) * size :]
        if len(pages) >= MOST_PAGES:
            pages.clear()
        if answer is not None:
            pages[key] = page
    return Listing(page[1], counted_facets(wanted, page[0], language))


@lru_cache(256)
def _page_of(wanted: MarketFilter) -> Select[Any]:
    """The ids of a page, newest first: the statement of a filter is written once."""
    return (
        select(Product.id)
        .where(*_conditions(wanted))
        .order_by(Product.published_at.desc(), Product.id.desc())
        .limit(bindparam("size"))
        .offset(bindparam("skipped"))
    )


NEWEST = select(Product.id).where(ON_SALE).order_by(Product.published_at.desc(), Product.id.desc()).limit(bindparam("size"))


def newest(size: int) -> Sequence[int]:
    """The latest products, for the first page."""
    return db.session.connection().execute(NEWEST, {"size": size}).scalars().all()


# The addresses' ends of everything that is listed, each with its last change, oldest first.
LISTED_SLUGS = (
    select(Product.slug, Product.changed_at)
    .join(Organisation, Organisation.id == Product.organisation_id)
    .where(ON_SALE, Organisation.state == "verified")
    .order_by(Product.id)
)


LATEST_OF_ONE = (
    select(Product.id)
    .where(Product.organisation_id == bindparam("organisation"), ON_SALE)
    .order_by(Product.published_at.desc(), Product.id.desc())
    .limit(bindparam("size"))
)


def products_of(organisation_id: int, size: int, without: int = 0) -> list[int]:
    """The latest listed products of one cooperative."""

    def read() -> list[int]:
        asked = {"organisation": organisation_id, "size": size + 1}
        return list(db.session.connection().execute(LATEST_OF_ONE, asked).scalars())

    latest = kept_while("latest of a maker", organisation_id, size, kinds=FACTS, make=read, until=till_a_permit_ends)
    return [one for one in latest if one != without][:size]


def _conditions(wanted: MarketFilter) -> list[ColumnElement[bool]]:
    """What is listed, first; then what the filter asks for, but for what rests on offers."""
    conditions: list[ColumnElement[bool]] = [ON_SALE]
    if wanted.categories:
        conditions.append(Product.category.in_(sorted(families(wanted.categories))))
    if wanted.regions:
        conditions.append(
            Product.organisation_id.in_(
                select(Organisation.id).where(Organisation.state == "verified", Organisation.region.in_(wanted.regions))
            )
        )
    if wanted.cooperatives:
        conditions.append(
            Product.organisation_id.in_(select(Organisation.id).where(Organisation.slug.in_(wanted.cooperatives)))
        )
    return conditions


def _counted(wanted: MarketFilter, language: str) -> Counts:
    """The counts, kept as long as no product and no cooperative has changed, and no permit ends."""
    unsorted = replace(wanted, sort="", currency=None)
    return kept_while(
        "counts",
        unsorted,
        language,
        kinds=FACTS,
        make=lambda: _count(wanted, language),
        until=till_a_permit_ends,
    )


def _count(wanted: MarketFilter, language: str) -> Counts:
    found = db.session.execute(
        select(Organisation.id, Organisation.slug, Organisation.region).where(Organisation.state == "verified")
    )
    verified = {maker: (slug, region) for maker, slug, region in found}
    family = families(wanted.categories) if wanted.categories else None
    by_category: Counter[str | None] = Counter()
    by_maker: Counter[int] = Counter()
    for maker, category, count in _table():
        if _fits(wanted, verified.get(maker)):
            by_category[category] += count
        if family is None or category in family:
            by_maker[maker] += count
    return counted_facets(wanted, (by_category, by_maker, verified), language)


def _table() -> Sequence[tuple[int, str | None, int]]:
    """How many products each cooperative has of each category."""
    return kept_while("table", kinds=FACTS, make=_table_anew, until=till_a_permit_ends)


def goods_by_kind_and_maker() -> tuple[Mapping[str, int], Mapping[int, int]]:
    """How many products are listed of each category with all below it, and of each cooperative."""
    table = _table()

    def counted() -> tuple[Mapping[str, int], Mapping[int, int]]:
        by_kind: Counter[str | None] = Counter()
        by_maker: Counter[int] = Counter()
        for maker, category, count in table:
            by_kind[category] += count
            by_maker[maker] += count
        return {key: sum(by_kind[one] for one in categories.family(key)) for key in categories.tree()}, by_maker

    return kept_from(table, "goods by kind and maker", make=counted)


def _table_anew() -> Sequence[tuple[int, str | None, int]]:
    rows = db.session.execute(
        select(Product.organisation_id, Product.category, func.count())
        .where(ON_SALE)
        .group_by(Product.organisation_id, Product.category)
    )
    return [(maker, category and sys.intern(category), count) for maker, category, count in rows]


def _fits(wanted: MarketFilter, place: tuple[str, str] | None) -> bool:
    """Is it a cooperative, by slug and region, among which the filter looks?"""
    if not wanted.regions and not wanted.cooperatives:
        return True
    slug, region = place or ("", "")
    return (not wanted.regions or region in wanted.regions) and (not wanted.cooperatives or slug in wanted.cooperatives)
