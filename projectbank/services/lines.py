"""A sheet's lists: equipment, risks, evidence, training."""

from sqlalchemy import delete, select

from app.engines.db import db
from projectbank.models import (
    Equipment,
    EquipmentText,
    Evidence,
    EvidenceText,
    Risk,
    RiskText,
    Training,
)
from projectbank.rules import SheetFacts


def write_lines(sheet_id: int, facts: SheetFacts) -> None:
    """Write the lists of a sheet that has none yet."""
    for position, line in enumerate(facts.equipment, 1):
        thing = Equipment(
            sheet_id=sheet_id,
            position=position,
            quantity=line.quantity,
            unit_price=line.unit_price,
            life_years=line.life_years,
        )
        db.session.add(thing)
        db.session.flush()
        db.session.add_all(
            EquipmentText(equipment_id=thing.id, language=code, name=name) for code, name in line.names.items()
        )
    for position, risk in enumerate(facts.risks, 1):
        danger = Risk(sheet_id=sheet_id, position=position, likelihood=risk.likelihood, impact=risk.impact)
        db.session.add(danger)
        db.session.flush()
        db.session.add_all(
            RiskText(risk_id=danger.id, language=code, text=text, answer=risk.answers.get(code, ""))
            for code, text in risk.texts.items()
        )
    for position, item in enumerate(facts.evidence, 1):
        proof = Evidence(sheet_id=sheet_id, position=position, year=item.year, source=item.source)
        db.session.add(proof)
        db.session.flush()
        db.session.add_all(
            EvidenceText(evidence_id=proof.id, language=code, figure=figure) for code, figure in item.figures.items()
        )
    db.session.add_all(
        Training(sheet_id=sheet_id, course=course, position=position) for position, course in enumerate(facts.training, 1)
    )


def erase_lines(sheet_id: int) -> None:
    """Take the lists away, to write them anew (imports)."""
    for parent, text, link in (
        (Equipment, EquipmentText, EquipmentText.equipment_id),
        (Risk, RiskText, RiskText.risk_id),
        (Evidence, EvidenceText, EvidenceText.evidence_id),
    ):
        db.session.execute(delete(text).where(link.in_(select(parent.id).where(parent.sheet_id == sheet_id))))
        db.session.execute(delete(parent).where(parent.sheet_id == sheet_id))
    db.session.execute(delete(Training).where(Training.sheet_id == sheet_id))
