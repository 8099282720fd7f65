"""A row of goods as every format is read into, and the small readings all formats share."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from app.engines.search.stopwords import ENGLISH, FRENCH
from app.kernel import typed
from app.kernel.errors import Invalid
from app.kernel.text import fold
from catalog.gateway.table import Row
from catalog.rules.facts import TextFacts
from catalog.rules.products import TEXT_LENGTH
from catalog.rules.reading import base_quantity, measure_in, unit_named, weight_in_grams

TRUE = {"1", "true", "yes", "oui", "on", "y", "vrai", "نعم"}
FALSE = {"0", "false", "no", "non", "off", "n", "faux", "-1", "لا", "draft"}
FORMULA = "=+-@\t\r"
# What a reader of typed text refuses, as it is said of a row; anything else is the column's own problem.
SAID = {
    "number-ambiguous": "catalog-row-ambiguous",
    "sum-in-other-currency": "catalog-row-currency",
    "other-unit": "catalog-row-unit",
}
LONGEST_CELL = 100_000  # what is longer is not looked at
Value = TypeVar("Value")

TEXT_PARTS = ("title", "description", "ingredients", "storage")
PARTS = (
    "category",
    "labels",
    "origin",
    "carriage",
    "price",
    "sku",
    "barcode",
    "weight_grams",
    "stock",
    "active",
    "published",
)


VARIANT, PARENT, PICTURE = ROWS = ("variant", "parent", "picture")
ONLY = "only"  # the key of a row that is all there is of its product
_HANDLE = "handle:"


def by_handle(handle: str) -> str:
    """The key of a product that the file calls by a handle; without one it has none."""
    return f"{_HANDLE}{handle}" if handle else ""


def handle_in(key: str) -> str | None:
    """The handle a product is known by; None when it is known otherwise."""
    return key.removeprefix(_HANDLE) if key.startswith(_HANDLE) else None


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken: a refusal's code with its facts."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Goods:
    """What a row says. None means that it says nothing; prices in minor units, quantities in base units, weight in grams.

    `kind` is VARIANT, or PARENT (says things of the product only), or PICTURE (nothing but a picture's address).
    `product_key` and `row_key` are the file's own names (gateway.identity).
    """

    line: int
    product_key: str = ""
    row_key: str = ""
    kind: str = VARIANT
    texts: Mapping[str, TextFacts] = field(default_factory=dict)
    category: str | None = None
    drawing: str | None = None  # of our own export
    labels: tuple[str, ...] | None = None
    origin: str | None = None
    carriage: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()  # what a name chooses: "Taille", "Couleur"
    price: int | None = None
    unit: str | None = None
    quantity: int | None = None
    sku: str | None = None
    barcode: str | None = None
    weight_grams: int | None = None
    stock: int | None = None
    stock_was: int | None = None  # what our own export showed when `stock` was written beside it
    starts_with: int | None = None  # so many there are of what is new, in a file without a column for it
    active: bool | None = None
    published: bool | None = None
    pictures: int = 0
    files: tuple[str, ...] = ()  # pictures that come in the same archive
    problem: Problem | None = None
    spoils: bool = True  # with a problem of this row the whole product is refused
    notes: tuple[Problem, ...] = ()  # what has to be told of it though it is taken

    @property
    def is_variant(self) -> bool:
        return self.kind == VARIANT

    @property
    def said(self) -> dict[str, str]:
        """What the row says, part by part, as short digests; a part about which it says nothing is left out."""
        return {name: _digest(value) for name, value in self._parts() if value not in (None, "")}

    def _parts(self) -> list[tuple[str, Any]]:
        measure = f"{self.quantity} {self.unit}" if self.quantity and self.unit else None
        counted = None if self.stock == self.stock_was else self.stock  # our own export shows what there was beside it
        parts: list[tuple[str, Any]] = [("measure", measure), ("stock", counted)]
        parts += [(name, getattr(self, name)) for name in PARTS if name != "stock"]
        parts += [(f"{part}_{code}", getattr(text, part)) for code, text in self.texts.items() for part in TEXT_PARTS]
        return parts + [(f"name_{code}", name) for code, name in self.names.items()]

    def only(self, parts: Collection[str]) -> "Goods":
        """The same row, silent about everything but these parts."""
        texts = {
            code: TextFacts(**{part: getattr(text, part) if f"{part}_{code}" in parts else "" for part in TEXT_PARTS})
            for code, text in self.texts.items()
            if any(f"{part}_{code}" in parts for part in TEXT_PARTS)
        }
        measured = "measure" in parts
        silent: dict[str, Any] = dict.fromkeys(name for name in PARTS if name not in parts)
        return replace(
            self,
            texts=texts,
            names={code: name for code, name in self.names.items() if f"name_{code}" in parts},
            unit=self.unit if measured else None,
            quantity=self.quantity if measured else None,
            **silent,
        )


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:10]


def is_formula(cell: str) -> bool:
    """Would a spreadsheet calculate it, were the apostrophes before it taken away?"""
    return cell.lstrip("'").startswith(tuple(FORMULA))


def is_guarded(cell: str) -> bool:
    return cell.startswith("'") and is_formula(cell)


class Reader:
    """Reads the cells of one row; the first thing that cannot be read is the row's problem."""

    def __init__(self, row: Row, currency: str) -> None:
        self.row = row
        self.currency = currency
        self.problem: Problem | None = None
        if row.blank:
            self.problem = Problem("catalog-row-empty")
        elif row.garbled:
            self.problem = Problem("catalog-row-characters")
        elif any(len(cell) > LONGEST_CELL for cell in row.cells.values()):
            self.problem = Problem("catalog-text-too-long", {"limit": TEXT_LENGTH})
        elif row.extra:
            self.problem = Problem("catalog-row-too-long", {"value": row.extra[0][:40]})

    def text(self, column: str | None) -> str:
        """The cell without white space around it and what nobody sees; a formula's guard of our own export is taken off."""
        cell = typed.without_unseen(self.row.cells.get(column, "")[:LONGEST_CELL], joiners=True) if column else ""
        return (cell[1:] if is_guarded(cell) else cell).strip()

    def price(self, column: str | None) -> int | None:
        """Minor units; nothing and zero are no price."""
        minor = self._read(column, lambda text: typed.amount(text, self.currency), "catalog-row-price")
        return minor or None

    def whole(self, column: str | None, code: str = "catalog-row-number") -> int | None:
        return self._read(column, typed.whole, code)

    def stock(self, column: str | None) -> int | None:
        """How many there are; shops that sell more than they have write less than nothing, which is none."""
        return self._read(
            column,
            _left,
            "catalog-row-number",
        )

    def weight(self, column: str | None, unit: str) -> int | None:
        """Grams, of a column in `unit` ("g" or "kg"); a cell may name either."""
        return self._read(column, lambda text: weight_in_grams(text, unit), "catalog-row-weight")

    def barcode(self, column: str | None) -> str | None:
        """Without the spaces and dashes it may be written with."""
        text = self.text(column)
        return typed.compact(text) or text or None

    def flag(self, column: str | None) -> bool | None:
        return self._read(
            column,
            lambda text: {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}.get(typed.plain(text).casefold()),
            "catalog-row-flag",
        )

    def _read(self, column: str | None, read: Callable[[str], Value | None], code: str) -> Value | None:
        text = self.text(column)
        if not text:
            return None
        try:
            value = read(text)
        except Invalid as refusal:
            self._cannot(refusal, text, column, code)
            return None
        if value is None and self.problem is None:
            self.problem = Problem(code, {"value": text[:40], "column": column or ""})
        return value

    def _cannot(self, refusal: Invalid, text: str, column: str | None, code: str) -> None:
        """The first cell that cannot be read, or can be read in two ways, is the row's problem."""
        facts = {"value": text.strip()[:40], "column": column or ""}
        if refusal.code in SAID:
            code, facts = SAID[refusal.code], {**facts, **refusal.facts}
        self.problem = self.problem or Problem(code, facts)

    def quantity(self, text: str, unit: str | None) -> tuple[int, str] | None:
        """A quantity of the unit, or the first one named in the text when no unit is known; None without one."""
        try:
            return measure_in(text) if unit is None else base_quantity(text, unit)
        except Invalid as refusal:
            if refusal.code in SAID:
                self._cannot(refusal, text, None, refusal.code)
            return None

    def unit(self, text: str) -> str:
        """The unit a column names; what is no measure (a pot, nothing) is a piece. Another measure is the row's problem."""
        try:
            return unit_named(text) or "piece"
        except Invalid as refusal:
            self._cannot(refusal, text, None, refusal.code)
            return "piece"


def _left(text: str) -> int:
    """How many there are; less than nothing is none."""
    count = typed.plain(text)
    return typed.whole(count) if not count.startswith("-") else 0 * typed.whole(count[1:])


def spoken_in(texts: Sequence[str]) -> str:
    """The language most of the Latin texts are in, French unless English words clearly prevail."""
    words = [word for text in texts for word in text.casefold().split()]
    english = sum(word in ENGLISH and word not in FRENCH for word in words)  # "thé" is no English word
    french = sum(fold(word) in FRENCH and word not in ENGLISH for word in words)
    return "en" if english > 2 * french + 1 else "fr"


def language_of(text: str, otherwise: str) -> str:
    """Arabic where Arabic letters prevail."""
    arabic = sum("\u0600" <= sign <= "\u06ff" for sign in text)
    return "ar" if arabic * 2 > sum(sign.isalpha() for sign in text) else otherwise
