"""Numbers an organisation bears, their check digits verified."""

import re
import unicodedata

from stdnum.ma import ice as moroccan_ice

from app.kernel.errors import Invalid
from app.territories.loading import IdentifierKind


def ice_value(text: str, field: str = "ice") -> str:
    """A Moroccan common identifier of enterprises, its check digits verified. Raises Invalid."""
    digits = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text))
    if not digits.isascii() or not moroccan_ice.is_valid(digits):
        raise Invalid("ice-not-valid", field)
    return digits


def rib_value(text: str, field: str = "rib") -> str:
    """A Moroccan bank identifier: 24 digits whose remainder by 97 is 0. Raises Invalid."""
    digits = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text))
    if not (digits.isascii() and digits.isdigit() and len(digits) == 24) or int(digits) % 97 != 0:
        raise Invalid("rib-not-valid", field)
    return digits


def identifier_value(kind: IdentifierKind, text: str) -> str:
    """A number of one of the territory's kinds, its pattern and control verified. Raises Invalid on the kind's field."""
    if kind.check == "ma.ice":
        return ice_value(text, kind.key)
    if kind.check == "mod97":
        return rib_value(text, kind.key)
    value = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(kind.pattern, value):
        raise Invalid("identifier-not-valid", kind.key)
    return value
