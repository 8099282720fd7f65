"""The second step of signing in: a code of the app or of the printed list."""

from flask import redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.factors import FactorForm
from app.accounts.services.lost_factors import ask_lost
from app.accounts.views.blueprint import accounts, count, refused
from app.accounts.views.entry import let_in
from app.accounts.views.half_way import end_half_way, half_way
from app.accounts.views.proving import factor_facts, is_answered, prove_factor
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Refusal
from app.web.access import access, public
from app.web.addresses import PAGE
from app.web.visitor import actor

Page = str | tuple[str, int] | Response


@accounts.get(f"{PAGE}/sign-in/second-step")
@access(public)
def second_step() -> Page:
    """The password was right; now the code or the passkey."""
    found = half_way()
    if found is None:
        return redirect(url_for("accounts.sign_in"), 303)
    return render_template("accounts/factors/second_step.html", form=FactorForm(), **factor_facts(found[0].id))


@accounts.post(f"{PAGE}/sign-in/second-step")
@access(public)
def do_second_step() -> Page:
    """In, with a factor that fits and was never used."""
    found, form = half_way(), FactorForm()
    if found is None:
        return redirect(url_for("accounts.sign_in"), 303)
    person, wanted = found
    if not is_answered(form):
        return render_template("accounts/factors/second_step.html", form=form, **factor_facts(person.id)), 422
    try:
        prove_factor(person, form)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/factors/second_step.html", **factor_facts(person.id))
    end_half_way()
    return let_in(person, wanted)


@accounts.get(f"{PAGE}/sign-in/lost-factor")
@access(public)
def lost_factor() -> Page:
    """What happens when the phone and the list are lost."""
    if half_way() is None:
        return redirect(url_for("accounts.sign_in"), 303)
    return render_template("accounts/factors/lost.html")


@accounts.post(f"{PAGE}/sign-in/lost-factor")
@access(public)
def do_lost_factor() -> Page:
    """The office is asked, and every contact of the person is told."""
    found = half_way()
    if found is None:
        return redirect(url_for("accounts.sign_in"), 303)
    person, _wanted = found
    count(lost_person=gateway.keyed("lost", person.id))
    with transaction():
        ask_lost(actor(), person.id, now())
    return render_template("accounts/factors/lost_asked.html")


@accounts.post(f"{PAGE}/sign-in/give-up")
@access(public)
def give_up_second_step() -> Page:
    """Somebody else wants to sign in at this browser."""
    end_half_way()
    session.end()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
    return redirect(url_for("accounts.sign_in"), 303)
