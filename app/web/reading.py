"""Reading query parameters: every value bounded, nothing raises on what people type."""

from flask import request

from app.kernel.text import LANGUAGES

WHOLE_LIMIT = 2**63 - 1


def words(name: str = "q", limit: int = 200) -> str:
    """A line of text of at most `limit` characters."""
    return " ".join(request.args.get(name, "").split())[:limit]


def whole(name: str, low: int = 0, high: int = WHOLE_LIMIT) -> int | None:
    """A whole number within bounds, else None."""
    text = request.args.get(name, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        return None
    value = int(text)
    return value if low <= value <= high else None


def choice(name: str, allowed: set[str] | frozenset[str] | tuple[str, ...], usual: str) -> str:
    """One of the allowed words, else the usual one."""
    value = request.args.get(name, usual)
    return value if value in allowed else usual


def choices(name: str, limit: int = 50) -> list[str]:
    """The values of a repeated parameter, without doubles."""
    return list(dict.fromkeys(value for value in request.args.getlist(name)[:limit] if value and len(value) <= 100))


def yes(name: str) -> bool:
    return request.args.get(name, "") in ("1", "on", "yes")


def known_language(code: str) -> bool:
    return code in LANGUAGES
