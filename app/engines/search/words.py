"""Type-ahead and "did you mean": a small table of the words in titles and class names, asked by SQL.

Words come in as documents are indexed; what has left the titles is forgotten, and weights are counted anew, when the
index is rebuilt.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Executable, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, begins_with, db
from app.engines.search.analysis import LONGEST_QUERY, QUERY_LANGUAGES, is_needless, is_of_the_field, stem
from app.engines.search.folding import LONGEST_WORD, plain, raw_words
from app.engines.search.interface import SearchDocument

SHORTEST_PREFIX = 2
SHORTEST_CORRECTED = 4
SHORTEST_PART = 4  # letters of a word that may stand in one with another; a word of the field may have one less
SHORTEST_TWO_ERRORS = 8  # letters; from here on two slips are forgiven, below only one
CHUNK = 500

_LAST_WORD = re.compile(r"[^\W_]+$")
_ELIDED = re.compile(r"([dl]|qu)([aeiouyhàâéèêëîïôœû].{2,})$")

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
    texts = [*document.titles.values(), *document.classes, *document.names]
    return {(document.kind, raw) for text in texts for raw in raw_words(text) if _is_telling(raw)}


def unknown_in(documents: Iterable[SearchDocument]) -> Counter[Entry]:
    """The words not known yet, and in how many of the documents each stands; read outside of a transaction."""
    counted: Counter[Entry] = Counter(entry for document in documents for entry in words_of(document))
    for kind in {kind for kind, _ in counted}:
        mine = sorted(word for of, word in counted if of == kind)
        for start in range(0, len(mine), CHUNK):
            asked = SearchWord.word.in_(mine[start : start + CHUNK])
            for known in db.session.scalars(select(SearchWord.word).where(SearchWord.kind == kind, asked)):
                del counted[kind, known]
    return counted


def learn(unknown: Counter[Entry]) -> None:
    """Takes them in; inside a transaction. Whoever drains beside us may have done so already."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    _insert(unknown, dialect.insert(SearchWord).on_conflict_do_nothing(index_elements=("kind", "word")))


def relearn(counted: Counter[Entry]) -> None:
    """Puts these words in the place of all others; inside a transaction."""
    db.session.execute(delete(SearchWord))
    _insert(counted, insert(SearchWord))


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
    if len(folded) < SHORTEST_CORRECTED or _is_known(folded, kind):
        return raw
    return _parted(raw, kind) or _likest(folded, kind) or raw


def _is_known(folded: str, kind: str | None) -> bool:
    known = _of_kind(select(SearchWord.id), kind).where(
        SearchWord.initial == folded[0], SearchWord.size == len(folded), SearchWord.folded == folded
    )
    return db.session.scalar(known.limit(1)) is not None or is_of_the_field(folded)


def _parted(raw: str, kind: str | None) -> str | None:
    """Two words that were typed as one: "dorange" is "d'orange", "oliveoil" two known words."""
    elided = _ELIDED.match(raw)
    if elided and _is_known(plain(elided[2]), kind):
        return f"{elided[1]}'{elided[2]}"
    for end in range(SHORTEST_PART - 1, len(raw) - SHORTEST_PART + 2):
        first, second = raw[:end], raw[end:]
        if any(len(part) < SHORTEST_PART and not is_of_the_field(plain(part)) for part in (first, second)):
            continue
        if _is_known(plain(first), kind):
            if _is_known(plain(second), kind):
                return f"{first} {second}"
            elided = _ELIDED.match(second)
            if elided and _is_known(plain(elided[2]), kind):
                return f"{first} {elided[1]}'{elided[2]}"
    return None


def _likest(folded: str, kind: str | None) -> str | None:
    """The known word with the fewest slips between, of these one that begins alike, then the most frequent.

    None when that is another form of the same word.
    """
    most = 2 if len(folded) >= SHORTEST_TWO_ERRORS else 1
    candidates = db.session.execute(
        _of_kind(select(SearchWord.folded, SearchWord.word, SearchWord.weight), kind).where(
            SearchWord.initial.in_(sorted(set(folded[:2]))),
            SearchWord.size.between(len(folded) - most, len(folded) + most),
        )
    )
    near = (
        (distance(folded, other, most), other[0] != folded[0], -weight, word)
        for other, word, weight in candidates
        if other[0] == folded[0] or len(folded) > SHORTEST_CORRECTED
    )
    best = min((candidate for candidate in near if candidate[0] <= most), default=None)
    if best is None or any(stem(folded, language) == stem(plain(best[3]), language) for language in QUERY_LANGUAGES):
        return None
    return str(best[3])


def _of_kind(asked: Any, kind: str | None) -> Any:
    return asked if kind is None else asked.where(SearchWord.kind == kind)


def _is_telling(raw: str) -> bool:
    folded = plain(raw)
    return len(folded) > 2 and folded.isalpha() and not any(is_needless(raw, lang) for lang in QUERY_LANGUAGES)


def _insert(counted: Counter[Entry], statement: Executable) -> None:
    for chunk in _chunks(sorted(counted.items())):
        rows = []
        for (kind, word), weight in chunk:
            folded = plain(word)
            rows.append(
                {"kind": kind, "word": word, "folded": folded, "initial": folded[0], "size": len(folded), "weight": weight}
            )
        db.session.execute(statement, rows)


def _chunks(items: list[tuple[Entry, int]]) -> Iterator[list[tuple[Entry, int]]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
