"""Telling somebody of an event: a row for the screen and a letter, once each, in the transaction of the event."""

from collections.abc import Callable, Sequence

from app.accounts.queries import Wishes, wishes_of, wishes_of_each
from app.engines.crash_points import crash_point
from app.engines.db import insert_once
from app.engines.language import speaking
from app.engines.mail import post
from app.engines.notice_kinds import notice_kind
from app.kernel.bounds import Unasked
from app.kernel.clock import now
from app.notices.models import Notice
from app.notices.rules import Reader, Words

Write = Callable[[str], Words]  # in a language, which is in force while it writes


def tell(
    kind: str,
    event: str,
    reader: Reader,
    write: Write,
    *,
    territory: str | None = None,
    unasked: Unasked | None = None,
    secret: bool = False,
) -> bool:
    """Tell a reader of an event: a person on the screen, and by one letter; whoever has no account by the letter alone.

    `event` names what happened by its row: the same event told again, or twice at once, is told once to each reader.
    `secret`: the letter brings a code or an address that opens something; nothing of it stands on the screen.
    `territory`, `unasked`: as letters know them. False when the letter is beyond its bound.
    """
    wishes = wishes_of(reader.person_id) if reader.person_id is not None and not secret else None
    return _tell(kind, event, reader, write, wishes, territory, unasked, secret)


def tell_each(kind: str, event: str, person_ids: Sequence[int], write: Write, territory: str | None = None) -> None:
    """Tell several people of an event, each as `tell` does; how they want to be told is read for all at once."""
    wishes = wishes_of_each(person_ids)
    for person_id in person_ids:
        _tell(kind, event, Reader(person_id), write, wishes.get(person_id), territory, None, False)


def _tell(
    kind: str,
    event: str,
    reader: Reader,
    write: Write,
    wishes: Wishes | None,
    territory: str | None,
    unasked: Unasked | None,
    secret: bool,
) -> bool:
    said = notice_kind(kind)
    contact, language = reader.contact, reader.language
    if wishes is not None and reader.person_id is not None:
        if not _show(reader.person_id, kind, event, write, wishes.language, territory):
            return True
        crash_point("notice-half-told")
        if contact is None:
            contact, language = wishes.letter_to(said.topic), wishes.language
    if contact is None:
        return True
    with speaking(language, territory):
        words = write(language)
        body = "\n\n".join(part for part in words.parts if part)
        key = f"{event}:{contact.kind}:{contact.value}"
        to, short = (contact.kind, contact.value), words.short
        return post(*to, words.subject, body, language, key, unasked, secret=secret, short=short)


def _show(person_id: int, kind: str, event: str, write: Write, language: str, territory: str | None) -> bool:
    """False when the person was told of it before."""
    with speaking(language, territory):
        words = write(language)
    row = insert_once(
        Notice,
        "person_id",
        "event",
        person_id=person_id,
        kind=kind,
        event=event,
        subject=" ".join(words.subject.split()),
        path=words.path,
        language=language,
        told_at=now(),
    )
    return row is not None
