"""What became of the rows of a file, or would become: each is created, changed, unchanged or refused, and none is lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from catalog.gateway.goods import PICTURE, Goods, Problem

LOOKED_AT_ONCE = 500  # rows
WRITTEN_AT_ONCE = 5  # rows in one transaction, which takes a twentieth of a second, longer where others work too
MOST_PROBLEMS = 200  # as many are listed; all are counted
RESULTS = ("created", "changed", "unchanged", "refused")


@dataclass(frozen=True)
class Outcome:
    """What became of the row that ends on this line."""

    line: int
    result: str
    problem: Problem | None = None


@dataclass
class Report:
    """The sums of an import: the four results add up to the rows. Pictures are counted, never fetched."""

    rows: int
    pictures: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    problems: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.counts[outcome.result] += 1
            if outcome.problem is not None and len(self.problems) < MOST_PROBLEMS:
                self.problems.append(outcome)

    @property
    def listed(self) -> list[Outcome]:
        """The problems in the order of the file."""
        return sorted(self.problems, key=lambda outcome: outcome.line)

    @property
    def done(self) -> int:
        return sum(self.counts.values())


def whole_or_none(group: Sequence[Goods]) -> tuple[list[Goods], list[Outcome]]:
    """The rows of a product that are taken, and what became of the others: one that spoils it takes all with it."""
    spoilt = any(row.problem is not None and row.spoils and row.kind != PICTURE for row in group)
    refused = [Outcome(row.line, "refused", row.problem) for row in group if spoilt or row.problem is not None]
    return [] if spoilt else [row for row in group if row.problem is None], once_each(refused)


def all_refused(group: Sequence[Goods], problem: Problem) -> list[Outcome]:
    """The product cannot be taken: every row is refused, and the first says why."""
    options = next((row.options for row in group if row.options), ())
    if problem.code == "catalog-too-many-variants" and options:
        problem = Problem("catalog-too-many-of-kind", {**problem.facts, "kind": ", ".join(options)})
    return once_each([Outcome(row.line, "refused", problem) for row in group])


def once_each(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What stands in the way of several rows of a product is told of the first of them."""
    told: list[Problem] = []
    once = []
    for outcome in outcomes:
        again = outcome.problem is None or outcome.problem in told
        once.append(replace(outcome, problem=None) if again else outcome)
        if not again and outcome.problem is not None:
            told.append(outcome.problem)
    return once


def report_on(goods: Sequence[Goods]) -> Report:
    """An empty report for these rows."""
    return Report(len(goods), sum(row.pictures for row in goods))


def batches(goods: Sequence[Goods], most: int) -> Iterator[list[list[Goods]]]:
    """The rows by product, in the file's order, a batch of at most so many rows or of one product."""
    groups: dict[str, list[Goods]] = {}
    for index, row in enumerate(goods):
        groups.setdefault(row.product_key or f"row {index}", []).append(row)
    batch: list[list[Goods]] = []
    for group in groups.values():
        if batch and sum(map(len, batch)) + len(group) > most:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch
