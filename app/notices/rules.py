"""Notices without a database: whom a notice is for, what it says, which page it is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.kernel.contacts import ContactValue
from app.kernel.text import LANGUAGES

COUNTED = 100  # the counter tells no more: "99+"
_LANGUAGE = re.compile(rf"/(?:{'|'.join(LANGUAGES)})(?=/|$)")


@dataclass(frozen=True)
class Reader:
    """Who is told: a person, in their language and by a contact of theirs; or whoever has this contact.

    A person who gave a contact for this one thing, as a buyer does, is told by that one, in its language.
    """

    person_id: int | None = None
    contact: ContactValue | None = None
    language: str = ""


@dataclass(frozen=True)
class Words:
    """What a reader is told, in the language in force: the line on the screen is the letter's subject.

    `path` is the page it is about, which its reader may open; the letter names it where `parts` do.
    `short` is what a message to a phone says where the subject would not do, as the code it brings.
    """

    subject: str
    parts: Sequence[str]
    path: str
    short: str = ""


def path_of(address: str) -> str:
    """The path of a whole address of this site, as a notice keeps it."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def in_language(path: str, language: str) -> str:
    """The page of a notice in the language its reader has on the screen now."""
    return _LANGUAGE.sub(f"/{language}", path, count=1) if _LANGUAGE.match(path) else path
