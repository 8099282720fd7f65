"""Reading an opened index: posting lists are decoded a block at a time and combined here.

Whoosh's own collectors ask several Python objects about every single document; a word that stands in a quarter of
20,000 documents then takes some 20 ms. A posting's weight carries the length of its document already (see `impact`), so
that a score is idf x weight and nothing has to be looked up per document.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from functools import lru_cache
from itertools import count
from math import log
from typing import Any

from whoosh.codec.whoosh3 import W3LeafMatcher
from whoosh.index import FileIndex
from whoosh.matching import FilterMatcher
from whoosh.reading import TermNotFound

from app.engines.search.analysis import Wanted
from app.engines.search.equivalents import MARK as CONCEPT
from app.engines.search.equivalents import Equivalents
from app.engines.search.sounds import MARK, Sounds, spellings

Scores = dict[int, float]
SATURATION, LENGTH_SHARE, USUAL_LENGTH = 1.2, 0.75, 100.0  # BM25's k1 and b; words of a usual document
KEPT_LISTS = 200
KEPT_ANSWERS = 20  # to what was asked last, of up to eight bytes for each document: filters and pages ask again
WORTH = 1 / 3  # of the best one's score: what is worth less is not taken in when any word will do


def impact(count: int, length: int) -> float:
    """What a word that counts so often in a document of so many words is worth (BM25 without idf)."""
    return count * (SATURATION + 1) / (count + SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / USUAL_LENGTH))


_serials = count(1)  # of the indexes that this process has opened: one built anew may have the generation of one before


class Opened:
    """One generation of the index."""

    def __init__(self, index: FileIndex) -> None:
        self.serial = next(_serials)
        reader = index.reader()  # never with reuse=: that would bring merged segments back
        self.generation = reader.generation()
        self.documents = int(reader.doc_count())
        self.segments: list[tuple[Any, int]] = [  # an index without documents has a reader that can do nothing
            (leaf, offset) for leaf, offset in reader.leaf_readers() if leaf.doc_count_all()
        ]
        self._reader = reader
        self._numbers: list[int] | None = None
        self._kinds: dict[str, bytearray] = {}
        self._sounds: Sounds | None = None
        self._postings = lru_cache(KEPT_LISTS)(self._read_postings)
        self.best = lru_cache(KEPT_ANSWERS)(self._best)

    def understood(self, wanted: Sequence[Wanted], kind: str, known: Equivalents) -> tuple[tuple[Wanted, ...], bool]:
        """The words with those that nothing is found by exchanged: for what sounds like them, else for what they are a kind
        of; whether that was done.
        """
        words, broadened = [], False
        for word in wanted:
            if word.needed and not self._is_there(word, kind):
                heard = () if _is_of_the_field(word) else self._heard(word, kind, known)
                above = () if heard else self._first_of(known.above(word.forms, word.typed), kind)
                broadened = broadened or bool(above)
                words.append(replace(word, forms=heard or above or word.forms))
            else:
                words.append(word)
        return tuple(words), broadened

    def _best(self, wanted: tuple[Wanted, ...], kind: str, *, every: bool, without: Set[int] = frozenset()) -> Sequence[int]:
        """Ids, best first: documents with every needed word; or of the others those with any, down to `WORTH`."""
        enough = [self._word(word, kind) for word in wanted if word.needed and (every or word.telling)]
        scores = _in_every(enough) if every else _in_any(enough)
        lifting = [self._word(word, kind) for word in wanted if not word.needed or not (every or word.telling)]
        if lifting:
            scores = {
                document: score + sum(lift.get(document, 0.0) for lift in lifting) for document, score in scores.items()
            }
        numbers = self._all_numbers()
        if not every:
            others = {document: score for document, score in scores.items() if numbers[document] not in without}
            least = WORTH * max(others.values(), default=0.0)
            scores = {document: score for document, score in others.items() if score >= least}
        return list(map(numbers.__getitem__, sorted(scores, key=scores.__getitem__, reverse=True)))

    def count(self, wanted: Sequence[Wanted], kind: str) -> int:
        """How many documents have every needed word."""
        needed = [self._word(word, kind) for word in wanted if word.needed]
        return len(_in_every(needed)) if needed else 0

    def close(self) -> None:
        self._reader.close()

    def _word(self, word: Wanted, kind: str) -> Scores:
        """The best of a word's forms; a phrase is also found by all its words apart."""
        whole = _best_of([self._postings(kind, form) for form in word.forms])
        if not word.apart:
            return whole
        return _best_of(
            [whole, _in_every([_best_of([self._postings(kind, form) for form in forms]) for forms in word.apart])]
        )

    def _first_of(self, forms: Sequence[str], kind: str) -> tuple[str, ...]:
        return next(((form,) for form in forms if self._postings(kind, form)), ())

    def _is_there(self, word: Wanted, kind: str) -> bool:
        return any(self._postings(kind, form) for form in word.forms) or (
            bool(word.apart) and all(any(self._postings(kind, form) for form in forms) for forms in word.apart)
        )

    def _heard(self, word: Wanted, kind: str, known: Equivalents) -> tuple[str, ...]:
        """The words of this kind's documents that sound like what was typed; a word of the field goes first."""
        for sounds in (known.sounds, self._all_sounds()):
            for spelling in spellings(word.typed):
                there = tuple(form for form in sounds.of(spelling) if self._postings(kind, form))
                if there:
                    return there
        return ()

    def _all_sounds(self) -> Sounds:
        """The words of all titles and classes by their sound; made for the first who types an unknown one."""
        if self._sounds is None:
            self._sounds = Sounds(shortest=3)
            for marked in self._reader.expand_prefix("words", MARK):
                self._sounds.add_marked(marked.decode())
        return self._sounds

    def _read_postings(self, kind: str, form: str) -> Scores:
        """A form's documents of one kind; how rare the form is counts among all of them."""
        postings = list(self._raw_postings("words", form))
        rarity = log(max(1, self.documents) / (len(postings) + 1)) + 1
        allowed = self._of_kind(kind)
        return {document: weight * rarity for document, weight in postings if allowed[document]}

    def _raw_postings(self, field: str, text: str) -> Iterator[tuple[int, float]]:
        for leaf, offset in self.segments:
            try:
                matcher = leaf.postings(field, text)
            except TermNotFound:
                continue
            for document, weight in _decoded(matcher):
                yield document + offset, weight

    def _of_kind(self, kind: str) -> bytearray:
        if kind not in self._kinds:
            allowed = bytearray(self._reader.doc_count_all())
            for document, _weight in self._raw_postings("kind", kind):
                allowed[document] = 1
            self._kinds[kind] = allowed
        return self._kinds[kind]

    def _all_numbers(self) -> list[int]:
        if self._numbers is None:
            self._numbers = [number for leaf, _offset in self.segments for number in leaf.column_reader("number").load()]
        return self._numbers


def _is_of_the_field(word: Wanted) -> bool:
    """Known as it is written: what only sounds like it is something else."""
    return any(form.startswith(CONCEPT) for form in word.forms)


def _decoded(matcher: Any) -> Iterator[tuple[int, float]]:
    """(document, weight) of a posting list; whole blocks at once where whoosh keeps them so."""
    gone: frozenset[int] = frozenset()
    if isinstance(matcher, FilterMatcher):  # documents that were deleted since the segment was written
        matcher, gone = matcher.child, frozenset(matcher._ids)
    if not isinstance(matcher, W3LeafMatcher):
        while matcher.is_active():
            if matcher.id() not in gone:
                yield matcher.id(), matcher.weight()
            matcher.next()
        return
    while matcher.is_active():
        matcher._read_ids()
        matcher._read_weights()
        pairs = zip(matcher._ids, matcher._weights, strict=True)
        yield from (pair for pair in pairs if pair[0] not in gone) if gone else pairs
        matcher._next_block()


def _best_of(lists: Sequence[Scores]) -> Scores:
    if len(lists) == 1:
        return lists[0]
    best: Scores = {}
    for scores in lists:
        for document, score in scores.items():
            if score > best.get(document, 0.0):
                best[document] = score
    return best


def _in_every(lists: Sequence[Scores]) -> Scores:
    """Documents that stand in all the lists, scores added; the shortest list leads."""
    scores, *others = sorted(lists, key=len)
    for other in others:
        scores = {document: score + other[document] for document, score in scores.items() if document in other}
    return scores


def _in_any(lists: Sequence[Scores]) -> Scores:
    added: Scores = {}
    for scores in lists:
        for document, score in scores.items():
            added[document] = added.get(document, 0.0) + score
    return added
