"""What is asked of cooperatives and their goods: the territory's data, and over it what the office has set since."""

from collections.abc import Mapping
from datetime import datetime

from app.engines import settings
from app.engines.settings import Change
from app.territories.loading import territory_named
from app.territories.records import Requirement, Territory
from catalog.rules.permits import NEVER
from catalog.rules.proofs import asked_of, of_value

KIND = "requirement"  # of setting; its scope is a territory


def requirements_at(territory: str, moment: datetime) -> dict[str, Requirement]:
    """{key: requirement} as it holds at a moment, those that are asked of nobody too; one statement."""
    known = {one.key: one for one in territory_named(territory).requirements}
    set_since = settings.values_at(KIND, territory, moment)
    return known | {key: of_value(value) for key, value in set_since.items()}


def periods_of(territory: str, moment: datetime) -> list[tuple[datetime, list[Requirement]]]:
    """What is asked now, and from each later moment that is planned on; the first moment is one long past. One statement."""
    known = {one.key: one for one in territory_named(territory).requirements}
    changes = sorted(settings.history(KIND, territory), key=lambda change: change.holds_from)
    begins = [NEVER, *dict.fromkeys(change.holds_from for change in changes if change.holds_from > moment)]
    in_force = [
        known | {one.key: of_value(one.value) for one in changes if one.holds_from <= max(moment, at)} for at in begins
    ]
    return [(at, list(asked.values())) for at, asked in zip(begins, in_force, strict=True)]


def asked_at(territory: Territory, sector: str, moment: datetime) -> list[Requirement]:
    """What is asked of a cooperative of this sector, labels last."""
    asked = [one for one in requirements_at(territory.key, moment).values() if asked_of(one, territory, sector)]
    return sorted(asked, key=lambda requirement: (requirement.badge and not requirement.needed_for, requirement.badge))


def changes_of(territory: str) -> Mapping[str, list[Change]]:
    """{key: what was set, latest first}, what begins later too."""
    by_key: dict[str, list[Change]] = {}
    for change in reversed(settings.history(KIND, territory)):
        by_key.setdefault(change.key, []).append(change)
    return by_key
