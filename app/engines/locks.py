"""Locks on words: what has no row to lock."""

from sqlalchemy import text

from app.engines.db import db


def hold_words(*words: str) -> None:
    """Until the transaction ends, nobody else holds one of these words. On SQLite a writer is alone already.

    One statement, which takes them in their order: two that want the same never wait for one another.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        taking = "SELECT pg_advisory_xact_lock(hashtextextended(word, 0)) FROM unnest(CAST(:words AS text[])) AS word"
        db.session.execute(text(taking), {"words": sorted(set(words))})
