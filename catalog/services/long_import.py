"""An import that takes long, as the house's long work: cut into portions, and each of them written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engines.long_work import Portion, RowDone
from app.kernel.actor import Actor
from app.kernel.errors import Invalid
from catalog.gateway.goods import Goods, Problem
from catalog.gateway.reading import heard, told
from catalog.gateway.report import LOOKED_AT_ONCE, Outcome, batches
from catalog.services.importing import import_in_time

LONG_IMPORT = "catalog.import"


def import_portions(goods: Sequence[Goods], own: bool, known: Mapping[str, int]) -> list[Portion]:
    """The products of a file, each with what `known` says of it before any of them is written."""
    return [
        Portion(
            len(group),
            {"own": own, "known": _of(known, group[0].product_key), "rows": [told(row) for row in group]},
        )
        for batch in batches(goods, LOOKED_AT_ONCE)
        for group in batch
    ]


def _of(known: Mapping[str, int], key: str) -> dict[str, int]:
    return {key: known[key]} if key in known else {}


@dataclass(frozen=True)
class Ready:
    """A product's rows as they were told in its portion."""

    own: bool
    known: Mapping[str, int]
    rows: Sequence[Goods]


def read_portion(content: Any) -> Ready:
    """Heard before anything is locked."""
    return Ready(content["own"], content["known"], [heard(row) for row in content["rows"]])


def import_some(actor: Actor, organisation_id: int, ready: Sequence[Ready], until: float) -> list[list[RowDone]]:
    """Write the first of these products, as many as time allows; what became of each of their rows."""
    known = {key: product for one in ready for key, product in one.known.items()}
    done = import_in_time(actor, organisation_id, [one.rows for one in ready], ready[0].own, known, until)
    return [[_row(one) for one in outcomes] for outcomes in done]


def _row(outcome: Outcome) -> RowDone:
    refusal = _refusal(outcome.problem) if outcome.problem is not None else None
    return RowDone(outcome.line, outcome.result, refusal, outcome.draft, [_refusal(note) for note in outcome.notes])


def _refusal(problem: Problem) -> Invalid:
    return Invalid(problem.code, **problem.facts)
