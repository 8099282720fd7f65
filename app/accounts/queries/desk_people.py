"""People as the office sees them: found by name or contact, with what was decided about their accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Contact, LostFactor, Person, PersonDecision
from app.accounts.queries.people import ContactLine, Workplace, contacts_of, workplaces_of
from app.accounts.rules.entry_cards import NUMBER
from app.accounts.rules.factors import LOST_OPEN
from app.engines.db import db
from app.kernel.contacts import ContactValue
from app.kernel.errors import NotFound

_blocked = aliased(Person)


@dataclass(frozen=True)
class PersonLine:
    """A person in the list of the desk."""

    id: int
    name: str
    blocked: bool
    secured: bool
    lost: str | None  # the state of an open request to take a lost factor away


@dataclass(frozen=True)
class LostLine:
    """A request to take a lost second factor away."""

    id: int
    state: str
    asked_at: datetime
    due_at: datetime | None
    agreed_by: str | None
    ended_at: datetime | None


@dataclass(frozen=True)
class AccountDecision:
    """What an operator decided about an account, and why."""

    decision: str
    decided_at: datetime
    decided_by: str
    reason: str


@dataclass(frozen=True)
class PersonFile:
    """Everything the office needs to decide about an account."""

    id: int
    name: str
    operator: bool
    instructor: bool
    created_at: datetime
    secured: bool
    blocked_at: datetime | None
    contacts: Sequence[ContactLine]
    workplaces: Sequence[Workplace]
    lost: Sequence[LostLine]
    decisions: Sequence[AccountDecision]


def people_at_the_desk(text: str, contact: ContactValue | None, page: int, size: int) -> tuple[list[PersonLine], int]:
    """People whose name holds the text or whose contact it is, with how many; without a text, who waits or is blocked."""
    open_ = LostFactor.state.in_(LOST_OPEN)
    lost = select(LostFactor.state).where(LostFactor.person_id == Person.id, open_).limit(1).scalar_subquery()
    statement = select(Person.id, Person.name, Person.blocked_at, Person.secured_at, lost.label("lost"))
    if not text:
        blocked = select(_blocked.id).where(_blocked.blocked_at.is_not(None))
        statement = statement.where(Person.id.in_(blocked.union(select(LostFactor.person_id).where(open_))))
    else:
        numbered = [Person.sign_in_number == contact.value] if contact is not None and contact.kind == NUMBER else []
        named = Person.name.icontains(text, autoescape=True)
        reached = (
            [
                select(Contact.id)
                .where(Contact.person_id == Person.id, Contact.kind == contact.kind, Contact.value == contact.value)
                .exists()
            ]
            if contact is not None
            else []
        )
        statement = statement.where(or_(named, *reached, *numbered))
    total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    rows = db.session.execute(statement.order_by(Person.name, Person.id).limit(size).offset((page - 1) * size))
    lines = [
        PersonLine(id_, name, blocked is not None, secured is not None, state) for id_, name, blocked, secured, state in rows
    ]
    return lines, total


def person_file(person_id: int, language: str) -> PersonFile:
    """The file of one person. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound()
    return PersonFile(
        person.id,
        person.name,
        person.is_operator,
        person.is_instructor,
        person.created_at,
        person.secured_at is not None,
        person.blocked_at,
        contacts_of(person_id),
        workplaces_of(person_id, language),
        lost_of(person_id),
        _decisions_about(person_id),
    )


def lost_of(person_id: int) -> list[LostLine]:
    """The requests in a person's name to take a lost factor away, latest first."""
    agreed = aliased(Person)
    rows = db.session.execute(
        select(LostFactor.id, LostFactor.state, LostFactor.asked_at, LostFactor.due_at, agreed.name, LostFactor.ended_at)
        .outerjoin(agreed, agreed.id == LostFactor.agreed_by)
        .where(LostFactor.person_id == person_id)
        .order_by(LostFactor.id.desc())
        .limit(20)
    )
    return [LostLine(*row) for row in rows]


def _decisions_about(person_id: int) -> list[AccountDecision]:
    rows = db.session.execute(
        select(PersonDecision.decision, PersonDecision.decided_at, Person.name, PersonDecision.reason)
        .join(Person, Person.id == PersonDecision.decided_by)
        .where(PersonDecision.person_id == person_id)
        .order_by(PersonDecision.id.desc())
        .limit(50)
    )
    return [AccountDecision(*row) for row in rows]


def lost_due(moment: datetime) -> list[int]:
    """The requests whose 48 hours are over, oldest first."""
    return list(
        db.session.scalars(
            select(LostFactor.id).where(LostFactor.state == "waiting", LostFactor.due_at <= moment).order_by(LostFactor.id)
        )
    )


def lost_counts() -> dict[str, int]:
    """{state: how many} of the open requests."""
    rows = db.session.execute(
        select(LostFactor.state, func.count()).where(LostFactor.state.in_(LOST_OPEN)).group_by(LostFactor.state)
    )
    return dict(rows.all())
