"""Quantities as people and files write them: "500 g", "1,5 L", "6 x 25 cl"."""

import re
from decimal import Decimal

from app.kernel.errors import Invalid
from app.kernel.typed import decimal, plain, scaled
from app.kernel.units import in_base_unit

_UNIT_WORDS = {
    "kg": "kg",
    "kgs": "kg",
    "kilo": "kg",
    "kilos": "kg",
    "كغ": "kg",
    "كلغ": "kg",
    "كيلو": "kg",
    "كيلوغرام": "kg",
    "g": "g",
    "gr": "g",
    "grs": "g",
    "gramme": "g",
    "grammes": "g",
    "غ": "g",
    "غرام": "g",
    "gram": "g",
    "grams": "g",
    "l": "l",
    "lt": "l",
    "litre": "l",
    "litres": "l",
    "liter": "l",
    "ل": "l",
    "لتر": "l",
    "cl": "cl",
    "سل": "cl",
    "ml": "ml",
    "مل": "ml",
    "m": "m",
    "metre": "m",
    "mètre": "m",
    "متر": "m",
    "م": "m",
    "m2": "m2",
    "m²": "m2",
    "م²": "m2",
}
# Measures in which nothing is sold here: a number in one of them is no number of pieces.
_OTHER_MEASURES = (
    "oz ounce ounces once onces lb lbs pound pounds livre livres t tonne tonnes ton tons mg quintal quintaux dl hl kl gal "
    "gallon gallons pt pint pints ft in inch inches cm mm km طن رطل اوقية أوقية سم ملم"
)
_WORDS = "|".join(sorted(map(re.escape, _UNIT_WORDS), key=len, reverse=True))
_MEASURE = re.compile(
    r"(?<![\w.,/'])(?:(\d{1,3})\s*[x×*]\s*)?(\d{1,3}(?:'\d{3})+|\d{1,5}(?:[.,\u066b]\d{1,3})?)\s*("
    rf"{_WORDS})(?![\w/]|\s*[x×*]\s*\d)",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(rf"(.*?\d) ?({_WORDS})", re.IGNORECASE)
_SIDES = re.compile(r"\d\s*[cm]?m?\s*[x×*]\s*\d+(?:[.,]\d+)?\s*[cm]?m(?!\w)", re.IGNORECASE)


def base_quantity(text: str, unit: str, field: str = "quantity") -> tuple[int, str]:
    """("1,5", "kg") as (1500, "g"); the unit may stand beside the number. Raises Invalid("other-unit") where another one
    does, Invalid("not-a-quantity"), Invalid("number-ambiguous").
    """
    number, named = _with_unit(text)
    if named not in (None, unit):
        raise Invalid("other-unit", field, written=named)
    try:
        return _in_base(decimal(number, field), unit, field)
    except Invalid as refusal:
        raise refusal if refusal.code == "number-ambiguous" else Invalid("not-a-quantity", field) from None


def weight_in_grams(text: str, unit: str, field: str = "weight") -> int:
    """("1,5", "kg") and ("1,5 kg", "g") as 1500: the unit beside the number prevails. Raises Invalid("other-unit"),
    Invalid("not-a-number"), Invalid("number-ambiguous").
    """
    number, named = _with_unit(text)
    if named not in (None, "g", "kg"):
        raise Invalid("other-unit", field, written=named)
    return scaled(number, 3 if (named or unit) == "kg" else 0, field)


def unit_named(text: str) -> str | None:
    """The unit a word names ("Kilos" is "kg"); None for a word that is no measure: a pot, a box. Raises
    Invalid("other-unit") for a measure in which nothing is sold here.
    """
    word = plain(text).casefold()
    if word in _OTHER_MEASURES.split():
        raise Invalid("other-unit", "unit", written=word)
    return _UNIT_WORDS.get(word)


def _with_unit(text: str) -> tuple[str, str | None]:
    written = plain(text)
    found = _WITH_UNIT.fullmatch(written)
    return (found[1], _UNIT_WORDS[found[2].lower()]) if found else (written, None)


def _in_base(value: Decimal, unit: str, field: str) -> tuple[int, str]:
    factor, base = in_base_unit(1, unit)
    amount = value * factor
    if amount != amount.to_integral_value() or amount <= 0:
        raise Invalid("not-a-quantity", field)
    return int(amount), base


def measure_in(text: str) -> tuple[int, str] | None:
    """The first quantity named in a text ("Miel de thym 250 g", "6 x 25 cl") in base units; None without one.

    Lengths of two sides ("2 m x 3 m") and fractions are no quantities. Raises Invalid("number-ambiguous").
    """
    written = plain(text)
    found = _MEASURE.search(written)
    if found is None or _SIDES.search(written):
        return None
    unit = _UNIT_WORDS[found.group(3).lower()]
    value = decimal(found.group(2), "quantity") * int(found.group(1) or 1)
    try:
        return _in_base(value, unit, "quantity")
    except Invalid:
        return None


def shown_decimal(minor: int, digits: int) -> str:
    """Minor units as a form or a file shows them: 1250 with two digits is "12.50"."""
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)
