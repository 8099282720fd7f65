"""Everything a person sees exists in French and in Arabic, with the same placeholders as in English."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from app.engines.language import PACKAGES
from app.settings import HOUSE
from tests.house.translations import missing

FILES = sorted(path for package in PACKAGES for path in (HOUSE / package / "translations").glob("*.po"))
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd%]")
ARABIC = re.compile(r"[\u0600-\u06ff]")
EASTERN_DIGITS = re.compile(r"[\u0660-\u0669\u06f0-\u06f9]")
EASTERN_MONTHS = re.compile(
    r"كانون|شباط|آذار|نيسان|أيار|حزيران|تموز|أيلول|تشرين|\bمايو\b|\bيوليو\b|\bأغسطس\b|\bسبتمبر\b|\bنوفمبر\b|\bديسمبر\b"
)


def read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.stem)


def texts(value: object) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else [str(value or "")]


def messages(path: Path) -> list[Message]:
    return [message for message in read(path) if message.id]


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("code", ["fr", "ar"])
def test_every_message_is_translated(package, code):
    assert missing(package, code) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_a_file_reads_and_its_placeholders_are_those_of_the_source(path):
    wrong = []
    for message in messages(path):
        wanted = {name for text in texts(message.id) for name in PLACEHOLDER.findall(text)}
        for number, text in enumerate(texts(message.string)):
            found = set(PLACEHOLDER.findall(text))
            # a form for exactly one or two may leave the number out; the other forms may not
            lacks = wanted - found - ({"num"} if len(texts(message.string)) > 1 and number < 3 else set())
            if text and (found - wanted or lacks):
                wrong.append((message.id, text))
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_a_file_has_its_languages_plural_forms_and_nothing_doubtful(path):
    catalogue = read(path)
    assert catalogue.num_plurals == {"fr": 2, "ar": 6}.get(path.stem, 2)
    assert [message.id for message in messages(path) if message.fuzzy] == []
    for message in messages(path):
        if isinstance(message.id, list | tuple):
            assert len(texts(message.string)) == catalogue.num_plurals, message.id


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem == "ar"], ids=lambda path: path.relative_to(HOUSE).as_posix()
)
def test_arabic_is_arabic_with_the_digits_and_months_of_morocco(path):
    for message in messages(path):
        for text in texts(message.string):
            assert not EASTERN_DIGITS.search(text), text
            assert not EASTERN_MONTHS.search(text), text
    written = [text for message in messages(path) for text in texts(message.string) if len(text) > 25]
    assert [text for text in written if not ARABIC.search(text)] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem == "fr"], ids=lambda path: path.relative_to(HOUSE).as_posix()
)
def test_french_speaks_with_vous(path):
    familiar = re.compile(r"\b(tu|toi|ton|tes|t’es|t'es)\b", re.IGNORECASE)
    assert [text for message in messages(path) for text in texts(message.string) if familiar.search(text)] == []
