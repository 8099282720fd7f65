"""Invariants that `tiwizi check` looks after: each yields a sentence per broken thing."""

from collections.abc import Iterator

from sqlalchemy import exists, func, select

from app.engines.db import db
from projectbank.models import (
    Equipment,
    FoundingGroup,
    GroupInvitation,
    GroupMember,
    Sheet,
    SheetDecision,
    SheetSdg,
    SheetText,
)
from projectbank.rules import DECIDED_BY, FOUNDER, MANDATORY, SheetFacts, TextFacts, missing_fields


def incomplete_sheets() -> Iterator[str]:
    """Published sheets that lack something mandatory, or whose equipment costs more than the whole."""
    sdgs = select(func.count()).select_from(SheetSdg).where(SheetSdg.sheet_id == Sheet.id).scalar_subquery()
    rows = db.session.execute(
        select(
            Sheet.slug,
            Sheet.kind,
            Sheet.region,
            Sheet.sector,
            Sheet.investment,
            Sheet.members_min,
            sdgs,
            SheetText.title,
            SheetText.pitch,
            SheetText.summary,
            SheetText.need,
            SheetText.market,
        )
        .outerjoin(SheetText, (SheetText.sheet_id == Sheet.id) & SheetText.source)
        .where(Sheet.state == "published")
    )
    for row in rows:
        facts = SheetFacts(
            kind=row.kind,
            region=row.region,
            sector=row.sector,
            investment=row.investment,
            members_min=row.members_min,
            sdgs=tuple(range(row[6])),
        )
        if row.title is None:
            yield f"sheet {row.slug} is published without a text in its own language"
        elif missing := missing_fields(facts, TextFacts(*row[7:])):
            yield f"sheet {row.slug} ({len(MANDATORY[row.kind])} mandatory fields) is published without {', '.join(missing)}"
    cost = func.sum(Equipment.quantity * Equipment.unit_price)
    for slug, total, investment in db.session.execute(
        select(Sheet.slug, cost, Sheet.investment)
        .join(Equipment)
        .where(Sheet.state == "published")
        .group_by(Sheet.id, Sheet.slug, Sheet.investment)
        .having(cost > Sheet.investment)
    ):
        yield f"sheet {slug} lists equipment for {total} of an investment of {investment}"


def unexplained_states() -> Iterator[str]:
    """Sheets whose last decision does not explain their state."""
    last = (
        select(SheetDecision.decision)
        .where(SheetDecision.sheet_id == Sheet.id)
        .order_by(SheetDecision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(select(Sheet.slug, Sheet.state, last).where(Sheet.state != "draft"))
    for slug, state, decision in rows:
        if state in DECIDED_BY and decision != DECIDED_BY[state]:
            yield f"sheet {slug} is {state}, but the last decision about it is {decision or 'none'}"
        if state == "submitted" and decision not in (None, "returned"):
            yield f"sheet {slug} waits for a decision, but the last one about it is {decision}"


def broken_groups() -> Iterator[str]:
    """Groups without their founder, ready ones with too few members, used invitations that nobody used."""
    leads = exists().where(
        GroupMember.group_id == FoundingGroup.id,
        GroupMember.person_id == FoundingGroup.founder_id,
        GroupMember.role == FOUNDER,
        GroupMember.state == "active",
    )
    for group_id in db.session.scalars(select(FoundingGroup.id).where(~leads)):
        yield f"group {group_id} has no founder among its members"
    members = (
        select(func.count())
        .select_from(GroupMember)
        .where(GroupMember.group_id == FoundingGroup.id, GroupMember.state == "active")
        .scalar_subquery()
    )
    for group_id, count, needed in db.session.execute(
        select(FoundingGroup.id, members, Sheet.members_min)
        .join(Sheet, Sheet.id == FoundingGroup.sheet_id)
        .where(FoundingGroup.state == "ready", members < Sheet.members_min)
    ):
        yield f"group {group_id} is ready with {count} members of {needed}"
    joined = exists().where(
        GroupMember.group_id == GroupInvitation.group_id, GroupMember.person_id == GroupInvitation.used_by
    )
    for invitation_id in db.session.scalars(select(GroupInvitation.id).where(GroupInvitation.used_at.is_not(None), ~joined)):
        yield f"invitation {invitation_id} was used by nobody of its group"
