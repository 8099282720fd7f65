"""Requirements and their proofs: what is asked of whom, and the states of a proof."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from app.kernel.errors import Invalid
from app.kernel.states import States
from app.kernel.text import LANGUAGES, msg, one_line
from app.territories.loading import requirement_of
from app.territories.records import Requirement, Territory
from catalog.rules import categories

PROOF = States(
    "proof",
    "claimed",
    {
        "claimed": {"send": "sent", "attest": "attested", "waive": "waived"},
        "sent": {"verify": "verified", "refuse": "refused", "withdraw": "withdrawn"},
        "attested": {"refuse": "refused", "withdraw": "withdrawn"},
        "verified": {"revoke": "revoked", "withdraw": "withdrawn", "end": "ended"},
        "waived": {"revoke": "revoked", "end": "ended"},
        "refused": {},
        "revoked": {},
        "withdrawn": {},
        "ended": {},
    },
)
STATES = {
    "claimed": msg("Claimed, not proved"),
    "sent": msg("With the office"),
    "attested": msg("Attested"),
    "verified": msg("Proved"),
    "waived": msg("Waived"),
    "refused": msg("Refused"),
    "revoked": msg("Taken back"),
    "withdrawn": msg("Withdrawn"),
    "ended": msg("Ended"),
}
MEETS = ("verified", "waived", "attested")  # with one of these a requirement is met, as long as it has not ended
SHOWS = "verified"  # with this one alone a label is shown
WARNINGS = (30, 7)  # days before the end
DOCUMENT, ATTESTED = "document", "attested"
COOPERATIVE, PRODUCT = "cooperative", "product"
BEARERS = {COOPERATIVE: msg("The cooperative"), PRODUCT: msg("A product")}
WAYS_OF_PROVING = {DOCUMENT: msg("A document that the office reads"), ATTESTED: msg("The cooperative’s word")}
KEY = re.compile(r"[a-z][a-z0-9-]{1,39}")
NAME_LONGEST = 80


def asked_of(requirement: Requirement, territory: Territory, sector: str) -> bool:
    """Is it asked of cooperatives of this sector? A branch belongs to its sector."""
    if not requirement.asked or not requirement.sectors:
        return requirement.asked
    return sector in requirement.sectors or territory.sector(sector).parent in requirement.sectors


def checked_requirement(requirement: Requirement, territory: Territory) -> Requirement:
    """With a name in every language, and of a sound key, bearers, sectors and way of proving. Raises Invalid."""
    if not KEY.fullmatch(requirement.key):
        raise Invalid("catalog-requirement-key", "key")
    names = {code: one_line(requirement.names.get(code, "")) for code in LANGUAGES}
    for code, name in names.items():
        if not name or len(name) > NAME_LONGEST:
            raise Invalid("catalog-requirement-name", f"name_{code}", longest=NAME_LONGEST)
    if not requirement.bearers or not set(requirement.bearers) <= set(BEARERS):
        raise Invalid("choose-one", "bearers")
    if not set(requirement.sectors) <= {sector.key for sector in territory.sectors}:
        raise Invalid("choose-one", "sectors")
    if not set(requirement.needed_for) <= set(categories.tree()):
        raise Invalid("choose-one", "needed_for")
    if requirement.proof not in WAYS_OF_PROVING:
        raise Invalid("choose-one", "proof")
    if requirement.badge and requirement.proof != DOCUMENT:
        raise Invalid("catalog-label-needs-document", "proof")
    return replace(requirement, names=names)


def as_value(requirement: Requirement) -> dict[str, Any]:
    """The requirement as a setting keeps it."""
    return {
        "key": requirement.key,
        "names": dict(requirement.names),
        "badge": requirement.badge,
        "bearers": list(requirement.bearers),
        "sectors": list(requirement.sectors),
        "proof": requirement.proof,
        "needed_for": list(requirement.needed_for),
        "asked": requirement.asked,
    }


def of_value(value: Mapping[str, Any]) -> Requirement:
    """The other way round."""
    return requirement_of(value)


def warned_days(left: timedelta) -> int | None:
    """Of which of the two warnings is it time, with so much time left? The later one when both are."""
    return min((days for days in WARNINGS if left <= timedelta(days=days)), default=None)


def last_day(territory: Territory, ends_at: datetime) -> date:
    """The last day of something that ends at a midnight of the territory."""
    return territory.day_of(ends_at - timedelta(microseconds=1))
