"""What the market is narrowed by, and how many goods each choice would show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from sqlalchemy import bindparam, select

from app.accounts.models import OrganisationText
from app.engines.db import db
from app.engines.keeping import kept_each
from app.kernel.text import best_language
from catalog.rules import categories

BY_PRICE = ("cheap", "dear")
MOST_COOPERATIVES = 12  # in the facet; others are reached through their own page

# How many by category when all else holds, how many by maker when all but the places hold, and each maker's slug and region.
Counted = tuple[Mapping[str | None, int], Mapping[int, int], Mapping[int, tuple[str, str]]]


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

    @property
    def needs_offers(self) -> bool:
        """Rests on what can be bought just now, and on what it costs."""
        return self.in_stock or self.low is not None or self.high is not None or self.sort in BY_PRICE


@dataclass(frozen=True)
class Counts:
    """How many products each choice of a facet would show, the other filters kept; and how many there are in all."""

    total: int
    categories: Mapping[str, int]
    regions: Mapping[str, int]
    cooperatives: Sequence[tuple[str, str, int]]  # slug, name, count; most first


@lru_cache(512)
def families(keys: tuple[str, ...]) -> frozenset[str]:
    """The categories and everything below them."""
    return frozenset().union(*(categories.family(key) for key in keys))


def counted_facets(wanted: MarketFilter, counted: Counted, language: str) -> Counts:
    """What the facets say of what was counted, with the names of the makers that are shown."""
    by_category, by_maker, verified = counted
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
    names = kept_each("names of makers", language, ids=shown, kinds=("cooperatives",), make=partial(maker_names, language))
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


def maker_names(language: str, ids: Sequence[int]) -> dict[int, str]:
    """The organisations' names in the language, or in the one they were written in."""
    by_maker: dict[int, dict[str, str]] = {}
    for maker, spoken, name in db.session.connection().execute(NAMES, {"ids": list(ids)}):
        by_maker.setdefault(maker, {})[spoken] = name
    return {maker: names[best_language(names, language) or ""] for maker, names in by_maker.items()}
