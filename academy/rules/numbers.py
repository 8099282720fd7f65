"""A number as people write it."""

import re
from decimal import Decimal

from app.kernel.errors import Invalid

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫،−", "01234567890123456789.,-")
_SPACES = re.compile("[\\s\u00a0\u202f\u066c'\u2019\u2066\u2067\u2068\u2069\u200e\u200f]")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})")
# One or more groups of three after the same sign: thousands, or three decimals.
_EITHER = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(\1\d{3})*")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


def decimal_of(text: str, language: str = "fr", field: str = "answer") -> Decimal:
    """The number a person typed, with comma or dot, in Latin or Arabic-Indic digits. Raises Invalid("not-a-number").

    A comma stands before decimals, except where English groups thousands with it; when both signs stand there the last
    one stands before the decimals.
    """
    plain = _SPACES.sub("", text.translate(_DIGITS))
    if plain.count(".") > 1 and "," not in plain and _EITHER.fullmatch(plain):
        plain = plain.replace(".", "")
    if "," in plain:
        grouped = _GROUPED.fullmatch(plain) and (language == "en" or "." in plain or plain.count(",") > 1)
        if grouped:
            plain = plain.replace(",", "")
        elif "." in plain:
            plain = plain.replace(".", "").replace(",", ".")
        else:
            plain = plain.replace(",", ".")
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise Invalid("not-a-number", field)
    return Decimal(plain)


def other_reading(text: str, number: Decimal) -> Decimal | None:
    """The other number that “1.000” or “9,600” may mean where people part thousands by a sign; None when there is none."""
    plain = _SPACES.sub("", text.translate(_DIGITS))
    if not plain.isascii() or not _EITHER.fullmatch(plain):
        return None
    readings = {Decimal(re.sub("[.,]", "", plain))}
    if len(re.findall("[.,]", plain)) == 1:
        readings.add(Decimal(plain.replace(",", ".")))
    return next((reading for reading in readings if reading != number), None)
