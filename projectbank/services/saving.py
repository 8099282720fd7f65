"""Keeping sheets for later."""

from sqlalchemy import delete, select

from app.engines.db import db, rows_changed
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.clock import now
from app.kernel.errors import NotFound
from projectbank.models import SavedSheet, Sheet
from projectbank.services.writing import lock_person


def save_sheet(actor: Actor, sheet_id: int) -> None:
    """Keep a published sheet; keeping it twice is keeping it."""
    person_id = require_person(actor)
    lock_person(person_id)
    if db.session.scalar(select(Sheet.state).where(Sheet.id == sheet_id)) != "published":
        raise NotFound()
    mine = select(SavedSheet.id).where(SavedSheet.person_id == person_id, SavedSheet.sheet_id == sheet_id)
    if db.session.scalar(mine) is None:
        db.session.add(SavedSheet(person_id=person_id, sheet_id=sheet_id, saved_at=now()))
        record(actor, "save", "sheet", sheet_id)


def unsave_sheet(actor: Actor, sheet_id: int) -> None:
    """Let a sheet go; one that is not kept is let go already."""
    person_id = require_person(actor)
    mine = delete(SavedSheet).where(SavedSheet.person_id == person_id, SavedSheet.sheet_id == sheet_id)
    if rows_changed(mine):
        record(actor, "unsave", "sheet", sheet_id)
