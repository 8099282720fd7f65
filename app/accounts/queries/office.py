"""What a cooperative's office and the operator's desk read; bank details only for who may see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.accounts.models import Contact, Invitation, Membership, Organisation, OrganisationText, Person, Verification
from app.accounts.queries.identifiers import public_identifiers
from app.accounts.queries.organisations import CARD, OrganisationCard, cards_of
from app.accounts.rules.organisations import ROLES, SELLERS
from app.engines.db import db
from app.engines.journal import JournalLine
from app.kernel.errors import NotFound


@dataclass(frozen=True)
class Colleague:
    """A person of an organisation with the roles held."""

    person_id: int
    name: str
    roles: tuple[str, ...]
    since: datetime


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation nobody has used yet."""

    id: int
    contact: str
    role: str
    expires_at: datetime


@dataclass(frozen=True)
class Decision:
    """A request to be verified, or a decision of the office."""

    asked_at: datetime
    asked_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    decision: str | None
    reason: str | None


@dataclass(frozen=True)
class InvitationPage:
    """What a person sees before joining. `used` when it cannot be used any more."""

    organisation_id: int
    role: str
    inviter: str
    used: bool


def own_facts(organisation_id: int) -> dict[str, Any]:
    """The facts a form of the office shows again, official numbers by their kind; without bank details."""
    names = (
        "kind",
        "region",
        "sector",
        "province",
        "commune",
        "postcode",
        "address",
        "founded",
        "members",
        "women",
        "phone",
        "mail",
        "picture_stem",
        "state",
        "territory",
        "drawing",
    )
    row = db.session.execute(
        select(*(getattr(Organisation, name) for name in names)).where(Organisation.id == organisation_id)
    ).first()
    if row is None:
        raise NotFound()
    return {**dict(zip(names, row, strict=True)), **public_identifiers([organisation_id]).get(organisation_id, {})}


def colleagues_of(organisation_id: int) -> list[Colleague]:
    """Everybody of an organisation, longest first; one statement."""
    rows = db.session.execute(
        select(Person.id, Person.name, Membership.role, Membership.since)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Membership.since, Membership.id)
    ).all()
    order = list(ROLES)
    people: dict[int, tuple[str, datetime, set[str]]] = {}
    for id_, name, role, since in rows:
        people.setdefault(id_, (name, since, set()))[2].add(role)
    return [
        Colleague(id_, name, tuple(sorted(roles, key=order.index)), since) for id_, (name, since, roles) in people.items()
    ]


def open_invitations(organisation_id: int, moment: datetime) -> list[OpenInvitation]:
    rows = db.session.execute(
        select(Invitation.id, Invitation.contact, Invitation.role, Invitation.expires_at)
        .where(Invitation.organisation_id == organisation_id, Invitation.used_at.is_(None), Invitation.expires_at > moment)
        .order_by(Invitation.id)
    )
    return [OpenInvitation(*row) for row in rows]


def invitation_by_hash(hashed: str, moment: datetime) -> InvitationPage:
    """The invitation of a letter's link. Raises NotFound."""
    row = db.session.execute(
        select(Invitation.organisation_id, Invitation.role, Person.name, Invitation.used_at, Invitation.expires_at)
        .join(Person, Person.id == Invitation.invited_by)
        .where(Invitation.token_hash == hashed)
    ).first()
    if row is None:
        raise NotFound()
    return InvitationPage(row[0], row[1], row[2], row[3] is not None or row[4] <= moment)


def decisions_on(organisation_id: int) -> list[Decision]:
    """What was asked and decided, latest first."""
    asker, decider = Person.__table__.alias("asker"), Person.__table__.alias("decider")
    rows = db.session.execute(
        select(
            Verification.asked_at,
            asker.c.name,
            Verification.decided_at,
            decider.c.name,
            Verification.decision,
            Verification.reason,
        )
        .outerjoin(asker, asker.c.id == Verification.asked_by)
        .outerjoin(decider, decider.c.id == Verification.decided_by)
        .where(Verification.organisation_id == organisation_id)
        .order_by(Verification.id.desc())
        .limit(50)
    )
    return [Decision(*row) for row in rows]


@dataclass(frozen=True)
class Deed:
    """A line of the journal with the name of who did it."""

    at: datetime
    verb: str
    who: str | None


def deeds_on(organisation_id: int, limit: int = 30) -> list[Deed]:
    """The journal of an organisation, latest first."""
    rows = db.session.execute(
        select(JournalLine.at, JournalLine.verb, Person.name)
        .outerjoin(Person, Person.id == JournalLine.actor_id)
        .where(JournalLine.subject_kind == "organisation", JournalLine.subject_id == organisation_id)
        .order_by(JournalLine.id.desc())
        .limit(limit)
    )
    return [Deed(*row) for row in rows]


def state_counts() -> dict[str, int]:
    """{state: organisations}, for the desk."""
    rows = db.session.execute(select(Organisation.state, func.count()).group_by(Organisation.state))
    return dict(rows.all())


def organisations_in_state(
    state: str, words: str, language: str, page: int, size: int
) -> tuple[list[OrganisationCard], int]:
    """One page of the desk's list, longest waiting first, narrowed to names that hold the words; and how many in all."""
    conditions = [Organisation.state == state]
    if words:
        named = select(OrganisationText.organisation_id).where(OrganisationText.name.icontains(words, autoescape=True))
        conditions.append(Organisation.id.in_(named))
    count = db.session.scalar(select(func.count()).select_from(Organisation).where(*conditions)) or 0
    statement = select(*CARD).where(*conditions).order_by(Organisation.id).limit(size).offset((page - 1) * size)
    return list(cards_of(statement, language).values()), count


def contacts_of_colleagues(organisation_id: int) -> dict[int, list[str]]:
    """{person: verified contacts}, for the office's file of an organisation."""
    rows = db.session.execute(
        select(Contact.person_id, Contact.value)
        .join(Membership, Membership.person_id == Contact.person_id)
        .where(Membership.organisation_id == organisation_id, Contact.verified_at.is_not(None))
        .distinct()
        .order_by(Contact.person_id, Contact.value)
    )
    contacts: dict[int, list[str]] = {}
    for person_id, value in rows:
        contacts.setdefault(person_id, []).append(value)
    return contacts


def founded_something(person_id: int) -> bool:
    """Does the person belong to a verified organisation of a kind that sells?"""
    return (
        db.session.scalar(
            select(Membership.id)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(Membership.person_id == person_id, Organisation.state == "verified", Organisation.kind.in_(SELLERS))
            .limit(1)
        )
        is not None
    )
