"""What the market's search field suggests while somebody types: kinds of goods, words, cooperatives.

All of it is on sale just now. Kinds and cooperatives are compared in memory, words are found in the table of words by
their beginning; only how many goods a word stands for is asked of the index.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from app.accounts.models import Organisation, OrganisationText
from app.engines.db import db
from app.engines.keeping import kept_while
from app.engines.search.analysis import QUERY_LANGUAGES, is_needless, stem
from app.engines.search.folding import ARABIC, LATIN, plain, raw_words, script_of
from app.engines.search.sounds import readings
from app.engines.search.words import SHORTEST_PREFIX, suggest
from app.kernel.text import best_language
from catalog.queries.market import goods_by_kind_and_maker
from catalog.rules import categories

MOST_SUGGESTED = 8
MOST_KINDS = 3
MOST_MAKERS = 2
LONGEST_TYPED = 60  # letters that are read
SHORTEST_HEARD = 3  # letters; two sound like the beginning of too much

_AMAZIGH = re.compile("^ⵜ[ⴰⵉⵓ](.{2,}?)ⵜ?$")  # a feminine's frame, its end perhaps not typed yet

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`sort` is kind, word or cooperative; `key` is a category, the words to search for, or a cooperative's slug."""

    sort: str
    key: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Maker:
    """A cooperative by its names, as they are written and as they are compared."""

    id: int
    slug: str
    names: Mapping[str, str]
    spelled: str


def suggestions(typed: str, language: str, count: Callable[[str], int]) -> list[Suggestion]:
    """At most `MOST_SUGGESTED`, of each sort those with most goods first; `count` says how many goods a search finds."""
    typed = typed[:LONGEST_TYPED]
    words = _folded(typed)
    if sum(map(len, words)) < SHORTEST_PREFIX:
        return []
    by_kind, by_maker = goods_by_kind_and_maker()
    kinds = _kinds(words, language, by_kind)[:MOST_KINDS]
    makers = _makers(words, language, by_maker)[:MOST_MAKERS]
    named = {_folded(one.name) for one in kinds}
    completed = [one for one in _completed(typed, count) if _folded(one.name) not in named]
    return [*kinds, *completed[: MOST_SUGGESTED - len(kinds) - len(makers)], *makers]


def _completed(typed: str, count: Callable[[str], int]) -> list[Suggestion]:
    """What is being typed with its last word at its end, one form of a word; one that has left the goods finds none."""
    counted = {text: count(text) for text in suggest(typed, "product", MOST_SUGGESTED)}
    forms: dict[Words, str] = {}
    for text in filter(counted.get, counted):
        forms.setdefault(tuple(stem(word, language) for word in _folded(text) for language in QUERY_LANGUAGES), text)
    return _most_first(Suggestion("word", text, text, counted[text]) for text in forms.values())


def _kinds(typed: Words, language: str, on_sale: Mapping[str, int]) -> list[Suggestion]:
    """Those of which a name in any language begins so; then those of which one in another script sounds so."""

    def suggested(keys: Iterable[str]) -> list[Suggestion]:
        return _most_first(
            Suggestion("kind", key, categories.tree()[key].name(language), on_sale[key]) for key in keys if on_sale[key]
        )

    written = [key for key, names in _names_of_kinds().items() if _begins(names, typed)]
    heard = _heard(typed[0]) if len(typed) == 1 and len(typed[0]) >= SHORTEST_HEARD else ()
    return suggested(written) + suggested(key for key in heard if key not in written)


def _heard(typed: str) -> list[str]:
    """The kinds with a name in another script that sounds as what is typed begins: "3as" and "ass" are meant for عسل."""
    unframed = _AMAZIGH.match(typed)
    heard = [f" {sound}" for sound in readings(unframed[1] if unframed else typed) if len(sound) >= SHORTEST_PREFIX]
    others = {LATIN, ARABIC} - {script_of(typed)}
    return [
        key
        for key, sounds in _sounds_of_kinds().items()
        if any(sound in sounds.get(script, "") for script in others for sound in heard)
    ]


def _makers(typed: Words, language: str, by_maker: Mapping[int, int]) -> list[Suggestion]:
    makers = kept_while("cooperatives to suggest", kinds=("cooperatives",), make=_all_makers)
    return _most_first(
        Suggestion("cooperative", maker.slug, maker.names[best_language(maker.names, language) or ""], by_maker[maker.id])
        for maker in makers
        if by_maker.get(maker.id) and _begins(maker.spelled, typed)
    )


def _all_makers() -> Sequence[Maker]:
    names: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for maker, slug, said_in, name in db.session.execute(
        select(Organisation.id, Organisation.slug, OrganisationText.language, OrganisationText.name)
        .join(OrganisationText, OrganisationText.organisation_id == Organisation.id)
        .where(Organisation.state == "verified")
    ):
        names[maker, slug][said_in] = name
    return [Maker(maker, slug, said, _spelled(said.values())) for (maker, slug), said in names.items()]


@lru_cache(1)
def _names_of_kinds() -> Mapping[str, str]:
    return {key: _spelled(names) for key, names in categories.everyday_names().items()}


@lru_cache(1)
def _sounds_of_kinds() -> Mapping[str, Mapping[str, str]]:
    """Of each kind the sounds of the words of its names, by the script they are written in, each after a space."""
    sounds: dict[str, dict[str, str]] = {key: defaultdict(str) for key in _names_of_kinds()}
    for key, spelled in _names_of_kinds().items():
        for word in spelled.split():
            sounds[key][script_of(word)] += "".join(f" {sound}" for sound in readings(word))
    return sounds


def _spelled(names: Iterable[str]) -> str:
    """A name on each line, each of its folded words after a space: one look tells whether any begins as was typed."""
    return "\n".join("".join(f" {word}" for word in _folded(name)) for name in names)


def _begins(spelled: str, typed: Words) -> bool:
    """Has one of the names, for every word that was typed, a word that begins with it?"""
    begun = [f" {word}" for word in typed]
    return all(word in spelled for word in begun) and any(
        all(word in name for word in begun) for name in spelled.split("\n")
    )


def _folded(text: str) -> Words:
    """The telling words of a text as search folds them; all of them where none tells."""
    raws = raw_words(text)
    telling = [raw for raw in raws if not any(is_needless(raw, language) for language in QUERY_LANGUAGES)]
    return tuple(filter(None, map(plain, telling or raws)))


def _most_first(suggested: Iterable[Suggestion]) -> list[Suggestion]:
    return sorted(suggested, key=lambda suggestion: (-suggestion.count, suggestion.name))
