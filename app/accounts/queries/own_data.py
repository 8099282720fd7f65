"""What accounts keep of a person, told to that person."""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, null, or_, select, union_all

from app.accounts.models import (
    ActWaiting,
    AppFactor,
    Code,
    Contact,
    EntryCard,
    Invitation,
    KnownBrowser,
    LongWorkUnderWay,
    LostFactor,
    Membership,
    Organisation,
    OrganisationText,
    Paper,
    Passkey,
    Person,
    PersonDecision,
    PrintedCode,
    Verification,
)
from app.accounts.rules.organisations import ROLES
from app.accounts.rules.papers import FILE_KINDS
from app.engines.db import db
from app.engines.own_data import OwnData, Whose
from app.kernel.actor import CHAIR
from app.kernel.contacts import ContactValue
from app.kernel.errors import Conflict, NotFound
from app.kernel.text import msg

ENTRY = msg("To let you in and to write to you.")
WORK = msg("To know who may act for an organisation, and who decided what.")


def whose(person_id: int) -> Whose:
    """The person with every contact that is theirs. Raises NotFound."""
    if db.session.scalar(select(Person.id).where(Person.id == person_id)) is None:
        raise NotFound()
    rows = db.session.execute(
        select(Contact.kind, Contact.value)
        .where(Contact.person_id == person_id, Contact.verified_at.is_not(None))
        .order_by(Contact.id)
    )
    return Whose(person_id, tuple(ContactValue(*row) for row in rows))


def _organisation(organisation_id: ColumnElement[int] | Any) -> ScalarSelect[str]:
    """The name of an organisation in the language it was first written in."""
    text = OrganisationText
    return (
        select(text.name)
        .where(text.organisation_id == organisation_id, text.source)
        .correlate_except(text)
        .scalar_subquery()
    )


def _person(who: Whose) -> Select[*tuple[Any, ...]]:
    return select(
        Person.id,
        Person.name,
        Person.language,
        Person.is_operator.label("operator"),
        Person.is_instructor.label("instructor"),
        Person.sign_in_number.label("number"),
        Person.preferences,
        Person.created_at,
        Person.erased_at,
    ).where(Person.id == who.person_id)


def _contacts(who: Whose) -> Select[*tuple[Any, ...]]:
    return (
        select(Contact.id, Contact.kind, Contact.value.label("contact"), Contact.verified_at.label("confirmed_at"))
        .where(Contact.person_id == who.person_id)
        .order_by(Contact.id)
    )


def _codes(who: Whose) -> Select[*tuple[Any, ...]]:
    return (
        select(Code.id, Code.purpose, Code.kind, Code.contact, Code.expires_at, Code.used_at)
        .where(or_(Code.person_id == who.person_id, who.reached_by(Code.kind, Code.contact)))
        .order_by(Code.id)
    )


def _memberships(who: Whose) -> Select[*tuple[Any, ...]]:
    name = _organisation(Membership.organisation_id).label("organisation")
    return (
        select(Membership.id, name, Membership.role, Membership.since)
        .where(Membership.person_id == who.person_id)
        .order_by(Membership.id)
    )


def _invitation(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    row = Invitation
    name = _organisation(row.organisation_id).label("organisation")
    return select(row.id, name, row.kind, row.contact, row.role, row.expires_at, row.used_at).where(which).order_by(row.id)


def _invitations_sent(who: Whose) -> Select[*tuple[Any, ...]]:
    return _invitation(Invitation.invited_by == who.person_id)


def _invitations_received(who: Whose) -> Select[*tuple[Any, ...]]:
    return _invitation(who.reached_by(Invitation.kind, Invitation.contact))


def _verifications(who: Whose) -> Select[*tuple[Any, ...]]:
    row = Verification
    return (
        select(
            row.id,
            _organisation(row.organisation_id).label("organisation"),
            row.asked_at,
            row.decided_at,
            row.decision,
            row.reason,
            (row.asked_by == who.person_id).label("asked_by_you"),
            (row.decided_by == who.person_id).label("decided_by_you"),
        )
        .where(or_(row.asked_by == who.person_id, row.decided_by == who.person_id))
        .order_by(row.id)
    )


def _factors(who: Whose) -> Select[*tuple[Any, ...]]:
    """Each thing that proves who they are, by its name where it has one; never what it holds."""
    columns = ("name", "created_at", "used_at")
    kinds = (
        (select(Passkey.name, Passkey.created_at, Passkey.used_at), Passkey.person_id),
        (select(null().label("name"), AppFactor.created_at, null().label("used_at")), AppFactor.person_id),
        (select(null().label("name"), PrintedCode.created_at, PrintedCode.used_at), PrintedCode.person_id),
    )
    found = union_all(*(statement.where(owner == who.person_id) for statement, owner in kinds)).subquery()
    return select(*(found.c[name] for name in columns))


def _browsers(who: Whose) -> Select[*tuple[Any, ...]]:
    row = KnownBrowser
    return select(row.id, row.known_at.label("seen_at")).where(row.person_id == who.person_id).order_by(row.id)


def _entry_cards(who: Whose) -> Select[*tuple[Any, ...]]:
    row = EntryCard
    return select(
        row.person_id.label("id"),
        _organisation(row.organisation_id).label("organisation"),
        row.reason,
        row.phone,
        row.made_at.label("created_at"),
        row.expires_at,
        row.used_at,
    ).where(row.person_id == who.person_id)


def _entry_cards_made(who: Whose) -> Select[*tuple[Any, ...]]:
    row = EntryCard
    return (
        select(
            row.person_id.label("id"),
            _organisation(row.organisation_id).label("organisation"),
            row.reason,
            row.made_at.label("created_at"),
        )
        .where(row.made_by == who.person_id)
        .order_by(row.made_at, row.person_id)
    )


def _decisions(who: Whose) -> Select[*tuple[Any, ...]]:
    row = PersonDecision
    return (
        select(row.id, row.decision, row.reason, row.decided_at, (row.decided_by == who.person_id).label("decided_by_you"))
        .where(or_(row.person_id == who.person_id, row.decided_by == who.person_id))
        .order_by(row.id)
    )


def _lost_factors(who: Whose) -> Select[*tuple[Any, ...]]:
    row = LostFactor
    return (
        select(row.id, row.state, row.asked_at, row.ended_at.label("done_at"))
        .where(or_(row.person_id == who.person_id, row.agreed_by == who.person_id))
        .order_by(row.id)
    )


def _acts(who: Whose) -> Select[*tuple[Any, ...]]:
    row = ActWaiting
    return (
        select(row.id, row.kind, row.state, row.asked_at, row.ended_at.label("done_at"))
        .where(or_(row.asked_by == who.person_id, row.ended_by == who.person_id))
        .order_by(row.id)
    )


def _long_work(who: Whose) -> Select[*tuple[Any, ...]]:
    row = LongWorkUnderWay
    return (
        select(
            row.id,
            row.kind,
            _organisation(row.organisation_id).label("organisation"),
            row.state,
            row.started_at,
            row.ended_at.label("done_at"),
        )
        .where(row.started_by == who.person_id)
        .order_by(row.id)
    )


def _papers(who: Whose) -> Select[*tuple[Any, ...]]:
    """The papers somebody gave for an organisation, whose they are; their content is the organisation's."""
    row = Paper
    return (
        select(
            row.id,
            _organisation(row.organisation_id).label("organisation"),
            row.kind,
            row.number,
            row.given_at.label("created_at"),
            row.expires_on.label("expires_at"),
        )
        .where(row.given_by == who.person_id)
        .order_by(row.id)
    )


_ROLES = {"role": ROLES}
OWN_DATA = (
    OwnData("person", msg("You"), ENTRY, _person),
    OwnData("contacts", msg("Your contacts"), ENTRY, _contacts),
    OwnData("codes", msg("Codes sent to you"), ENTRY, _codes),
    OwnData("entry_cards", msg("Your entry card"), ENTRY, _entry_cards),
    OwnData("second_factors", msg("What proves that it is you"), ENTRY, _factors),
    OwnData("browsers", msg("Browsers that know you"), ENTRY, _browsers),
    OwnData("lost_factors", msg("Lost second factors"), ENTRY, _lost_factors),
    OwnData("decisions", msg("What the office decided about you, or you about others"), WORK, _decisions),
    OwnData("acts", msg("Acts for which you asked a second person, or which you decided"), WORK, _acts),
    OwnData("long_work", msg("Long work you started"), WORK, _long_work),
    OwnData("memberships", msg("Organisations you belong to"), WORK, _memberships, _ROLES),
    OwnData("invitations_sent", msg("Invitations you sent"), WORK, _invitations_sent, _ROLES),
    OwnData("invitations_received", msg("Invitations sent to you"), WORK, _invitations_received, _ROLES),
    OwnData("entry_cards_made", msg("Entry cards you made"), WORK, _entry_cards_made),
    OwnData("papers", msg("Papers you sent for organisations"), WORK, _papers, {"kind": FILE_KINDS}),
    OwnData("verifications", msg("Files of organisations you sent or decided"), WORK, _verifications),
)


def last_places(person_id: int) -> list[str]:
    """The slugs of the organisations whose only chair the person is."""
    chairs = Membership.role == CHAIR
    only = (
        select(Membership.organisation_id)
        .where(chairs)
        .group_by(Membership.organisation_id)
        .having(func.count() == 1, func.max(Membership.person_id) == person_id)
    )
    return list(db.session.scalars(select(Organisation.slug).where(Organisation.id.in_(only)).order_by(Organisation.id)))


def ties(who: Whose) -> list[Conflict]:
    """An organisation keeps a chair, and the house an operator."""
    names = [
        str(name)
        for name in db.session.scalars(
            select(OrganisationText.name)
            .join(Organisation, Organisation.id == OrganisationText.organisation_id)
            .where(OrganisationText.source, Organisation.slug.in_(last_places(who.person_id)))
            .order_by(Organisation.id)
        )
    ]
    found = [Conflict("chair-leaves", name=name) for name in names]
    operators = list(db.session.scalars(select(Person.id).where(Person.is_operator).limit(2)))
    if operators == [who.person_id]:
        found.append(Conflict("operator-leaves"))
    if db.session.scalar(select(Person.is_demo).where(Person.id == who.person_id)):
        found.append(Conflict("demo-person-stays"))
    return found
