"""The cells of a row by our own names for its columns, and what they say of price, stock, weight, state and words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from app.kernel import typed
from app.kernel.errors import Invalid
from app.kernel.money import names_currency
from catalog.gateway.goods import FALSE, TRUE, Problem, Reader
from catalog.gateway.headers import NUMBERS, PRICE_IN, money_of, plainly, states
from catalog.gateway.markup import plain, unescaped
from catalog.rules.categories import deepest

GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}
WEIGHTS = {
    **dict.fromkeys(("g", "gr", "grams", "gram", "grammes"), "g"),
    **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms", "كغ", "كجم"), "kg"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "oz"),
}
ON_SALE, OFF_SALE = TRUE | states("on"), FALSE | states("off")
_PATHS = re.compile(r"[,;|]")
_LEVELS = re.compile(r"->|>|/|»|:")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


class Cells(Reader):
    """A row read by our own names. `notes` are what has to be told of it though it can be taken."""

    def __init__(self, reader: Reader, fields: Mapping[str, Sequence[str]], today: date) -> None:
        self.row, self.currency, self.problem = reader.row, reader.currency, reader.problem
        self.fields, self.today = fields, today
        self.notes: list[Problem] = []
        self._texts: dict[str, str] = {}

    def text(self, column: str | None) -> str:
        """As every row's, and read once: many ask for the same cell."""
        if not column or column not in self.row.cells:
            return ""
        if column not in self._texts:
            self._texts[column] = super().text(column)
        return self._texts[column]

    def note(self, code: str, value: str = "") -> None:
        self.notes.append(Problem(code, {"value": value[:80]} if value else {}))

    def columns(self, name: str) -> Sequence[str]:
        """Those in which something stands."""
        return [column for column in self.fields[name] if self.text(column)] if name in self.fields else ()

    def said(self, name: str) -> str:
        """The first of its columns that says something."""
        columns = self.columns(name)
        return self.text(columns[0]) if columns else ""

    def prose(self, name: str) -> str:
        """Words without markup and entities."""
        return plain(self.said(name))

    def words(self, name: str) -> str:
        """A name, on one line, without entities."""
        return " ".join(unescaped(self.said(name)).split()) if name in self.fields else ""

    def options(self) -> list[str]:
        """What the row chooses of each option, in their order."""
        chosen = [self.words(f"option_{number}") for number in NUMBERS]
        return [one for one in chosen if one and one.casefold() not in ("default title", "default")]

    def is_yes(self, name: str) -> bool | None:
        """None when it says nothing, or neither yes nor no."""
        return _truth(self.said(name), TRUE, FALSE)

    def first_price(self, *names: str) -> int | None:
        return next((price for name in names for column in self.columns(name) if (price := self.price(column))), None)

    def price_here(self) -> int | None:
        """Minor units of the shop's money, as it is today; a price in other money is told and not taken."""
        if self.said("currency").upper() not in ("", self.currency):
            self.note("catalog-note-currency", self.said("currency"))
            return None
        mine = [column for column in self.columns(PRICE_IN) if self._is_mine(column)]
        if self.columns(PRICE_IN) and not mine:
            self.note("catalog-note-currency", ", ".join(self.columns(PRICE_IN)))
        if mine:
            return self.price(mine[0])
        reduced = self._reduced()
        if reduced is not None:
            return reduced
        price = self.first_price("price", "regular_price")
        if price is None and (price := self.first_price("price_net")) is not None:
            self.note("catalog-note-net-price")
        return price

    def _is_mine(self, column: str) -> bool:
        """Its header names the shop's money."""
        words = plainly(column).split()
        return self.currency.casefold() in words or names_currency(money_of(column)[1], self.currency)

    def _reduced(self) -> int | None:
        """The reduced price where it holds today."""
        if not self.columns("sale_price"):
            return None
        reduced, regular = self.first_price("sale_price"), self.first_price("regular_price")
        begins, ends = self.day("sale_from"), self.day("sale_to")
        if reduced is None or (begins and begins > self.today) or (ends and ends < self.today):
            return None
        if ends is not None and regular is not None:
            self.note("catalog-note-reduced", ends.isoformat())
        return reduced

    def day(self, name: str) -> date | None:
        """A day as files write it; the row's problem when it cannot be read."""
        text = typed.plain(self.said(name))
        found = _DAY.match(text)
        try:
            if found:
                year, month, day = found[1] or found[6], found[2] or found[5], found[3] or found[4]
                return date(int(year), int(month), int(day))
        except ValueError:
            found = None
        if text and found is None:
            self.problem = self.problem or Problem("catalog-row-day", {"value": text[:40], "column": self.columns(name)[0]})
        return None

    def count(self) -> int | None:
        """How many there are, in all places together; None when nobody has counted."""
        counted = [self.stock(column) for column in self.columns("stock")]
        if any(one is not None for one in counted):
            return sum(one or 0 for one in counted)
        return 0 if self.problem is None and _truth(self.said("in_stock"), ON_SALE, OFF_SALE) is False else None

    def sells_uncounted(self) -> bool:
        """The file sells it without counting."""
        if self.columns("stock"):
            return False
        counted, sold_on = self.said("counted"), self.said("sold_on")
        if "counted" in self.fields and (not counted or _truth(counted, TRUE, FALSE) is False):
            return True
        return sold_on.casefold() == "continue" or any(self.is_yes(name) for name in ("in_stock", "sold_on", "on_demand"))

    def weight_here(self) -> int | None:
        """Grams, whatever the unit of the column; other shops write nought where they do not know."""
        return self._weight() or None

    def _weight(self) -> int | None:
        for name, unit in (("weight_g", "g"), ("weight_grams", "g"), ("weight_kg", "kg")):
            if self.columns(name):
                return self.weight(self.columns(name)[0], unit)
        for column in self.columns("weight_by_head"):
            return self._weighed(column, self._unit(plainly(column).split()))
        for column in self.columns("weight_as_said"):
            return self._weighed(column, self._unit([self.said("weight_unit").casefold()]))
        for column in self.columns("weight_bare"):
            try:
                return typed.whole(self.text(column))
            except Invalid:
                self.note("catalog-note-weight", self.text(column))
                break
        return None

    def _unit(self, words: Iterable[str]) -> str:
        return next((WEIGHTS[word] for word in words if word in WEIGHTS), "")

    def _weighed(self, column: str, unit: str) -> int | None:
        if unit in ("g", "kg"):
            return self.weight(column, unit)
        text = self.text(column)
        try:
            weight = typed.decimal(text) if unit else None
        except Invalid as refusal:
            self._cannot(refusal, text, column, "catalog-row-weight")
            return None
        if weight is None:
            self.note("catalog-note-weight", text)
            return None
        return int((weight * GRAMS[unit]).to_integral_value(ROUND_HALF_UP))

    def state(self) -> bool | None:
        """Whether the file sells it: only where none of its columns says no. A word nobody knows is the row's problem."""
        said: list[bool] = []
        for column in self.columns("state"):
            truth = _truth(self.text(column), ON_SALE, OFF_SALE)
            if truth is None:
                self.problem = self.problem or Problem(
                    "catalog-row-state", {"value": self.text(column)[:40], "column": column}
                )
                return False
            said.append(truth)
        if self.columns("enabled"):
            said.append(any(_truth(self.text(column), ON_SALE, OFF_SALE) for column in self.columns("enabled")))
        said += [False] if self.is_yes("hidden") else []
        begins, ends = self.day("on_sale_from"), self.day("on_sale_to")
        said += [False] if (begins and begins > self.today) or (ends and ends <= self.today) else []
        return all(said) if said else None

    def category(self) -> str | None:
        """The deepest of our categories that its columns name, the last level of a path first; told when none is ours.

        A tag counts as well where it is a name of a category: what is only searched by it (silver, travel) says no kind.
        """
        paths, tags = self._paths("category"), self._paths("tags")
        levels = [level.strip() for path in paths for level in reversed(_LEVELS.split(path)) if level.strip()]
        key = deepest(levels, tags)
        first = next((path.strip() for path in (*paths, *tags) if path.strip()), "")
        if first and key is None:
            self.note("catalog-note-category", first)
        return key

    def _paths(self, name: str) -> list[str]:
        return [path for column in self.columns(name) for path in _PATHS.split(unescaped(self.text(column)))]

    def pictures(self) -> int:
        """How many addresses of pictures there are."""
        cells = [self.text(column) for name in ("picture", "size_picture") for column in self.columns(name)]
        return sum(1 for cell in cells for address in re.split(r"[,|]\s*", cell) if address.strip())


def _truth(text: str, yes: Iterable[str], no: Iterable[str]) -> bool | None:
    word = plainly(typed.plain(text)) or text.strip()
    if typed.plain(text).startswith("-"):
        return False
    return True if word in yes else False if word in no else None
