"""Numbers an organisation bears, their check digits verified."""

import re

from stdnum.ma import ice as moroccan_ice

from app.kernel.errors import Invalid
from app.kernel.typed import compact, plain
from app.territories.loading import IdentifierKind


def ice_value(text: str, field: str = "ice") -> str:
    """A Moroccan common identifier of enterprises, its check digits verified. Raises Invalid."""
    digits = compact(text)
    if not digits.isascii() or not moroccan_ice.is_valid(digits):
        raise Invalid("ice-not-valid", field)
    return digits


def rib_value(text: str, field: str = "rib") -> str:
    """A Moroccan bank identifier: 24 digits whose remainder by 97 is 0. Raises Invalid."""
    digits = compact(text)
    if not re.fullmatch("[0-9]{24}", digits) or int(digits) % 97 != 0:
        raise Invalid("rib-not-valid", field)
    return digits


def identifier_value(kind: IdentifierKind, text: str) -> str:
    """A number of one of the territory's kinds, its pattern and control verified. Raises Invalid on the kind's field."""
    if kind.check == "ma.ice":
        return ice_value(text, kind.key)
    if kind.check == "mod97":
        return rib_value(text, kind.key)
    written = plain(text).upper()  # a register may part its numbers by signs that belong to them
    value = next((one for one in (written.replace(" ", ""), compact(written)) if re.fullmatch(kind.pattern, one)), None)
    if value is None:
        raise Invalid("identifier-not-valid", kind.key)
    return value
