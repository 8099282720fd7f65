"""The one page of long work: how far it is, how it is called off, what became of it."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries.long_work import long_work_page
from app.accounts.services.long_work import cancel_long_work
from app.accounts.views.blueprint import accounts
from app.engines.language import translate
from app.engines.long_work import told
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.text import msg
from app.web.access import access, signed_in
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.visitor import actor

TONES = {"under-way": "info", "done": "good", "cancelled": "wait", "stopped": "bad"}


@accounts.get(f"{PAGE}/account/work/<int:work_id>")
@access(signed_in)
def long_work(work_id: int) -> str:
    """How far it is, or what became of each row."""
    work = long_work_page(actor(), work_id)
    reasons = [(one["line"], refusal_text(told(one))) for one in work.problems]
    return render_template(
        "accounts/long_work.html",
        work=work,
        tone=TONES[work.state],
        reason=next((text for line, text in reasons if line is None), None),
        refused=sorted(pair for pair in reasons if pair[0] is not None),
        notes=sorted((one["line"], refusal_text(told(one))) for one in work.notes),
    )


@accounts.post(f"{PAGE}/account/work/<int:work_id>/cancel")
@access(signed_in)
def do_cancel_long_work(work_id: int) -> Response:
    """What was written stays."""
    with transaction():
        cancel_long_work(actor(), work_id, now())
    flash(translate(msg("Called off.")), "success")
    return redirect(url_for("accounts.long_work", work_id=work_id), 303)
