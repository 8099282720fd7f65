"""The office shuts somebody's account, opens it again, or ends its sessions; with a reason that the person reads."""

from datetime import datetime

from app.accounts.models import Person, PersonDecision
from app.accounts.permissions import require_operator
from app.accounts.queries.people import reach
from app.accounts.rules.organisations import REASON_LONGEST
from app.accounts.services.secrets import locked_person, void_secrets
from app.accounts.services.warnings import write_account_decision
from app.engines import sessions
from app.engines.db import db
from app.engines.journal import record
from app.kernel import typed
from app.kernel.actor import Actor, require_person
from app.kernel.errors import Conflict


def block_person(actor: Actor, person_id: int, reason: str, moment: datetime) -> None:
    """Nobody signs in to the account any more, and who is in it is out. Raises Refusal."""
    person = _decides(actor, person_id, "block", reason, moment)
    if person.blocked_at is not None:
        raise Conflict("already-blocked")
    person.blocked_at = moment


def unblock_person(actor: Actor, person_id: int, reason: str, moment: datetime) -> None:
    """The account is open again. Raises Refusal."""
    person = _decides(actor, person_id, "unblock", reason, moment)
    if person.blocked_at is None:
        raise Conflict("not-blocked")
    person.blocked_at = None


def end_sessions_of_person(actor: Actor, person_id: int, reason: str, moment: datetime) -> None:
    """Whoever is signed in to the account has to sign in again. Raises Refusal."""
    _decides(actor, person_id, "end-sessions", reason, moment)


def _decides(actor: Actor, person_id: int, decision: str, reason: str, moment: datetime) -> Person:
    """The decision, its letters and its line; every session ends. Nobody decides about themselves."""
    require_operator(actor)
    if person_id == actor.person_id:
        raise Conflict("not-about-yourself")
    said, person = typed.reason(reason, REASON_LONGEST), locked_person(person_id)
    row = PersonDecision(
        person_id=person_id, decision=decision, decided_at=moment, decided_by=require_person(actor), reason=said
    )
    db.session.add(row)
    db.session.flush()
    ended = len(sessions.sessions_of(person_id, moment))
    void_secrets("blocked" if decision == "block" else "sessions-ended", person_id)
    write_account_decision(reach([person_id]), decision, said)
    record(actor, decision, "person", person_id, decision=row.id, ended=ended)
    return person
