"""Words of the field that mean the same in French, Arabic, English and the spoken languages of Morocco.

They are exchanged for one common word in documents and in queries alike: searching then costs no more than without.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from app.engines.search.folding import fold, raw_words
from app.engines.search.sounds import Sounds, spellings

FILE = Path(__file__).with_name("equivalents.json")
LONGEST_PHRASE = 3
MARK = "="  # no typed word begins with it
SPOKEN = ("fr", "en")

# French texts hold English words and the other way round; these mean something else there.
FALSE_FRIENDS = {"date", "dates", "basket", "baskets", "pain", "pains", "grenade", "grenades", "grenadier"}

# Arabic "and", "with" and "for" are written together with the next word; some words only look so.
JOINED = tuple("وبل")
SHORTEST_JOINED = 3
NOT_JOINED = {"بلوز", "بلوزه"}


class Equivalents:
    """`stems(text, language)` is the analysis that documents get; the file's words go through the same."""

    def __init__(self, stems: Callable[[str, str], list[str]]) -> None:
        content = FILE.read_bytes()
        self.fingerprint = hashlib.sha256(content).hexdigest()[:12]
        self._words: dict[tuple[str, str], str] = {}
        self._phrases: dict[tuple[str, tuple[str, ...]], str] = {}
        self._starts: set[tuple[str, str]] = set()
        self.sounds = Sounds()
        concepts: dict[str, dict[str, list[str]]] = json.loads(content)
        self.broader = {MARK + concept: MARK + above for concept, names in concepts.items() for above in names.pop("is", ())}
        for concept, names in concepts.items():
            for said_in, said in names.items():
                for language in (said_in,) if said_in in SPOKEN else SPOKEN:
                    for name in said:
                        self._add(language, tuple(stems(name, language)), MARK + concept)
            for name in chain.from_iterable(names.values()):
                if len(raw_words(name)) == 1:
                    self.sounds.add(fold(raw_words(name)[0]), MARK + concept)
        for concept, names in concepts.items():
            for said_in, elsewhere in (("fr", "en"), ("en", "fr")):
                for name in set(names.get(said_in, ())) - FALSE_FRIENDS:
                    words = tuple(stems(name, elsewhere))
                    if len(words) == 1:
                        self._words.setdefault((elsewhere, words[0]), MARK + concept)

    def _add(self, language: str, words: tuple[str, ...], concept: str) -> None:
        if not 1 <= len(words) <= LONGEST_PHRASE:
            raise ValueError(f"{concept}: an equivalent has one to {LONGEST_PHRASE} telling words, not {words}")
        if len(words) == 1:
            self._claim(self._words, (language, words[0]), concept)
        else:
            self._claim(self._phrases, (language, words), concept)
            self._starts.add((language, words[0]))

    @staticmethod
    def _claim(claimed: dict[Any, str], spelling: Any, concept: str) -> None:
        if claimed.setdefault(spelling, concept) != concept:
            raise ValueError(f"{spelling} means {claimed[spelling]} and {concept}")

    def of(self, word: str, language: str) -> str:
        """The common word in the place of this one, or itself."""
        spoken = _spoken(language)
        found = self._words.get((spoken, word))
        if found is None and word[:1] in JOINED and len(word) > SHORTEST_JOINED and word not in NOT_JOINED:
            found = self._words.get((spoken, word[1:]))
        return found or word

    def above(self, forms: Iterable[str], typed: str) -> list[str]:
        """What the things that are meant are kinds of, from the nearest on: a caftan is clothing."""
        meant = [*forms, *chain.from_iterable(self.sounds.of(spelling) for spelling in spellings(typed))]
        wider: list[str] = []
        for form in meant:
            above = self.broader.get(form)
            while above is not None and above not in wider:
                wider.append(above)
                above = self.broader.get(above)
        return wider

    def phrase(self, words: tuple[str, ...], language: str) -> str | None:
        return self._phrases.get((_spoken(language), words))

    def replaced(self, words: list[str], language: str) -> Iterable[str]:
        """The words exchanged; a phrase adds its common word and leaves its own words standing."""
        spoken = _spoken(language)
        for position, word in enumerate(words):
            yield self.of(word, spoken)
            if (spoken, word) in self._starts:
                for length in range(2, LONGEST_PHRASE + 1):
                    concept = self.phrase(tuple(words[position : position + length]), spoken)
                    if concept:
                        yield concept


def _spoken(language: str) -> str:
    return "en" if language == "en" else "fr"
