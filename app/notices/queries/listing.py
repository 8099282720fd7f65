"""What a person was told: how much of it is unread, and the list."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from app.engines.db import db, execute
from app.notices.models import Notice
from app.notices.rules import COUNTED


@dataclass(frozen=True)
class NoticeLine:
    """A line of the list."""

    id: int
    kind: str
    subject: str
    language: str
    told_at: datetime
    read_at: datetime | None


UNREAD = select(func.count()).select_from(
    select(Notice.id).where(Notice.person_id == bindparam("person"), Notice.read_at.is_(None)).limit(COUNTED).subquery()
)


def unread_count(person_id: int) -> int:
    """How many are unread, COUNTED at the most; one statement on an index, for every page of a signed-in person."""
    return execute(UNREAD, {"person": person_id}).scalar() or 0


def notices_of(person_id: int, page: int, size: int) -> tuple[list[NoticeLine], int]:
    """A page (from 1) of what a person was told, the latest first, and how many there are in all."""
    own = Notice.person_id == person_id
    rows = db.session.execute(
        select(Notice.id, Notice.kind, Notice.subject, Notice.language, Notice.told_at, Notice.read_at)
        .where(own)
        .order_by(Notice.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    total = db.session.scalar(select(func.count()).select_from(Notice).where(own)) or 0
    return [NoticeLine(*row) for row in rows], total
