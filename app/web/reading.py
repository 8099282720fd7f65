"""Reading query parameters: every value bounded, nothing raises on what people type."""

from flask import request

from app.kernel import typed
from app.kernel.errors import Invalid
from app.kernel.text import one_line

WHOLE_LIMIT = 2**63 - 1


def words(name: str = "q", limit: int = 200) -> str:
    """A line of text of at most `limit` characters."""
    return one_line(request.args.get(name, ""))[:limit]


def whole(name: str, low: int = 0, high: int = WHOLE_LIMIT) -> int | None:
    """A whole number within bounds, else None."""
    try:
        value = typed.whole(request.args.get(name, "")[:40])
    except Invalid:
        return None
    return value if low <= value <= high else None


def amount(name: str, currency: str, high: int) -> int | None:
    """A sum in minor units of a currency, at most `high`; None for what is none.

    Raises Invalid("number-ambiguous"), Invalid("sum-in-other-currency"): a filter that is read as another sum, or left
    out, would answer wrongly.
    """
    try:
        return min(typed.amount(request.args.get(name, "")[:40], currency), high)
    except Invalid as refusal:
        if refusal.code in ("number-ambiguous", "sum-in-other-currency"):
            raise
        return None


def choice(name: str, allowed: set[str] | frozenset[str] | tuple[str, ...], usual: str) -> str:
    """One of the allowed words, else the usual one."""
    value = request.args.get(name, usual)
    return value if value in allowed else usual


def choices(name: str, limit: int = 50) -> list[str]:
    """The values of a repeated parameter, without doubles."""
    return list(dict.fromkeys(value for value in request.args.getlist(name)[:limit] if value and len(value) <= 100))


def yes(name: str) -> bool:
    return request.args.get(name, "") in ("1", "on", "yes")
