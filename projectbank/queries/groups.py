"""Founding groups as their members see them; nobody else does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.errors import NotFound
from app.kernel.text import best_language
from projectbank.models import FoundingGroup, GroupInvitation, GroupMember, Sheet, SheetText
from projectbank.rules import FOUNDER, LIVING


@dataclass(frozen=True)
class GroupLine:
    """A group in a person's list."""

    id: int
    name: str
    state: str
    is_founder: bool
    members: int
    needed: int
    title: str


@dataclass(frozen=True)
class Member:
    """Somebody in the group."""

    person_id: int
    name: str
    is_founder: bool
    since: datetime


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation that nobody has used; the founder alone sees whom it was sent to."""

    id: int
    contact: str
    expires_at: datetime


@dataclass(frozen=True)
class GroupPage:
    """A group's page for one of its members."""

    id: int
    name: str
    state: str
    founder_id: int
    needed: int
    target: int | None
    slug: str
    territory: str
    sheet_published: bool
    title: str
    members: tuple[Member, ...]
    invitations: tuple[OpenInvitation, ...]


@dataclass(frozen=True)
class Names:
    """The names a letter about a group tells; titles of the sheet by language."""

    founder: str
    member: str
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Invited:
    """What the holder of a secret is shown before joining. `used_by` is who has joined with it."""

    group_id: int
    group: str
    state: str
    founder: str
    title: str
    slug: str
    territory: str
    sheet_published: bool
    expires_at: datetime
    used_by: int | None


_anybody = aliased(GroupMember)
_MEMBERS = (
    select(func.count())
    .select_from(_anybody)
    .where(_anybody.group_id == FoundingGroup.id, _anybody.state == "active")
    .scalar_subquery()
)


def groups_of(person_id: int, language: str) -> list[GroupLine]:
    """The groups a person is in, newest first, dissolved ones last; two statements at most."""
    rows = db.session.execute(
        select(
            FoundingGroup.id,
            FoundingGroup.name,
            FoundingGroup.state,
            GroupMember.role == FOUNDER,
            _MEMBERS,
            Sheet.members_min,
            Sheet.id,
        )
        .join(GroupMember, GroupMember.group_id == FoundingGroup.id)
        .join(Sheet, Sheet.id == FoundingGroup.sheet_id)
        .where(GroupMember.person_id == person_id, GroupMember.state == "active")
        .order_by(FoundingGroup.state == "dissolved", FoundingGroup.id.desc())
        .limit(50)
    ).all()
    titles = _titles([row[6] for row in rows], language)
    return [
        GroupLine(id_, name, state, is_founder, members, needed or 1, titles.get(sheet_id, ""))
        for id_, name, state, is_founder, members, needed, sheet_id in rows
    ]


def _titles(sheet_ids: list[int], language: str) -> dict[int, str]:
    if not sheet_ids:
        return {}
    said: dict[int, dict[str, str]] = {}
    for sheet_id, code, title in db.session.execute(
        select(SheetText.sheet_id, SheetText.language, SheetText.title).where(SheetText.sheet_id.in_(set(sheet_ids)))
    ):
        said.setdefault(sheet_id, {})[code] = title
    return {sheet_id: titles[best_language(titles, language) or ""] for sheet_id, titles in said.items()}


def in_a_group(person_id: int) -> bool:
    """Is the person in a living group? The second step of my path."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    GroupMember.person_id == person_id,
                    GroupMember.state == "active",
                    GroupMember.group_id == FoundingGroup.id,
                    FoundingGroup.state.in_(LIVING),
                )
            )
        )
    )


def group_page(actor: Actor, group_id: int, language: str, moment: datetime) -> GroupPage:
    """The group for one of its members; four statements. NotFound for everybody else."""
    row = db.session.execute(
        select(
            FoundingGroup.id,
            FoundingGroup.name,
            FoundingGroup.state,
            FoundingGroup.founder_id,
            Sheet.members_min,
            Sheet.members_target,
            Sheet.slug,
            Sheet.territory,
            Sheet.state.label("sheet_state"),
            Sheet.id.label("sheet_id"),
        )
        .join(Sheet, Sheet.id == FoundingGroup.sheet_id)
        .where(FoundingGroup.id == group_id)
    ).first()
    members = (
        ()
        if row is None
        else tuple(
            Member(*values)
            for values in db.session.execute(
                select(GroupMember.person_id, Person.name, GroupMember.role == FOUNDER, GroupMember.since)
                .join(Person, Person.id == GroupMember.person_id)
                .where(GroupMember.group_id == group_id, GroupMember.state == "active")
                .order_by(GroupMember.id)
            )
        )
    )
    if row is None or actor.person_id is None or actor.person_id not in {member.person_id for member in members}:
        raise NotFound()
    invitations: tuple[OpenInvitation, ...] = ()
    if row.founder_id == actor.person_id:
        invitations = tuple(
            OpenInvitation(*values)
            for values in db.session.execute(
                select(GroupInvitation.id, GroupInvitation.contact, GroupInvitation.expires_at)
                .where(
                    GroupInvitation.group_id == group_id,
                    GroupInvitation.used_at.is_(None),
                    GroupInvitation.expires_at > moment,
                )
                .order_by(GroupInvitation.id)
            )
        )
    return GroupPage(
        row.id,
        row.name,
        row[2],
        row.founder_id,
        row.members_min or 1,
        row.members_target,
        row.slug,
        row.territory,
        row.sheet_state == "published",
        _titles([row.sheet_id], language).get(row.sheet_id, ""),
        members,
        invitations,
    )


def invitation_page(token_hash: str, language: str) -> Invited:
    """What a secret opens. Raises NotFound."""
    row = db.session.execute(
        select(
            FoundingGroup.id,
            FoundingGroup.name,
            FoundingGroup.state,
            Person.name,
            Sheet.id,
            Sheet.slug,
            Sheet.territory,
            Sheet.state,
            GroupInvitation.expires_at,
            GroupInvitation.used_by,
        )
        .join(FoundingGroup, FoundingGroup.id == GroupInvitation.group_id)
        .join(Person, Person.id == FoundingGroup.founder_id)
        .join(Sheet, Sheet.id == FoundingGroup.sheet_id)
        .where(GroupInvitation.token_hash == token_hash)
    ).first()
    if row is None:
        raise NotFound()
    return Invited(
        row[0],
        row[1],
        row[2],
        row[3],
        _titles([row[4]], language).get(row[4], ""),
        row[5],
        row[6],
        row[7] == "published",
        row[8],
        row[9],
    )


def names_for_letters(group_id: int, person_id: int | None = None) -> Names:
    """The founder's name, the person's, and the sheet's titles."""
    group = db.session.execute(
        select(FoundingGroup.founder_id, FoundingGroup.sheet_id).where(FoundingGroup.id == group_id)
    ).one()
    people = dict(
        db.session.execute(
            select(Person.id, Person.name).where(Person.id.in_([group.founder_id, person_id or group.founder_id]))
        ).all()
    )
    titles = dict(
        db.session.execute(select(SheetText.language, SheetText.title).where(SheetText.sheet_id == group.sheet_id)).all()
    )
    return Names(people.get(group.founder_id, ""), people.get(person_id or 0, ""), titles)
