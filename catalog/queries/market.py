"""The market's list: what is found, filtered, counted and sorted, in a handful of statements."""

import math
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from heapq import nlargest, nsmallest
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select

from app.accounts.models import Organisation, OrganisationText
from app.engines.counters import counted, some_free, some_free_of
from app.engines.db import db
from app.engines.keeping import kept_while
from app.kernel.text import best_language
from catalog.models import Product, Variant
from catalog.queries.listed import FACTS, Listed, listed_among
from catalog.queries.offers import STOCK, next_return
from catalog.rules import categories

PAGE_SIZE = 24
SORTS = ("best", "new", "cheap", "dear")
BY_PRICE = ("cheap", "dear")
MOST_COOPERATIVES = 12  # in the facet; others are reached through their own page
MOST = 2**62


@dataclass(frozen=True)
class MarketFilter:
    """What a visitor narrows the market by. Prices in minor units; cooperatives by slug; `sort` is one of SORTS.

    `currency` is named where goods are sold in several: the prices are of that one, and a sort by price begins with it.
    """

    categories: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    cooperatives: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    in_stock: bool = False
    sort: str = "new"
    currency: str | None = None


@dataclass(frozen=True)
class Counts:
    """How many products each choice of a facet would show, the other filters kept; and how many there are in all."""

    total: int
    categories: Mapping[str, int]
    regions: Mapping[str, int]
    cooperatives: Sequence[tuple[str, str, int]]  # slug, name, count; most first


@dataclass(frozen=True)
class Listing:
    """A page of the market: ids of products, in order."""

    ids: Sequence[int]
    counts: Counts


def market(
    wanted: MarketFilter, hits: Sequence[int] | None, language: str, number: int, now: datetime, size: int = PAGE_SIZE
) -> Listing:
    """A page of what is listed. `hits` are the ids a search gave, best first; None when nothing was searched for."""
    if hits is not None:
        return _among(wanted, hits, language, number, now, size)
    counts = _counted(wanted, language, now)
    if not counts.total:
        return Listing([], counts)
    asked = {"size": size, "skipped": (number - 1) * size, **({"now": now} if wanted.in_stock else {})}
    ids = db.session.connection().execute(_page_of(wanted), asked).scalars().all()
    return Listing(ids, counts)


@lru_cache(256)
def _page_of(wanted: MarketFilter) -> Select[Any]:
    """The ids of a page in the order that is wanted: the statement of a filter is written once."""
    orders: dict[str, tuple[Any, ...]] = {
        "cheap": (Product.price_from, Product.id),
        "dear": (Product.price_from.desc(), Product.id.desc()),
    }
    order = orders.get(wanted.sort, (Product.published_at.desc(), Product.id.desc()))
    if wanted.sort in orders and wanted.currency is not None:  # two currencies are never compared
        order = (Product.currency != wanted.currency, Product.currency, *order)
    return (
        select(Product.id)
        .where(*_conditions(wanted, bindparam("now")))
        .order_by(*order)
        .limit(bindparam("size"))
        .offset(bindparam("skipped"))
    )


NEWEST = (
    select(Product.id)
    .where(Product.listed)
    .order_by(Product.published_at.desc(), Product.id.desc())
    .limit(bindparam("size"))
)


def newest(size: int) -> Sequence[int]:
    """The latest products, for the first page."""
    return db.session.connection().execute(NEWEST, {"size": size}).scalars().all()


# The addresses' ends of everything that is listed, oldest first.
LISTED_SLUGS = (
    select(Product.slug)
    .join(Organisation, Organisation.id == Product.organisation_id)
    .where(Product.listed.is_(True), Organisation.state == "verified")
    .order_by(Product.id)
)


LATEST_OF_ONE = (
    select(Product.id)
    .where(Product.organisation_id == bindparam("organisation"), Product.listed.is_(True))
    .order_by(Product.published_at.desc(), Product.id.desc())
    .limit(bindparam("size"))
)


def products_of(organisation_id: int, size: int, without: int = 0) -> list[int]:
    """The latest listed products of one cooperative."""

    def read() -> list[int]:
        asked = {"organisation": organisation_id, "size": size + 1}
        return list(db.session.connection().execute(LATEST_OF_ONE, asked).scalars())

    latest = kept_while("latest of a maker", organisation_id, size, kinds=FACTS, make=read)
    return [one for one in latest if one != without][:size]


ON_SALE = Variant.active & Variant.price.is_not(None)


def in_stock(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Some variant on sale is free to buy: available, or held by somebody whose time is over."""
    free = some_free_of(STOCK, Variant.id, now)
    return select(Variant.id).where(Variant.product_id == Product.id, ON_SALE, free).exists()


def _free(now: datetime | BindParameter[datetime]) -> Select[Any]:
    """The products of which something is free, for a statement that goes through the whole market: found once for all."""
    return select(Variant.product_id).join(*counted(STOCK, Variant.id)).where(ON_SALE, some_free(now))


FREE = _free(bindparam("now")).distinct()


def _free_to_buy(wanted: MarketFilter, now: datetime) -> frozenset[int]:
    """Kept until something is bought or held, or the next hold of what is nearly sold out ends."""
    return kept_while("free to buy", kinds=FACTS, make=lambda: _read_free(now), until=_until(wanted, now))


def _read_free(now: datetime) -> frozenset[int]:
    return frozenset(db.session.connection().execute(FREE, {"now": now}).scalars())


@lru_cache(512)
def _families(keys: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(categories.family(key) for key in keys))


def _conditions(wanted: MarketFilter, now: datetime | BindParameter[datetime]) -> list[ColumnElement[bool]]:
    """What is listed, first; then what the filter asks for."""
    conditions: list[ColumnElement[bool]] = [Product.listed.is_(True)]
    if wanted.categories:
        conditions.append(Product.category.in_(sorted(_families(wanted.categories))))
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
    if wanted.currency is not None and (wanted.low is not None or wanted.high is not None):
        conditions.append(Product.currency == wanted.currency)
    # A list by age ends with its first page: asked so that no index answers it, the price leads to no sorting of all.
    price = Product.price_from + 0 if wanted.sort == "new" else Product.price_from
    if wanted.low is not None:
        conditions.append(price >= wanted.low)
    if wanted.high is not None:
        conditions.append(price <= wanted.high)
    if wanted.in_stock:
        conditions.append(in_stock(now))
    return conditions


def _counted(wanted: MarketFilter, language: str, now: datetime) -> Counts:
    """The counts, kept as long as no product and no cooperative has changed, and nothing that is held comes back."""
    unsorted = replace(wanted, sort="")
    return kept_while(
        "counts", unsorted, language, kinds=FACTS, make=lambda: _count(wanted, language, now), until=_until(wanted, now)
    )


def _until(wanted: MarketFilter, now: datetime) -> Callable[[object], float]:
    """How long a count holds while nothing changes, in seconds."""

    def at(_made: object) -> float:
        back = next_return(now) if wanted.in_stock else None
        return math.inf if back is None else back.timestamp()

    return at


# How many products each cooperative has of each category.
Table = Sequence[tuple[int, str | None, int]]


def _table(wanted: MarketFilter, now: datetime) -> Table:
    """Of what the filter asks for besides categories and cooperatives: kept, where it asks for no price."""
    asked = MarketFilter((), (), (), wanted.low, wanted.high, wanted.in_stock, "", wanted.currency)
    if asked.low is not None or asked.high is not None:
        return _table_anew(asked, now)
    return kept_while("table", asked.in_stock, kinds=FACTS, make=lambda: _table_anew(asked, now), until=_until(asked, now))


def _table_anew(asked: MarketFilter, now: datetime) -> Table:
    conditions = _conditions(replace(asked, in_stock=False), now) + ([Product.id.in_(_free(now))] if asked.in_stock else [])
    rows = db.session.execute(
        select(Product.organisation_id, Product.category, func.count())
        .where(*conditions)
        .group_by(Product.organisation_id, Product.category)
    )
    return [(maker, category and sys.intern(category), count) for maker, category, count in rows]


def _count(wanted: MarketFilter, language: str, now: datetime) -> Counts:
    table = _table(wanted, now)
    found = db.session.execute(
        select(Organisation.id, Organisation.slug, Organisation.region).where(Organisation.state == "verified")
    )
    verified = {maker: (slug, region) for maker, slug, region in found}
    family = _families(wanted.categories) if wanted.categories else None
    by_category: Counter[str | None] = Counter()
    by_maker: Counter[int] = Counter()
    for maker, category, count in table:
        if _fits(wanted, verified.get(maker)):
            by_category[category] += count
        if family is None or category in family:
            by_maker[maker] += count
    return _facets(wanted, by_category, by_maker, verified, language)


def _fits(wanted: MarketFilter, place: tuple[str, str] | None) -> bool:
    """Is it a cooperative, by slug and region, among which the filter looks?"""
    if not wanted.regions and not wanted.cooperatives:
        return True
    slug, region = place or ("", "")
    return (not wanted.regions or region in wanted.regions) and (not wanted.cooperatives or slug in wanted.cooperatives)


def _facets(
    wanted: MarketFilter,
    by_category: Mapping[str | None, int],
    by_maker: Mapping[int, int],
    verified: Mapping[int, tuple[str, str]],
    language: str,
) -> Counts:
    regions: dict[str, int] = {}
    makers: dict[int, int] = {}
    total = 0
    for maker, count in by_maker.items():
        found = verified.get(maker)
        if found is None:
            continue
        slug, region = found
        here, ours = not wanted.regions or region in wanted.regions, not wanted.cooperatives or slug in wanted.cooperatives
        if ours:
            regions[region] = regions.get(region, 0) + count
        if here:
            makers[maker] = count
        total += count if here and ours else 0
    most = sorted(makers, key=makers.__getitem__, reverse=True)
    shown = [maker for maker in most if verified[maker][0] in wanted.cooperatives] if wanted.cooperatives else []
    shown += [maker for maker in most[:MOST_COOPERATIVES] if maker not in shown]
    names = maker_names(shown, language)
    return Counts(
        total,
        _rolled_up(by_category),
        regions,
        [(verified[maker][0], names.get(maker, ""), makers[maker]) for maker in shown[:MOST_COOPERATIVES]],
    )


def _rolled_up(counts: Mapping[str | None, int]) -> dict[str, int]:
    """What stands in a category counts for those above it too."""
    rolled: Counter[str] = Counter()
    for key, count in counts.items():
        if key is not None and key in categories.tree():
            for above in categories.ancestors(key):
                rolled[above.key] += count
    return dict(rolled)


NAMES = select(OrganisationText.organisation_id, OrganisationText.language, OrganisationText.name).where(
    OrganisationText.organisation_id.in_(bindparam("ids", expanding=True))
)


def maker_names(ids: Sequence[int], language: str) -> dict[int, str]:
    """The organisations' names in the language, or in the one they were written in."""
    by_maker: dict[int, dict[str, str]] = {}
    for maker, spoken, name in db.session.connection().execute(NAMES, {"ids": list(ids)}):
        by_maker.setdefault(maker, {})[spoken] = name
    return {maker: names[best_language(names, language) or ""] for maker, names in by_maker.items()}


def _among(wanted: MarketFilter, hits: Sequence[int], language: str, number: int, now: datetime, size: int) -> Listing:
    """The same among what was found, however much: what is listed of it is looked up, the rest is counted here."""
    low, high = wanted.low or 0, wanted.high or MOST
    rows = [row for row in listed_among(hits) if low <= row.price <= high]
    if wanted.currency is not None and (wanted.low is not None or wanted.high is not None):
        rows = [row for row in rows if row.currency == wanted.currency]
    if wanted.in_stock:
        there = _free_to_buy(wanted, now)
        rows = [row for row in rows if row.id in there]
    fitting = _of_family(rows, wanted)
    counts = Counts(0, {}, {}, [])
    if rows:
        by_category = Counter(row.category for row in _in_place(rows, wanted))
        by_maker = Counter(row.organisation_id for row in fitting)
        places = {row.organisation_id: (row.cooperative, row.region) for row in rows}
        counts = _facets(wanted, by_category, by_maker, places, language)
    page = _first(_in_place(fitting, wanted), wanted, number * size)[(number - 1) * size :]
    return Listing(page, counts)


def _of_family(rows: Sequence[Listed], wanted: MarketFilter) -> Sequence[Listed]:
    if not wanted.categories:
        return rows
    family = _families(wanted.categories)
    return [row for row in rows if row.category in family]


def _in_place(rows: Sequence[Listed], wanted: MarketFilter) -> Sequence[Listed]:
    regions, cooperatives = wanted.regions, wanted.cooperatives
    if not regions and not cooperatives:
        return rows
    return [
        row
        for row in rows
        if (not regions or row.region in regions) and (not cooperatives or row.cooperative in cooperatives)
    ]


def _first(rows: Sequence[Listed], wanted: MarketFilter, most: int) -> list[int]:
    """So many ids in the order that is wanted; `best` is the order in which they were found."""
    if wanted.sort in BY_PRICE:
        sign, preferred = (-1 if wanted.sort == "dear" else 1), wanted.currency

        def by_price(row: Listed) -> tuple[Any, ...]:
            price = (sign * row.price, sign * row.id)
            return price if preferred is None else (row.currency != preferred, row.currency, *price)

        rows = nsmallest(most, rows, key=by_price)
    elif wanted.sort == "new":
        rows = nlargest(most, rows, key=lambda row: (row.published_at, row.id))
    return [row.id for row in rows[:most]]
