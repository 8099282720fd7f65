"""Quantities as people and files write them: "500 g", "1,5 L", "6 x 25 cl"."""

import re
from decimal import Decimal

from app.kernel.errors import Invalid
from app.kernel.typed import decimal, plain
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
_MEASURE = re.compile(
    r"(?<![\w.,/'])(?:(\d{1,3})\s*[x×*]\s*)?(\d{1,3}(?:'\d{3})+|\d{1,5}(?:[.,\u066b]\d{1,3})?)\s*("
    + "|".join(sorted(map(re.escape, _UNIT_WORDS), key=len, reverse=True))
    + r")(?![\w/]|\s*[x×*]\s*\d)",
    re.IGNORECASE,
)
_SIDES = re.compile(r"\d\s*[cm]?m?\s*[x×*]\s*\d+(?:[.,]\d+)?\s*[cm]?m(?!\w)", re.IGNORECASE)


def base_quantity(text: str, unit: str, field: str = "quantity") -> tuple[int, str]:
    """("1,5", "kg") as (1500, "g"). Raises Invalid("not-a-quantity"), Invalid("number-ambiguous")."""
    try:
        return _in_base(decimal(text, field), unit, field)
    except Invalid as refusal:
        raise refusal if refusal.code == "number-ambiguous" else Invalid("not-a-quantity", field) from None


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
    if unit == "cl":
        value, unit = value * 10, "ml"
    try:
        return _in_base(value, unit, "quantity")
    except Invalid:
        return None


def shown_decimal(minor: int, digits: int) -> str:
    """Minor units as a form or a file shows them: 1250 with two digits is "12.50"."""
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)
