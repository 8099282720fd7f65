"""What the rest of the house sees of search: a document, a batch of changes, an answer, and the form behind."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Key = tuple[str, int]  # kind and id


@dataclass(frozen=True)
class SearchDocument:
    """One thing that can be found.

    `titles` and `bodies` go by language code, `classes` are names of kinds in any language, `names` those of people and
    places, which everybody spells in their own way; `sizes` are written "500 g".
    """

    kind: str
    id: int
    titles: Mapping[str, str]
    bodies: Mapping[str, str] = field(default_factory=dict)
    classes: Sequence[str] = ()
    names: Sequence[str] = ()
    sizes: Sequence[str] = ()

    @property
    def key(self) -> Key:
        return self.kind, self.id


@dataclass(frozen=True)
class Changes:
    """What is to be written (replacing what stands under the same key) and what is to go, in one batch."""

    documents: Sequence[SearchDocument] = ()
    deleted: Sequence[Key] = ()


@dataclass(frozen=True)
class Found:
    """Ids, best first: all there are, or as many as were asked for; `total` counts all; `widened` says that one word of
    several, or something of the same kind, was made to suffice.

    Two answers of one process with the same `answer` hold the same ids; None where the form cannot say.
    """

    ids: list[int]
    total: int
    widened: bool
    answer: Hashable = field(default=None, compare=False)


@dataclass(frozen=True)
class Stats:
    """`bytes` on disk; `outdated` when the words were prepared by other rules than today's, or never: rebuild it."""

    documents: int
    segments: int
    bytes: int
    outdated: bool


class SearchForm(Protocol):
    """An index of one installation. Every method may raise kernel's `Unavailable`, and nothing else."""

    def apply(self, changes: Changes) -> None:
        """Writes the batch, whole or not at all."""

    def ids(self, kind: str, query: str, limit: int | None = None) -> Found:
        """What is found for any text a person may type; a query without a word finds nothing."""

    def count(self, kind: str, query: str) -> int:
        """How many have every word of the text just as it stands there: without sounds, kinds and any word alone."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Puts these documents in the place of all others at once and returns how many; the old answer meanwhile."""

    def optimise(self) -> None:
        """Makes searching as fast as it can be; for the night."""

    def stats(self) -> Stats: ...
