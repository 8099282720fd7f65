"""The cooperatives behind a basket or a purchase: who they are, whom they let handle orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.accounts.models import Contact, Membership, Organisation, OrganisationText
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


def order_readers(organisation_id: int) -> list[int]:
    """The chair and the sellers, who are told of orders, in a steady order."""
    roles = (Membership.organisation_id == organisation_id) & Membership.role.in_((CHAIR, SELLER))
    return list(db.session.scalars(select(Membership.person_id).where(roles).distinct().order_by(Membership.person_id)))


def first_contacts(person_id: int) -> dict[str, str]:
    """{kind: value} of a person's first verified mail and phone."""
    rows = db.session.execute(
        select(Contact.kind, Contact.value)
        .where(Contact.person_id == person_id, Contact.verified_at.is_not(None))
        .order_by(Contact.id.desc())
    )
    return dict(rows.all())
