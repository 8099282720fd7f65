"""One's own data: what is kept and why, a copy of all of it, and the way out."""

from flask import Response, flash, make_response, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.accounts import gateway
from app.accounts.forms.people import EraseForm, PresentForm
from app.accounts.queries.own_data import whose
from app.accounts.services.erasure import erase_person
from app.accounts.services.own_data import note_export
from app.accounts.views.account import me, prove_present
from app.accounts.views.blueprint import accounts, count, device_cookie, refused
from app.engines.language import speaking, translate
from app.engines.own_data import kinds_of_own_data, open_ties
from app.engines.own_data import own_data as all_of
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Refusal
from app.kernel.text import msg
from app.web.access import access, factor_asked_again, signed_in
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.own_data import archive
from app.web.visitor import actor

Page = str | tuple[str, int] | AnyResponse


def ask_again(form: PresentForm) -> None:
    """The one guard of what follows: whoever sits there shows that it is their account. Raises Refusal."""
    prove_present(form.present.data)


def _kept() -> dict[str, object]:
    """{why: what is kept for it}, in the order of the plates."""
    reasons: dict[str, list[str]] = {}
    for kind in kinds_of_own_data():
        reasons.setdefault(translate(kind.why), []).append(translate(kind.title))
    return {"reasons": reasons}


@accounts.get(f"{PAGE}/account/data")
@access(signed_in)
def own_data() -> Page:
    """What is kept, and why."""
    return render_template("accounts/own_data.html", form=PresentForm(), **_kept())


@accounts.post(f"{PAGE}/account/data")
@access(signed_in)
@factor_asked_again
def take_own_data() -> Page:
    """With the password, everything in one archive."""
    form = PresentForm()
    if not form.validate():
        return render_template("accounts/own_data.html", form=form, **_kept()), 422
    try:
        ask_again(form)
        person = me()
        count(own_data_person=gateway.keyed("person", person.id))
        with transaction():
            note_export(actor(), person.id)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/own_data.html", **_kept())
    made_at = now()
    with speaking(person.language):
        return _as_file(archive(all_of(whose(person.id)), person.name, made_at))


def _as_file(packed: bytes) -> Response:
    response = make_response(packed)
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _open_ties() -> dict[str, object]:
    return {"ties": [refusal_text(tie) for tie in open_ties(whose(me().id))]}


@accounts.get(f"{PAGE}/account/data/erase")
@access(signed_in)
def erase() -> Page:
    """What goes, what stays and why, and what must be settled first."""
    return render_template("accounts/erase.html", form=EraseForm(), **_open_ties())


@accounts.post(f"{PAGE}/account/data/erase")
@access(signed_in)
@factor_asked_again
def do_erase() -> Page:
    """With the password and a tick, the person is gone, and so is every way in."""
    form = EraseForm()
    if not form.validate():
        return render_template("accounts/erase.html", form=form, **_open_ties()), 422
    try:
        ask_again(form)
        person_id = me().id
        counted = gateway.keyed("person", person_id)
        with transaction():
            erase_person(actor(), person_id, counted, now(), certificates=form.certificates.data)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/erase.html", **_open_ties())
    session.end()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
    flash(translate(msg("You are erased. Nobody can sign in to this account any more.")), "success")
    response = redirect(url_for("pages.home"), 303)
    response.delete_cookie(device_cookie(), path="/")
    return response
