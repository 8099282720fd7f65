"""The category tree: our own kinds of goods in every language, with their HS codes; a data file read once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from app.kernel.text import fold

FILE = Path(__file__).parent.parent / "categories.json"


class CategoryDataError(ValueError):
    """categories.json names a parent that does not exist, or a key twice."""


@dataclass(frozen=True)
class Category:
    """A kind of goods. `hs` are headings of the Harmonized System, `units` those people usually sell it by."""

    key: str
    parent: str | None
    names: Mapping[str, str]
    hs: tuple[str, ...]
    drawing: str
    units: tuple[str, ...]
    aliases: tuple[str, ...]

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
def _by_word() -> Mapping[str, str]:
    words: dict[str, str] = {}
    for category in tree().values():
        for word in (category.key, *category.names.values(), *category.aliases):
            words.setdefault(fold(word), category.key)
    return words


def guessed(text: str) -> str | None:
    """The category a foreign file means: its key, name or alias in any language; None when it is none of ours."""
    return _by_word().get(fold(" ".join(text.split())))


def deepest(words: Iterable[str]) -> str | None:
    """Of the categories that these words name, the one deepest in the tree, the first of several."""
    keys = [key for key in map(guessed, words) if key is not None]
    return max(keys, key=lambda key: len(ancestors(key)), default=None)
