"""Before every request: who must set up a second factor, and who is asked again before a dear act.

A route says by `@asked_again` that it is one. The proof counts for ten minutes in this session, and for nobody's other
session. A page that is opened leads to the question and back; an act that is sent is answered by the question with
everything that was typed, and done when the answer is right.
"""

from datetime import datetime
from typing import Any

from flask import current_app, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.accounts.forms.factors import FactorForm, PasswordAgainForm
from app.accounts.rules.factors import ASKED_AGAIN
from app.accounts.views.account import me as the_person
from app.accounts.views.account import prove_present
from app.accounts.views.blueprint import accounts, refused
from app.accounts.views.proving import ANSWER, factor_facts, is_answered, prove_factor
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.web.access import access, asks_again, safe_next, signed_in
from app.web.addresses import PAGE
from app.web.carrying import kept_fields
from app.web.forms import Form
from app.web.visitor import Visitor, visitor

Page = str | tuple[str, int] | Response
READING = ("GET", "HEAD")
# What is open to who has let the days go by: setting a factor up, signing out, and what pages are made of.
OPEN_WHEN_OVERDUE = {
    "accounts.second_factor",
    "accounts.set_up_app_page",
    "accounts.do_set_up_app",
    "accounts.print_codes_page",
    "accounts.do_print_codes",
    "accounts.new_passkey",
    "accounts.do_new_passkey",
    "accounts.ask_again",
    "accounts.do_ask_again",
    "accounts.sign_out",
    "files.static",
}


def lead_to_set_up() -> Response | None:
    """Whoever needs a second factor, has none and has let the days go by finds the page that sets one up, and no other."""
    if request.endpoint is None or request.endpoint in OPEN_WHEN_OVERDUE or not getattr(session, "token", None):
        return None
    me = visitor()
    return redirect(url_for("accounts.second_factor"), 303) if me is not None and me.factor.overdue else None


def ask_before_dear_acts() -> Response | None:
    """A declared route asks again, unless that was done in this session within ten minutes."""
    asking = asks_again(current_app, request.endpoint) if request.endpoint else None
    me = visitor() if asking is not None else None
    if me is None or is_fresh(me) or (asking == "factor" and not me.factor.secured):
        return None
    if request.method in READING:
        return redirect(url_for("accounts.ask_again", next=_here()), 303)
    return _ask_in_place(me)


def is_fresh(me: Visitor) -> bool:
    """Was it proved in this session within ten minutes? A password counts for who has no second factor."""
    proof = session.get("asked")
    if not isinstance(proof, dict) or (me.factor.secured and proof["by"] != "factor"):
        return False
    return now() < datetime.fromisoformat(proof["at"]) + ASKED_AGAIN


def note_proof(by: str) -> None:
    """From now on ten minutes; `by` is factor or password."""
    session["asked"] = {"at": now().isoformat(), "by": by}


def _ask_in_place(me: Visitor) -> Response | None:
    """The question with what was sent; None when the answer has just come with it and was right."""
    form, kept = _question(me), kept_fields()
    if not any(name in request.form for name in (*form.data, ANSWER)):
        return make_response(render_template("accounts/factors/again.html", form=form, **_facts(_here(), kept)), 403)
    if not _is_answered(form):
        return make_response(render_template("accounts/factors/again.html", form=form, **_facts(_here(), kept)), 422)
    try:
        _prove(me, form)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/factors/again.html", **_facts(_here(), kept))
    return None


def _question(me: Visitor) -> Form:
    return FactorForm() if me.factor.secured else PasswordAgainForm()


def _here() -> str:
    return request.full_path.rstrip("?")


def _is_answered(form: Form) -> bool:
    return is_answered(form) if isinstance(form, FactorForm) else bool(form.validate())


def _facts(action: str, kept: list[tuple[str, str]], wanted: str | None = None) -> dict[str, Any]:
    me = visitor()
    facts = {"action": action, "kept": kept, "next": wanted}
    if me is not None and me.factor.secured:
        return {**facts, **factor_facts(me.id), "secured": True}
    return {**facts, "secured": False, "demo_password": current_app.extensions.get("demo_password")}


def _prove(me: Visitor, form: Form) -> None:
    """Compare the answer, counted before. Raises Invalid, TooMany."""
    if isinstance(form, FactorForm):
        prove_factor(the_person(), form)
    else:
        prove_present(form["factor_password"].data, "factor_password")
    note_proof("factor" if me.factor.secured else "password")


def _me() -> Visitor:
    me = visitor()
    if me is None:
        raise NotFound()
    return me


@accounts.get(f"{PAGE}/account/again")
@access(signed_in)
def ask_again() -> Page:
    """Who sits there?"""
    wanted = safe_next(request.args.get("next"))
    facts = _facts(url_for("accounts.do_ask_again"), [], wanted)
    return render_template("accounts/factors/again.html", form=_question(_me()), **facts)


@accounts.post(f"{PAGE}/account/again")
@access(signed_in)
def do_ask_again() -> Page:
    """The right answer leads on."""
    me, wanted = _me(), safe_next(request.form.get("next"))
    form, action = _question(me), url_for("accounts.do_ask_again")
    if not _is_answered(form):  # what a page needs is made when it is shown: it replaces the challenge of a passkey
        return render_template("accounts/factors/again.html", form=form, **_facts(action, [], wanted)), 422
    try:
        _prove(me, form)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/factors/again.html", **_facts(action, [], wanted))
    return redirect(wanted or url_for("accounts.account"), 303)
