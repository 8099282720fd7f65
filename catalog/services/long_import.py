"""An import that takes long, as the house's long work: cut into portions, and each of them written."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.engines.long_work import Portion, RowDone
from app.kernel.actor import Actor
from app.kernel.errors import Invalid
from catalog.gateway.goods import Goods
from catalog.gateway.reading import heard, told
from catalog.gateway.report import LOOKED_AT_ONCE, Outcome, batches
from catalog.services.importing import import_batch

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


def import_portion(actor: Actor, organisation_id: int, content: Any) -> list[RowDone]:
    """Write one product; what became of each of its rows."""
    batch = [[heard(row) for row in content["rows"]]]
    outcomes = import_batch(actor, organisation_id, batch, content["own"], content["known"])
    return [RowDone(outcome.line, outcome.result, _refusal(outcome)) for outcome in outcomes]


def _refusal(outcome: Outcome) -> Invalid | None:
    return Invalid(outcome.problem.code, **outcome.problem.facts) if outcome.problem is not None else None
