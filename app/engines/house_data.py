"""What the house itself keeps of people: sessions, letters, lines of the journal."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, or_, select

from app.engines.db import db
from app.engines.journal import JournalLine, about
from app.engines.mail import Letter
from app.engines.own_data import OwnData, Whose
from app.engines.sessions import SessionRow
from app.engines.settings import SettingChange
from app.kernel.text import msg


def _sessions(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = SessionRow
    return (
        select(row.id, row.device, row.created_at, row.seen_at, row.expires_at)
        .where(row.person_id == whose.person_id)
        .order_by(row.id)
    )


def _letters(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Letter
    return (
        select(
            row.id,
            row.channel.label("kind"),
            row.recipient.label("contact"),
            row.subject,
            row.body,
            row.language,
            row.written_at,
            row.sent_at,
        )
        .where(whose.reached_by(row.channel, row.recipient))
        .order_by(row.id)
    )


def _journal(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = JournalLine
    return (
        select(row.id, row.at, row.verb, row.subject_kind.label("about"), row.subject_id.label("about_number"), row.facts)
        .where(or_(row.actor_id == whose.person_id, about("person", whose.person_id)))
        .order_by(row.id)
    )


def _settings(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = SettingChange
    return (
        select(row.id, row.kind, row.key.label("about"), row.reason, row.set_at.label("decided_at"))
        .where(row.set_by == whose.person_id)
        .order_by(row.id)
    )


def forget_letters(whose: Whose, named: Sequence[str], pseudonym: str) -> None:
    """Letters to a person go; in those to others each of these words becomes the pseudonym, sent or still on their way."""
    letter = Letter
    db.session.execute(
        delete(letter).where(whose.reached_by(letter.channel, letter.recipient)).execution_options(synchronize_session=False)
    )
    word = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, named))})(?!\w)")
    holds = or_(
        *(part.contains(one, autoescape=True) for one in named for part in (letter.subject, letter.body, letter.unique_key))
    )
    for found in db.session.scalars(select(letter).where(holds)):
        found.subject, found.body = word.sub(pseudonym, found.subject), word.sub(pseudonym, found.body)
        if found.unique_key is not None:
            found.unique_key = word.sub(f"erased-{found.id}", found.unique_key)


HOUSE_DATA = (
    OwnData(
        "sessions",
        msg("Where you are signed in"),
        msg("So that you stay signed in, and can end what is not yours."),
        _sessions,
    ),
    OwnData(
        "letters", msg("Letters and messages to you"), msg("To send them, and to answer when one did not arrive."), _letters
    ),
    OwnData(
        "journal",
        msg("What you did, and what was done about you"),
        msg("To prove who did what; it holds numbers, no words."),
        _journal,
    ),
    OwnData(
        "settings",
        msg("What you set for this site"),
        msg("To tell what held when, and who decided it."),
        _settings,
    ),
)
