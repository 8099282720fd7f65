"""Sheets from a file: drafts of the office, known again by their slug in the file."""

from collections.abc import Mapping

from sqlalchemy import Select, delete, select

from app.accounts.models import Person
from app.engines.db import db
from app.engines.generations import changed
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict
from projectbank.models import Sheet, SheetText
from projectbank.rules import EDITABLE, SheetFacts, TextFacts
from projectbank.services.lines import erase_lines, write_lines
from projectbank.services.writing import PLAIN, check_new, check_said, create_sheet, write_sdgs, write_texts


def office_author() -> int | None:
    """Who stands as the author of imported sheets when nobody is named: the operator of longest standing."""
    return db.session.scalar(select(Person.id).where(Person.is_operator).order_by(Person.id).limit(1))


def import_sheet(
    actor: Actor,
    author_id: int,
    key: str,
    digest: str,
    facts: SheetFacts,
    texts: Mapping[str, TextFacts],
    source: str,
    territory: str,
) -> str:
    """Write one sheet of a file; returns created, changed or unchanged. Conflict when it was sent or published meanwhile."""
    sheet = db.session.scalar(_known_as(key).with_for_update())
    if sheet is None:
        create_sheet(
            actor, facts, texts, territory, source, author_id=author_id, slug=key, external_key=key, external_digest=digest
        )
        return "created"
    if sheet.external_digest == digest:
        return "unchanged"
    _require_change(sheet, facts, texts, territory)
    for name in PLAIN:
        setattr(sheet, name, getattr(facts, name))
    changed("sheet", sheet.id)
    db.session.execute(delete(SheetText).where(SheetText.sheet_id == sheet.id))
    write_texts(sheet.id, texts, source)
    write_sdgs(sheet.id, facts)
    erase_lines(sheet.id)
    write_lines(sheet.id, facts)
    sheet.external_digest, sheet.version, sheet.changed_at = digest, sheet.version + 1, now()
    record(actor, "import", "sheet", sheet.id, version=sheet.version)
    return "changed"


def look_at_sheet(
    key: str, digest: str, facts: SheetFacts, texts: Mapping[str, TextFacts], source: str, territory: str
) -> str:
    """What `import_sheet` would return or raise now; reads alone."""
    sheet = db.session.scalar(_known_as(key))
    if sheet is None:
        check_new(facts, texts, source, territory)
        return "created"
    if sheet.external_digest == digest:
        return "unchanged"
    _require_change(sheet, facts, texts, territory)
    return "changed"


def _known_as(key: str) -> Select[Sheet]:
    return select(Sheet).where(Sheet.external_key == key)


def _require_change(sheet: Sheet, facts: SheetFacts, texts: Mapping[str, TextFacts], territory: str) -> None:
    """Raises Conflict for one that was sent or published, Invalid for what breaks a rule."""
    if sheet.state not in EDITABLE:
        raise Conflict("move-not-possible", states="sheet", state=sheet.state, move="edit")
    check_said(facts, texts, territory)
