"""Long work of an organisation: begun by a page, written portion by portion, called off or ended.

A portion goes in the transaction that writes it, and the sums move on in the same one: whoever kills a worker half way loses
nothing, and no row is written twice.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import delete, insert, select

from app.accounts.models import LongWorkPiece, LongWorkUnderWay
from app.accounts.permissions import require_roles
from app.accounts.queries.people import load_visitor
from app.accounts.rules.long_work import LONG_WORK
from app.engines.db import db, insert_once
from app.engines.jobs import Stopped, enqueue, under_way
from app.engines.journal import record
from app.engines.long_work import (
    MOST_PROBLEMS,
    RESULTS,
    WRITING_SECONDS,
    NextPortions,
    Piece,
    RowDone,
    kept,
    kinds_for,
    long_works,
)
from app.kernel.actor import SYSTEM, Actor, require_person
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal

GO_ON_JOB = "accounts.long-work"


def begin_long_work(actor: Actor, kind: str, organisation_id: int, pieces: Sequence[Piece], moment: datetime) -> int:
    """Ask for the work; returns its id. The same pieces sent twice are one piece of work.

    Raises Conflict("long-work-under-way") while other work of the kind is under way there, with its id as a fact.
    """
    starter = require_person(actor)
    require_roles(actor, organisation_id, *long_works()[kind].roles)
    digest = hashlib.sha256("\n".join(piece.portions for piece in pieces).encode()).hexdigest()
    key = f"{kind}:{organisation_id}"
    work_id = insert_once(
        LongWorkUnderWay,
        "open_key",
        kind=kind,
        organisation_id=organisation_id,
        started_by=starter,
        open_key=key,
        digest=digest,
        state=LONG_WORK.first,
        total=sum(piece.rows for piece in pieces),
        done=0,
        counts=dict.fromkeys(RESULTS, 0),
        problems=[],
        drafts=0,
        notes=[],
        started_at=moment,
        moved_at=moment,
    )
    if work_id is None:
        there = db.session.scalar(select(LongWorkUnderWay).where(LongWorkUnderWay.open_key == key))
        if there is None:  # it has ended in between
            return begin_long_work(actor, kind, organisation_id, pieces, moment)
        if there.digest != digest:
            raise Conflict("long-work-under-way", work=there.id)
        return there.id
    db.session.execute(
        insert(LongWorkPiece),
        [{"work_id": work_id, "position": position, "portions": piece.portions} for position, piece in enumerate(pieces, 1)],
    )
    enqueue(GO_ON_JOB, work_id=work_id)
    record(actor, "begin-long-work", "organisation", organisation_id, work=work_id)
    return int(work_id)


def write_next_portions(work_id: int, ready: NextPortions | None, moment: datetime) -> bool:
    """Write some of what was read, at least a portion; whether any was left. Raises Stopped when it is no longer under way.

    It is written in the name of whoever started it, by the roles held now; lost ones end the work (Refusal). What another
    worker has written of it since it was read is left alone.
    """
    until = time.monotonic() + WRITING_SECONDS
    row = _locked(work_id)
    if row is None or row.state != "under-way":
        raise Stopped
    if ready is None:
        return False
    piece = db.session.get(LongWorkPiece, ready.piece_id, populate_existing=True)
    if piece is None or piece.portions != ready.portions:
        return True
    done = long_works()[row.kind].write(_starter(row), row.organisation_id, ready.read, until)
    row.done += sum(ready.rows[: len(done)])
    if left := json.loads(ready.portions)[len(done) :]:
        piece.portions = json.dumps(left, ensure_ascii=False)
    else:
        db.session.delete(piece)
    _count(row, [outcome for outcomes in done for outcome in outcomes], moment)
    return True


def _locked(work_id: int) -> LongWorkUnderWay | None:
    statement = select(LongWorkUnderWay).where(LongWorkUnderWay.id == work_id).with_for_update()
    return db.session.scalar(statement.execution_options(populate_existing=True))


def _starter(row: LongWorkUnderWay) -> Actor:
    """Whoever started it, as they stand now. Raises NotFound when they may no longer."""
    card = load_visitor(row.started_by, "fr")
    if card is None:
        raise NotFound()
    roles = MappingProxyType({place.id: place.roles for place in card.workplaces})
    starter = Actor("person", card.id, card.is_operator, card.is_instructor, roles, card.language)
    require_roles(starter, row.organisation_id, *long_works()[row.kind].roles)
    return starter


def _count(row: LongWorkUnderWay, outcomes: Sequence[RowDone], moment: datetime) -> None:
    counts = dict(row.counts)
    for outcome in outcomes:
        counts[outcome.result] += 1
    refused = [{"line": one.line, **kept(one.refusal)} for one in outcomes if one.refusal is not None]
    row.counts, row.moved_at = counts, moment
    row.problems = [*row.problems, *refused][:MOST_PROBLEMS]
    row.drafts += sum(one.draft for one in outcomes)
    if len(row.notes) < MOST_PROBLEMS:
        notes = [{"line": one.line, **kept(note)} for one in outcomes for note in one.notes]
        row.notes = [*row.notes, *notes][:MOST_PROBLEMS]


def cancel_long_work(actor: Actor, work_id: int, moment: datetime) -> None:
    """Call it off: what was written stays. Raises NotFound, Conflict("long-work-ended")."""
    row = _locked(work_id)
    if row is None or not _may_see(actor, row):
        raise NotFound()
    if row.state != "under-way":
        raise Conflict("long-work-ended")
    _end(row, "cancel", moment)
    record(actor, "cancel-long-work", "organisation", row.organisation_id, work=row.id, done=row.done)


def _may_see(actor: Actor, row: LongWorkUnderWay) -> bool:
    return row.kind in kinds_for(actor.roles.get(row.organisation_id, ()))


def end_long_work(work_id: int, refusal: Refusal | None, moment: datetime) -> None:
    """Everything is written, or a refusal has stopped it. Work that was called off meanwhile stays so."""
    row = _locked(work_id)
    if row is None or row.state != "under-way":
        return
    if refusal is not None:
        row.problems = [{"line": None, **kept(refusal)}, *row.problems]
    _end(row, "finish" if refusal is None else "stop", moment)
    record(SYSTEM, f"{row.state}-long-work", "organisation", row.organisation_id, work=row.id, done=row.done)


def _end(row: LongWorkUnderWay, move: str, moment: datetime) -> None:
    row.state, row.open_key, row.ended_at = LONG_WORK.after(row.state, move), None, moment
    db.session.execute(delete(LongWorkPiece).where(LongWorkPiece.work_id == row.id))


def stop_abandoned(moment: datetime) -> None:
    """Work whose job was given up goes on no more: it says so, and the next may begin."""
    going_on = {asked["work_id"] for asked in under_way(GO_ON_JOB)}
    for work_id in db.session.scalars(select(LongWorkUnderWay.id).where(LongWorkUnderWay.open_key.is_not(None))).all():
        if work_id not in going_on:
            end_long_work(work_id, Invalid("long-work-broke"), moment)


def forget_long_work(before: datetime) -> None:
    """What ended long ago goes."""
    db.session.execute(delete(LongWorkUnderWay).where(LongWorkUnderWay.ended_at < before))
