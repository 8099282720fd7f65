"""Locks on words: what has no row to lock."""

from sqlalchemy import text

from app.engines.db import db


def hold_words(*words: str) -> None:
    """Until the transaction ends, nobody else holds one of these words. On SQLite a writer is alone already."""
    if db.session.get_bind().dialect.name == "postgresql":
        for word in sorted(set(words)):
            db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:word, 0))"), {"word": word})
