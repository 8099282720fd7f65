"""Which goods need a permit before they are sold, and until when they have it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from app.territories.records import Requirement, Territory
from catalog.rules import categories
from catalog.rules.proofs import asked_of

# A moment that never comes, for what needs no permit or has one without an end; and one long past, for what has none.
FOR_GOOD = datetime(9000, 1, 1, tzinfo=UTC)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def stands_before(requirement: Requirement, category: str | None) -> bool:
    """Do the rules let nobody sell goods of this kind without it? Goods of no known kind may be any of them."""
    if category is None or category not in categories.tree():
        return bool(requirement.needed_for)
    return any(one.key in requirement.needed_for for one in categories.ancestors(category))


def needed(asked: Iterable[Requirement], territory: Territory, sector: str, category: str | None) -> list[Requirement]:
    """What a cooperative of this sector has to prove before it sells goods of this kind."""
    return [one for one in asked if stands_before(one, category) and asked_of(one, territory, sector)]


def permitted_until(periods: Sequence[tuple[datetime, Sequence[str]]], held: Mapping[str, datetime]) -> datetime:
    """The moment from which goods may be sold no more, past when they may not be sold now.

    `periods`: from when on which permits are needed, in the order of time, the first of them now in force; `held`: until
    when each is held.
    """
    ends = [*(begins for begins, _keys in periods[1:]), FOR_GOOD]
    for (begins, keys), end in zip(periods, ends, strict=True):
        until = min((held.get(key, NEVER) for key in keys), default=FOR_GOOD)
        if until < end:
            return max(until, begins)
    return FOR_GOOD
