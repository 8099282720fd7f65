"""Sessions live on the server: a row per session, found by the hash of its token.

No row exists before a visitor's first write. Signing in makes a new token; signing out, a password change and an
operator end sessions here, and the cookie is then worth nothing.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, execute, rows_changed

IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=60)
TOUCH_EVERY = timedelta(minutes=10)


class SessionRow(Base):
    """A visitor's or a person's session. `data` holds no secret; the token itself is never stored."""

    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    data: Mapped[dict[str, Any]]
    device: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


OF_TOKEN = select(*SessionRow.__table__.c).where(SessionRow.token_hash == bindparam("hash"))
START = insert(SessionRow).returning(SessionRow.id)
SAVE = (
    update(SessionRow)
    .where(SessionRow.id == bindparam("row"))
    .values(data=bindparam("kept"), person_id=bindparam("whose"), seen_at=bindparam("now"), expires_at=bindparam("until"))
)
END = delete(SessionRow).where(SessionRow.token_hash == bindparam("hash"))


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(token: str, now: datetime) -> Row[*tuple[Any, ...]] | None:
    """The live session of a token as columns: not idle for 14 days, not older than 60."""
    row = execute(OF_TOKEN, {"hash": hash_of(token)}).first()
    return row if row is not None and row.expires_at > now else None


def start_session(token: str, data: dict[str, Any], person_id: int | None, device: str, now: datetime) -> int:
    """A new row; its id."""
    values = {
        "token_hash": hash_of(token),
        "person_id": person_id,
        "data": data,
        "device": device[:200],
        "created_at": now,
        "seen_at": now,
        "expires_at": now + IDLE,
    }
    row_id: int = execute(START, values).scalar_one()
    return row_id


def save_session(row_id: int, created_at: datetime, data: dict[str, Any], person_id: int | None, now: datetime) -> bool:
    """Keep the data and move the idle limit, never past the absolute one. False when the session was ended meanwhile."""
    until = min(now + IDLE, created_at + ABSOLUTE)
    values = {"row": row_id, "kept": data, "whose": person_id, "now": now, "until": until}
    return execute(SAVE, values).rowcount == 1


def end_session(token: str) -> None:
    execute(END, {"hash": hash_of(token)})


def sessions_of(person_id: int, now: datetime) -> list[SessionRow]:
    return list(
        db.session.scalars(
            select(SessionRow)
            .where(SessionRow.person_id == person_id, SessionRow.expires_at > now)
            .order_by(SessionRow.seen_at.desc())
        )
    )


def end_sessions_of(person_id: int, but: int | None = None, only: int | None = None) -> int:
    """End a person's sessions: all, all but one, or only one. Returns how many."""
    statement = delete(SessionRow).where(SessionRow.person_id == person_id)
    if but is not None:
        statement = statement.where(SessionRow.id != but)
    if only is not None:
        statement = statement.where(SessionRow.id == only)
    return rows_changed(statement.execution_options(synchronize_session=False))


def forget_expired_sessions(now: datetime) -> None:
    db.session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
