"""What the office does with a sheet: publish it, return it with a reason, withdraw it. One decision wins."""

from sqlalchemy import select

from app.engines.db import db
from app.engines.journal import record
from app.kernel import typed
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict
from projectbank.models import Sheet, SheetDecision
from projectbank.permissions import require_decide
from projectbank.queries.sheet_page import facts_of, texts_of
from projectbank.rules import DECIDED_BY, REASON_LONGEST, SHEET, require_complete
from projectbank.services.letters import Address, write_decision
from projectbank.services.writing import locked_sheet, source_text, touch

# The address of a page in a language, made by the door that knows the web.


def publish_sheet(actor: Actor, sheet_id: int, version: int, address: Address | None = None) -> None:
    """Put a sent sheet on the public pages. Conflict when it is no longer waiting or not the version that was read."""
    sheet = _to_decide(actor, sheet_id, version)
    if _decided_so(actor, sheet, "published"):
        return
    sheet.state = SHEET.after(sheet.state, "publish")
    require_complete(facts_of(sheet), source_text(sheet.id))
    sheet.published_at = now()
    _decided(actor, sheet, "published", "", address)
    touch(sheet)


def return_sheet(actor: Actor, sheet_id: int, version: int, reason: str, address: Address | None = None) -> None:
    """Give a sent sheet back to its author with a reason, which the author reads on the page and in a letter."""
    said = typed.reason(reason, REASON_LONGEST)
    sheet = _to_decide(actor, sheet_id, version)
    if _decided_so(actor, sheet, "returned"):
        return
    sheet.state = SHEET.after(sheet.state, "return")
    _decided(actor, sheet, "returned", said, address)


def withdraw_sheet(actor: Actor, sheet_id: int, version: int, reason: str, address: Address | None = None) -> None:
    """Take a published sheet off the public pages; groups that began on it go on."""
    said = typed.reason(reason, REASON_LONGEST)
    sheet = _to_decide(actor, sheet_id, version)
    if _decided_so(actor, sheet, "withdrawn"):
        return
    sheet.state = SHEET.after(sheet.state, "withdraw")
    _decided(actor, sheet, "withdrawn", said, address)
    touch(sheet)


def _to_decide(actor: Actor, sheet_id: int, version: int) -> Sheet:
    sheet = locked_sheet(sheet_id)
    require_decide(actor, sheet.author_id)
    if sheet.version != version:
        raise Conflict("edited-meanwhile")
    return sheet


def _decided_so(actor: Actor, sheet: Sheet, decision: str) -> bool:
    """Has this person decided just this about just this version? A form sent twice is one decision."""
    if DECIDED_BY.get(sheet.state) != decision:
        return False
    last = db.session.execute(
        select(SheetDecision.decided_by, SheetDecision.version)
        .where(SheetDecision.sheet_id == sheet.id)
        .order_by(SheetDecision.id.desc())
        .limit(1)
    ).one()
    return tuple(last) == (actor.person_id, sheet.version)


def _decided(actor: Actor, sheet: Sheet, decision: str, reason: str, address: Address | None) -> None:
    row = SheetDecision(
        sheet_id=sheet.id,
        version=sheet.version,
        decision=decision,
        reason=reason,
        decided_by=actor.person_id,
        decided_at=now(),
    )
    db.session.add(row)
    db.session.flush()
    record(actor, decision, "sheet", sheet.id, decision=row.id, version=sheet.version)
    if sheet.author_id is not None and sheet.author_id != actor.person_id and address is not None:
        titles = {language: text.title for language, (text, _source) in texts_of(sheet.id).items()}
        write_decision(sheet.author_id, decision, titles, reason, address, row.id)
