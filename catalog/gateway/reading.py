"""Reading a file of goods in the process that reads apart, and goods as lines of JSON on their way out of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from catalog.gateway.formats import table_in, taken_from
from catalog.gateway.goods import Goods, Problem
from catalog.gateway.headers import digest_of
from catalog.rules.facts import TextFacts


def goods_of(
    content: bytes, wanted: str, currency: str, limit: int, known: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Any], list[bytes]]:
    """The format's name and what becomes of the columns, and the goods as lines of JSON. Raises Invalid.

    `known`: {digest of headers: {our field: column}}, what was said of files before.
    """
    table = table_in(content, limit)
    taken = taken_from(table, wanted, currency, known.get(digest_of(table.columns)))
    lines = b"\n".join(json.dumps(told(row), ensure_ascii=False).encode() for row in taken.goods)
    said = {"name": taken.name, "columns": dict(taken.columns), "headers": taken.headers, "counts": taken.counts}
    return said, [lines]


def told(row: Goods) -> dict[str, Any]:
    """What a row says, fit for JSON; numbers that can be read in two ways keep their decimals."""
    told = {key: value for key, value in asdict(row).items() if value not in (None, {}, "", ())}
    if row.problem is not None:
        told["problem"] = _problem_told(row.problem)
    if row.notes:
        told["notes"] = [_problem_told(note) for note in row.notes]
    return told


def _problem_told(problem: Problem) -> list[Any]:
    facts = problem.facts
    return [
        problem.code,
        {key: fact for key, fact in facts.items() if not isinstance(fact, Decimal)},
        {key: str(fact) for key, fact in facts.items() if isinstance(fact, Decimal)},
    ]


def _problem_heard(said: Sequence[Any]) -> Problem:
    code, facts, decimals = said
    return Problem(code, {**facts, **{key: Decimal(fact) for key, fact in decimals.items()}})


def goods_from(lines: bytes) -> list[Goods]:
    """The goods that were told."""
    return [heard(json.loads(line)) for line in lines.splitlines()]


def heard(said: dict[str, Any]) -> Goods:
    """A row that was told."""
    said = dict(said)
    said["texts"] = {code: TextFacts(**text) for code, text in said.get("texts", {}).items()}
    for name in ("labels", "options", "files"):
        if name in said:
            said[name] = tuple(said[name])
    said["notes"] = tuple(_problem_heard(note) for note in said.get("notes", ()))
    if "problem" in said:
        said["problem"] = _problem_heard(said["problem"])
    return Goods(**said)
