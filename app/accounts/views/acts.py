"""Acts that wait for a second person: looked at, agreed to, stopped."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries.acts import acts_before
from app.accounts.services.second_person import agree_act, refuse_act
from app.accounts.views.blueprint import accounts
from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.text import msg
from app.web.access import access, asked_again, signed_in
from app.web.addresses import PAGE
from app.web.visitor import actor

Page = str | Response
WAITS = msg("It waits for a second person: everybody concerned is told by letter.")


@accounts.get(f"{PAGE}/account/acts")
@access(signed_in)
def acts() -> Page:
    """What one has asked for, may agree to or may stop."""
    return render_template("accounts/acts.html", acts=acts_before(actor().person_id or 0, language()))


@accounts.post(f"{PAGE}/account/acts/<int:act_id>/agree")
@access(signed_in)
@asked_again
def do_agree_act(act_id: int) -> Page:
    """With a second person it is done at once."""
    with transaction():
        agree_act(actor(), act_id, now())
    flash(translate(msg("Agreed, and done.")), "success")
    return redirect(url_for("accounts.acts"), 303)


@accounts.post(f"{PAGE}/account/acts/<int:act_id>/stop")
@access(signed_in)
@asked_again
def do_stop_act(act_id: int) -> Page:
    """Whoever asked takes it back; another entitled person refuses."""
    with transaction():
        refuse_act(actor(), act_id, now())
    flash(translate(msg("Stopped. Nothing was changed.")), "success")
    return redirect(url_for("accounts.acts"), 303)
