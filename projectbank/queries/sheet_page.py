"""One sheet with everything on it, and what its author sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, literal, select, union_all

from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.errors import NotFound
from app.kernel.text import best_language
from projectbank.models import (
    Equipment,
    EquipmentText,
    Evidence,
    EvidenceText,
    FoundingGroup,
    GroupMember,
    Risk,
    RiskText,
    SavedSheet,
    Sheet,
    SheetDecision,
    SheetSdg,
    SheetText,
    Training,
)
from projectbank.permissions import visible_sheets
from projectbank.rules import LIVING, SheetFacts, TextFacts

_WORDS = (SheetText.title, SheetText.pitch, SheetText.summary, SheetText.need, SheetText.market, SheetText.permits)


@dataclass(frozen=True)
class EquipmentLine:
    """A line of the equipment list; `unit_price` and `total` in minor units."""

    name: str
    quantity: int
    unit_price: int
    life_years: int | None

    @property
    def total(self) -> int:
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class RiskLine:
    """A risk in words; likelihood and impact from 1 to 5."""

    text: str
    answer: str
    likelihood: int
    impact: int


@dataclass(frozen=True)
class EvidenceLine:
    """A figure with its year and the address where it was read."""

    figure: str
    year: int | None
    source: str


@dataclass(frozen=True)
class SheetPage:
    """A sheet as its page shows it. `language` is the one it is told in; `group_id` a living group of the reader on it."""

    sheet: Sheet
    text: TextFacts
    language: str
    stale: bool
    sdgs: tuple[int, ...]
    equipment: tuple[EquipmentLine, ...]
    risks: tuple[RiskLine, ...]
    evidence: tuple[EvidenceLine, ...]
    training: tuple[str, ...]
    saved: bool
    group_id: int | None

    @property
    def equipment_total(self) -> int:
        return sum(line.total for line in self.equipment)


def sheet_page(actor: Actor, language: str, *, slug: str | None = None, sheet_id: int | None = None) -> SheetPage:
    """The page of a sheet this actor may see; six statements. Raises NotFound."""
    sheet, saved, group_id = _head(actor, Sheet.slug == slug if slug is not None else Sheet.id == sheet_id)
    texts = {
        row.language: row
        for row in db.session.execute(
            select(SheetText.language, SheetText.source, SheetText.stale, *_WORDS).where(SheetText.sheet_id == sheet.id)
        )
    }
    source = next((code for code, row in texts.items() if row.source), None)
    spoken = best_language(texts, language, source) or language
    goals, courses = _goals_and_courses(sheet.id)
    return SheetPage(
        sheet,
        TextFacts(*texts[spoken][3:]),
        spoken,
        texts[spoken].stale,
        goals,
        _equipment(sheet.id, spoken),
        _risks(sheet.id, spoken),
        _evidence(sheet.id, spoken),
        courses,
        saved,
        group_id,
    )


def _head(actor: Actor, which: Any) -> tuple[Sheet, bool, int | None]:
    """The sheet with whether the actor keeps it and the actor's group on it, in one statement."""
    person = actor.person_id
    if person is None:
        row = db.session.scalar(select(Sheet).where(which, visible_sheets(actor)))
        if row is None:
            raise NotFound()
        return row, False, None
    saved = exists().where(SavedSheet.sheet_id == Sheet.id, SavedSheet.person_id == person)
    group = (
        select(FoundingGroup.id)
        .join(GroupMember, GroupMember.group_id == FoundingGroup.id)
        .where(
            FoundingGroup.sheet_id == Sheet.id,
            FoundingGroup.state.in_(LIVING),
            GroupMember.person_id == person,
            GroupMember.state == "active",
        )
        .order_by(FoundingGroup.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = db.session.execute(select(Sheet, saved, group).where(which, visible_sheets(actor))).first()
    if found is None:
        raise NotFound()
    return found[0], bool(found[1]), found[2]


def _in_language(rows: Sequence[Any], spoken: str) -> list[Any]:
    """One row for each thing, in the language spoken or the best other; rows begin with (id, language)."""
    by_id: dict[int, dict[str, Any]] = {}
    for row in rows:
        by_id.setdefault(row[0], {})[row[1]] = row
    return [said[best_language(said, spoken) or ""] for said in by_id.values()]


def _equipment(sheet_id: int, spoken: str) -> tuple[EquipmentLine, ...]:
    rows = db.session.execute(
        select(
            Equipment.id,
            EquipmentText.language,
            EquipmentText.name,
            Equipment.quantity,
            Equipment.unit_price,
            Equipment.life_years,
        )
        .join(EquipmentText)
        .where(Equipment.sheet_id == sheet_id)
        .order_by(Equipment.position)
    ).all()
    return tuple(EquipmentLine(*row[2:]) for row in _in_language(rows, spoken))


def _risks(sheet_id: int, spoken: str) -> tuple[RiskLine, ...]:
    rows = db.session.execute(
        select(Risk.id, RiskText.language, RiskText.text, RiskText.answer, Risk.likelihood, Risk.impact)
        .join(RiskText)
        .where(Risk.sheet_id == sheet_id)
        .order_by(Risk.position)
    ).all()
    return tuple(RiskLine(*row[2:]) for row in _in_language(rows, spoken))


def _evidence(sheet_id: int, spoken: str) -> tuple[EvidenceLine, ...]:
    rows = db.session.execute(
        select(Evidence.id, EvidenceText.language, EvidenceText.figure, Evidence.year, Evidence.source)
        .join(EvidenceText)
        .where(Evidence.sheet_id == sheet_id)
        .order_by(Evidence.position)
    ).all()
    return tuple(EvidenceLine(*row[2:]) for row in _in_language(rows, spoken))


def _goals_and_courses(sheet_id: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The numbers of the goals a sheet serves, and the courses that prepare for it, in their order; one statement."""
    goals = select(SheetSdg.number.label("place"), literal("").label("course")).where(SheetSdg.sheet_id == sheet_id)
    courses = select(Training.position, Training.course).where(Training.sheet_id == sheet_id)
    rows = db.session.execute(union_all(goals, courses).order_by("place")).all()
    return tuple(place for place, course in rows if not course), tuple(course for _place, course in rows if course)


def sdgs_of(sheet_id: int) -> tuple[int, ...]:
    """The numbers of the goals a sheet serves."""
    return tuple(db.session.scalars(select(SheetSdg.number).where(SheetSdg.sheet_id == sheet_id).order_by(SheetSdg.number)))


def texts_of(sheet_id: int) -> dict[str, tuple[TextFacts, bool]]:
    """{language: (words, whether it is the source)}."""
    rows = db.session.execute(select(SheetText.language, SheetText.source, *_WORDS).where(SheetText.sheet_id == sheet_id))
    return {row.language: (TextFacts(*row[2:]), row.source) for row in rows}


def facts_of(sheet: Sheet) -> SheetFacts:
    """What a sheet says in figures, without its lists."""
    return SheetFacts(
        kind=sheet.kind,
        region=sheet.region,
        province=sheet.province,
        sector=sheet.sector,
        sdgs=sdgs_of(sheet.id),
        investment=sheet.investment,
        own_part=sheet.own_part,
        members_min=sheet.members_min,
        members_target=sheet.members_target,
        jobs=sheet.jobs,
        category=sheet.category,
    )


@dataclass(frozen=True)
class OwnSheet:
    """A sheet as its author edits it: the words of the source language and the office's last reason."""

    sheet: Sheet
    text: TextFacts
    language: str
    sdgs: tuple[int, ...]
    reason: str


def own_sheet(actor: Actor, sheet_id: int) -> OwnSheet:
    """The author's own sheet. Raises NotFound for a stranger's."""
    sheet = db.session.scalar(select(Sheet).where(Sheet.id == sheet_id, Sheet.author_id == actor.person_id))
    if sheet is None or actor.person_id is None:
        raise NotFound()
    language, text = next((code, said) for code, (said, source) in texts_of(sheet.id).items() if source)
    reason = last_reason(sheet.id) if sheet.state in ("returned", "archived") else ""
    return OwnSheet(sheet, text, language, sdgs_of(sheet.id), reason)


def last_reason(sheet_id: int) -> str:
    """The words of the office's last decision."""
    return (
        db.session.scalar(
            select(SheetDecision.reason).where(SheetDecision.sheet_id == sheet_id).order_by(SheetDecision.id.desc()).limit(1)
        )
        or ""
    )
