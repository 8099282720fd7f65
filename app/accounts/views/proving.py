"""Proving the second factor, at the second step and before dear acts alike: a code, or a passkey by the browser's script."""

from datetime import datetime
from typing import Any

from flask import current_app, flash, request, session

from app.accounts.forms.factors import FactorForm
from app.accounts.queries.factors import factors_of, keys_of
from app.accounts.queries.people import Known
from app.accounts.rules.factors import FEW_CODES, HALF_OPEN, is_printed_code
from app.accounts.rules.passkeys import Place, ask_to_use, new_count, place_of
from app.accounts.services.factors import prove_code
from app.accounts.services.lost_factors import withdraw_lost
from app.accounts.services.passkeys import refuse_passkey, use_passkey
from app.accounts.views.blueprint import was_right
from app.accounts.views.half_way import count_factor
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel import typed
from app.kernel.clock import now
from app.kernel.errors import Invalid
from app.kernel.text import msg
from app.web.visitor import actor

ANSWER = "factor_passkey"


def place() -> Place | None:
    """Where this visitor is, when passkeys can be had there."""
    return place_of(current_app.config["PUBLIC_URL"], request.host)


def keep_challenge(challenge: str) -> None:
    """What the browser has to answer, for ten minutes and once."""
    session["challenge"] = {"value": challenge, "until": (now() + HALF_OPEN).isoformat()}


def take_challenge() -> str:
    """The challenge of this session; it is worth nothing afterwards. Raises Invalid("passkey-wrong")."""
    kept = session.pop("challenge", None)
    if not isinstance(kept, dict) or datetime.fromisoformat(kept["until"]) <= now():
        raise Invalid("passkey-wrong")
    return str(kept["value"])


def factor_facts(person_id: int) -> dict[str, Any]:
    """What a page that asks for the factor needs: the question to the browser, where a passkey fits here."""
    here = place()
    known = [key.credential_id for key in keys_of(person_id, here.rp_id)] if here is not None else []
    if here is None or not known:
        return {"passkey": None}
    challenge, question = ask_to_use(here, known)
    keep_challenge(challenge)
    return {"passkey": question}


def is_answered(form: FactorForm) -> bool:
    """Is there something to compare: a passkey's answer, or a code in its field?"""
    return bool(request.form.get(ANSWER)) or bool(form.validate())


def prove_factor(person: Known, form: FactorForm) -> None:
    """Compare what was sent, counted before. Raises Invalid, TooMany; a wrong try stays noted."""
    counted = count_factor(person)
    if request.form.get(ANSWER):
        fits = _passkey_fits(person, request.form[ANSWER])
    else:
        fits = _code_fits(person, typed.code(form.factor_code.data or ""))
    if not fits:
        raise Invalid("passkey-wrong" if request.form.get(ANSWER) else "factor-wrong", "factor_code")
    was_right(counted)


def _code_fits(person: Known, code: str) -> bool:
    with transaction():
        fits = prove_code(actor(), person.id, code, now())
        if fits:
            withdraw_lost(actor(), person.id, now())
    if fits:
        _tell_codes_left(person.id, code)
    return fits


def _tell_codes_left(person_id: int, code: str) -> None:
    """Whoever has just used a code of the list learns when few are left."""
    left = factors_of(person_id).codes_left
    if is_printed_code(code) and left <= FEW_CODES:
        said = msg("One-time codes left: %(left)s. Print a new list before they are used up.")
        flash(translate(said, left=left), "warning")


def _passkey_fits(person: Known, sent: str) -> bool:
    """The answer of one of the person's passkeys of this place, to the challenge of this session."""
    here = place()
    keys = keys_of(person.id, here.rp_id) if here is not None else ()
    for key in keys:
        if here is not None and f'"{key.credential_id}"' in sent:
            try:
                after = new_count(here, take_challenge(), sent, key.public_key, key.sign_count)
            except Invalid:
                break
            with transaction():
                fits = use_passkey(actor(), person.id, key.id, key.sign_count, after, now())
                if fits:
                    withdraw_lost(actor(), person.id, now())
            return fits
    with transaction():
        refuse_passkey(actor(), person.id)
    return False
