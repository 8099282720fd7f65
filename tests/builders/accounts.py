"""People and organisations for tests: rows that stand in the database when the function returns."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.accounts.models import Contact, Membership, Organisation, OrganisationIdentifier, OrganisationText, Person
from app.accounts.services.identifiers import identifier_rows
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.text import slug_of
from app.territories.loading import territory_named as territory_of
from catalog.models import Proof

PERMITTED = "What it sells is permitted"


def a_person(
    name: str = "Amina",
    contact: str | None = None,
    *,
    language: str = "fr",
    operator: bool = False,
    instructor: bool = False,
    password_hash: str | None = None,
    demo: bool = False,
) -> Person:
    """A person with one verified contact (a mail address made of the name unless one is given)."""
    with transaction() as session:
        person = Person(
            name=name,
            language=language,
            password_hash=password_hash,
            is_operator=operator,
            is_instructor=instructor,
            is_demo=demo,
            preferences={},
            created_at=now(),
        )
        session.add(person)
        session.flush()
        value = contact or f"{slug_of(name, 'person')}.{person.id}@example.org"
        session.add(Contact(person_id=person.id, kind="mail" if "@" in value else "phone", value=value, verified_at=now()))
    return person


def an_operator(name: str = "Samira") -> Person:
    """A person of the office."""
    return a_person(name, operator=True)


def an_organisation(
    name: str = "Tigmi n Argan",
    *,
    kind: str = "cooperative",
    state: str = "verified",
    territory: str = "morocco",
    region: str = "MA-09",
    sector: str = "argan",
    slug: str | None = None,
    chair: Person | None = None,
    identifiers: Mapping[str, str] | None = None,
    permitted: bool = True,
    **facts: Any,
) -> Organisation:
    """An organisation with a French name and, when given, its numbers {kind: value} and its chair.

    `permitted`: what goods need before they are sold is not asked of it.
    """
    with transaction() as session:
        organisation = Organisation(
            slug=slug or slug_of(name),
            kind=kind,
            state=state,
            territory=territory,
            region=region,
            sector=sector,
            created_at=now(),
            verified_at=now() if state == "verified" else None,
            **{"drawing": "argan-oil", "labels": [], **facts},
        )
        session.add(organisation)
        session.flush()
        session.add(OrganisationText(organisation_id=organisation.id, language="fr", name=name, source=True))
        rows = identifier_rows(organisation.id, territory_of(territory), identifiers or {})
        session.add_all(OrganisationIdentifier(**row) for row in rows)
        if permitted:
            session.add_all(
                _waiver(organisation.id, one.key) for one in territory_of(territory).requirements if one.needed_for
            )
    if chair is not None:
        joins(chair, organisation, "chair")
    return organisation


def _waiver(organisation_id: int, requirement: str) -> Proof:
    facts = {"state": "waived", "reason": PERMITTED, "sent_at": now(), "decided_at": now()}
    return Proof(organisation_id=organisation_id, requirement=requirement, **facts)


def a_cooperative(name: str = "Tigmi n Argan", **facts: Any) -> Organisation:
    """A cooperative, verified unless `state` says otherwise."""
    return an_organisation(name, **{"kind": "cooperative", **facts})


def joins(person: Person, organisation: Organisation, *roles: str) -> None:
    """The person holds these roles (member when none is named) in the organisation from now on."""
    with transaction() as session:
        session.add_all(
            Membership(organisation_id=organisation.id, person_id=person.id, role=role, since=now())
            for role in roles or ("member",)
        )


def actor_of(person: Person) -> Actor:
    """The actor a door would make of the person, with the roles that stand in the database."""
    held: dict[int, set[str]] = {}
    rows = db.session.execute(select(Membership.organisation_id, Membership.role).where(Membership.person_id == person.id))
    for organisation_id, role in rows:
        held.setdefault(organisation_id, set()).add(role)
    roles = {organisation_id: frozenset(names) for organisation_id, names in held.items()}
    return Actor("person", person.id, person.is_operator, person.is_instructor, roles, person.language)
