"""Whose file a table is, known by its headers in any language, and what each of its columns is; a data file read once."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.kernel.money import names_money
from app.kernel.text import LANGUAGES, fold
from catalog.gateway.table import Row

FILE = Path(__file__).parent.parent / "platforms.json"
TAKEN, KEPT, IGNORED, ASKED = FATES = ("taken", "kept", "ignored", "asked")
NAMED_ONLY = re.compile(r"(size_)?picture(_\w+)?")  # addresses of pictures are counted and never fetched
NUMBERS = range(1, 11)
STARTS_WITH = "starts_with"  # said of a file without a column of stock: so many there are of what is new
PRICE_IN = "price_in"  # a price whose header names the money: a file may have several
SAMPLES = 3
MOST_ASKED, LONGEST_HEADER = 60, 300  # columns that are asked about, and the letters of one's name
_SIGNS = re.compile(r"[^\w]+")
_LANGUAGE = re.compile(r"(.+):([a-z]{2})")
_MONEY = re.compile(r"(.+?)(?:\s+(?:en|in|ب))?[\s(\[/]+(?:بال)?([^\s()\[\]/]+)[)\]]?\s*")  # "Prix (DH)", "الثمن بالدرهم"


@dataclass(frozen=True)
class Columns:
    """The format's name; {our field: its columns}; what becomes of each column; samples of those that are asked about."""

    name: str
    fields: Mapping[str, tuple[str, ...]]
    fates: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@lru_cache(1)
def _platforms() -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return said


def states(sold: str) -> frozenset[str]:
    """The words with which shops say that goods are on sale ("on") or not ("off"), beside yes and no."""
    return frozenset(_platforms()["states"][sold])


def plainly(header: str) -> str:
    """A header without accents, capitals and signs: "Actif (0/1)" is "actif 0 1"."""
    return " ".join(_SIGNS.sub(" ", fold(header).replace("_", " ")).split())


@lru_cache(64)
def _patterns(name: str) -> tuple[Mapping[str, str], Sequence[tuple[re.Pattern[str], str]], Sequence[re.Pattern[str]]]:
    """({header: field}, headers with a star, headers that say nothing to us) of a platform."""
    platform = _platforms()[name]
    exact: dict[str, str] = {}
    starred: list[tuple[re.Pattern[str], str]] = []
    for called, headers in platform["fields"].items():
        for header, one_field in _numbered(called, headers):
            if "*" in header:
                starred.append((_starred(header), one_field))
            else:
                exact.setdefault(plainly(header), one_field)
    unused = [_starred(header) for header, _ in _numbered("", platform["unused"])]
    return exact, starred, unused


def money_of(header: str) -> tuple[str, str]:
    """What a header says without the money at its end, and that money: "Prix (DH)" is ("Prix", "DH")."""
    found = _MONEY.fullmatch(header)
    if found and (names_money(found[2]) or names_money(found[2].upper())):
        return found[1], found[2]
    return header, ""


def fields_of(name: str) -> frozenset[str]:
    """What the columns of such a file may be."""
    return frozenset(_platforms()[name]["fields"])


def _numbered(called: str, headers: Sequence[str]) -> Iterator[tuple[str, str]]:
    for header in headers:
        for number in NUMBERS if "{n}" in header else (0,):
            yield header.replace("{n}", str(number)), called.replace("{n}", str(number))


def _starred(header: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(plainly(part)) for part in header.split("*")) + r"\Z")


def recognised(headers: Sequence[str]) -> str:
    """The platform whose file this is; "guessed" when it is none's."""
    there = {plainly(header) for header in headers}
    for name, platform in _platforms().items():
        if any(all(plainly(sign) in there for sign in signs) for signs in platform.get("signs", ())):
            return name
        if "signs_of" in platform:
            exact = _patterns(name)[0]
            fields = {exact[header] for header in there if header in exact}
            if any(fields >= set(signs) for signs in platform["signs_of"]):
                return name
    return "guessed"


def columns_of(name: str, headers: Sequence[str], rows: Sequence[Row], said: Mapping[str, str] | None = None) -> Columns:
    """What each column of a platform's file is. `said` are {our field: column} of somebody who knows the file: with them
    nothing is asked.
    """
    fields: dict[str, list[str]] = {}
    fates = dict.fromkeys(headers, IGNORED)
    told = {column: called for called, column in (said or {}).items()}
    once = name == "guessed"  # of two columns that may be the name, the first word of the table says which
    for header, called in _called(name, headers, told):
        if called in fields and called != PRICE_IN and (once or called in told.values()):
            continue
        fields.setdefault(called, []).append(header)
        fates[header] = KEPT if NAMED_ONLY.fullmatch(called) else TAKEN
    if "quantity" in fields and "stock" not in fields and "unit" not in fields and said is None:
        _counts(fields, rows)
    asked = {} if said is not None else _asked(name, [header for header in headers if fates[header] == IGNORED], rows)
    return Columns(
        name, {called: tuple(those) for called, those in fields.items()}, {**fates, **dict.fromkeys(asked, ASKED)}, asked
    )


def _called(name: str, headers: Sequence[str], told: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(column, our field), in the order in which a field's columns are looked at: that of the table."""
    exact, starred, _ = _patterns(name)
    ranks = {header: rank for rank, header in enumerate(exact)}
    yield from told.items()
    rest = [header for header in headers if header not in told]
    for header in sorted(rest, key=lambda one_header: ranks.get(plainly(one_header), len(ranks))):
        spoken = _LANGUAGE.fullmatch(header)
        if spoken and (called := exact.get(plainly(spoken[1]))):
            if spoken[2] in LANGUAGES:
                yield header, f"{called}:{spoken[2]}"
            continue
        key, (bare, money) = plainly(header), money_of(header)
        if money and exact.get(plainly(bare)) == "price":
            yield header, PRICE_IN
        elif key in exact:
            yield header, exact[key]
        else:
            yield from ((header, called) for pattern, called in starred if pattern.match(key))


def _counts(fields: dict[str, list[str]], rows: Sequence[Row]) -> None:
    """A column of quantities with nothing but whole numbers counts what is there; with a measure it says what is in one."""
    cells = [cell.strip() for row in rows for header in fields["quantity"] if (cell := row.cells.get(header, ""))]
    if cells and not any(letter.isalpha() for cell in cells for letter in cell):
        fields["stock"] = fields.pop("quantity")


def _asked(name: str, headers: Sequence[str], rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Columns nobody knows that look as if they said a price, a stock or a state, with some of what stands in them."""
    unused = _patterns(name)[2]
    asked: dict[str, tuple[str, ...]] = {}
    for header in headers:
        key = plainly(header)
        if not may_tell(header) or any(pattern.match(key) for pattern in unused):
            continue
        if samples := samples_of(header, rows):
            asked[header] = samples
    return asked


def may_tell(header: str) -> bool:
    """It looks as if it said a price, a stock or a state."""
    return not _telling().isdisjoint(plainly(header).split())


@lru_cache(1)
def _telling() -> frozenset[str]:
    return frozenset(word for words in _platforms()["asked"].values() for word in words)


def digest_of(headers: Sequence[str]) -> str:
    """What a file's headers are known by."""
    return hashlib.sha256("\n".join(headers).encode()).hexdigest()


def samples_of(header: str, rows: Sequence[Row]) -> tuple[str, ...]:
    """The first few things that stand in a column."""
    found: list[str] = []
    for row in rows:
        if (cell := row.cells.get(header, "").strip()) and (cell := cell[:60]) not in found:
            found.append(cell)
        if len(found) == SAMPLES:
            break
    return tuple(found)
