"""Long work that a page starts: what each kind is called, who sees it, and how a portion of it is written.

Modules declare the kinds on their plates; accounts keeps the pieces and has the one page that tells how far they are.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import current_app

from app.kernel.actor import Actor
from app.kernel.errors import Invalid, Refusal

IN_A_PIECE = 50  # portions: each piece is a statement of the transaction that begins the work
READ_AT_ONCE = 10  # of them, before a transaction that writes some
WRITING_SECONDS = 0.06  # that long portions are written in a transaction: others want to write too
RESULTS = ("created", "changed", "unchanged", "refused")
MOST_PROBLEMS = 200  # as many refused rows are listed, and as many notes; all are counted


@dataclass(frozen=True)
class Portion:
    """What is written whole or not at all (a product with its sizes): how many rows, and what they say, fit for JSON."""

    rows: int
    content: Any


@dataclass(frozen=True)
class Piece:
    """Some portions as one text, ready to be stored: packed before the transaction that begins the work."""

    rows: int
    portions: str


def packed(portions: Sequence[Portion]) -> list[Piece]:
    """The portions in their order, fifty in a piece."""
    pieces = [portions[start : start + IN_A_PIECE] for start in range(0, len(portions), IN_A_PIECE)]
    return [
        Piece(sum(one.rows for one in piece), json.dumps([[one.rows, one.content] for one in piece], ensure_ascii=False))
        for piece in pieces
    ]


@dataclass(frozen=True)
class NextPortions:
    """A piece as it was before the transaction that writes of it: its text; rows and contents of its first portions."""

    piece_id: int
    portions: str
    rows: Sequence[int]
    read: Sequence[Any]


@dataclass(frozen=True)
class RowDone:
    """What became of the row that ends on this line of the file: one of RESULTS, and why it was refused.

    `draft`: nobody sees it yet; `notes` are told of it though it was taken.
    """

    line: int
    result: str
    refusal: Refusal | None = None
    draft: bool = False
    notes: Sequence[Refusal] = ()


@dataclass(frozen=True)
class LongWork:
    """A kind of long work of an organisation.

    `read(content)` makes of each portion what is written, before anything is locked. `write(actor, organisation_id, what was
    read, until)` writes the first portions of these in the caller's transaction, at least one and none that would not be
    done at `until` (time.monotonic), and tells for each what became of its rows; the actor is whoever started the work, with
    the roles held by now. `roles` see it and may call it off; `back` is the endpoint that its page leads to, which takes the
    organisation's slug.
    """

    kind: str
    title: str
    roles: frozenset[str]
    back: str
    read: Callable[[Any], Any]
    write: Callable[[Actor, int, Sequence[Any], float], Sequence[Sequence[RowDone]]]


def long_works() -> Mapping[str, LongWork]:
    """The kinds that modules have declared."""
    works: Mapping[str, LongWork] = current_app.extensions["long_work"]
    return works


def kinds_for(roles: Collection[str]) -> list[str]:
    """The kinds that somebody of these roles sees."""
    return [work.kind for work in long_works().values() if work.roles & set(roles)]


def kept(refusal: Refusal) -> dict[str, Any]:
    """A refusal as JSON: numbers that have decimals keep them."""
    facts = {name: {"decimal": str(fact)} if isinstance(fact, Decimal) else fact for name, fact in refusal.facts.items()}
    return {"code": refusal.code, "facts": facts}


def told(said: Mapping[str, Any]) -> Invalid:
    """The refusal that was kept."""
    facts: dict[str, Any] = {
        name: Decimal(fact["decimal"]) if isinstance(fact, dict) else fact for name, fact in said["facts"].items()
    }
    return Invalid(said["code"], **facts)
