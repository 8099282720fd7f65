"""Counters as they stand in the database, for tests that count."""

from sqlalchemy import select

from app.engines.counters.tables import Counter
from app.engines.db import db


def counter(kind: str, subject: int) -> Counter | None:
    return db.session.scalar(select(Counter).where(Counter.kind == kind, Counter.subject == subject))
