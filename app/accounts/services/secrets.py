"""Open secrets die with what they hung on: every act that takes a way in or a right goes through void_secrets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Delete, Select, Update, and_, delete, or_, select, update

from app.accounts.models import Code, Contact, EntryCard, Invitation, Membership, Person
from app.accounts.permissions import HEADS
from app.accounts.rules.secrets import DIES_WITH
from app.accounts.services.known_browsers import forget_browsers_of
from app.accounts.signals import secrets_voided
from app.engines import sessions
from app.engines.db import db
from app.kernel.contacts import ContactValue
from app.kernel.errors import NotFound


@dataclass(frozen=True)
class Change:
    """What has become of a person: an event of `DIES_WITH`, the contact that was theirs, the organisation it happened in."""

    event: str
    person_id: int
    contact: ContactValue | None = None
    organisation_id: int | None = None
    keep_session: int | None = None


def locked_person(person_id: int) -> Person:
    """The person as they stand now, locked until the transaction ends. Raises NotFound.

    Locks are taken in one order: organisation or group, person, then codes, invitations and contacts.
    """
    person = db.session.scalar(
        select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True)
    )
    if person is None:
        raise NotFound()
    return person


def void_secrets(
    event: str,
    person_id: int,
    *,
    contact: ContactValue | None = None,
    organisation_id: int | None = None,
    keep_session: int | None = None,
) -> None:
    """Every open secret that hung on what has just changed is worth nothing, in the caller's transaction.

    Called before a contact's row goes and after a role's row has gone. `keep_session` is the one in the person's hand.
    """
    change = Change(event, person_id, contact, organisation_id, keep_session)
    dying = DIES_WITH[event]
    for kind, void in VOIDERS.items():
        if kind in dying:
            void(change)
    secrets_voided.send("accounts", person_id=person_id, contact=contact, sent="invitations-sent" in dying, event=event)


def _move_standing(change: Change) -> None:
    """Codes and challenges remember the standing they were made under, and ask for it under this lock."""
    locked_person(change.person_id).standing += 1
    db.session.flush()


def _carry_out(statement: Delete | Update) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))


def _codes_of_contact(change: Change) -> None:
    """A sign-up has no person yet: it hangs on the contact alone."""
    contact = _contact_of(change)
    _carry_out(delete(Code).where(Code.kind == contact.kind, Code.contact == contact.value))


def _contact_of(change: Change) -> ContactValue:
    if change.contact is None:
        raise ValueError(f"{change.event} names its contact")
    return change.contact


def _sessions(change: Change) -> None:
    sessions.end_sessions_of(change.person_id, but=change.keep_session)


def _browsers(change: Change) -> None:
    forget_browsers_of(change.person_id)


_OPEN = Invitation.used_at.is_(None)


def _invitations_to_contact(change: Change) -> None:
    contact = _contact_of(change)
    _carry_out(delete(Invitation).where(_OPEN, Invitation.kind == contact.kind, Invitation.contact == contact.value))


def _invitations_sent(change: Change) -> None:
    _carry_out(delete(Invitation).where(_OPEN, Invitation.invited_by == change.person_id))


def _invitations_sent_here(change: Change) -> None:
    """Who no longer decides has no way left to let somebody in."""
    _carry_out(
        delete(Invitation).where(
            _OPEN,
            Invitation.organisation_id == change.organisation_id,
            Invitation.invited_by == change.person_id,
            ~_heads_still(change).exists(),
        )
    )


def _heads_still(change: Change) -> Select[int]:
    return select(Membership.id).where(
        Membership.organisation_id == change.organisation_id,
        Membership.person_id == change.person_id,
        Membership.role.in_(HEADS),
    )


def _void_cards(*which: ColumnElement[bool]) -> None:
    _carry_out(update(EntryCard).where(EntryCard.used_at.is_(None), *which).values(void=True))


def _cards_made(change: Change) -> None:
    _void_cards(EntryCard.made_by == change.person_id)


def _cards_made_here(change: Change) -> None:
    here = EntryCard.organisation_id == change.organisation_id
    _void_cards(EntryCard.made_by == change.person_id, here, ~_heads_still(change).exists())


def _cards_made_by_office(change: Change) -> None:
    _void_cards(EntryCard.made_by == change.person_id, EntryCard.organisation_id.is_(None))


def _invitations_to_person_here(change: Change) -> None:
    """Who was taken a role does not take it back by an older letter."""
    own = db.session.execute(select(Contact.kind, Contact.value).where(Contact.person_id == change.person_id)).all()
    theirs = [and_(Invitation.kind == kind, Invitation.contact == value) for kind, value in own]
    if theirs:
        here = Invitation.organisation_id == change.organisation_id
        _carry_out(delete(Invitation).where(_OPEN, here, or_(*theirs)))


# In the order of the locks. A new kind of secret is one line here, and its name in DIES_WITH; what remembers the standing
# of its person (a code, the challenge of a second factor) needs none.
VOIDERS: Mapping[str, Callable[[Change], None]] = {
    "standing": _move_standing,
    "codes-of-contact": _codes_of_contact,
    "sessions": _sessions,
    "browsers": _browsers,
    "invitations-to-contact": _invitations_to_contact,
    "invitations-sent": _invitations_sent,
    "invitations-sent-here": _invitations_sent_here,
    "invitations-to-person-here": _invitations_to_person_here,
    "cards-made": _cards_made,
    "cards-made-here": _cards_made_here,
    "cards-made-by-office": _cards_made_by_office,
}


def still_stands(person_id: int, standing: int | None) -> bool:
    """Is this secret, made under that standing of its person, worth anything still? Locks the person until the end."""
    return locked_person(person_id).standing == standing
