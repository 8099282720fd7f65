"""What somebody has for the second step of signing in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.accounts.models import AppFactor, Passkey, Person, PrintedCode
from app.engines.db import db


@dataclass(frozen=True)
class Key:
    """A passkey; identifier and public key in base64url, `rp_id` the host it belongs to."""

    id: int
    name: str
    rp_id: str
    credential_id: str
    public_key: str
    sign_count: int
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What somebody has: since when an app, how many codes of how long ago, passkeys; `secured` when there is any."""

    secured: bool
    app_since: datetime | None
    codes_left: int
    codes_since: datetime | None
    keys: tuple[Key, ...]


def factors_of(person_id: int) -> Factors:
    """The factors of a person; none for nobody."""
    secured_at = db.session.scalar(select(Person.secured_at).where(Person.id == person_id))
    app_since = db.session.scalar(select(AppFactor.created_at).where(AppFactor.person_id == person_id))
    left, since = db.session.execute(
        select(func.count(), func.max(PrintedCode.created_at)).where(
            PrintedCode.person_id == person_id, PrintedCode.used_at.is_(None)
        )
    ).one()
    return Factors(secured_at is not None, app_since, left, since, keys_of(person_id))


def keys_of(person_id: int, rp_id: str | None = None) -> tuple[Key, ...]:
    """The passkeys of a person, oldest first; under one host's name where it is given."""
    columns = ("id", "name", "rp_id", "credential_id", "public_key", "sign_count", "created_at", "used_at")
    statement = select(*(getattr(Passkey, name) for name in columns)).where(Passkey.person_id == person_id)
    if rp_id is not None:
        statement = statement.where(Passkey.rp_id == rp_id)
    return tuple(Key(*row) for row in db.session.execute(statement.order_by(Passkey.id)))


@dataclass(frozen=True)
class Gate:
    """What signing in has to know besides the password."""

    secured: bool
    blocked: bool


def gate_of(person_id: int) -> Gate:
    """How somebody's account stands."""
    row = db.session.execute(select(Person.secured_at, Person.blocked_at).where(Person.id == person_id)).one()
    return Gate(row.secured_at is not None, row.blocked_at is not None)
