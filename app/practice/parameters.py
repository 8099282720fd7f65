"""Form bodies with brackets (``line_items[0][quantity]=1``) read into nested values, and typed reads of them."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from app.practice.errors import ApiError

LARGEST_AMOUNT = 99_999_999
NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
ADDRESS = re.compile(r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][^\s\"'<>]*)?$")
CURRENCY = re.compile(r"^[a-z]{3}$")


def read_parameters(text: str) -> dict[str, Any]:
    """Nested dictionaries; lists become lists in the order of their numbers."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = NAME.match(name)
        if match is None:
            raise ApiError(f"Invalid parameter name: {name}", param=name)
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        branch = tree
        for step, following in pairwise(path):
            branch = branch.setdefault(step or str(len(branch)), {})
            if not isinstance(branch, dict):
                raise ApiError(f"Invalid parameter: {name} {following}", param=name)
        branch[path[-1] or str(len(branch))] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def refuse_unknown(values: dict[str, Any], known: set[str]) -> None:
    """Raise ``parameter_unknown`` for the first name that the resource does not take."""
    for name in values:
        if name not in known | {"expand"}:
            raise ApiError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def text(values: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    value = values.get(name)
    if value in (None, "", {}, []):
        if required:
            raise ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)
        return None
    if not isinstance(value, str) or len(value) > 5000:
        raise ApiError(f"Invalid string: {name}", code="parameter_invalid_string", param=name)
    return value


def required_text(values: dict[str, Any], name: str) -> str:
    return text(values, name, required=True) or ""


def address(values: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    """A whole web address, http or https; nothing that could slip into a header."""
    value = text(values, name, required=required)
    if value is not None and not ADDRESS.match(value):
        raise ApiError(f"Not a valid URL: {name}", code="url_invalid", param=name)
    return value


def whole_number(values: dict[str, Any], name: str) -> int | None:
    value = text(values, name)
    if value is None:
        return None
    if not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise ApiError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def amount(values: dict[str, Any], name: str = "amount") -> int | None:
    """Minor units, at least 1."""
    number = whole_number(values, name)
    if number is None:
        return None
    if number < 1:
        raise ApiError("This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=name)
    if number > LARGEST_AMOUNT:
        raise ApiError("Amount must be no more than 999,999.99.", code="amount_too_large", param=name)
    return number


def required_amount(values: dict[str, Any], name: str = "amount") -> int:
    number = amount(values, name)
    if number is None:
        raise ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return number


def currency(values: dict[str, Any]) -> str:
    """Lower-case code of three letters."""
    code = required_text(values, "currency").lower()
    if not CURRENCY.match(code):
        raise ApiError(f"Invalid currency: {code}", code="parameter_invalid_string", param="currency")
    return code


def metadata(values: dict[str, Any]) -> dict[str, str]:
    """At most 50 short pairs, as the provider allows."""
    pairs = values.get("metadata") or {}
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise ApiError("Invalid metadata", param="metadata")
    if len(pairs) > 50 or any(len(key) > 40 or len(value) > 500 for key, value in pairs.items()):
        raise ApiError("Metadata holds at most 50 pairs of 40 and 500 characters.", param="metadata")
    return dict(pairs)
