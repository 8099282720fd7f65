"""One's own second factor: what is there, setting up an app, printing a list of one-time codes."""

from typing import Any

import pyotp
import segno
from flask import current_app, flash, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.factors import AppForm
from app.accounts.queries.desk_people import lost_of
from app.accounts.queries.factors import factors_of
from app.accounts.queries.people import sign_in_name
from app.accounts.rules.factors import LOST_OPEN, in_groups
from app.accounts.rules.passkeys import local_place
from app.accounts.services.factors import print_codes, remove_app, set_up_app
from app.accounts.services.lost_factors import withdraw_lost
from app.accounts.views.again import note_proof
from app.accounts.views.blueprint import accounts, count, refused
from app.accounts.views.proving import place
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel import typed
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.kernel.text import msg
from app.web.access import access, asked_again, signed_in
from app.web.addresses import PAGE
from app.web.visitor import Visitor, actor, visitor

Page = str | tuple[str, int] | Response


def _me() -> Visitor:
    me = visitor()
    if me is None:
        raise NotFound()
    return me


@accounts.get(f"{PAGE}/account/second-factor")
@access(signed_in)
def second_factor() -> Page:
    """What somebody has, what is still missing, and until when."""
    me = _me()
    lost = any(line.state in LOST_OPEN for line in lost_of(me.id))
    facts = {"factor": me.factor, "factors": factors_of(me.id), "lost": lost, "keys_here": place() is not None}
    return render_template("accounts/factors/second_factor.html", local_name=_local_name(), **facts)


def _local_name() -> str | None:
    """This page under the name of this machine, where its number was typed: a name can have passkeys."""
    named = local_place(current_app.config["PUBLIC_URL"], request.host)
    return None if named is None else f"{named.origin}{request.path}"


@accounts.post(f"{PAGE}/account/second-factor/not-lost")
@access(signed_in)
def do_withdraw_lost() -> Page:
    """Whoever is signed in stops what was asked in their name."""
    with transaction():
        withdraw_lost(actor(), _me().id, now())
    flash(translate(msg("Stopped. Your second factor stays.")), "success")
    return redirect(url_for("accounts.second_factor"), 303)


def _new_secret(fresh: bool) -> str:
    """The secret that is being set up in this session, sealed there; a page that is opened begins with a new one."""
    kept = None if fresh else gateway.unsealed(session.get("new_app", ""))
    secret = kept or pyotp.random_base32()
    if kept is None:
        session["new_app"] = gateway.sealed(secret)
    return secret


def _app_page(secret: str) -> dict[str, Any]:
    """The secret as a picture for the app's camera and as text for those who type it."""
    contact = sign_in_name(actor().person_id or 0)
    site = current_app.config["SITE_NAME"]
    address = pyotp.TOTP(secret).provisioning_uri(name=contact, issuer_name=site)
    drawn = segno.make(address, error="m").svg_inline(border=4, light="#fff", omitsize=True)
    picture = Markup(drawn)  # noqa: S704 drawn by segno: shapes alone, no text of anybody
    return {"picture": picture, "secret": in_groups(secret, 4), "address": address}


@accounts.get(f"{PAGE}/account/second-factor/app")
@access(signed_in)
@asked_again
def set_up_app_page() -> Page:
    return render_template("accounts/factors/app.html", form=AppForm(), **_app_page(_new_secret(fresh=True)))


@accounts.post(f"{PAGE}/account/second-factor/app")
@access(signed_in)
@asked_again
def do_set_up_app() -> Page:
    """The app's first code shows that it was set up; only then it counts."""
    form, secret = AppForm(), _new_secret(fresh=False)
    if not form.validate():
        return render_template("accounts/factors/app.html", form=form, **_app_page(secret)), 422
    try:
        count(factor_person=gateway.keyed("new-app", actor().person_id))
        with transaction():
            set_up_app(actor(), secret, typed.code(form.code.data), now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/factors/app.html", **_app_page(secret))
    session.pop("new_app", None)
    note_proof("factor")
    flash(translate(msg("Your app is set up. Print the list of codes too: it helps when the phone is lost.")), "success")
    return redirect(url_for("accounts.second_factor"), 303)


@accounts.post(f"{PAGE}/account/second-factor/app/remove")
@access(signed_in)
@asked_again
def do_remove_app() -> Page:
    """Whoever needs a second factor keeps one."""
    with transaction():
        remove_app(actor(), _me().factor.needed, now())
    flash(translate(msg("The app opens nothing any more.")), "success")
    return redirect(url_for("accounts.second_factor"), 303)


@accounts.get(f"{PAGE}/account/second-factor/codes")
@access(signed_in)
@asked_again
def print_codes_page() -> Page:
    """What the list is, before it is made: an older one is then worth nothing."""
    return render_template("accounts/factors/codes.html", left=factors_of(_me().id).codes_left)


@accounts.post(f"{PAGE}/account/second-factor/codes")
@access(signed_in)
@asked_again
def do_print_codes() -> Page:
    """The list, shown this once and never again."""
    me, codes = _me(), gateway.new_printed_codes()
    with transaction():
        print_codes(actor(), codes, now())
    note_proof("factor")
    return render_template("accounts/factors/printed.html", codes=[in_groups(code) for code in codes], name=me.name)
