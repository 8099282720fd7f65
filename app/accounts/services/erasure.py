"""A person goes: nothing of them stays but what the law makes the office keep, under a pseudonym."""

from datetime import datetime

from sqlalchemy import delete, select

from app.accounts.models import (
    AppFactor,
    Attempt,
    Code,
    Contact,
    EntryCard,
    Invitation,
    KnownBrowser,
    LostFactor,
    Membership,
    Passkey,
    Person,
    PersonDecision,
    PrintedCode,
)
from app.accounts.permissions import require_operator
from app.accounts.queries.entry_cards import never_used
from app.accounts.queries.own_data import whose
from app.accounts.services.organisations import locked_organisation
from app.accounts.services.secrets import locked_person, void_secrets
from app.accounts.signals import person_erased
from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.house_data import forget_letters
from app.engines.journal import record
from app.engines.language import speaking, translate
from app.engines.own_data import Whose, open_ties
from app.kernel.actor import Actor


def erase_person(actor: Actor, person_id: int, counted: str, moment: datetime, *, certificates: bool = False) -> bool:
    """Erase a person: themselves or the office. False when it was done before. Raises Conflict while a tie is open.

    `counted` is the subject under which their attempts are counted. With `certificates` those are revoked and lose the
    name too; without, they stay what anyone can check.
    """
    if actor.person_id != person_id:
        require_operator(actor)
    _lock(person_id)
    person = locked_person(person_id)
    if person.erased_at is not None:
        return False
    who = whose(person_id)
    for tie in open_ties(who):
        raise tie
    with speaking(person.language):
        name = translate("Erased person %(number)s", number=person_id)
    forget_letters(who, [person.name, *(one.value for one in who.contacts)], name)
    _forget(person, who, counted)
    person.name, person.preferences, person.erased_at = name, {}, moment
    db.session.flush()
    crash_point("person-half-erased")
    record(actor, "erase", "person", person_id)
    person_erased.send("accounts", whose=who, name=name, certificates=certificates)
    return True


def erase_never_used(actor: Actor, person_id: int, counted: str, before: datetime, moment: datetime) -> bool:
    """Erase the account of an entry card that nobody has used; False when somebody has come in, or has a later card.

    Raises Conflict while a tie is open.
    """
    _lock(person_id)
    locked_person(person_id)
    return person_id in never_used(before) and erase_person(actor, person_id, counted, moment)


def _lock(person_id: int) -> None:
    """In the order of the house: organisations, then people. Two last operators or chairs do not both go."""
    places = select(Membership.organisation_id).where(Membership.person_id == person_id).distinct()
    for organisation_id in sorted(db.session.scalars(places)):
        locked_organisation(organisation_id)
    operators = select(Person.id).where(Person.is_operator | (Person.id == person_id))
    db.session.execute(operators.order_by(Person.id).with_for_update())


def _forget(person: Person, who: Whose, counted: str) -> None:
    """Every way in and every right, what accounts keep, and what others sent to a contact that is nobody's any more."""
    void_secrets("erased", person.id)
    person.password_hash = person.sign_in_number = None
    person.is_operator = person.is_instructor = False
    person.secured_at = person.grace_from = person.blocked_at = None
    gone = [
        delete(Code).where((Code.person_id == person.id) | who.reached_by(Code.kind, Code.contact)),
        delete(Invitation).where((Invitation.invited_by == person.id) | who.reached_by(Invitation.kind, Invitation.contact)),
        delete(Attempt).where(Attempt.subject == counted),
        delete(Membership).where(Membership.person_id == person.id),
        delete(Contact).where(Contact.person_id == person.id),
    ]
    owned = (EntryCard, AppFactor, PrintedCode, Passkey, LostFactor, KnownBrowser, PersonDecision)
    for statement in (*gone, *(delete(table).where(table.person_id == person.id) for table in owned)):
        db.session.execute(statement.execution_options(synchronize_session=False))
