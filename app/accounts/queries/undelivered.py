"""Letters that the relay refused for good, with whose address it is."""

from dataclasses import dataclass

from sqlalchemy import select

from app.accounts.models import Contact, Person
from app.engines import mail
from app.engines.db import db
from app.kernel.contacts import ContactValue


@dataclass(frozen=True)
class UndeliveredLine:
    """An address with refused letters; `person` is the name of whose it is, empty for a stranger's."""

    facts: mail.Undelivered
    person: str


def undelivered_letters(page: int, size: int) -> tuple[list[UndeliveredLine], int]:
    """A page of the addresses, the latest first, and how many there are."""
    rows, total = mail.undelivered(page, size)
    owners = db.session.execute(
        select(Contact.kind, Contact.value, Person.name)
        .join(Person)
        .where(
            Contact.kind.in_(sorted({row.channel for row in rows})),
            Contact.value.in_([row.recipient for row in rows]),
            Contact.verified_at.is_not(None),
        )
    )
    names = {(kind, value): name for kind, value, name in owners}
    return [UndeliveredLine(row, names.get((row.channel, row.recipient), "")) for row in rows], total


def refused_contacts(person_id: int) -> list[ContactValue]:
    """The person's addresses and numbers that do not exist, as relay and gateway say."""
    owned = select(Contact.kind, Contact.value).where(Contact.person_id == person_id).order_by(Contact.id)
    contacts = [(kind, value) for kind, value in db.session.execute(owned)]
    refused = {
        (kind, value)
        for kind in {kind for kind, _value in contacts}
        for value in mail.refused_addresses(kind, [value for own, value in contacts if own == kind])
    }
    return [ContactValue(kind, value) for kind, value in contacts if (kind, value) in refused]
