"""Type-ahead and "did you mean": a small table of the words in titles and class names, asked by SQL.

Words come in as documents are indexed; what has left the titles is forgotten, and weights are counted anew, when the
index is rebuilt.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, begins_with, db
from app.engines.search.analysis import LONGEST_QUERY, QUERY_LANGUAGES, is_needless
from app.engines.search.folding import LONGEST_WORD, plain, raw_words
from app.engines.search.interface import SearchDocument

SHORTEST_PREFIX = 2
SHORTEST_CORRECTED = 4
SHORTEST_TWO_ERRORS = 8  # letters; from here on two slips are forgiven, below only one
CHUNK = 500

_LAST_WORD = re.compile(r"[^\W_]+$")

Entry = tuple[str, str]  # kind and word


class SearchWord(Base):
    """A word as it is shown, and folded; `weight` is in how many documents of the kind it stands."""

    __tablename__ = "search_word"
    __table_args__ = (
        db.UniqueConstraint("kind", "word"),
        db.Index("ix_search_word_initial_size", "initial", "size"),
        db.Index("ix_search_word_folded", "folded", postgresql_ops={"folded": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    word: Mapped[str]
    folded: Mapped[str]
    initial: Mapped[str]  # the folded word's first letter
    size: Mapped[int]  # the folded word's letters
    weight: Mapped[int]


def words_of(document: SearchDocument) -> set[Entry]:
    texts = [*document.titles.values(), *document.classes]
    return {(document.kind, raw) for text in texts for raw in raw_words(text) if _is_telling(raw)}


def learn(documents: Iterable[SearchDocument]) -> None:
    """Takes in the words not known yet; inside a transaction."""
    counted: Counter[Entry] = Counter(entry for document in documents for entry in words_of(document))
    for kind in {kind for kind, _ in counted}:
        mine = sorted(word for of, word in counted if of == kind)
        for start in range(0, len(mine), CHUNK):
            chunk = mine[start : start + CHUNK]
            known = set(
                db.session.scalars(select(SearchWord.word).where(SearchWord.kind == kind, SearchWord.word.in_(chunk)))
            )
            _insert({(kind, word): counted[kind, word] for word in chunk if word not in known})


def relearn(counted: Counter[Entry]) -> None:
    """Puts these words in the place of all others; inside a transaction."""
    db.session.execute(delete(SearchWord))
    _insert(counted)


def suggest(prefix: str, kind: str | None = None, limit: int = 8) -> list[str]:
    """What is being typed, its last word completed; most frequent first."""
    typed = prefix[-LONGEST_QUERY:]
    last = _LAST_WORD.search(typed)
    folded = plain(last.group().casefold())[:LONGEST_WORD] if last else ""
    if last is None or len(folded) < SHORTEST_PREFIX:
        return []
    weight = func.sum(SearchWord.weight)
    asked = _of_kind(select(SearchWord.folded, func.min(SearchWord.word)), kind)
    rows = db.session.execute(
        asked.where(begins_with(SearchWord.folded, folded))
        .group_by(SearchWord.folded).order_by(weight.desc(), SearchWord.folded).limit(limit)
    )  # fmt: skip
    return [typed[: last.start()] + word for _, word in rows]


def did_you_mean(query: str, kind: str | None = None) -> str | None:
    """The query with its unknown words exchanged for the nearest known ones; None when there is nothing better."""
    raws = raw_words(query[:LONGEST_QUERY])
    better = [raw if not _is_telling(raw) else _nearest(raw, kind) for raw in raws]
    return " ".join(better) if better != raws else None


def distance(word: str, other: str, most: int) -> int:
    """Letters to insert, drop, exchange or swap with their neighbour; any number above `most` means: too far."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        further = [i]
        for j, facing in enumerate(other, 1):
            cost = min(row[j] + 1, further[j - 1] + 1, row[j - 1] + (letter != facing))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == facing:
                cost = min(cost, before[j - 2] + 1)
            further.append(cost)
        if min(further) > most:
            return most + 1
        before, row = row, further
    return row[-1]


def _nearest(raw: str, kind: str | None) -> str:
    folded = plain(raw)
    known = _of_kind(select(SearchWord.id), kind).where(
        SearchWord.initial == folded[0], SearchWord.size == len(folded), SearchWord.folded == folded
    )
    if len(folded) < SHORTEST_CORRECTED or db.session.scalar(known.limit(1)):
        return raw
    most = 2 if len(folded) >= SHORTEST_TWO_ERRORS else 1
    candidates = db.session.execute(
        _of_kind(select(SearchWord.folded, SearchWord.word, SearchWord.weight), kind).where(
            SearchWord.initial == folded[0], SearchWord.size.between(len(folded) - most, len(folded) + most)
        )
    )
    near = ((distance(folded, other, most), -weight, word) for other, word, weight in candidates)
    best = min((candidate for candidate in near if candidate[0] <= most), default=None)
    return best[2] if best else raw


def _of_kind(asked: Any, kind: str | None) -> Any:
    return asked if kind is None else asked.where(SearchWord.kind == kind)


def _is_telling(raw: str) -> bool:
    folded = plain(raw)
    return len(folded) > 2 and folded.isalpha() and not any(is_needless(raw, lang) for lang in QUERY_LANGUAGES)


def _insert(counted: dict[Entry, int]) -> None:
    for chunk in _chunks(sorted(counted.items())):
        rows = []
        for (kind, word), weight in chunk:
            folded = plain(word)
            rows.append(
                {"kind": kind, "word": word, "folded": folded, "initial": folded[0], "size": len(folded), "weight": weight}
            )
        db.session.execute(insert(SearchWord), rows)


def _chunks(items: list[tuple[Entry, int]]) -> Iterator[list[tuple[Entry, int]]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
