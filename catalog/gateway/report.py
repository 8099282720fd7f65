"""What became of the rows of a file, or would become: each is created, changed, unchanged or refused, and none is lost."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalog.gateway.goods import PICTURE, Goods, Problem

LOOKED_AT_ONCE = 500  # rows
READY_AT_ONCE = 50  # rows that are written next, as many in a transaction as time allows
WRITTEN_AT_ONCE = 5  # rows in one transaction, which takes a twentieth of a second, longer where others work too
MOST_PROBLEMS = 200  # as many are listed; all are counted
RESULTS = ("created", "changed", "unchanged", "refused")


@dataclass(frozen=True)
class Outcome:
    """What became of the row that ends on this line. `draft`: its product is one; `notes` are told though it was taken."""

    line: int
    result: str
    problem: Problem | None = None
    draft: bool = False
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Became:
    """What became of a product: its name in the file, the line it begins on, its rows, one of RESULTS, whether a draft."""

    name: str
    line: int
    rows: int
    result: str
    draft: bool


@dataclass
class Report:
    """The sums of an import: the four results add up to the rows, `drafts` of which belong to drafts. Pictures are counted,
    never fetched; of each column `columns` says what was done with it (headers.FATES).
    """

    rows: int
    pictures: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    problems: list[Outcome] = field(default_factory=list)
    columns: Mapping[str, str] = field(default_factory=dict)
    drafts: int = 0
    notes: list[tuple[int, Problem]] = field(default_factory=list)
    noted: Counter[str] = field(default_factory=Counter)
    products: list[Became] = field(default_factory=list)

    def add_products(self, batch: Sequence[Sequence[Goods]], outcomes: Sequence[Outcome]) -> list[Became]:
        """What became of the products of a batch, the first of which are kept."""
        self.add(outcomes)
        by_line = {outcome.line: outcome for outcome in outcomes}
        products = [_became(group, [by_line[row.line] for row in group]) for group in batch]
        self.products += products[: MOST_PROBLEMS - len(self.products)]
        return products

    def add(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.counts[outcome.result] += 1
            self.drafts += outcome.draft
            self.noted.update(note.code for note in outcome.notes)
            self.notes += [(outcome.line, note) for note in outcome.notes][: max(0, MOST_PROBLEMS - len(self.notes))]
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


def _became(group: Sequence[Goods], outcomes: Sequence[Outcome]) -> Became:
    results = {outcome.result for outcome in outcomes}
    titles = (text.title for row in group for text in row.texts.values())
    name = next((title for title in titles if title), group[0].product_key.partition(":")[2])
    result = results.pop() if len(results) == 1 else "changed"
    return Became(name[:120], group[0].line, len(group), result, any(outcome.draft for outcome in outcomes))


def report_on(goods: Sequence[Goods], columns: Mapping[str, str] | None = None) -> Report:
    """An empty report for these rows."""
    return Report(len(goods), sum(row.pictures for row in goods), columns=columns or {})


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
