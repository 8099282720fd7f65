"""Somebody was erased: groups go on without them, what nobody else was shown goes, what was published stays."""

from sqlalchemy import delete, or_, select, update

from app.engines.db import db
from app.engines.own_data import Whose
from app.engines.search import outbox
from projectbank.models import FoundingGroup, GroupInvitation, SavedSheet, Sheet, SheetDecision, SheetSdg, SheetText
from projectbank.services.groups import go_from_groups
from projectbank.services.lines import erase_lines
from projectbank.services.writing import SHEET_KIND


def erase_author(whose: Whose, name: str) -> None:
    """Ideas never published go with their texts; the name of a group, which its founder chose, becomes the pseudonym."""
    go_from_groups(whose.person_id)
    theirs = whose.reached_by(GroupInvitation.kind, GroupInvitation.contact)
    person_id = whose.person_id
    for statement in (
        update(FoundingGroup).where(FoundingGroup.founder_id == person_id).values(name=name),
        delete(GroupInvitation).where(
            or_(theirs, GroupInvitation.invited_by == person_id, GroupInvitation.used_by == person_id)
        ),
        delete(SavedSheet).where(SavedSheet.person_id == person_id),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    unseen = select(Sheet.id).where(Sheet.author_id == person_id, Sheet.published_at.is_(None)).with_for_update()
    for sheet_id in db.session.scalars(unseen.order_by(Sheet.id)).all():
        _erase_sheet(sheet_id)


def _erase_sheet(sheet_id: int) -> None:
    erase_lines(sheet_id)
    for table in (SheetText, SheetSdg, SheetDecision, SavedSheet):
        db.session.execute(delete(table).where(table.sheet_id == sheet_id).execution_options(synchronize_session=False))
    db.session.execute(delete(Sheet).where(Sheet.id == sheet_id).execution_options(synchronize_session=False))
    outbox.touch(SHEET_KIND, sheet_id)
