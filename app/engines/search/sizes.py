"""Sizes as people write them: "500 g", "0,5 kg", "½ kilo", "نصف كيلو" are one size, whatever the unit."""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from app.engines.search.folding import DIGITS

MARK = "#"  # no typed word begins with it
LARGEST = 10**9
# What a unit is in base units, and the base unit.
UNITS = {
    word: (Fraction(factor), base)
    for names, factor, base in (
        ("kg kgs kilo kilos kilogramme kilogrammes kilogram kilograms كغ كلغ كجم كيلو كيلوغرام كيلوغرامات", "1000", "g"),
        ("g gr grs gramme grammes gram grams غ غرام غراما غرامات جرام", "1", "g"),
        ("mg", "1/1000", "g"),
        ("l litre litres liter liters ل لتر لترات ليتر", "1000", "ml"),
        ("dl", "100", "ml"),
        ("cl سل", "10", "ml"),
        ("ml مل", "1", "ml"),
        ("m metre metres mètre mètres meter meters م متر أمتار", "100", "cm"),
        ("cm سم", "1", "cm"),
        ("mm", "1/10", "cm"),
    )
    for word in names.split()
}
PARTS = {
    **dict.fromkeys(("½", "demi", "demie", "half", "نصف", "نص", "nos"), "1/2"),
    **dict.fromkeys(("¼", "quart", "quarter", "ربع", "rb3"), "1/4"),
    "¾": "3/4",
}

_SIZE = re.compile(
    r"(?<![^\W_])(?:(\d{1,7})[.,](\d{1,3})|(\d)\s?/\s?(\d)|(\d{1,7})|(" + "|".join(PARTS) + r"))[\s\-\u202f\u00a0]*("
    + "|".join(sorted(UNITS, key=len, reverse=True)) + r")(?![^\W_])"
)  # fmt: skip


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().translate(DIGITS)


def sizes(text: str) -> list[str]:
    """One word for each size that is written in a text: "miel 0,5 kg" gives "#500g"."""
    return [word for size in _SIZE.finditer(_plain(text)) for word in _word(size)]


def without_sizes(text: str) -> str:
    return _SIZE.sub(" ", _plain(text))


def alike(number: str) -> tuple[str, ...]:
    """What a number without its unit may mean: the number itself, so many grams or millilitres."""
    return (number, f"{MARK}{number}g", f"{MARK}{number}ml")


def _word(size: re.Match[str]) -> Iterator[str]:
    whole, decimals, above, below, plain, part, unit = size.groups()
    factor, base = UNITS[unit]
    if part:
        amount = Fraction(PARTS[part])
    elif above:
        amount = Fraction(int(above), int(below)) if below != "0" else Fraction(0)
    elif decimals:
        amount = Fraction(f"{whole}.{decimals}")
    else:
        amount = Fraction(plain)
    amount *= factor
    if amount and amount <= LARGEST:
        yield f"{MARK}{int(amount) if amount.denominator == 1 else round(float(amount), 3)}{base}"
