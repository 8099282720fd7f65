"""Choices of a select field."""

from collections.abc import Iterable

from wtforms.fields.choices import SelectChoice

from app.web.forms import word


def named(names: Iterable[tuple[str, str]], group: str | None = None) -> list[SelectChoice]:
    """(value, name) pairs whose names are said already."""
    return [SelectChoice(value, name, optgroup=group) for value, name in names]


def worded(words: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """(value, message) pairs, translated when they are shown."""
    return [SelectChoice(value, word(text)) for value, text in words]
