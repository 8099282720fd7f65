"""What is found, or all there is, narrowed, counted and put in order: rows in memory, no statement."""

from collections import Counter
from collections.abc import Sequence
from heapq import nlargest, nsmallest
from operator import attrgetter
from typing import Any

from catalog.queries.facets import BY_PRICE, Counted, MarketFilter, families
from catalog.queries.listed import Listed

MOST = 2**62
# A word may find thousands: what is done with every row is done without a line of Python for each.
CATEGORY, MAKER = attrgetter("category"), attrgetter("organisation_id")


def narrowed(rows: Sequence[Listed], wanted: MarketFilter, most: int) -> tuple[Counted, list[int]]:
    """What the facets are counted from, and so many ids in the order that is wanted."""
    rows = _buyable(rows, wanted)
    fitting = _of_family(rows, wanted)
    by_category = Counter(map(CATEGORY, _in_place(rows, wanted)))
    by_maker = Counter(map(MAKER, fitting))
    last = dict(zip(map(MAKER, rows), rows, strict=True))
    places = {maker: (row.cooperative, row.region) for maker, row in last.items()}
    return (by_category, by_maker, places), _first(_in_place(fitting, wanted), wanted, most)


def _buyable(rows: Sequence[Listed], wanted: MarketFilter) -> Sequence[Listed]:
    """Those of which some variant that can be bought has a price within the bounds."""
    if wanted.low is not None or wanted.high is not None:
        low, high, coin = wanted.low or 0, wanted.high or MOST, wanted.currency
        rows = [
            row
            for row in rows
            if (coin is None or row.currency == coin) and any(low <= price <= high for price in row.prices)
        ]
    return [row for row in rows if row.free] if wanted.in_stock else rows


def _of_family(rows: Sequence[Listed], wanted: MarketFilter) -> Sequence[Listed]:
    if not wanted.categories:
        return rows
    family = families(wanted.categories)
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
