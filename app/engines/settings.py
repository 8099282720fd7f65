"""What an operator sets: values with the moment from which they hold, who set them and why. Nothing is overwritten.

A module gives its settings a kind ("requirement"), keys of its own, and a scope (a territory). What holds before anybody
has set anything is the module's own data; what is past is read as it held then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, execute
from app.engines.generations import changed
from app.engines.journal import record
from app.kernel import typed
from app.kernel.actor import Actor, require_person
from app.kernel.errors import Invalid

REASON_LONGEST = 2000


class SettingChange(Base):
    """One value that was set. Of those of a key that have begun, the one that begins last holds."""

    __tablename__ = "setting_change"
    __table_args__ = (Index("ix_setting_change_kind", "kind", "scope", "key", "holds_from"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    scope: Mapped[str]
    key: Mapped[str]
    value: Mapped[dict[str, Any]]
    holds_from: Mapped[datetime]
    reason: Mapped[str]
    set_by: Mapped[int] = mapped_column(index=True)  # a person
    set_at: Mapped[datetime]


@dataclass(frozen=True)
class Change:
    """A value of the history. `set_by` is the id of a person."""

    key: str
    value: Mapping[str, Any]
    holds_from: datetime
    reason: str
    set_by: int
    set_at: datetime


_COLUMNS = (
    SettingChange.key,
    SettingChange.value,
    SettingChange.holds_from,
    SettingChange.reason,
    SettingChange.set_by,
    SettingChange.set_at,
)
OF_SCOPE = (
    select(*_COLUMNS)
    .where(SettingChange.kind == bindparam("kind"), SettingChange.scope == bindparam("scope"))
    .order_by(SettingChange.key, SettingChange.holds_from, SettingChange.id)
)
NEXT = select(func.min(SettingChange.holds_from)).where(
    SettingChange.kind == bindparam("kind"), SettingChange.holds_from > bindparam("now")
)


def set_value(
    actor: Actor, kind: str, scope: str, key: str, value: Mapping[str, Any], holds_from: datetime, reason: str, now: datetime
) -> None:
    """The value holds from that moment on, and the one before it until then. The caller has checked value and right.

    Raises Invalid("setting-in-the-past") for a moment before `now`, Invalid("reason-needed").
    """
    if holds_from < now:
        raise Invalid("setting-in-the-past", "holds_from")
    row = SettingChange(
        kind=kind,
        scope=scope,
        key=key,
        value=dict(value),
        holds_from=holds_from,
        reason=typed.reason(reason, REASON_LONGEST),
        set_by=require_person(actor),
        set_at=now,
    )
    db.session.add(row)
    db.session.flush()
    changed("settings")
    record(actor, "set-value", "setting", row.id, kind=kind, scope=scope, key=key)


def values_at(kind: str, scope: str, moment: datetime) -> dict[str, Mapping[str, Any]]:
    """{key: the value that holds at the moment} of the keys that somebody had set by then; one statement."""
    return {change.key: change.value for change in history(kind, scope) if change.holds_from <= moment}


def history(kind: str, scope: str) -> list[Change]:
    """Everything that was set, key by key, in the order in which it holds; what begins later too. One statement."""
    return [Change(*row) for row in execute(OF_SCOPE, {"kind": kind, "scope": scope}, flush=False)]


def next_change(kind: str, moment: datetime) -> datetime | None:
    """When something else will hold, in any scope, though nobody does anything; None when nothing is planned."""
    return execute(NEXT, {"kind": kind, "now": moment}, flush=False).scalar()
