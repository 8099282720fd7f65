"""The second factor: proving it, setting up an app, printing a list of codes, taking the app away."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from app.accounts import gateway
from app.accounts.models import AppFactor, Passkey, Person, PrintedCode
from app.accounts.queries.people import reach
from app.accounts.rules.factors import fitting_step, is_printed_code
from app.accounts.services.secrets import locked_person
from app.accounts.services.warnings import write_factor_changed
from app.engines.db import db, rows_changed
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.errors import Conflict, Invalid, NotFound


def prove_code(actor: Actor, person_id: int, code: str, moment: datetime) -> bool:
    """Does the code of an app or of the printed list fit? It is used up then. Never raises: a wrong try stays noted."""
    kind = "codes" if is_printed_code(code) else "app"
    fits = _use_printed(person_id, code, moment) if kind == "codes" else _use_step(person_id, code, moment)
    record(actor, "prove-factor" if fits else "refuse-factor", "person", person_id, kind=kind)
    return fits


def _use_step(person_id: int, code: str, moment: datetime) -> bool:
    """A code of the app: each step counts once, also when two ask at once."""
    row = db.session.scalar(
        select(AppFactor).where(AppFactor.person_id == person_id).execution_options(populate_existing=True)
    )
    secret = gateway.unsealed(row.sealed_secret) if row is not None else None
    if row is None or secret is None:
        return False
    step = fitting_step(secret, code, moment, row.last_step)
    if step is None:
        return False
    used = update(AppFactor).where(AppFactor.person_id == person_id, AppFactor.last_step < step).values(last_step=step)
    return rows_changed(used.execution_options(synchronize_session=False)) == 1


def _use_printed(person_id: int, code: str, moment: datetime) -> bool:
    """A code of the list, once; with the last one of the last factor the person has none any more."""
    used = (
        update(PrintedCode)
        .where(
            PrintedCode.person_id == person_id,
            PrintedCode.code_hash == gateway.printed_hash(person_id, code),
            PrintedCode.used_at.is_(None),
        )
        .values(used_at=moment)
        .execution_options(synchronize_session=False)
    )
    if rows_changed(used) != 1:
        return False
    settle(locked_person(person_id), moment)
    return True


def settle(person: Person, moment: datetime) -> None:
    """The mark on the person says whether a factor is there."""
    db.session.flush()
    there = (
        select(AppFactor.person_id).where(AppFactor.person_id == person.id).exists(),
        select(PrintedCode.id).where(PrintedCode.person_id == person.id, PrintedCode.used_at.is_(None)).exists(),
        select(Passkey.id).where(Passkey.person_id == person.id).exists(),
    )
    secured = any(db.session.scalar(select(one)) for one in there)
    person.secured_at = (person.secured_at or moment) if secured else None


def set_up_app(actor: Actor, secret: str, code: str, moment: datetime) -> None:
    """An app whose first code has come back; it stands in place of an earlier one. Raises Invalid("factor-code-wrong")."""
    person = locked_person(require_person(actor))
    step = fitting_step(secret, code, moment, None)
    if step is None:
        raise Invalid("factor-code-wrong", "code")
    db.session.execute(delete(AppFactor).where(AppFactor.person_id == person.id))
    sealed = gateway.sealed(secret)
    db.session.add(AppFactor(person_id=person.id, sealed_secret=sealed, last_step=step, created_at=moment))
    note_change(actor, person, "app", moment)


def remove_app(actor: Actor, needed: bool, moment: datetime) -> None:
    """The app opens nothing any more. Who needs a factor keeps one: Conflict("factor-needed")."""
    person = locked_person(require_person(actor))
    if rows_changed(delete(AppFactor).where(AppFactor.person_id == person.id)) == 0:
        raise NotFound()
    note_change(actor, person, "app-removed", moment)
    require_one_left(person, needed)


def require_one_left(person: Person, needed: bool) -> None:
    """Raises Conflict("factor-needed") where the last factor of somebody who needs one has just gone."""
    if needed and person.secured_at is None:
        raise Conflict("factor-needed")


def print_codes(actor: Actor, codes: Sequence[str], moment: datetime) -> None:
    """A new list, kept as hashes; the earlier list is worth nothing."""
    person = locked_person(require_person(actor))
    db.session.execute(delete(PrintedCode).where(PrintedCode.person_id == person.id))
    db.session.execute(
        insert(PrintedCode),
        [
            {
                "person_id": person.id,
                "code_hash": gateway.printed_hash(person.id, code),
                "created_at": moment,
                "used_at": None,
            }
            for code in codes
        ],
    )
    note_change(actor, person, "codes", moment)


def forget_factors(person: Person, moment: datetime) -> None:
    """All of them go, for a person who is locked; the line is the caller's."""
    for table in (AppFactor, Passkey, PrintedCode):
        db.session.execute(delete(table).where(table.person_id == person.id).execution_options(synchronize_session=False))
    settle(person, moment)
    write_factor_changed(reach([person.id]), "reset")


def note_change(actor: Actor, person: Person, change: str, moment: datetime) -> None:
    """The mark, the letters and the line of every change."""
    settle(person, moment)
    write_factor_changed(reach([person.id]), change)
    record(actor, "change-factor", "person", person.id, change=change)
