"""The cooperatives behind a basket or a purchase: who they are, whom they let handle orders."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Contact, Membership, Organisation, OrganisationText
from app.engines.db import execute
from app.kernel.actor import CHAIR, SELLER

_wanted, _source = aliased(OrganisationText), aliased(OrganisationText)
SELLERS = (
    select(
        Organisation.id,
        Organisation.slug,
        func.coalesce(func.nullif(_wanted.name, ""), func.nullif(_source.name, ""), Organisation.slug),
        Organisation.territory,
        Organisation.region,
        Organisation.commune,
        Organisation.address,
        Organisation.phone,
        Organisation.mail,
    )
    .outerjoin(_wanted, (_wanted.organisation_id == Organisation.id) & (_wanted.language == bindparam("language")))
    .outerjoin(_source, (_source.organisation_id == Organisation.id) & _source.source)
    .where(Organisation.id.in_(bindparam("ids", expanding=True)))
)

OFFICE = (
    select(Organisation.slug, Organisation.territory, Membership.person_id)
    .outerjoin(Membership, (Membership.organisation_id == Organisation.id) & Membership.role.in_((CHAIR, SELLER)))
    .where(Organisation.id == bindparam("organisation"))
    .distinct()
    .order_by(Membership.person_id)
)
CONTACTS = (
    select(Contact.kind, Contact.value)
    .where(Contact.person_id == bindparam("person"), Contact.verified_at.is_not(None))
    .order_by(Contact.id.desc())
)


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


def sellers(organisation_ids: Iterable[int], language: str) -> dict[int, Seller]:
    """The cooperatives by id, named in the language or the one they wrote in; one statement."""
    rows = execute(SELLERS, {"ids": list(set(organisation_ids)), "language": language})
    return {row[0]: Seller(*row) for row in rows}


@dataclass(frozen=True)
class OrderOffice:
    """Where a cooperative reads its orders; `readers` are the chair and the sellers, in a steady order."""

    slug: str
    territory: str
    readers: tuple[int, ...]


def order_office(organisation_id: int) -> OrderOffice:
    """Who is told of a cooperative's orders; one statement."""
    rows = execute(OFFICE, {"organisation": organisation_id}).all()
    return OrderOffice(rows[0].slug, rows[0].territory, tuple(row.person_id for row in rows if row.person_id is not None))


def first_contacts(person_id: int) -> dict[str, str]:
    """{kind: value} of a person's first verified mail and phone."""
    return dict(execute(CONTACTS, {"person": person_id}).all())
