"""The cooperatives behind a basket or a purchase: who they are, whom they let handle orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.accounts.models import Contact, Membership, Organisation, OrganisationText, Person
from app.engines.db import db
from app.kernel.actor import CHAIR, SELLER


@dataclass(frozen=True)
class Seller:
    """A cooperative as a buyer must know it before buying."""

    id: int
    slug: str
    name: str
    territory: str
    region: str
    commune: str | None
    address: str | None
    phone: str | None
    mail: str | None


@dataclass(frozen=True)
class Recipient:
    """Somebody a letter goes to; `kind` is mail or phone."""

    kind: str
    value: str
    language: str


def sellers(organisation_ids: Iterable[int], language: str) -> dict[int, Seller]:
    """The cooperatives by id, named in the language or the one they wrote in; one statement."""
    wanted, source = aliased(OrganisationText), aliased(OrganisationText)
    statement: Select[*tuple[Any, ...]] = (
        select(
            Organisation.id,
            Organisation.slug,
            wanted.name.label("name"),
            source.name.label("source"),
            Organisation.territory,
            Organisation.region,
            Organisation.commune,
            Organisation.address,
            Organisation.phone,
            Organisation.mail,
        )
        .outerjoin(wanted, (wanted.organisation_id == Organisation.id) & (wanted.language == language))
        .outerjoin(source, (source.organisation_id == Organisation.id) & source.source)
        .where(Organisation.id.in_(set(organisation_ids)))
    )
    rows = db.session.execute(statement)
    return {row.id: Seller(row.id, row.slug, row.name or row.source or row.slug, *row[4:]) for row in rows}


def office_recipients(organisation_id: int) -> list[Recipient]:
    """The verified contacts of the chair and the sellers who want to hear of orders; mail before phone, one each."""
    rows = db.session.execute(
        select(Person.id, Person.language, Person.preferences, Contact.kind, Contact.value)
        .join(Membership, Membership.person_id == Person.id)
        .join(Contact, Contact.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role.in_((CHAIR, SELLER)),
            Contact.verified_at.is_not(None),
        )
        .order_by(Person.id, Contact.kind, Contact.id)
    ).all()
    recipients: dict[int, Recipient] = {}
    for row in rows:
        if row.id not in recipients and "orders" not in (row.preferences or {}).get(row.kind, []):
            recipients[row.id] = Recipient(row.kind, row.value, row.language)
    return list(recipients.values())


def first_contacts(person_id: int) -> dict[str, str]:
    """{kind: value} of a person's first verified mail and phone."""
    rows = db.session.execute(
        select(Contact.kind, Contact.value)
        .where(Contact.person_id == person_id, Contact.verified_at.is_not(None))
        .order_by(Contact.id.desc())
    )
    return dict(rows.all())
