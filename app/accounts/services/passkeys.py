"""Passkeys of a person: added, used, removed. Whether an answer fits is told by rules.passkeys, before the transaction."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Passkey
from app.accounts.rules.factors import KEY_NAME_LONGEST, KEYS_MOST
from app.accounts.rules.passkeys import NewKey
from app.accounts.services.factors import note_change, require_one_left
from app.accounts.services.secrets import locked_person
from app.engines.db import db, rows_changed
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import one_line


def add_passkey(actor: Actor, rp_id: str, key: NewKey, name: str, moment: datetime) -> None:
    """A further way to show that it is oneself. Raises Refusal."""
    person = locked_person(require_person(actor))
    called = one_line(name)
    if not 1 <= len(called) <= KEY_NAME_LONGEST:
        raise Invalid("text-too-long", "name", limit=KEY_NAME_LONGEST)
    if (db.session.scalar(select(func.count()).where(Passkey.person_id == person.id)) or 0) >= KEYS_MOST:
        raise Conflict("too-many-passkeys", most=KEYS_MOST)
    db.session.add(
        Passkey(
            person_id=person.id,
            name=called,
            rp_id=rp_id,
            credential_id=key.credential_id,
            public_key=key.public_key,
            sign_count=key.sign_count,
            created_at=moment,
            used_at=None,
        )
    )
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict("passkey-taken") from None
    note_change(actor, person, "passkey", moment)


def use_passkey(actor: Actor, person_id: int, passkey_id: int, before: int, after: int, moment: datetime) -> bool:
    """A passkey's answer was right; its count moves on. False when it was used elsewhere meanwhile, or is gone."""
    used = (
        update(Passkey)
        .where(Passkey.id == passkey_id, Passkey.person_id == person_id, Passkey.sign_count == before)
        .values(sign_count=after, used_at=moment)
    )
    fits = rows_changed(used.execution_options(synchronize_session=False)) == 1
    record(actor, "prove-factor" if fits else "refuse-factor", "person", person_id, kind="passkey")
    return fits


def refuse_passkey(actor: Actor, person_id: int) -> None:
    """An answer that did not fit is noted."""
    record(actor, "refuse-factor", "person", person_id, kind="passkey")


def remove_passkey(actor: Actor, passkey_id: int, needed: bool, moment: datetime) -> None:
    """It opens nothing any more. Who needs a factor keeps one: Conflict("factor-needed")."""
    person = locked_person(require_person(actor))
    gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person.id)
    if rows_changed(gone.execution_options(synchronize_session=False)) == 0:
        raise NotFound()
    note_change(actor, person, "passkey-removed", moment)
    require_one_left(person, needed)
