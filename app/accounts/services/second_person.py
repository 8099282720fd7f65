"""Four eyes, one rule for all modules: an act that needs a second person waits until another entitled person agrees.

Where nobody else may agree it waits 48 hours, is told to all contacts of those concerned, and is then decided alone, which
the journal says. Until then it can be stopped. When it is done, the right of who asked and the facts are looked at again.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import ActWaiting, Person
from app.accounts.queries.people import person_name, reach
from app.accounts.rules.acts import ACT, ACT_LAPSES, ALONE_WAIT
from app.accounts.services.warnings import write_act_ended, write_act_waiting
from app.engines.acts import Act, act_named
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.text import LANGUAGES


def ask_second_person(actor: Actor, kind: str, subject_id: int, facts: Mapping[str, Any], moment: datetime) -> int:
    """The act waits from now on; returns its id. One act of a kind waits for each subject: Conflict("act-waits")."""
    act, asker = act_named(kind), require_person(actor)
    if asker not in act.may_ask(subject_id):
        raise NotFound()
    key = f"{kind}:{subject_id}"
    if db.session.scalar(select(ActWaiting.id).where(ActWaiting.open_key == key)) is not None:
        raise Conflict("act-waits")
    row = ActWaiting(
        kind=kind,
        subject_id=subject_id,
        open_key=key,
        facts=dict(facts),
        state=ACT.first,
        asked_by=asker,
        asked_at=moment,
        due_at=None if _others(act, subject_id, asker) else moment + ALONE_WAIT,
        ended_at=None,
        ended_by=None,
    )
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError:  # somebody else asked in this very moment
        raise Conflict("act-waits") from None
    _announce(act, row)
    record(actor, "ask-second-person", kind, subject_id, act=row.id, alone=int(row.due_at is not None))
    return row.id


def _others(act: Act, subject_id: int, asker: int) -> set[int]:
    """Who may agree, whoever asked and blocked people apart."""
    able = select(Person.id).where(Person.id.in_(set(act.may_agree(subject_id)) - {asker}), Person.blocked_at.is_(None))
    return set(db.session.scalars(able))


def _told(act: Act, row: ActWaiting) -> Collection[int]:
    """Everybody concerned, whoever asked, and those who may agree."""
    return {*act.concerned(row.subject_id), *act.may_agree(row.subject_id), row.asked_by}


def _announce(act: Act, row: ActWaiting) -> None:
    write_act_waiting(reach(_told(act, row)), act.words, _shown(act, row), person_name(row.asked_by), row.due_at)


def _shown(act: Act, row: ActWaiting) -> dict[str, Mapping[str, str]]:
    """What the sentence of the act names, in each language."""
    return {language: act.shown(row.subject_id, row.facts, language) for language in LANGUAGES}


def agree_act(actor: Actor, act_id: int, moment: datetime) -> None:
    """Another entitled person agrees, and it is done. Raises Refusal; nothing is changed then."""
    act, row = _open(actor, act_id)
    if require_person(actor) not in _others(act, row.subject_id, row.asked_by):
        raise Conflict("act-needs-another")
    _require_asker(act, row)
    _end(actor, act, row, "agree", moment)
    act.carry_out(actor, row.subject_id, row.facts, moment)
    record(actor, "agree-act", row.kind, row.subject_id, act=row.id, asked_by=row.asked_by)


def refuse_act(actor: Actor, act_id: int, moment: datetime) -> None:
    """Whoever asked takes it back; anybody else who may ask or agree refuses. Raises Refusal."""
    act, row = _open(actor, act_id)
    move = "withdraw" if actor.person_id == row.asked_by else "refuse"
    _end(actor, act, row, move, moment)
    record(actor, f"{move}-act", row.kind, row.subject_id, act=row.id)


def _open(actor: Actor, act_id: int) -> tuple[Act, ActWaiting]:
    """An act that waits, locked, for somebody whom it concerns. Raises NotFound, Conflict("act-ended")."""
    row = _locked(act_id)
    act = act_named(row.kind)
    if actor.person_id not in {row.asked_by, *act.may_ask(row.subject_id), *act.may_agree(row.subject_id)}:
        raise NotFound()
    if row.state != "waiting":
        raise Conflict("act-ended")
    return act, row


def _locked(act_id: int) -> ActWaiting:
    statement = select(ActWaiting).where(ActWaiting.id == act_id).with_for_update()
    row = db.session.scalar(statement.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def _require_asker(act: Act, row: ActWaiting) -> None:
    """Whoever asked may still ask. Raises Conflict("act-void")."""
    blocked = db.session.scalar(select(Person.blocked_at).where(Person.id == row.asked_by))
    if row.asked_by not in act.may_ask(row.subject_id) or blocked is not None:
        raise Conflict("act-void")


def _end(actor: Actor, act: Act, row: ActWaiting, move: str, moment: datetime) -> None:
    """The new state, and a letter about it to all whom it concerns."""
    row.state, row.open_key = ACT.after(row.state, move), None
    row.ended_at, row.ended_by = moment, actor.person_id
    write_act_ended(reach(_told(act, row)), act.words, _shown(act, row), row.state)


def carry_out_act(actor: Actor, act_id: int, moment: datetime) -> str | None:
    """What is due: decided alone, or void. The state it has now; None when there was nothing to do.

    Where somebody else may agree by now, it waits for them instead.
    """
    row = _locked(act_id)
    if row.state != "waiting" or not _is_due(row, moment):
        return None
    act = act_named(row.kind)
    if row.due_at is None:
        return _lapse(actor, act, row, moment)
    if _others(act, row.subject_id, row.asked_by):
        row.due_at = None
        _announce(act, row)
        record(actor, "ask-second-person", row.kind, row.subject_id, act=row.id, alone=0)
        return row.state
    try:
        with db.session.begin_nested():
            _require_asker(act, row)
            act.carry_out(actor, row.subject_id, row.facts, moment)
    except Refusal:
        return _lapse(actor, act, row, moment)
    _end(actor, act, row, "decide-alone", moment)
    record(actor, "decide-alone", row.kind, row.subject_id, act=row.id, asked_by=row.asked_by)
    return row.state


def _is_due(row: ActWaiting, moment: datetime) -> bool:
    return moment >= (row.due_at if row.due_at is not None else row.asked_at + ACT_LAPSES)


def _lapse(actor: Actor, act: Act, row: ActWaiting, moment: datetime) -> str:
    _end(actor, act, row, "lapse", moment)
    record(actor, "lapse-act", row.kind, row.subject_id, act=row.id)
    return row.state
