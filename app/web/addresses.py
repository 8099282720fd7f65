"""How the addresses of pages begin, and those that need nothing but the language."""

from typing import Any

from flask import current_app, g, url_for

from app.engines import language as speech

# The language every page's address begins with; `shell` takes it out of what a view is given.
PAGE = "/<any(fr,ar,en):lang>"
USUAL = "fr"  # the language of who wishes for none of ours


def alternates(own: str | None) -> list[tuple[str, str]]:
    """(language, address) of the page that `own` is the one address of: those of the other languages say the same; the last
    one, "x-default", is for who reads none of them.
    """
    if not own:
        return []
    return [*((code, f"/{code}{own[3:]}") for code in speech.LANGUAGES), ("x-default", f"/{USUAL}{own[3:]}")]


def address(endpoint: str, **values: Any) -> str:
    """What templates call `url_for`: the address of a page that needs nothing but the language is built once."""
    if any(value is not None for value in values.values()):
        return url_for(endpoint, **values)
    known: dict[tuple[str, str], str] = current_app.extensions["plain_addresses"]
    key = g.get("lang") or speech.language(), endpoint
    if key not in known:
        known[key] = url_for(endpoint)
    return known[key]
