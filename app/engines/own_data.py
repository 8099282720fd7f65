"""What is kept of a person: statements that the plates declare, read whole for whoever asks about themselves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, false, or_

from app.engines.db import db
from app.kernel.contacts import MAIL, PHONE, ContactValue
from app.kernel.errors import Conflict


@dataclass(frozen=True)
class Whose:
    """The person who is asked about, with every contact that is theirs: what a guest did is found by these."""

    person_id: int
    contacts: tuple[ContactValue, ...]

    def reached_by(self, kind: SQLColumnExpression[str], value: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Rows whose contact, told by its kind and value, is one of theirs."""
        return or_(false(), *(and_(kind == one.kind, value == one.value) for one in self.contacts))

    def named_by(self, mail: SQLColumnExpression[str | None], phone: SQLColumnExpression[str | None]) -> ColumnElement[bool]:
        """Rows with a mail and a phone of which one is theirs."""
        columns = {MAIL: mail, PHONE: phone}
        return or_(false(), *(columns[one.kind] == one.value for one in self.contacts))


@dataclass(frozen=True)
class OwnData:
    """One kind of row kept of people: `rows` gives one statement, whose columns bear the names of `app.web.own_data.FACTS`.

    `why` says what it is kept for; `words` gives the sentences of codes, {column: {code: sentence}}.
    """

    key: str
    title: str
    why: str
    rows: Callable[[Whose], Select[*tuple[Any, ...]]]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


# What a module wants settled before a person goes: a refusal for each thing that is still open.
Ties = Callable[[Whose], Iterable[Conflict]]


@dataclass(frozen=True)
class Section:
    """What was found of one kind: {name: value} for each row, moments in UTC."""

    kind: OwnData
    rows: Sequence[Mapping[str, Any]]


def kinds_of_own_data() -> list[OwnData]:
    """What the house and its modules keep of people."""
    kinds: list[OwnData] = current_app.extensions["own_data"]
    return kinds


def own_data(whose: Whose) -> list[Section]:
    """Everything that is kept of a person: one statement for each kind."""
    return [
        Section(kind, [dict(row) for row in db.session.execute(kind.rows(whose)).mappings()]) for kind in kinds_of_own_data()
    ]


def open_ties(whose: Whose) -> list[Conflict]:
    """What must be settled before a person goes."""
    ties: list[Ties] = current_app.extensions["ties"]
    return [refusal for told in ties for refusal in told(whose)]


def as_plain(value: Any) -> Any:
    """A value as JSON knows it: moments in UTC, ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
