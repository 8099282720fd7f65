"""A lost second factor: asked for with the password, agreed by an operator, taken away 48 hours later; or withdrawn.

Every step is told to all contacts, and whoever signs in with the second factor withdraws what was asked: it is not lost.
"""

from datetime import datetime

from sqlalchemy import select, update

from app.accounts.models import LostFactor, Person
from app.accounts.permissions import require_operator
from app.accounts.queries.people import reach
from app.accounts.rules.factors import LOST, LOST_OPEN, LOST_WAIT
from app.accounts.services.factors import forget_factors
from app.accounts.services.secrets import locked_person, void_secrets
from app.accounts.services.warnings import write_lost_factor
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.errors import Conflict, NotFound


def ask_lost(actor: Actor, person_id: int, moment: datetime) -> None:
    """Whoever is half-way in says that the second factor is lost; asking twice is asking once."""
    person = locked_person(person_id)
    if person.secured_at is None:
        raise NotFound()
    open_one = select(LostFactor.id).where(LostFactor.person_id == person_id, LostFactor.state.in_(LOST_OPEN))
    if db.session.scalar(open_one) is not None:
        return
    row = LostFactor(person_id=person_id, state=LOST.first, asked_at=moment, agreed_by=None, due_at=None, ended_at=None)
    db.session.add(row)
    db.session.flush()
    write_lost_factor(reach([person_id]), "asked", None)
    record(actor, "lose-factor", "person", person_id, lost=row.id)


def agree_lost(actor: Actor, lost_id: int, moment: datetime) -> None:
    """An operator has made sure who asks: in 48 hours the factor goes. Nobody agrees to their own. Raises Refusal."""
    row = _deciding(actor, lost_id)
    row.state, row.agreed_by, row.due_at = LOST.after(row.state, "agree"), require_person(actor), moment + LOST_WAIT
    write_lost_factor(reach([row.person_id]), "waiting", row.due_at)
    record(actor, "agree-lost-factor", "person", row.person_id, lost=row.id)


def refuse_lost(actor: Actor, lost_id: int, moment: datetime) -> None:
    """The office does not believe it; the factor stays. Raises Refusal."""
    row = _deciding(actor, lost_id)
    row.state, row.ended_at = LOST.after(row.state, "refuse"), moment
    write_lost_factor(reach([row.person_id]), "refused", None)
    record(actor, "refuse-lost-factor", "person", row.person_id, lost=row.id)


def _deciding(actor: Actor, lost_id: int) -> LostFactor:
    require_operator(actor)
    row = _locked(lost_id)
    if row.person_id == actor.person_id:
        raise Conflict("not-about-yourself")
    return row


def _locked(lost_id: int) -> LostFactor:
    """The request, its person locked first. Raises NotFound."""
    person_id = db.session.scalar(select(LostFactor.person_id).where(LostFactor.id == lost_id))
    if person_id is None:
        raise NotFound()
    locked_person(person_id)
    return db.session.get_one(LostFactor, lost_id, populate_existing=True)


def withdraw_lost(actor: Actor, person_id: int, moment: datetime) -> None:
    """The person is in, so nothing is lost: what was asked in their name ends."""
    row = db.session.scalar(
        select(LostFactor).where(LostFactor.person_id == person_id, LostFactor.state.in_(LOST_OPEN)).with_for_update()
    )
    if row is None:
        return
    row.state, row.ended_at = LOST.after(row.state, "withdraw"), moment
    write_lost_factor(reach([person_id]), "withdrawn", None)
    record(actor, "withdraw-lost-factor", "person", person_id, lost=row.id)


def carry_out_lost(actor: Actor, lost_id: int, moment: datetime) -> bool:
    """The 48 hours are over: the factors go, once; False when there is nothing (more) to do."""
    row = _locked(lost_id)
    if row.state != "waiting" or row.due_at is None or row.due_at > moment:
        return False
    row.state, row.ended_at = LOST.after(row.state, "carry-out"), moment
    _reset(actor, locked_person(row.person_id), moment, row.id)
    return True


def reset_factor(actor: Actor, person_id: int, moment: datetime) -> None:
    """From the terminal, at once: whoever runs the machine answers for it."""
    require_operator(actor)
    person = locked_person(person_id)
    open_ones = update(LostFactor).where(LostFactor.person_id == person_id, LostFactor.state.in_(LOST_OPEN))
    db.session.execute(open_ones.values(state="done", ended_at=moment).execution_options(synchronize_session=False))
    _reset(actor, person, moment, None)


def _reset(actor: Actor, person: Person, moment: datetime, lost_id: int | None) -> None:
    """All factors go, every session ends, every contact is told. Who needs a factor finds the page that sets one up."""
    void_secrets("factor-reset", person.id)
    forget_factors(person, moment)
    record(actor, "reset-factor", "person", person.id, lost=lost_id)
