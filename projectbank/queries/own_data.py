"""What the project bank keeps of a person: ideas written and saved, decisions, groups, invitations."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select

from app.engines.db import db
from app.engines.own_data import OwnData, Whose
from app.kernel.errors import Conflict
from app.kernel.text import msg
from projectbank.models import (
    Equipment,
    EquipmentText,
    Evidence,
    EvidenceText,
    FoundingGroup,
    GroupInvitation,
    GroupMember,
    Risk,
    RiskText,
    SavedSheet,
    Sheet,
    SheetDecision,
    SheetText,
)
from projectbank.rules import LIVING

IDEAS = msg("To keep, read and publish project ideas.")
GROUPS = msg("To bring together those who found a cooperative.")


def _title(sheet_id: Any) -> ScalarSelect[str]:
    text = SheetText
    return select(text.title).where(text.sheet_id == sheet_id, text.source).correlate_except(text).scalar_subquery()


def _saved(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = SavedSheet
    return (
        select(row.id, _title(row.sheet_id).label("title"), row.saved_at)
        .where(row.person_id == whose.person_id)
        .order_by(row.id)
    )


def _sheets(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Sheet
    return (
        select(
            row.id,
            row.reference.label("number"),
            row.kind,
            row.state,
            row.territory,
            row.region,
            row.province,
            row.sector,
            row.investment,
            row.own_part,
            row.currency,
            row.members_min,
            row.members_target,
            row.jobs,
            row.created_at,
            row.changed_at,
            row.submitted_at,
            row.published_at,
        )
        .where(row.author_id == whose.person_id)
        .order_by(row.id)
    )


def _texts(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = SheetText
    return (
        select(
            Sheet.reference.label("number"),
            row.language,
            row.title,
            row.pitch,
            row.summary,
            row.need,
            row.market,
            row.permits,
        )
        .join(Sheet, Sheet.id == row.sheet_id)
        .where(Sheet.author_id == whose.person_id)
        .order_by(Sheet.id, row.language)
    )


def _lines(parent: Any, text: Any, link: Any, *columns: Any) -> Callable[[Whose], Select[*tuple[Any, ...]]]:
    """The lines of one of the lists of a sheet, in every language."""

    def rows(whose: Whose) -> Select[*tuple[Any, ...]]:
        return (
            select(Sheet.reference.label("number"), text.language, *columns)
            .join(parent, parent.sheet_id == Sheet.id)
            .join(text, link == parent.id)
            .where(Sheet.author_id == whose.person_id)
            .order_by(Sheet.id, parent.position, text.language)
        )

    return rows


_equipment = _lines(
    Equipment,
    EquipmentText,
    EquipmentText.equipment_id,
    EquipmentText.name,
    Equipment.quantity,
    Equipment.unit_price,
    Sheet.currency,
)
_risks = _lines(Risk, RiskText, RiskText.risk_id, RiskText.text.label("body"), RiskText.answer)
_evidence = _lines(
    Evidence, EvidenceText, EvidenceText.evidence_id, EvidenceText.figure.label("body"), Evidence.year, Evidence.source
)


def _decisions(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = SheetDecision
    return (
        select(
            row.id,
            Sheet.reference.label("number"),
            row.decision,
            row.reason,
            row.decided_at,
            (row.decided_by == whose.person_id).label("decided_by_you"),
        )
        .join(Sheet, Sheet.id == row.sheet_id)
        .where(or_(Sheet.author_id == whose.person_id, row.decided_by == whose.person_id))
        .order_by(row.id)
    )


def _groups(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = GroupMember
    return (
        select(
            row.id,
            FoundingGroup.name,
            _title(FoundingGroup.sheet_id).label("title"),
            row.role,
            row.state,
            row.since,
            (FoundingGroup.founder_id == whose.person_id).label("founded_by_you"),
        )
        .join(FoundingGroup, FoundingGroup.id == row.group_id)
        .where(row.person_id == whose.person_id)
        .order_by(row.id)
    )


def _invitation(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    row = GroupInvitation
    return (
        select(row.id, FoundingGroup.name, row.kind, row.contact, row.invited_at, row.expires_at, row.used_at)
        .join(FoundingGroup, FoundingGroup.id == row.group_id)
        .where(which)
        .order_by(row.id)
    )


def _invitations_sent(whose: Whose) -> Select[*tuple[Any, ...]]:
    return _invitation(GroupInvitation.invited_by == whose.person_id)


def _invitations_received(whose: Whose) -> Select[*tuple[Any, ...]]:
    theirs = whose.reached_by(GroupInvitation.kind, GroupInvitation.contact)
    return _invitation(or_(theirs, GroupInvitation.used_by == whose.person_id))


OWN_DATA = (
    OwnData("saved_ideas", msg("Ideas you saved"), IDEAS, _saved),
    OwnData("ideas", msg("Ideas you wrote"), IDEAS, _sheets),
    OwnData("idea_texts", msg("The words of your ideas"), IDEAS, _texts),
    OwnData("idea_equipment", msg("The equipment of your ideas"), IDEAS, _equipment),
    OwnData("idea_risks", msg("The risks of your ideas"), IDEAS, _risks),
    OwnData("idea_evidence", msg("The figures of your ideas"), IDEAS, _evidence),
    OwnData("idea_decisions", msg("What was decided about your ideas, or by you"), IDEAS, _decisions),
    OwnData("groups", msg("Groups you are or were in"), GROUPS, _groups),
    OwnData("group_invitations_sent", msg("Invitations into groups you sent"), GROUPS, _invitations_sent),
    OwnData("group_invitations_received", msg("Invitations into groups sent to you"), GROUPS, _invitations_received),
)


def ties(whose: Whose) -> list[Conflict]:
    """A founder does not leave the others of a living group without a word."""
    others = (
        select(GroupMember.id)
        .where(
            GroupMember.group_id == FoundingGroup.id,
            GroupMember.state == "active",
            GroupMember.person_id != whose.person_id,
        )
        .exists()
    )
    count = db.session.scalar(
        select(func.count())
        .select_from(FoundingGroup)
        .where(FoundingGroup.founder_id == whose.person_id, FoundingGroup.state.in_(LIVING), others)
    )
    return [Conflict("group-still-founded", count=count)] if count else []
