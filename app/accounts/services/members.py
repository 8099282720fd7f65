"""Who belongs to an organisation: inviting, joining, roles, leaving. One chair always stays."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update

from app.accounts.models import Contact, Invitation, Membership, Organisation
from app.accounts.permissions import HEADS, require_roles
from app.accounts.queries.organisations import names_of_organisation
from app.accounts.queries.people import person_name
from app.accounts.rules.organisations import INVITATION_LIFE, OPEN_INVITATIONS, ROLES
from app.accounts.services.letters import write_invitation
from app.accounts.services.organisations import locked_organisation
from app.accounts.services.secrets import locked_person, void_secrets
from app.engines.db import db, rows_changed
from app.engines.journal import record
from app.kernel.actor import CHAIR, Actor, require_person
from app.kernel.bounds import A_DAY
from app.kernel.contacts import ContactValue
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from app.kernel.text import best_language


def token_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(
    actor: Actor, organisation_id: int, contact: ContactValue, role: str, secret: str, link: str, moment: datetime
) -> bool:
    """A letter with a link that holds the secret. Asking twice sends one letter; False then. Raises Refusal."""
    require_roles(actor, organisation_id, *HEADS)
    if role not in ROLES:
        raise Invalid("choose-one", "role")
    locked_organisation(organisation_id)
    open_ones = select(Invitation.id).where(
        Invitation.organisation_id == organisation_id, Invitation.used_at.is_(None), Invitation.expires_at > moment
    )
    if db.session.scalar(open_ones.where(Invitation.contact == contact.value, Invitation.role == role)) is not None:
        return False
    if (db.session.scalar(select(func.count()).select_from(open_ones.subquery())) or 0) >= OPEN_INVITATIONS:
        raise Conflict("too-many-invitations", most=OPEN_INVITATIONS)
    if _holds_already(organisation_id, contact, role):
        raise Conflict("already-in-role", "contact")
    row = Invitation(
        organisation_id=organisation_id,
        kind=contact.kind,
        contact=contact.value,
        role=role,
        token_hash=token_hash(secret),
        invited_by=require_person(actor),
        expires_at=moment + INVITATION_LIFE,
        used_at=None,
    )
    db.session.add(row)
    db.session.flush()
    names = names_of_organisation(organisation_id)
    said = names.get(best_language(names, actor.language) or "", "")
    inviter = person_name(row.invited_by)
    if not write_invitation(contact, said, ROLES[role], inviter, row.invited_by, link, actor.language):
        raise TooMany("too-many-letters", "contact", retry_after=A_DAY)
    record(actor, "invite", "organisation", organisation_id, invitation=row.id)
    return True


def _holds_already(organisation_id: int, contact: ContactValue, role: str) -> bool:
    return (
        db.session.scalar(
            select(Membership.id)
            .join(Contact, Contact.person_id == Membership.person_id)
            .where(
                Membership.organisation_id == organisation_id,
                Membership.role == role,
                Contact.kind == contact.kind,
                Contact.value == contact.value,
            )
        )
        is not None
    )


def withdraw_invitation(actor: Actor, organisation_id: int, invitation_id: int) -> None:
    """An invitation that was not used ends. Raises NotFound."""
    require_roles(actor, organisation_id, *HEADS)
    gone = rows_changed(
        delete(Invitation).where(
            Invitation.id == invitation_id, Invitation.organisation_id == organisation_id, Invitation.used_at.is_(None)
        )
    )
    if gone != 1:
        raise NotFound()
    record(actor, "withdraw-invitation", "organisation", organisation_id, invitation=invitation_id)


def accept_invitation(actor: Actor, secret: str, moment: datetime) -> str:
    """Join with the role of the invitation; returns the organisation's slug.

    Used once: the same person again finds the place they have joined, anybody else NotFound.
    """
    person_id = require_person(actor)
    row = db.session.scalar(select(Invitation).where(Invitation.token_hash == token_hash(secret)))
    if row is None:
        raise NotFound()
    locked_organisation(row.organisation_id)
    locked_person(person_id)
    slug = db.session.scalars(select(Organisation.slug).where(Organisation.id == row.organisation_id)).one()
    used = rows_changed(
        update(Invitation)
        .where(
            Invitation.id == row.id,
            Invitation.used_at.is_(None),
            Invitation.expires_at > moment,
            Invitation.invited_by.in_(_heads(row.organisation_id)),
        )
        .values(used_at=moment)
        .execution_options(synchronize_session=False)
    )
    if used != 1:
        if row.used_at is not None and row.role in _roles(row.organisation_id, person_id):
            return slug
        raise NotFound()
    if row.role not in _roles(row.organisation_id, person_id):
        db.session.add(Membership(organisation_id=row.organisation_id, person_id=person_id, role=row.role, since=moment))
        void_secrets("roles-given", person_id, organisation_id=row.organisation_id)
    record(actor, "join", "organisation", row.organisation_id, invitation=row.id)
    return slug


def _heads(organisation_id: int) -> Select[int]:
    """Who may let somebody in: a letter of who may no longer opens nothing."""
    return select(Membership.person_id).where(Membership.organisation_id == organisation_id, Membership.role.in_(HEADS))


def _roles(organisation_id: int, person_id: int) -> set[str]:
    return set(
        db.session.scalars(
            select(Membership.role).where(Membership.organisation_id == organisation_id, Membership.person_id == person_id)
        )
    )


def set_roles(actor: Actor, organisation_id: int, person_id: int, roles: Collection[str], moment: datetime) -> None:
    """The person holds exactly these roles from now on; none means leaving. Raises Conflict("last-chair")."""
    if actor.person_id == person_id and not roles:
        require_roles(actor, organisation_id)
    else:
        require_roles(actor, organisation_id, *HEADS)
    if not set(roles) <= set(ROLES):
        raise Invalid("choose-one", "roles")
    locked_organisation(organisation_id)
    held = _roles(organisation_id, person_id)
    if not held:
        raise NotFound()
    if CHAIR in held and CHAIR not in roles and not _other_chairs(organisation_id, person_id):
        raise Conflict("last-chair")
    db.session.execute(
        delete(Membership).where(
            Membership.organisation_id == organisation_id, Membership.person_id == person_id, Membership.role.not_in(roles)
        )
    )
    db.session.add_all(
        Membership(organisation_id=organisation_id, person_id=person_id, role=role, since=moment)
        for role in sorted(set(roles) - held)
    )
    if held != set(roles):
        void_secrets("roles-taken" if held - set(roles) else "roles-given", person_id, organisation_id=organisation_id)
    record(actor, "set-roles", "organisation", organisation_id, person=person_id, roles=" ".join(sorted(roles)))


def _other_chairs(organisation_id: int, person_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                Membership.organisation_id == organisation_id, Membership.role == CHAIR, Membership.person_id != person_id
            )
        )
        or 0
    )


def leave(actor: Actor, organisation_id: int, moment: datetime) -> None:
    """One's own leaving; the last chair stays."""
    if actor.person_id is None:
        raise NotAllowed("role-missing", roles="")
    set_roles(actor, organisation_id, actor.person_id, (), moment)
