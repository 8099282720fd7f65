"""Counts that are kept and not taken: how many there are of something, by its owner and a word, however many there are.

A service says in its transaction what has come and what has gone. Last of all the transaction adds what is left of it, as
rows: they are stored with what they count or not at all, and since nobody changes a row, two who write at once never wait
for each other. What is read is the sum of a count's rows; a job folds them into one.
"""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Index, Select, bindparam, delete, func, insert, literal, select, union_all
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, execute
from app.engines.transactions import at_the_end

NOBODY = 0  # the owner of what the whole house counts
AT_ONCE = 100  # owners whose rows are folded in one transaction


class Tally(Base):
    """So many have come (or gone, below zero) of a kind, to this owner, under this word."""

    __tablename__ = "tally"
    __table_args__ = (Index("ix_tally_kind", "kind", "owner", "word", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    owner: Mapped[int]
    word: Mapped[str]
    number: Mapped[int]


ADD = insert(Tally)
_sum = func.sum(Tally.number)
OF_KIND = select(Tally.word, _sum).where(Tally.kind == bindparam("kind")).group_by(Tally.word)
OF_OWNER = OF_KIND.where(Tally.owner == bindparam("owner"))
IN_PIECES = (
    select(Tally.kind, Tally.owner)
    .group_by(Tally.kind, Tally.owner)
    .having(func.count() > func.count(Tally.word.distinct()))
    .order_by(Tally.kind, Tally.owner)
    .limit(AT_ONCE)
)
TAKE_ALL = (
    delete(Tally)
    .where(Tally.kind == bindparam("of_kind"), Tally.owner == bindparam("of_owner"))
    .returning(Tally.word, Tally.number)
)


class _Changes(Counter[tuple[str, int, str]]):
    """What has come and gone in a transaction; called at its end."""

    def __call__(self) -> None:
        rows = [
            {"kind": kind, "owner": owner, "word": word, "number": number}
            for (kind, owner, word), number in sorted(self.items())
            if number
        ]
        if rows:
            execute(ADD, rows)


def came(kind: str, owner: int = NOBODY, word: str = "", number: int = 1) -> None:
    """There are so many more of them, once the transaction is stored."""
    at_the_end("tallies", _Changes())[kind, owner, word] += number


def went(kind: str, owner: int = NOBODY, word: str = "") -> None:
    """There is one less, once the transaction is stored."""
    came(kind, owner, word, -1)


def tallied(kind: str, owner: int | None = None) -> dict[str, int]:
    """{word: how many} of one owner, or of all together; one statement."""
    asked = execute(OF_KIND, {"kind": kind}) if owner is None else execute(OF_OWNER, {"kind": kind, "owner": owner})
    return {word: int(number) for word, number in asked}


def fold() -> int:
    """Some owners' rows become one row for each word; returns of how many owners. What two fold at once is folded once."""
    owners = execute(IN_PIECES).all()
    for kind, owner in owners:
        sums: Counter[str] = Counter()
        for word, number in execute(TAKE_ALL, {"of_kind": kind, "of_owner": owner}).all():
            sums[word] += number
        rows = [{"kind": kind, "owner": owner, "word": word, "number": number} for word, number in sums.items() if number]
        if rows:
            execute(ADD, rows)
    return len(owners)


def wrong(kind: str, counted: Select[int, str, int]) -> Iterator[tuple[int, str, int, int]]:
    """For invariants: (owner, word, kept, there are) of each count that is not what `counted` finds: owner, word, number.

    One statement, so that both are of one moment.
    """
    there = counted.subquery()
    owner, word, number = there.c
    both = union_all(
        select(
            Tally.owner.label("owner"), Tally.word.label("word"), Tally.number.label("kept"), literal(0).label("found")
        ).where(Tally.kind == kind),
        select(owner, word, literal(0), number),
    ).subquery()
    kept, found = func.sum(both.c.kept), func.sum(both.c.found)
    rows = execute(
        select(both.c.owner, both.c.word, kept, found)
        .group_by(both.c.owner, both.c.word)
        .having(kept != found)
        .order_by(both.c.owner, both.c.word)
    )
    yield from ((owner, word, int(kept), int(found)) for owner, word, kept, found in rows)
