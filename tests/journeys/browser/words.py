"""The words of the site in the walker's language: read from the translations, so that a journey names a button once."""

from functools import cache

from babel.messages.pofile import read_po

from app.engines.language import DIRECTIONS, PACKAGES
from app.kernel.text import isolated
from app.settings import HOUSE


@cache
def spoken(language: str) -> dict[str, str]:
    """{English: words in the language}, from every package's file; English needs none."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        path = HOUSE / package / "translations" / f"{language}.po"
        if not path.exists():
            continue
        with path.open("rb") as source:
            for message in read_po(source, locale=language):
                if (
                    isinstance(message.id, str)
                    and isinstance(message.string, str)
                    and message.string
                    and not message.context
                ):
                    found[message.id] = message.string
    return found


def said(language: str, english: str, **facts: object) -> str:
    """The sentence in the language, with its facts; the English one where it has no translation, as on the site."""
    words = english if language == "en" else spoken(language).get(english, english)
    return words % {name: isolated(str(fact), DIRECTIONS[language]) for name, fact in facts.items()} if facts else words
