"""A sheet of a spreadsheet as its elements come by: its rows as texts, what is merged downwards, what has to be told."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.kernel.errors import Invalid
from catalog.gateway.table import MAX_COLUMNS

WIDEST = 16_384  # columns that spreadsheets have
MOST_LETTERS = 24 * 1024 * 1024  # in all cells, those that share a text counted each
MOST_AREAS = 50_000  # that are merged
LAST_DAY = 2_957_003  # of the year 9999, whichever day is the first
FIRST_DAYS = {False: date(1899, 12, 30).toordinal(), True: date(1904, 1, 1).toordinal()}  # True: of old Macintoshes
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_COUNT = re.compile(r"[0-9]{1,8}")
_AREA = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_NOT_A_DAY = re.compile(r'"[^"]*"|\[(?!h+\]|m+\]|s+\])[^\]]*\]|\\.|_.|\*.', re.IGNORECASE)
_DAYS_AND_HOURS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))  # of formats without a code
_EITHER = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")  # may be thousands as a text; as a number it is not
_RETURN = "_x000D_"  # how a carriage return is written


@dataclass(frozen=True)
class Note:
    """What has to be told of a row though it is taken, and the index of its column; none when it is the whole row's."""

    code: str
    column: int = -1


@dataclass(frozen=True)
class Line:
    """A row of a sheet by its number: what stands in it, by the index of the column."""

    number: int
    cells: Mapping[int, str]
    notes: tuple[Note, ...] = ()


@dataclass
class Sheet:
    """The rows in which something stands; `merged`: (column, first row, last row)."""

    rows: list[Line] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)


class Styles:
    """Which styles of cells write numbers as days."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._of_cells = False
        self.days: list[bool] = []

    def begins(self, tag: str, said: Mapping[str, str]) -> None:
        if tag == "numFmt" and len(self._codes) < WIDEST:
            self._codes[said.get("numFmtId", "")] = said.get("formatCode", "")[:200]
        elif tag == "cellXfs":
            self._of_cells = True
        elif tag == "xf" and self._of_cells and len(self.days) < 4 * WIDEST:
            self.days.append(self._is_day(said.get("numFmtId", "0")))

    def ends(self, tag: str) -> None:
        self._of_cells = self._of_cells and tag != "cellXfs"

    def _is_day(self, number: str) -> bool:
        if number in self._codes:
            return any(
                letter in "dmyhs" for letter in _NOT_A_DAY.sub("", self._codes[number]).lower().replace("general", "")
            )
        return _count_in(number) in _DAYS_AND_HOURS


class SheetReader:
    """Hears the elements of a sheet; at most `most` rows in which something stands, then it has heard enough."""

    def __init__(self, texts: Sequence[str], styles: Styles, is_1904: bool, most: int) -> None:
        self.sheet, self.texts, self.styles, self.most = Sheet(), texts, styles, most
        self.first_day = FIRST_DAYS[is_1904]
        self._number = self._column = -1
        self._hidden = self._calculated = self._hears = self._above = False
        self._kind, self._style, self._letters = "n", 0, 0
        self._cells: dict[int, str] = {}
        self._notes: list[Note] = []
        self._said: list[str] = []

    def begins(self, tag: str, said: Mapping[str, str]) -> None:
        if tag == "c":
            self._begin_cell(said)
        elif tag in ("v", "t"):
            self._hears = not self._above
        elif tag == "f":
            self._calculated = True
        elif tag == "rPh":
            self._above = True
        elif tag == "row":
            number = _count_in(said.get("r", ""))
            self._number = max(self._number, 0) + 1 if number is None else number
            self._hidden, self._column = said.get("hidden") in ("1", "true"), -1
            self._cells, self._notes = {}, []
        elif tag == "mergeCell":
            self._merge(said.get("ref", ""))

    def says(self, text: str) -> None:
        if self._hears:
            self._said.append(text)
            self._count(len(text))

    def ends(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._hears = False
        elif tag == "rPh":
            self._above = False
        elif tag == "c":
            self._end_cell("".join(self._said))
        elif tag == "row" and self._cells:
            hidden = [Note("catalog-note-hidden")] if self._hidden else []
            self.sheet.rows.append(Line(self._number, self._cells, (*hidden, *self._notes)))
            if len(self.sheet.rows) > self.most:
                raise StopIteration

    def _begin_cell(self, said: Mapping[str, str]) -> None:
        place = _PLACE.fullmatch(said.get("r", ""))
        self._column = _index(place[1]) if place else self._column + 1
        if self._column >= WIDEST:
            raise Invalid("catalog-file-too-many-columns", "file", limit=MAX_COLUMNS, count=self._column + 1)
        self._kind, self._style = said.get("t", "n"), _count_in(said.get("s", "")) or 0
        self._calculated, self._said = False, []

    def _end_cell(self, said: str) -> None:
        if self._kind == "e" or (self._calculated and not said):
            self._notes.append(Note("catalog-note-formula", self._column))
        elif text := self._text(said):
            self._cells[self._column] = text

    def _text(self, said: str) -> str:
        if self._kind == "s":
            index = _count_in(said)
            text = self.texts[index] if index is not None and index < len(self.texts) else ""
            self._count(len(text))
            return text.replace(_RETURN, "\r")
        if self._kind in ("str", "inlineStr"):
            return said.replace(_RETURN, "\r")
        if self._kind == "d":
            return said.removesuffix("T00:00:00")
        if self._kind == "b" or not said:
            return said
        return self._day(said) if self._style < len(self.styles.days) and self.styles.days[self._style] else number_in(said)

    def _day(self, said: str) -> str:
        """A day as ISO writes it, with the hour where there is one."""
        number = float(said)
        if not 0 <= number <= LAST_DAY:
            return number_in(said)
        days, minutes = divmod(round(number * 24 * 60), 24 * 60)
        hour = f"{minutes // 60:02}:{minutes % 60:02}"
        if not days:
            return hour
        early = self.first_day == FIRST_DAYS[False] and days < 60  # spreadsheets believe that 1900 was a leap year
        day = date.fromordinal(self.first_day + days + (1 if early else 0)).isoformat()
        return f"{day} {hour}" if minutes else day

    def _count(self, letters: int) -> None:
        self._letters += letters
        if self._letters > MOST_LETTERS:
            raise Invalid("catalog-file-too-heavy", "file")

    def _merge(self, area: str) -> None:
        found = _AREA.fullmatch(area)
        if found is None:
            return
        if len(self.sheet.merged) >= MOST_AREAS:
            raise Invalid("catalog-file-too-heavy", "file")
        if int(found[4]) > int(found[2]):
            self.sheet.merged.append((_index(found[1]), int(found[2]), int(found[4])))


def _count_in(said: str) -> int | None:
    """A number of the file's own making: of a row, a style, a text."""
    return int(said) if _COUNT.fullmatch(said) else None


def _index(letters: str) -> int:
    """Of a column: A is 0, Z 25, AA 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def number_in(said: str) -> str:
    """A number as it was typed: fifteen figures, no power of ten, and never one that could be thousands."""
    number = float(said)
    if not math.isfinite(number):
        return said
    text = format(Decimal(f"{number:.15g}"), "f")
    return f"{text}0" if _EITHER.fullmatch(text) else text
