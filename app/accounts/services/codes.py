"""Codes: asked for, tried, used once. An answer never tells whether a contact is known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from app.accounts import gateway
from app.accounts.models import Code
from app.accounts.queries.people import Known, person_of, person_with_contact
from app.accounts.rules.limits import CODE_LIFE, CODE_TRIES
from app.accounts.services.letters import write_already_known, write_code
from app.accounts.services.secrets import still_stands
from app.engines.db import db, rows_changed
from app.engines.journal import record
from app.engines.mail import carries
from app.kernel.actor import Actor, require_person
from app.kernel.contacts import ContactValue
from app.kernel.errors import Invalid


@dataclass(frozen=True)
class Asked:
    """A code row that fitted its code: what it confirms."""

    purpose: str
    contact: ContactValue
    person_id: int | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """What became of a try: `asked` when the code fitted, else how many tries are left (0: ask for a new code)."""

    asked: Asked | None
    left: int = 0


def ask_sign_up(actor: Actor, contact: ContactValue, name: str, password_hash: str, moment: datetime) -> int:
    """Begin a sign-up; returns the id the browser keeps. Who has an account already gets a letter that says so."""
    known = person_with_contact(contact)
    facts = {"name": name, "language": actor.language, "password_hash": password_hash}
    row, code = _new_code("sign-up", contact, None, known is None, moment, facts if known is None else {})
    if known is None:
        write_code(contact, "sign-up", code, actor.language)
    else:
        write_already_known(contact, known.language)
    record(actor, "ask-code", "code", row.id, purpose="sign-up")
    return row.id


def ask_reset(actor: Actor, contact: ContactValue, moment: datetime) -> int:
    """Begin a new password; nothing is sent to an unknown contact, and the answer is the same."""
    known = person_with_contact(contact)
    row, code = _new_code("reset", contact, known, known is not None, moment)
    if known is not None:
        write_code(contact, "reset", code, known.language)
    record(actor, "ask-code", "code", row.id, purpose="reset")
    return row.id


def ask_contact(actor: Actor, contact: ContactValue, moment: datetime) -> int:
    """Begin adding a contact to one's account; somebody else's contact gets a letter instead of a code."""
    known = person_with_contact(contact)
    row, code = _new_code("contact", contact, person_of(require_person(actor)), known is None, moment)
    if known is None:
        write_code(contact, "contact", code, actor.language)
    else:
        write_already_known(contact, known.language)
    record(actor, "ask-code", "code", row.id, purpose="contact")
    return row.id


def ask_sign_in(actor: Actor, contact: ContactValue, person: Known, ticket_hash: str, moment: datetime) -> None:
    """The password was right, and too many wrong ones came before: a code from the contact is asked too."""
    row, code = _new_code("sign-in", contact, person, True, moment)
    row.ticket_hash = ticket_hash
    write_code(contact, "sign-in", code, person.language)
    record(actor, "ask-code", "code", row.id, purpose="sign-in")


def code_of_ticket(ticket_hash: str) -> int:
    """The code that the page with this ticket waits for; 0 for a ticket that a wrong password got."""
    return db.session.scalar(select(Code.id).where(Code.ticket_hash == ticket_hash)) or 0


def ask_code(actor: Actor, purpose: str, contact: ContactValue, moment: datetime) -> tuple[int, str]:
    """A code by which a contact confirms something of another module, which writes the letter: (its id, the digits)."""
    row, code = _new_code(purpose, contact, None, True, moment)
    record(actor, "ask-code", "code", row.id, purpose=purpose)
    return row.id, code


def _new_code(
    purpose: str,
    contact: ContactValue,
    person: Known | None,
    sent: bool,
    moment: datetime,
    facts: dict[str, Any] | None = None,
) -> tuple[Code, str]:
    if not carries(contact.kind):
        raise Invalid(f"{contact.kind}-out-of-reach", "contact")  # also where nobody is written to: known or not
    code = gateway.new_code()
    row = Code(
        purpose=purpose,
        kind=contact.kind,
        contact=contact.value,
        person_id=person.id if person else None,
        standing=person.standing if person else None,
        sent=sent,
        facts=facts or {},
        code_hash=gateway.keyed("code", purpose, contact.value, code),
        wrong_tries=0,
        expires_at=moment + CODE_LIFE,
        used_at=None,
    )
    db.session.add(row)
    db.session.flush()
    return row, code


def try_code(code_id: int, purpose: str, code: str, moment: datetime) -> Tried:
    """Charge a try, then compare; a code that fits is used up. Never raises: a wrong try must stay counted.

    A code whose person stands otherwise than when it was asked for is worth nothing: see services.secrets.
    """
    hung = db.session.execute(select(Code.person_id, Code.standing).where(Code.id == code_id)).first()
    stands = hung is None or hung.person_id is None or still_stands(hung.person_id, hung.standing)
    charged = rows_changed(
        update(Code)
        .where(
            Code.id == code_id,
            Code.purpose == purpose,
            Code.used_at.is_(None),
            Code.expires_at > moment,
            Code.wrong_tries < CODE_TRIES,
        )
        .values(wrong_tries=Code.wrong_tries + 1)
        .execution_options(synchronize_session=False)
    )
    if charged != 1:
        return Tried(None)
    row = db.session.scalars(select(Code).where(Code.id == code_id).execution_options(populate_existing=True)).one()
    fits = row.code_hash == gateway.keyed("code", purpose, row.contact, code)
    if not (fits and row.sent):
        return Tried(None, CODE_TRIES - row.wrong_tries)
    if not stands:
        return Tried(None)
    asked = Asked(row.purpose, ContactValue(row.kind, row.contact), row.person_id, dict(row.facts))
    row.used_at, row.facts = moment, {}
    return Tried(asked)


def forget_codes(moment: datetime) -> None:
    """Codes that are worth nothing any more, with what they kept."""
    db.session.execute(delete(Code).where(Code.expires_at < moment).execution_options(synchronize_session=False))
