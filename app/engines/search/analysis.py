"""The words under which a document stands in the index, and the words a query asks for.

Accents are folded first and stems cut afterwards: the stock order loses what is typed without accents. The language of
a document's text is known, that of a query is not, so a query's Latin word may stand for its French and its English stem.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

import snowballstemmer

from app.engines.search import stopwords
from app.engines.search.equivalents import LONGEST_PHRASE, MARK, Equivalents
from app.engines.search.folding import ARABIC, LATIN, fold, plain, raw_words, script_of, without_article
from app.engines.search.interface import SearchDocument
from app.engines.search.sizes import UNITS, alike, sizes, without_sizes
from app.engines.search.sounds import marks

RULES = 5  # raise it when the words come out differently, so that old indexes are seen to be outdated
TITLE_WEIGHT = 3
CLASS_WEIGHT = 2
LONGEST_QUERY = 200  # characters; what comes after is not read
MOST_WORDS = 12  # telling ones; what says nothing is not counted
QUERY_LANGUAGES = ("fr", "en")
# "récoltée" without its accent is no participle to the stemmer any more.
_FEMININE = re.compile(r"(?<=\w\w\w)ees?$")

_stemmers = {"fr": snowballstemmer.stemmer("french"), "en": snowballstemmer.stemmer("english")}
_stemming = Lock()  # a stemmer keeps the word it works on in itself


@dataclass(frozen=True)
class Wanted:
    """One word of a query: any of these forms will do; a needless word only lifts the documents that have it.

    A phrase with a meaning of its own is found under its one form, or by all its words `apart`. `typed` is the folded word,
    for what is known by its sound alone; `telling` says that it may be enough, as a number beside words is not.
    """

    forms: tuple[str, ...]
    needed: bool
    apart: tuple[tuple[str, ...], ...] = ()
    typed: str = ""
    telling: bool = True


@lru_cache(maxsize=100_000)
def stem(folded: str, language: str) -> str:
    script = script_of(folded)
    if script == ARABIC:
        return without_article(folded)
    if script != LATIN or len(folded) < 3:
        return folded
    if language == "en":
        with _stemming:
            return str(_stemmers["en"].stemWord(folded))
    with _stemming:
        return str(_stemmers["fr"].stemWord(_FEMININE.sub("e", folded)))


def is_needless(raw: str, language: str) -> bool:
    """English words are compared as typed: "thé" is no article, though "the" may be tea."""
    if raw in (stopwords.ENGLISH if language == "en" else stopwords.FRENCH):
        return True
    return fold(raw) in stopwords.ARABIC


def stems(text: str, language: str) -> list[str]:
    """The telling words of a text in their order, stemmed, before equivalents."""
    told = (stem(fold(raw), language) for raw in raw_words(text) if not is_needless(raw, language))
    return [word for word in told if word]


def _is_asking(raw: str) -> bool:
    """Says something of whoever types, not of what is looked for."""
    return any(is_needless(raw, language) for language in QUERY_LANGUAGES) or fold(raw) in stopwords.ASKING or raw in UNITS


def _read(query: str) -> tuple[list[str], list[bool]]:
    """The words of a query until so many telling ones are read, and which of them say nothing."""
    raws: list[str] = []
    needless: list[bool] = []
    for raw in raw_words(query):
        if fold(raw):
            raws.append(raw)
            needless.append(_is_asking(raw))
        if needless.count(False) == MOST_WORDS:
            break
    return raws, needless


def _sounds(text: str) -> list[str]:
    telling = (raw for raw in raw_words(text) if not any(is_needless(raw, language) for language in QUERY_LANGUAGES))
    return [sound for raw in telling for sound in marks(plain(raw))]


@lru_cache(maxsize=20_000)
def _class_words(name: str, *, heard: bool) -> Mapping[str, int]:
    """The language of a class's name is not told: it stands under its French and its English words."""
    known = _equivalents()
    either = {word for language in QUERY_LANGUAGES for word in known.replaced(stems(name, language), language)}
    return dict.fromkeys([*either, *(_sounds(name) if heard else ())], CLASS_WEIGHT)


@cache
def _equivalents() -> Equivalents:
    """Read by the first who looks for words or writes them: most commands do neither."""
    return Equivalents(stems)


def is_of_the_field(folded: str) -> bool:
    """Stands among the equivalents."""
    return any(_equivalents().of(stem(folded, language), language)[:1] == MARK for language in QUERY_LANGUAGES)


class Analysis:
    """What documents and queries are made of, with the equivalents."""

    @property
    def equivalents(self) -> Equivalents:
        return _equivalents()

    @property
    def fingerprint(self) -> str:
        return f"{RULES}-{self.equivalents.fingerprint}"

    def terms(self, document: SearchDocument) -> Counter[str]:
        """How often each word counts for this document."""
        counted: Counter[str] = Counter()
        for language, text in document.titles.items():
            self._count(counted, text, language, TITLE_WEIGHT)
            for sound in _sounds(text):
                counted[sound] += TITLE_WEIGHT
        for language, text in document.bodies.items():
            self._count(counted, text, language, 1)
        for name in document.classes:
            counted.update(_class_words(name, heard=False))
        for name in document.names:
            counted.update(_class_words(name, heard=True))
        for size in document.sizes:
            counted.update(dict.fromkeys(sizes(size), CLASS_WEIGHT))
        return counted

    def _count(self, counted: Counter[str], text: str, language: str, weight: int) -> None:
        for word in self.equivalents.replaced(stems(text, language), language):
            counted[word] += weight
        for size in sizes(text):
            counted[size] += weight

    def wanted(self, query: str) -> list[Wanted]:
        """What a query asks for; empty when it holds no word. When all its words are needless, all are needed.

        A size lifts what has it and is not demanded beside words: honey is meant by "miel 500 g".
        """
        typed = query[:LONGEST_QUERY]
        raws, needless = _read(without_sizes(typed))
        if all(needless):
            needless = [False] * len(raws)
        told = [Wanted((size,), not raws) for size in dict.fromkeys(sizes(typed))]
        return self._words(raws, needless) + told

    def _words(self, raws: list[str], needless: list[bool]) -> list[Wanted]:
        forms = {language: [stem(fold(raw), language) for raw in raws] for language in QUERY_LANGUAGES}
        either = [
            tuple(dict.fromkeys(self.equivalents.of(forms[language][n], language) for language in QUERY_LANGUAGES))
            for n in range(len(raws))
        ]
        numbers_only = all(fold(raw).isdigit() for raw in raws)
        words: dict[tuple[str, ...], Wanted] = {}
        position = 0
        while position < len(raws):
            concept, length = self._phrase_at(position, forms, needless)
            if concept:
                apart = tuple(either[n] for n in range(position, position + length) if not needless[n])
                word = Wanted((concept,), True, apart)
            elif fold(raws[position]).isdigit():
                word = Wanted(alike(fold(raws[position])), not needless[position], telling=numbers_only)
            else:
                word = Wanted(either[position], not needless[position], typed=fold(raws[position]))
            words.setdefault(word.forms, word)
            position += length
        return list(words.values())

    def _phrase_at(self, start: int, forms: dict[str, list[str]], needless: list[bool]) -> tuple[str | None, int]:
        """The concept of several words beginning here and how many words it takes, needless ones between included."""
        if needless[start]:
            return None, 1
        for language in QUERY_LANGUAGES:
            telling = [n for n in range(start, len(needless)) if not needless[n]][:LONGEST_PHRASE]
            for length in range(len(telling), 1, -1):
                taken = telling[:length]
                concept = self.equivalents.phrase(tuple(forms[language][n] for n in taken), language)
                if concept:
                    return concept, taken[-1] - start + 1
        return None, 1
