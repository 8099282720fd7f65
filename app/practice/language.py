"""Which of our languages a browser prefers."""

from collections.abc import Iterable

from app.practice.words import WORDS


def preferred_language(tags: Iterable[str]) -> str:
    """The first of the browser's tags (best first, ``ar-MA`` counts as ``ar``) that we speak; French otherwise."""
    for tag in tags:
        primary = tag.replace("_", "-").split("-", 1)[0].lower()
        if primary in WORDS:
            return primary
    return "fr"
