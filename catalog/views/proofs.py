"""A cooperative's labels and permits: how it stands with each, and sending a proof."""

from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.engines.language import translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, SELLER
from app.kernel.clock import now
from app.kernel.errors import Refusal
from app.kernel.text import msg
from app.territories.loading import name_in
from app.web import reading
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.papers import paper_of_request
from app.web.safety import takes_files
from app.web.visitor import actor
from catalog.forms.proofs import ProofForm
from catalog.queries.standings import Standings, standings
from catalog.rules.proofs import ATTESTED, DOCUMENT, MEETS, STATES, last_day
from catalog.services.proofs import ProofFacts, attest, send_proof, withdraw_proof
from catalog.views.blueprint import catalog
from catalog.views.showing import kinds_words

Page = str | tuple[str, int] | Response
TONES = {**dict.fromkeys(MEETS, "good"), "sent": "wait", **dict.fromkeys(("refused", "revoked", "ended"), "bad")}
STATE_WORDS = {**STATES, "missing": msg("Nothing sent yet")}


@catalog.get(f"{PAGE}/sell/<slug>/proofs")
@access(office(SELLER, CHAIR))
def proofs(slug: str) -> str:
    """What is asked of the cooperative and its goods, and how it stands with each."""
    return render_template("catalog/office_proofs.html", standings=standings(g.office.id, now()), **_words())


def _words() -> dict[str, Any]:
    return {"attested": ATTESTED, "document": DOCUMENT, "ticket": reading.words("paper"), **standing_facts()}


def standing_facts() -> dict[str, Any]:
    """What the pieces of a page need to tell how somebody stands."""
    return {
        "tones": TONES,
        "state_words": STATE_WORDS,
        "name_in": name_in,
        "last_day": last_day,
        "territory": here(),
        "kinds_words": kinds_words,
    }


def _form(shown: Standings) -> ProofForm:
    return ProofForm().fill(shown.asked, shown.titles)


@catalog.get(f"{PAGE}/sell/<slug>/proofs/new")
@access(office(SELLER, CHAIR))
def new_proof(slug: str) -> str:
    """The form for a document."""
    form = _form(standings(g.office.id, now()))
    form.requirement.data, form.product.data = reading.words("requirement"), reading.words("product")
    return render_template("catalog/office_proof.html", form=form)


@catalog.post(f"{PAGE}/sell/<slug>/proofs/new")
@access(office(SELLER, CHAIR))
@takes_files
def do_send_proof(slug: str) -> Page:
    """A document goes to the office; made anew before the transaction."""
    form = _form(standings(g.office.id, now()))
    if not form.validate():
        return render_template("catalog/office_proof.html", form=form), 422
    try:
        stored = paper_of_request()
        with transaction():
            send_proof(actor(), g.office.id, form.facts(), form.number.data or "", form.expires_on.data, stored, now())
    except Refusal as refusal:
        form.show(refusal)
        return make_response(render_template("catalog/office_proof.html", form=form), refusal.status)
    flash(translate(msg("Sent. The office reads it and writes to you.")), "success")
    return redirect(url_for("catalog.proofs", slug=slug), 303)


@catalog.post(f"{PAGE}/sell/<slug>/proofs/attest")
@access(office(SELLER, CHAIR))
def do_attest(slug: str) -> Response:
    """The cooperative gives its word."""
    with transaction():
        attest(actor(), g.office.id, ProofFacts(request.form.get("requirement", "")), now())
    flash(translate(msg("Your word is noted.")), "success")
    return redirect(url_for("catalog.proofs", slug=slug), 303)


@catalog.post(f"{PAGE}/sell/<slug>/proofs/<int:proof_id>/withdraw")
@access(office(SELLER, CHAIR))
def do_withdraw_proof(slug: str, proof_id: int) -> Response:
    """The document, or the word, is taken back."""
    with transaction():
        withdraw_proof(actor(), g.office.id, proof_id, now())
    flash(translate(msg("Taken back.")), "success")
    return redirect(url_for("catalog.proofs", slug=slug), 303)
