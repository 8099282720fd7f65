"""The category tree: our own kinds of goods in every language, with their HS codes; a data file read once."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from app.kernel.text import fold

FILE = Path(__file__).parent.parent / "categories.json"
WORDS = Path(__file__).parent.parent / "category_words.json"  # what files of other shops call them, in fr, ar, en and Darija
_WORD = re.compile(r"\w+")
_BESIDE = re.compile(r"&|\+|\bet\b|\band\b| و", re.IGNORECASE)
_ARABIC = str.maketrans("أإآٱىة", "ااااي" + "ه")


class CategoryDataError(ValueError):
    """categories.json names a parent that does not exist, or a key twice."""


@dataclass(frozen=True)
class Category:
    """A kind of goods. `hs` are headings of the Harmonized System, `units` those people usually sell it by.

    `carriage` is how it usually reaches a buyer (rules.carriages), where it is said of this kind.
    """

    key: str
    parent: str | None
    names: Mapping[str, str]
    hs: tuple[str, ...]
    drawing: str
    units: tuple[str, ...]
    aliases: tuple[str, ...]
    carriage: str | None

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names["fr"]


@lru_cache(1)
def tree() -> Mapping[str, Category]:
    """Every category by key, in the order of the file."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    by_key: dict[str, Category] = {}
    for row in rows:
        if row["key"] in by_key:
            raise CategoryDataError(f"{FILE}: {row['key']} stands twice")
        by_key[row["key"]] = Category(
            row["key"],
            row["parent"],
            MappingProxyType(row["names"]),
            tuple(row["hs"]),
            row["drawing"],
            tuple(row["units"]),
            tuple(alias for language in row["aliases"].values() for alias in language),
            row.get("carriage"),
        )
    missing = {one.parent for one in by_key.values() if one.parent is not None} - set(by_key)
    if missing:
        raise CategoryDataError(f"{FILE}: unknown parents {sorted(missing)}")
    return MappingProxyType(by_key)


@lru_cache(1)
def children() -> Mapping[str | None, tuple[Category, ...]]:
    """The categories under each key; under None the roots."""
    by_parent: dict[str | None, list[Category]] = {}
    for category in tree().values():
        by_parent.setdefault(category.parent, []).append(category)
    return MappingProxyType({parent: tuple(below) for parent, below in by_parent.items()})


def ancestors(key: str) -> list[Category]:
    """From the root down to the category itself."""
    line: list[Category] = []
    category: Category | None = tree()[key]
    while category is not None:
        line.append(category)
        category = tree()[category.parent] if category.parent is not None else None
    return line[::-1]


def drawings() -> frozenset[str]:
    """Those that categories have."""
    return frozenset(category.drawing for category in tree().values())


@lru_cache(256)
def family(key: str) -> frozenset[str]:
    """The category and everything below it."""
    keys = {key}
    for child in children().get(key, ()):
        keys |= family(child.key)
    return frozenset(keys)


def search_names(key: str | None) -> list[str]:
    """Every name and alias of the category and of those above it, in every language."""
    if key is None or key not in tree():
        return []
    return [word for one in ancestors(key) for word in (*one.names.values(), *one.aliases)]


@lru_cache(1)
def everyday_names() -> Mapping[str, tuple[str, ...]]:
    """What each category itself is called: its names, aliases and everyday words in every language."""
    said = json.loads(WORDS.read_text(encoding="utf-8"))
    everyday = {key: [word for language in words.values() for word in language] for key, words in said.items()}
    return MappingProxyType(
        {one.key: (*one.names.values(), *one.aliases, *everyday.get(one.key, ())) for one in tree().values()}
    )


@lru_cache(2)
def _by_word(named_only: bool) -> Mapping[str, str]:
    """Every word of a category, as it is and without its endings. Aliases come last: they are for searching."""
    said = json.loads(WORDS.read_text(encoding="utf-8"))
    named = [(one.key, word) for one in tree().values() for word in (one.key, *one.names.values())]
    named += [(key, word) for key, words in said.items() for language in words.values() for word in language]
    named += [] if named_only else [(one.key, word) for one in tree().values() for word in one.aliases]
    words: dict[str, str] = {}
    for reduce in (_plain, _root):
        for key, word in named:
            words.setdefault(reduce(word), key)
    return words


def _plain(text: str) -> str:
    """Without accents, signs, hamza and the difference of last letters."""
    return " ".join(_WORD.findall(fold(text).translate(_ARABIC)))


def _root(text: str) -> str:
    """As `_plain`, each word without an article and without the sign of the plural."""
    words = [word[2:] if word.startswith("ال") and len(word) > 4 else word for word in _plain(text).split()]
    words = [word[:-1] if len(word) > 3 and word[-1] in "sx" and word.isascii() else word for word in words]
    return " ".join(word for word in words if word not in ("le", "la", "les", "l", "de", "des", "du", "d", "the", "of"))


def guessed(text: str, named: bool = False) -> str | None:
    """The category a foreign file means: its key, name or another word for it in any language, in the singular or plural; of
    several beside each other ("Miel & amlou") the first that is known. None when it is none of ours.

    `named` leaves out the words that are for searching alone.
    """
    for part in (text, *_BESIDE.split(text)):
        for reduce in (_plain, _root):
            key = _by_word(named).get(reduce(part)) if _plain(part) else None
            if key is not None:
                return key
    return None


def deepest(words: Iterable[str], tags: Iterable[str] = ()) -> str | None:
    """Of the categories that these words and tags name, the one deepest in the tree, the first of several."""
    found = [*map(guessed, words), *(guessed(tag, named=True) for tag in tags)]
    keys = [key for key in found if key is not None]
    return max(keys, key=lambda key: len(ancestors(key)), default=None)
