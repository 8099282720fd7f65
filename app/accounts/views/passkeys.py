"""One's own passkeys: added by the browser's script, removed without it."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.factors import KeyForm
from app.accounts.queries.factors import keys_of
from app.accounts.queries.people import sign_in_name
from app.accounts.rules.passkeys import Place, ask_to_make, made_key
from app.accounts.services.passkeys import add_passkey, remove_passkey
from app.accounts.views.again import note_proof
from app.accounts.views.blueprint import accounts, count, refused
from app.accounts.views.devices import device_words
from app.accounts.views.proving import ANSWER, keep_challenge, place, take_challenge
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.kernel.text import msg
from app.web.access import access, asked_again, signed_in
from app.web.addresses import PAGE
from app.web.visitor import actor, visitor

Page = str | tuple[str, int] | Response


def _here() -> Place:
    here = place()
    if here is None:
        raise NotFound()
    return here


def _question() -> dict[str, Any]:
    """What the browser is asked for a new passkey; the person's handle says nothing to anybody."""
    person_id, here = actor().person_id or 0, _here()
    handle = bytes.fromhex(gateway.keyed("passkey", person_id))
    known = [key.credential_id for key in keys_of(person_id, here.rp_id)]
    contact = sign_in_name(person_id)
    challenge, question = ask_to_make(here, current_app.config["SITE_NAME"], contact, handle, known)
    keep_challenge(challenge)
    return {"passkey": question}


@accounts.get(f"{PAGE}/account/second-factor/passkeys/new")
@access(signed_in)
@asked_again
def new_passkey() -> Page:
    """A name, then the browser's own question."""
    form = KeyForm(data={"name": device_words(request.headers.get("User-Agent", ""))})
    return render_template("accounts/factors/new_passkey.html", form=form, **_question())


@accounts.post(f"{PAGE}/account/second-factor/passkeys/new")
@access(signed_in)
@asked_again
def do_new_passkey() -> Page:
    """What the browser made, for the challenge of this session."""
    form, here = KeyForm(), _here()
    if not form.validate():
        return render_template("accounts/factors/new_passkey.html", form=form, **_question()), 422
    try:
        count(factor_person=gateway.keyed("new-passkey", actor().person_id))
        key = made_key(here, take_challenge(), request.form.get(ANSWER, ""))
        with transaction():
            add_passkey(actor(), here.rp_id, key, form.name.data, now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/factors/new_passkey.html", **_question())
    note_proof("factor")
    flash(
        translate(msg("Your passkey is set up. Print the list of codes too: it helps when the device is lost.")), "success"
    )
    return redirect(url_for("accounts.second_factor"), 303)


@accounts.post(f"{PAGE}/account/second-factor/passkeys/<int:passkey_id>/remove")
@access(signed_in)
@asked_again
def do_remove_passkey(passkey_id: int) -> Page:
    """Whoever needs a second factor keeps one."""
    me = visitor()
    with transaction():
        remove_passkey(actor(), passkey_id, me is not None and me.factor.needed, now())
    flash(translate(msg("The passkey opens nothing any more.")), "success")
    return redirect(url_for("accounts.second_factor"), 303)
