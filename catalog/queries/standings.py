"""How a cooperative stands with everything that is asked of it and its goods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.territories.loading import territory_named
from app.territories.records import Requirement
from catalog.queries.office import sector_and_territory
from catalog.queries.proofs import ProofLine, claims_of, proofs_of
from catalog.queries.requirements import asked_at, requirements_at
from catalog.rules.proofs import COOPERATIVE, MEETS


@dataclass(frozen=True)
class Standing:
    """One requirement of one bearer: what holds now, what waits, what came last; and whether it is said at all."""

    requirement: Requirement
    product_id: int | None
    product: str | None
    holds: ProofLine | None
    waits: ProofLine | None
    last: ProofLine | None
    claimed: bool

    @property
    def state(self) -> str:
        """What is told: what holds, else what waits, else how it ended, else that it is only said, or not even that."""
        if self.holds is not None:
            return self.holds.state
        if self.waits is not None:
            return "sent"
        if self.last is not None and self.last.state != "withdrawn":
            return "ended" if self.last.ended else self.last.state
        return "claimed" if self.claimed else "missing"


@dataclass(frozen=True)
class Standings:
    """Of the cooperative itself, and of those of its goods of which something is said or proved."""

    own: Sequence[Standing]
    goods: Sequence[Standing]
    titles: Sequence[tuple[int, str]]
    asked: Sequence[Requirement]


def standings(organisation_id: int, moment: datetime) -> Standings:
    """Five statements, however many goods there are."""
    territory_key, sector = sector_and_territory(organisation_id)
    territory = territory_named(territory_key)
    asked = asked_at(territory, sector, moment)
    known = requirements_at(territory_key, moment)
    proofs: dict[tuple[int | None, str], list[ProofLine]] = {}
    for line in proofs_of(organisation_id, moment):
        proofs.setdefault((line.product_id, line.requirement), []).append(line)
    said, goods = claims_of(organisation_id)
    own = [
        _standing(one, None, None, proofs.get((None, one.key), []), one.key in said)
        for one in asked
        if COOPERATIVE in one.bearers
    ]
    of_goods = [
        _standing(known[key], product_id, title, proofs.get((product_id, key), []), key in labels)
        for product_id, title, labels in goods
        for key in dict.fromkeys([*labels, *(one for owner, one in proofs if owner == product_id)])
        if key in known
    ]
    return Standings(own, of_goods, [(product_id, title) for product_id, title, _labels in goods], asked)


def _standing(
    requirement: Requirement, product_id: int | None, title: str | None, lines: Sequence[ProofLine], claimed: bool
) -> Standing:
    """`lines` are its proofs, newest first."""
    holds = next((one for one in lines if one.state in MEETS and not one.ended), None)
    waits = next((one for one in lines if one.state == "sent"), None)
    return Standing(requirement, product_id, title, holds, waits, lines[0] if lines else None, claimed)
