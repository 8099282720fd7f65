"""Many published sheets at once, for the large demo: one insert for each table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from app.engines.db import db
from app.engines.journal import record
from app.engines.search import outbox
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.text import random_code
from app.territories.loading import territory_named
from projectbank.models import (
    Equipment,
    EquipmentText,
    Evidence,
    EvidenceText,
    Risk,
    RiskText,
    Sheet,
    SheetDecision,
    SheetSdg,
    SheetText,
    Training,
)
from projectbank.rules import SheetFacts, TextFacts, require_complete
from projectbank.services.writing import PLAIN, SHEET_KIND, check_said


@dataclass(frozen=True)
class Ready:
    """A sheet that is ready to be published."""

    slug: str
    facts: SheetFacts
    texts: Mapping[str, TextFacts]


def add_published(actor: Actor, author_id: int, ready: Sequence[Ready], source: str, territory: str) -> list[int]:
    """Write complete sheets as published ones, each rule checked; the slugs must be free. Returns the ids."""
    moment = now()
    for sheet in ready:
        check_said(sheet.facts, sheet.texts, territory)
        require_complete(sheet.facts, sheet.texts[source])
    usual = {
        "state": "published",
        "version": 1,
        "territory": territory,
        "currency": territory_named(territory).currency,
        "author_id": author_id,
        "created_at": moment,
        "changed_at": moment,
        "submitted_at": moment,
        "published_at": moment,
    }
    ids = _insert(
        Sheet,
        [
            {
                "slug": sheet.slug,
                "reference": f"P-{random_code(8)}",
                **{name: getattr(sheet.facts, name) for name in PLAIN},
                **usual,
            }
            for sheet in ready
        ],
    )
    both = list(zip(ids, ready, strict=True))
    _insert_plain(
        SheetText,
        [
            {"sheet_id": id_, "language": code, "source": code == source, "stale": False, **vars(text)}
            for id_, sheet in both
            for code, text in sheet.texts.items()
        ],
    )
    _insert_plain(SheetSdg, [{"sheet_id": id_, "number": number} for id_, sheet in both for number in sheet.facts.sdgs])
    _insert_plain(
        Training,
        [
            {"sheet_id": id_, "course": course, "position": position}
            for id_, sheet in both
            for position, course in enumerate(sheet.facts.training, 1)
        ],
    )
    _insert_plain(
        SheetDecision,
        [
            {
                "sheet_id": id_,
                "version": 1,
                "decision": "published",
                "reason": "",
                "decided_by": actor.person_id,
                "decided_at": moment,
            }
            for id_ in ids
        ],
    )
    _lists(both)
    for id_ in ids:
        record(actor, "published", "sheet", id_, version=1)
    outbox.touch(SHEET_KIND, *ids)
    return ids


def _insert(table: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    """Insert and return the ids in the order of the rows."""
    return list(db.session.scalars(insert(table).returning(table.id, sort_by_parameter_order=True), rows)) if rows else []


def _insert_plain(table: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table), rows)


def _lists(both: Sequence[tuple[int, Ready]]) -> None:
    equipment = [(id_, position, line) for id_, sheet in both for position, line in enumerate(sheet.facts.equipment, 1)]
    ids = _insert(
        Equipment,
        [
            {
                "sheet_id": id_,
                "position": position,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "life_years": line.life_years,
            }
            for id_, position, line in equipment
        ],
    )
    _insert_plain(
        EquipmentText,
        [
            {"equipment_id": id_, "language": code, "name": name}
            for id_, (_, _, line) in zip(ids, equipment, strict=True)
            for code, name in line.names.items()
        ],
    )
    risks = [(id_, position, line) for id_, sheet in both for position, line in enumerate(sheet.facts.risks, 1)]
    ids = _insert(
        Risk,
        [
            {"sheet_id": id_, "position": position, "likelihood": line.likelihood, "impact": line.impact}
            for id_, position, line in risks
        ],
    )
    _insert_plain(
        RiskText,
        [
            {"risk_id": id_, "language": code, "text": text, "answer": line.answers.get(code, "")}
            for id_, (_, _, line) in zip(ids, risks, strict=True)
            for code, text in line.texts.items()
        ],
    )
    evidence = [(id_, position, line) for id_, sheet in both for position, line in enumerate(sheet.facts.evidence, 1)]
    ids = _insert(
        Evidence,
        [
            {"sheet_id": id_, "position": position, "year": line.year, "source": line.source}
            for id_, position, line in evidence
        ],
    )
    _insert_plain(
        EvidenceText,
        [
            {"evidence_id": id_, "language": code, "figure": figure}
            for id_, (_, _, line) in zip(ids, evidence, strict=True)
            for code, figure in line.figures.items()
        ],
    )
