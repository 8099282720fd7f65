"""People: signing up, in and out, passwords, contacts, sessions, preferences."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Contact, Person
from app.accounts.permissions import require_operator
from app.accounts.queries.people import contacts_of, reach
from app.accounts.rules.notices import LETTERS_TO, NOTICE_CHANNELS, NOTICE_KINDS
from app.accounts.rules.passwords import person_name
from app.accounts.services.codes import Asked
from app.accounts.services.known_browsers import forget_browsers_of
from app.accounts.services.letters import write_contact_changed, write_password_changed
from app.accounts.services.secrets import locked_person, still_stands, void_secrets
from app.accounts.signals import guest_signed_in
from app.engines import sessions
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import LANGUAGES


def add_person(
    actor: Actor,
    name: str,
    contact: ContactValue,
    password_hash: str | None,
    language: str,
    moment: datetime,
    *,
    operator: bool = False,
    instructor: bool = False,
) -> int:
    """A person with one verified contact. Raises Conflict("contact-taken") when the contact has its person."""
    person = Person(
        name=person_name(name),
        language=language if language in LANGUAGES else "fr",
        password_hash=password_hash,
        is_operator=operator,
        is_instructor=instructor,
        is_demo=False,
        preferences={},
        created_at=moment,
    )
    db.session.add(person)
    db.session.flush()
    _add_contact(person.id, contact, moment)
    record(actor, "add-person", "person", person.id)
    return person.id


def _add_contact(person_id: int, contact: ContactValue, moment: datetime) -> None:
    taken = select(Contact.id).where(Contact.kind == contact.kind, Contact.value == contact.value)
    if db.session.scalar(taken) is not None:
        raise Conflict("contact-taken", "contact")
    db.session.add(Contact(person_id=person_id, kind=contact.kind, value=contact.value, verified_at=moment))
    try:
        db.session.flush()
    except IntegrityError:  # another process confirmed the same contact in this very moment
        raise Conflict("contact-taken", "contact") from None


def finish_sign_up(actor: Actor, asked: Asked, moment: datetime) -> int:
    """The code came back: the account opens. Returns the person."""
    facts = asked.facts
    return add_person(actor, facts["name"], asked.contact, facts["password_hash"], facts["language"], moment)


def add_own_contact(actor: Actor, asked: Asked, moment: datetime) -> None:
    """The code came back: the contact opens this account too, and the earlier contacts are told."""
    person_id = require_person(actor)
    if asked.person_id != person_id:
        raise NotFound()
    before = reach([person_id])
    _add_contact(person_id, asked.contact, moment)
    write_contact_changed(before, asked.contact.value, added=True)
    record(actor, "add-contact", "person", person_id)


def remove_own_contact(actor: Actor, contact_id: int) -> None:
    """One contact always stays. What was sent to the one that goes is worth nothing any more."""
    person_id = require_person(actor)
    person = locked_person(person_id)
    found = db.session.scalar(select(Contact).where(Contact.id == contact_id, Contact.person_id == person_id))
    if found is None:
        raise NotFound()
    if db.session.scalar(select(func.count()).where(Contact.person_id == person_id, Contact.verified_at.is_not(None))) == 1:
        raise Conflict("last-contact")
    told = reach([person_id])
    void_secrets("contact-removed", person_id, contact=ContactValue(found.kind, found.value))
    db.session.execute(delete(Contact).where(Contact.id == contact_id))
    chosen = (LETTERS_TO, contact_id)
    person.preferences = dict(wish for wish in person.preferences.items() if wish != chosen)
    write_contact_changed(told, found.value, added=False)
    record(actor, "remove-contact", "person", person_id)


def note_sign_in(actor: Actor, person_id: int, standing: int, guest: str | None) -> None:
    """A person came in; what the guest of this session had gathered becomes theirs.

    `standing` is the one under which they proved who they are. Raises Invalid("sign-in-refused") when it has moved on: a
    password that was changed in this very moment opens no session.
    """
    if not still_stands(person_id, standing):
        raise Invalid("sign-in-refused")
    record(actor, "sign-in", "person", person_id)
    if guest:
        guest_signed_in.send("accounts", person_id=person_id, guest=guest)


def note_refused_sign_in(actor: Actor, person_id: int | None) -> None:
    record(actor, "refuse-sign-in", "person", person_id)


def note_sign_out(actor: Actor) -> None:
    record(actor, "sign-out", "person", require_person(actor))


def set_password(actor: Actor, person_id: int, password_hash: str, keep_session: int | None = None) -> None:
    """A new password: other sessions end, codes and unused invitations are void, every contact is told."""
    locked_person(person_id).password_hash = password_hash
    void_secrets("password-set", person_id, keep_session=keep_session)
    write_password_changed(reach([person_id]))
    record(actor, "set-password", "person", person_id)


def rename(actor: Actor, name: str) -> None:
    person = locked_person(require_person(actor))
    person.name = person_name(name)
    record(actor, "rename", "person", person.id)


def set_preferences(actor: Actor, language: str, off: Mapping[str, Sequence[str]], letters_to: int | None = None) -> None:
    """The language of letters, {channel: notice kinds that are off}, and the contact of one's own that letters go to.

    Raises NotFound for a contact that is not one's own.
    """
    if language not in LANGUAGES:
        raise Invalid("language-unknown", "language")
    person = locked_person(require_person(actor))
    if letters_to is not None and letters_to not in {line.id for line in contacts_of(person.id)}:
        raise NotFound()
    person.language = language
    person.preferences = {
        **({} if letters_to is None else {LETTERS_TO: letters_to}),
        **{channel: [kind for kind in NOTICE_KINDS if kind in off.get(channel, ())] for channel in NOTICE_CHANNELS},
    }
    record(actor, "set-preferences", "person", person.id)


def end_own_session(actor: Actor, session_id: int) -> None:
    """End one of one's own sessions; NotFound for somebody else's."""
    person_id = require_person(actor)
    if sessions.end_sessions_of(person_id, only=session_id) == 0:
        raise NotFound()
    record(actor, "end-session", "person", person_id)


def end_other_sessions(actor: Actor, keep_session: int, keep_browser: str = "") -> int:
    """End all of one's sessions but one, and know no browser but this one; returns how many sessions ended."""
    person_id = require_person(actor)
    forget_browsers_of(person_id, but=keep_browser)
    ended = sessions.end_sessions_of(person_id, but=keep_session)
    record(actor, "end-other-sessions", "person", person_id, ended=ended)
    return ended


def promote(actor: Actor, person_id: int, *, operator: bool | None = None, instructor: bool | None = None) -> None:
    """Give or take the office's or an instructor's rights: who has other rights signs in anew."""
    require_operator(actor)
    person = locked_person(person_id)
    held = (person.is_operator, person.is_instructor)
    if operator is not None:
        person.grace_from = now() if operator and not person.is_operator else person.grace_from
        person.is_operator = operator
    if instructor is not None:
        person.is_instructor = instructor
    if held != (person.is_operator, person.is_instructor):
        void_secrets("rights-changed", person_id)
    record(actor, "promote", "person", person_id, operator=int(person.is_operator), instructor=int(person.is_instructor))
