"""People and organisations that stand from the start: the demo's, and those an import brings along."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from app.accounts.models import (
    Contact,
    Membership,
    Organisation,
    OrganisationIdentifier,
    OrganisationText,
    Person,
    Verification,
)
from app.accounts.permissions import require_operator
from app.accounts.rules.identifiers import identifier_value
from app.accounts.services.identifiers import identifier_rows, write_identifiers
from app.accounts.services.organisations import OrganisationFacts, Words, add_organisation
from app.accounts.services.people import add_person
from app.accounts.signals import organisation_verified
from app.engines.db import db
from app.engines.generations import changed
from app.engines.journal import record
from app.kernel.actor import CHAIR, Actor
from app.kernel.contacts import ContactValue
from app.territories.loading import territory_named


@dataclass(frozen=True)
class DemoFace:
    """A person to make: one contact, rights, no secret of their own."""

    name: str
    mail: str
    language: str = "fr"
    operator: bool = False
    instructor: bool = False


def add_demo_people(actor: Actor, faces: Iterable[DemoFace], password_hash: str, moment: datetime) -> dict[str, int]:
    """{mail: person} of the demo's people, all with the same password hash."""
    require_operator(actor)
    made = {}
    for face in faces:
        person_id = add_person(
            actor,
            face.name,
            ContactValue("mail", face.mail),
            password_hash,
            face.language,
            moment,
            operator=face.operator,
            instructor=face.instructor,
        )
        made[face.mail] = person_id
    db.session.execute(
        update(Person).where(Person.id.in_(made.values())).values(is_demo=True).execution_options(synchronize_session=False)
    )
    return made


def register_verified_organisation(
    actor: Actor,
    facts: OrganisationFacts,
    words: Mapping[str, Words],
    source: str,
    members: Sequence[tuple[int, str]],
    moment: datetime,
    territory_key: str,
    *,
    slug: str | None = None,
    account: str | None = None,
    labels: Sequence[str] = (),
    drawing: str | None = None,
) -> int:
    """An organisation the office has verified already, with its people as (person, role). Returns the id. Raises Refusal."""
    require_operator(actor)
    organisation = add_organisation(facts, words, source, moment, territory_key, slug)
    organisation.state, organisation.verified_at, organisation.labels = "verified", moment, list(labels)
    if account:
        territory = territory_named(territory_key)
        kind = territory.account_identifier
        write_identifiers(organisation.id, territory, [kind], {kind.key: identifier_value(kind, account)})
    organisation.drawing = drawing or organisation.drawing
    db.session.add_all(
        Membership(organisation_id=organisation.id, person_id=person_id, role=role, since=moment)
        for person_id, role in members
    )
    db.session.add(
        Verification(
            organisation_id=organisation.id,
            asked_at=moment,
            asked_by=None,
            decided_at=moment,
            decided_by=actor.person_id,
            decision="verified",
            reason=None,
        )
    )
    record(actor, "register", "organisation", organisation.id)
    db.session.flush()
    organisation_verified.send("accounts", organisation_id=organisation.id)
    return organisation.id


def add_many_verified(
    actor: Actor,
    organisations: Sequence[Mapping[str, Any]],
    texts: Sequence[Sequence[Mapping[str, Any]]],
    chairs: Sequence[Mapping[str, Any]],
    numbers: Sequence[Mapping[str, str]],
    moment: datetime,
) -> list[int]:
    """Many verified organisations at once, each with its texts, its chair (name, mail) and its numbers; for large demos.

    Returns the ids. Rows come checked; the search index is built anew afterwards, and no signal is sent one by one.
    """
    require_operator(actor)
    stamps = {"state": "verified", "created_at": moment, "verified_at": moment, "picture_stem": None}
    ids = list(
        db.session.scalars(
            insert(Organisation).returning(Organisation.id, sort_by_parameter_order=True),
            [{**row, **stamps} for row in organisations],
        )
    )
    changed("cooperatives")
    people = list(
        db.session.scalars(
            insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [
                {
                    "name": chair["name"],
                    "language": "fr",
                    "password_hash": None,
                    "is_operator": False,
                    "is_instructor": False,
                    "is_demo": True,
                    "preferences": {},
                    "created_at": moment,
                }
                for chair in chairs
            ],
        )
    )
    db.session.execute(
        insert(Contact),
        [
            {"person_id": person_id, "kind": "mail", "value": chair["mail"], "verified_at": moment}
            for person_id, chair in zip(people, chairs, strict=True)
        ],
    )
    db.session.execute(
        insert(Membership),
        [
            {"organisation_id": id_, "person_id": person_id, "role": CHAIR, "since": moment}
            for id_, person_id in zip(ids, people, strict=True)
        ],
    )
    db.session.execute(
        insert(OrganisationText),
        [{"organisation_id": id_, "stale": False, **text} for id_, group in zip(ids, texts, strict=True) for text in group],
    )
    db.session.execute(
        insert(OrganisationIdentifier),
        [
            row
            for id_, facts, own in zip(ids, organisations, numbers, strict=True)
            for row in identifier_rows(id_, territory_named(facts["territory"]), own)
        ],
    )
    record(actor, "register-many", "organisation", None, count=len(ids))
    return ids
