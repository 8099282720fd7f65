"""Prices and quantities as people and files write them: "12,50", "1 200.00 MAD", "١٢", "500 g", "1,5 L"."""

import re
from decimal import Decimal, InvalidOperation

from app.kernel.units import in_base_unit

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,")
_SPACES = re.compile(r"[\s\u00a0\u202f']")
_CURRENCY = re.compile(r"(MAD|DHS?|د\.?م\.?|درهم|CAD|EUR|USD|[$€£])", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?\Z")
_THOUSAND = re.compile(r"[1-9]\d{0,2}[.,]\d{3}\Z")
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
    r"(?<![\w.,/])(?:(\d{1,3})\s*[x×*]\s*)?(\d{1,5}(?:[.,]\d{1,3})?)\s*("
    + "|".join(sorted(map(re.escape, _UNIT_WORDS), key=len, reverse=True))
    + r")(?![\w/]|\s*[x×*]\s*\d)",
    re.IGNORECASE,
)
_SIDES = re.compile(r"\d\s*[cm]?m?\s*[x×*]\s*\d+(?:[.,]\d+)?\s*[cm]?m(?!\w)", re.IGNORECASE)


def _bare(text: str) -> str:
    """Latin digits and signs alone: no spaces, no currency."""
    return _SPACES.sub("", _CURRENCY.sub("", text.translate(_DIGITS)))


def decimal_of(text: str) -> Decimal | None:
    """A number with a point or a comma, thousands apart or not; None when it is no number.

    With both signs the last one parts the decimals; a lone comma or point before exactly three digits parts decimals
    too, because prices here are small and thousands are written with a space.
    """
    plain = _bare(text)
    last = max(plain.rfind(","), plain.rfind("."))
    if last >= 0:
        plain = plain[:last].replace(",", "").replace(".", "") + "." + plain[last + 1 :]
    if not plain.isascii() or len(plain) > 20 or not _NUMBER.match(plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def price_of(text: str, digits: int) -> int | None:
    """A price in minor units of a currency with so many decimals; None when it is no price or finer than the currency.

    Three digits after a lone sign are none either where the currency has fewer: "1,250" may be a thousand and more.
    """
    value = decimal_of(text)
    if value is None or (digits < 3 and _THOUSAND.match(_bare(text))):
        return None
    minor = value.scaleb(digits)
    return int(minor) if minor == minor.to_integral_value() else None


def base_quantity(text: str, unit: str) -> tuple[int, str] | None:
    """("1,5", "kg") as (1500, "g"); None when it is no whole number of base units."""
    value = decimal_of(text)
    if value is None:
        return None
    factor, base = in_base_unit(1, unit)
    amount = value * factor
    return (int(amount), base) if amount == amount.to_integral_value() and amount > 0 else None


def measure_in(text: str) -> tuple[int, str] | None:
    """The first quantity named in a text ("Miel de thym 250 g", "6 x 25 cl") in base units; None without one.

    Lengths of two sides ("2 m x 3 m") and fractions are no quantities.
    """
    plain = text.translate(_DIGITS)
    found = _MEASURE.search(plain)
    if found is None or _SIDES.search(plain):
        return None
    unit = _UNIT_WORDS[found.group(3).lower()]
    value = Decimal(found.group(2).replace(",", ".")) * int(found.group(1) or 1)
    if unit == "cl":
        value, unit = value * 10, "ml"
    factor, base = in_base_unit(1, unit)
    amount = value * factor
    return (int(amount), base) if amount == amount.to_integral_value() and amount > 0 else None


def shown_decimal(minor: int, digits: int) -> str:
    """Minor units as a form or a file shows them: 1250 with two digits is "12.50"."""
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)
