"""Browsers that a person has signed in with: whatever strangers guess elsewhere, these are not kept waiting."""

import secrets
from datetime import datetime

from sqlalchemy import delete, update

from app.accounts.models import KnownBrowser
from app.accounts.queries.known_browsers import hash_of_browser
from app.accounts.rules.limits import BROWSER_LIFE
from app.engines.db import db


def know_browser(person_id: int, token: str | None, moment: datetime) -> str:
    """This browser is known to the person from now on; returns what it is to keep.

    Each sign-in gives it another token, for everybody who uses it: a stolen copy is worth nothing after the next one.
    """
    fresh = secrets.token_urlsafe(32)
    if token:
        db.session.execute(
            update(KnownBrowser)
            .where(KnownBrowser.token_hash == hash_of_browser(token))
            .values(token_hash=hash_of_browser(fresh))
            .execution_options(synchronize_session=False)
        )
    forget_browsers_of(person_id, only=fresh)
    db.session.add(KnownBrowser(person_id=person_id, token_hash=hash_of_browser(fresh), known_at=moment))
    db.session.flush()
    return fresh


def forget_browsers_of(person_id: int, *, only: str | None = None, but: str | None = None) -> None:
    """The person's browsers are strangers again: all, only one, or all but one (by what they keep)."""
    statement = delete(KnownBrowser).where(KnownBrowser.person_id == person_id)
    if only is not None:
        statement = statement.where(KnownBrowser.token_hash == hash_of_browser(only))
    if but is not None:
        statement = statement.where(KnownBrowser.token_hash != hash_of_browser(but))
    db.session.execute(statement.execution_options(synchronize_session=False))


def forget_old_browsers(moment: datetime) -> None:
    """Who has not signed in for half a year is known no longer."""
    db.session.execute(
        delete(KnownBrowser)
        .where(KnownBrowser.known_at < moment - BROWSER_LIFE)
        .execution_options(synchronize_session=False)
    )
