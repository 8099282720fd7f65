"""Founding groups: begin, invite, join, leave, be ready, dissolve. The group's row is the lock of all of it."""

import hashlib

from sqlalchemy import ColumnElement, and_, false, func, or_, select, update

from app.accounts.queries import ContactValue, contacts_of, person_with_contact
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import SYSTEM, Actor, require_person
from app.kernel.bounds import A_DAY
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotAllowed, NotFound, TooMany
from projectbank.models import FoundingGroup, GroupInvitation, GroupMember, Sheet
from projectbank.queries.groups import names_for_letters
from projectbank.rules import (
    FOUNDER,
    GROUP,
    INVITATION_LIFE,
    LIVING,
    MEMBER,
    group_name,
    require_enough,
    require_living,
    require_room,
)
from projectbank.services.letters import Address, title_in, write_group_invitation, write_member_joined
from projectbank.services.writing import lock_person


def hash_of(secret: str) -> str:
    """What is kept of a secret: a long random one needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def start_group(actor: Actor, sheet_id: int, name: str) -> int:
    """A group on a published sheet with its first member; returns its id. Started twice it is the same group."""
    person_id = require_person(actor)
    called = group_name(name)
    lock_person(person_id)
    known = db.session.scalar(
        select(FoundingGroup.id).where(
            FoundingGroup.sheet_id == sheet_id, FoundingGroup.founder_id == person_id, FoundingGroup.state != "dissolved"
        )
    )
    if known is not None:
        return known
    if db.session.scalar(select(Sheet.state).where(Sheet.id == sheet_id)) != "published":
        raise NotFound()
    moment = now()
    group = FoundingGroup(sheet_id=sheet_id, founder_id=person_id, name=called, state=GROUP.first, created_at=moment)
    db.session.add(group)
    db.session.flush()
    db.session.add(GroupMember(group_id=group.id, person_id=person_id, role=FOUNDER, state="active", since=moment))
    record(actor, "start", "group", group.id, sheet=sheet_id)
    return group.id


def invite(actor: Actor, group_id: int, contact: ContactValue, secret: str, address: Address) -> None:
    """A letter with the secret to a mail address or telephone. A contact with an open invitation is not asked twice."""
    group, _me = _as_founder(actor, group_id)
    require_living(group.state)
    moment = now()
    row = db.session.scalar(
        select(GroupInvitation).where(
            GroupInvitation.group_id == group.id,
            GroupInvitation.kind == contact.kind,
            GroupInvitation.contact == contact.value,
        )
    )
    if row is not None and row.used_at is None and row.expires_at > moment:
        raise Conflict("already-invited", "contact")
    known = person_with_contact(contact)
    if known is not None and _active(group.id, known.id):
        raise Conflict("already-a-member", "contact")
    require_room(_count_members(group.id), _count_open(group.id))
    if row is None:
        row = GroupInvitation(group_id=group.id, kind=contact.kind, contact=contact.value)
        db.session.add(row)
    row.token_hash, row.invited_by, row.invited_at = hash_of(secret), group.founder_id, moment
    row.expires_at, row.used_at, row.used_by = moment + INVITATION_LIFE, None, None
    db.session.flush()
    record(actor, "invite", "group", group.id, invitation=row.id)
    language = known.language if known else actor.language
    names = names_for_letters(group.id)
    title, link = title_in(names.titles, language), address(language)
    event, by = f"group-invitation:{row.id}:{row.token_hash[:16]}", (names.founder, group.founder_id)
    if not write_group_invitation(contact, *by, group.name, title, link, language, event):
        raise TooMany("too-many-letters", "contact", retry_after=A_DAY)


def revoke_invitation(actor: Actor, group_id: int, invitation_id: int) -> None:
    """The founder takes an open invitation back: its secret opens nothing from now on."""
    group, _me = _as_founder(actor, group_id)
    require_living(group.state)
    row = db.session.scalar(
        select(GroupInvitation).where(GroupInvitation.id == invitation_id, GroupInvitation.group_id == group.id)
    )
    if row is None:
        raise NotFound()
    if row.used_at is None and row.expires_at > now():
        row.expires_at = now()
        record(actor, "revoke-invitation", "group", group.id, invitation=row.id)


def accept_invitation(actor: Actor, secret: str, address: Address) -> int:
    """Join the group whose letter holds the secret; returns the group. Used by me before, it changes nothing."""
    person_id = require_person(actor)
    invited = select(GroupInvitation).where(GroupInvitation.token_hash == hash_of(secret))
    found = db.session.scalar(invited)
    if found is None:
        raise NotFound()
    group = _locked(found.group_id)
    lock_person(person_id)
    row = db.session.scalar(invited.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    if row.used_by == person_id and _active(group.id, person_id):
        return group.id
    require_living(group.state)
    if row.used_at is not None or row.expires_at <= now():
        raise Conflict("invitation-closed")
    row.used_at, row.used_by = now(), person_id
    if not _active(group.id, person_id):
        _take_in(actor, group, person_id, row.id, address)
    return group.id


def _take_in(actor: Actor, group: FoundingGroup, person_id: int, invitation_id: int, address: Address) -> None:
    member = db.session.scalar(
        select(GroupMember).where(GroupMember.group_id == group.id, GroupMember.person_id == person_id)
    )
    if member is None:
        member = GroupMember(group_id=group.id, person_id=person_id, role=MEMBER)
        db.session.add(member)
    member.state, member.since = "active", now()
    db.session.flush()
    record(actor, "join", "group", group.id, person=person_id)
    names = names_for_letters(group.id, person_id)
    write_member_joined(
        group.founder_id,
        names.member,
        group.name,
        address,
        f"group-joined:{invitation_id}:{member.since.timestamp():.0f}",
    )


def leave_group(actor: Actor, group_id: int) -> None:
    """A member goes; the founder dissolves the group instead. A ready group with too few members is forming again."""
    group, me = _as_member(actor, group_id)
    require_living(group.state)
    if me.is_founder:
        raise NotAllowed("founder-stays")
    _let_go(actor, group, me, "left")


def remove_member(actor: Actor, group_id: int, person_id: int) -> None:
    """The founder takes a member out; done twice it is done."""
    group, _me = _as_founder(actor, group_id)
    require_living(group.state)
    member = db.session.scalar(
        select(GroupMember).where(GroupMember.group_id == group.id, GroupMember.person_id == person_id)
    )
    if member is None:
        raise NotFound()
    if member.is_founder:
        raise NotAllowed("founder-stays")
    if member.state == "active":
        _let_go(actor, group, member, "removed")


def _let_go(actor: Actor, group: FoundingGroup, member: GroupMember, state: str) -> None:
    member.state, member.since = state, now()
    db.session.flush()
    theirs = [ContactValue(line.kind, line.value) for line in contacts_of(member.person_id)]
    close_invitations(_to(*theirs) & (GroupInvitation.group_id == group.id))
    record(actor, state, "group", group.id, person=member.person_id)
    if group.state == "ready" and _count_members(group.id) < _needed(group):
        group.state, group.ready_at = GROUP.after(group.state, "reopen"), None
        record(actor, "reopen", "group", group.id)


def go_from_groups(person_id: int) -> None:
    """Who is erased leaves every living group; those they founded and are alone in are dissolved."""
    here = select(GroupMember.group_id).where(GroupMember.person_id == person_id, GroupMember.state == "active")
    for group_id in sorted(db.session.scalars(here)):
        group = _locked(group_id)
        member = db.session.scalars(
            select(GroupMember).where(GroupMember.group_id == group_id, GroupMember.person_id == person_id)
        ).one()
        if group.state not in LIVING:
            continue
        if member.is_founder:
            group.state = GROUP.after(group.state, "dissolve")
            record(SYSTEM, "dissolve", "group", group.id)
        else:
            _let_go(SYSTEM, group, member, "left")


def close_invitations(which: ColumnElement[bool]) -> None:
    """The open ones among these open nothing from now on."""
    moment = now()
    db.session.execute(
        update(GroupInvitation)
        .where(which, GroupInvitation.used_at.is_(None), GroupInvitation.expires_at > moment)
        .values(expires_at=moment)
        .execution_options(synchronize_session=False)
    )


def close_invitations_of(person_id: int, contact: ContactValue | None, sent: bool) -> None:
    """What hung on a person: invitations to the contact that is theirs no longer, and those they have sent."""
    to_contact = _to(contact) if contact else false()
    close_invitations(or_(to_contact, GroupInvitation.invited_by == person_id) if sent else to_contact)


def _to(*contacts: ContactValue) -> ColumnElement[bool]:
    return or_(false(), *(and_(GroupInvitation.kind == one.kind, GroupInvitation.contact == one.value) for one in contacts))


def make_ready(actor: Actor, group_id: int) -> None:
    """The founder says that the group is complete. Conflict "too-few-members" below the sheet's minimum."""
    group, _me = _as_founder(actor, group_id)
    if group.state == "ready":
        return
    state = GROUP.after(group.state, "make-ready")
    require_enough(_count_members(group.id), _needed(group))
    group.state, group.ready_at = state, now()
    record(actor, "make-ready", "group", group.id)


def dissolve_group(actor: Actor, group_id: int) -> None:
    """The founder ends the group; it stays to be read by its members. Done twice it is done."""
    group, _me = _as_founder(actor, group_id)
    if group.state not in LIVING:
        return
    group.state = GROUP.after(group.state, "dissolve")
    record(actor, "dissolve", "group", group.id)


def _locked(group_id: int) -> FoundingGroup:
    group = db.session.scalar(
        select(FoundingGroup).where(FoundingGroup.id == group_id).with_for_update().execution_options(populate_existing=True)
    )
    if group is None:
        raise NotFound()
    return group


def _as_member(actor: Actor, group_id: int) -> tuple[FoundingGroup, GroupMember]:
    """The group, locked, and the actor's place in it. A stranger's group is not there."""
    person_id = require_person(actor)
    group = _locked(group_id)
    me = db.session.scalar(
        select(GroupMember)
        .where(GroupMember.group_id == group_id, GroupMember.person_id == person_id, GroupMember.state == "active")
        .execution_options(populate_existing=True)
    )
    if me is None:
        raise NotFound()
    return group, me


def _as_founder(actor: Actor, group_id: int) -> tuple[FoundingGroup, GroupMember]:
    group, me = _as_member(actor, group_id)
    if not me.is_founder:
        raise NotAllowed("founder-only")
    return group, me


def _active(group_id: int, person_id: int) -> bool:
    return (
        db.session.scalar(
            select(GroupMember.id).where(
                GroupMember.group_id == group_id, GroupMember.person_id == person_id, GroupMember.state == "active"
            )
        )
        is not None
    )


def _count_members(group_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(GroupMember)
            .where(GroupMember.group_id == group_id, GroupMember.state == "active")
        )
        or 0
    )


def _count_open(group_id: int) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(GroupInvitation)
            .where(
                GroupInvitation.group_id == group_id, GroupInvitation.used_at.is_(None), GroupInvitation.expires_at > now()
            )
        )
        or 0
    )


def _needed(group: FoundingGroup) -> int:
    return db.session.scalar(select(Sheet.members_min).where(Sheet.id == group.sheet_id)) or 1
