"""The office's side: proofs that wait, a document beside its decision, what is waived, what is asked at all."""

from datetime import date
from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import organisation_card
from app.engines.language import language, translate
from app.engines.place import here, stand_in
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.kernel.text import msg
from app.territories.loading import name_in, territory_named
from app.web import reading
from app.web.access import access, operator
from app.web.addresses import PAGE
from app.web.forms import Form
from app.web.paging import Page, page_number
from app.web.visitor import actor
from catalog.forms.proofs import ReasonForm, VerifyForm, WaiveForm
from catalog.queries.office import organisation_id_of
from catalog.queries.proofs import PAGE_SIZE, desk_proof, desk_proofs
from catalog.queries.requirements import requirements_at
from catalog.queries.standings import standings
from catalog.rules.proofs import PROOF, STATES, last_day
from catalog.services.proofs import ProofFacts, refuse_proof, revoke_proof, verify_proof, waive
from catalog.views.blueprint import catalog
from catalog.views.proofs import STATE_WORDS, TONES, standing_facts

Answer = str | Response
TABS = ("sent", "verified", "attested", "waived", "refused", "revoked", "ended")


@catalog.get(f"{PAGE}/desk/proofs")
@access(operator)
def desk_list_proofs() -> str:
    """The proofs that wait for the office, and what became of others."""
    state, number = reading.choice("state", TABS, "sent"), page_number()
    lines, counts = desk_proofs(state, language(), number)
    known = {territory: requirements_at(territory, now()) for territory in {line.territory for line in lines}}
    names = {
        line.proof.id: name_in(known[line.territory][line.proof.requirement].names, language())
        if line.proof.requirement in known[line.territory]
        else line.proof.requirement
        for line in lines
    }
    tabs = [
        (translate(STATES[key]), url_for("catalog.desk_list_proofs", state=key), key == state, counts.get(key, 0))
        for key in TABS
    ]
    page = Page(lines, number, PAGE_SIZE, counts.get(state, 0))
    return render_template("catalog/desk_proofs.html", page=page, tabs_of_states=tabs, names=names)


def _shown(proof_id: int, form: Form | None = None, status: int = 200) -> Response:
    """The document, where it was opened, beside what may be decided; `form` is the one that was not taken."""
    line, paper = desk_proof(proof_id, language())
    stand_in(line.territory)
    requirement = requirements_at(line.territory, now()).get(line.proof.requirement)
    moves = set(PROOF.moves(line.proof.state)) if not actor().holds(line.proof.organisation_id) else set()
    verify = (
        form if isinstance(form, VerifyForm) else VerifyForm(formdata=None, data={"expires_on": _last(line.proof.ends_at)})
    )
    facts: dict[str, Any] = {
        "line": line,
        "paper": paper,
        "name": name_in(requirement.names, language()) if requirement else line.proof.requirement,
        "card": organisation_card([line.proof.organisation_id], language())[line.proof.organisation_id],
        "state": translate(STATE_WORDS[line.proof.state]),
        "tone": TONES.get(line.proof.state, "neutral"),
        "last_day": _last(line.proof.ends_at),
        "moves": moves,
        "verify": verify,
        "reason": form if isinstance(form, ReasonForm) else ReasonForm(formdata=None),
        "ticket": reading.words("paper"),
        "own": actor().holds(line.proof.organisation_id),
    }
    return make_response(render_template("catalog/desk_proof.html", **facts), status)


def _last(ends_at: Any) -> date | None:
    return last_day(here(), ends_at) if ends_at is not None else None


@catalog.get(f"{PAGE}/desk/proofs/<int:proof_id>")
@access(operator)
def desk_one_proof(proof_id: int) -> Response:
    """A document and what is decided about it, side by side."""
    return _shown(proof_id)


def _done(proof_id: int, said: str) -> Response:
    flash(translate(said), "success")
    return redirect(url_for("catalog.desk_one_proof", proof_id=proof_id), 303)


@catalog.post(f"{PAGE}/desk/proofs/<int:proof_id>/verify")
@access(operator)
def desk_verify_proof(proof_id: int) -> Response:
    """The document proves it, until its last day."""
    form = VerifyForm()
    if not form.validate():
        return _shown(proof_id, form, 422)
    try:
        with transaction():
            verify_proof(actor(), proof_id, form.expires_on.data, now())
    except Refusal as refusal:
        return _refused(proof_id, form, refusal)
    return _done(proof_id, msg("Verified. The cooperative is told."))


@catalog.post(f"{PAGE}/desk/proofs/<int:proof_id>/refuse")
@access(operator)
def desk_refuse_proof(proof_id: int) -> Response:
    """The document does not prove it."""
    form = ReasonForm()
    if not form.validate():
        return _shown(proof_id, form, 422)
    with transaction():
        refuse_proof(actor(), proof_id, form.reason.data, now())
    return _done(proof_id, msg("Refused. The cooperative reads why."))


@catalog.post(f"{PAGE}/desk/proofs/<int:proof_id>/revoke")
@access(operator)
def desk_revoke_proof(proof_id: int) -> Response:
    """What was proved or waived holds no longer."""
    form = ReasonForm()
    if not form.validate():
        return _shown(proof_id, form, 422)
    with transaction():
        revoke_proof(actor(), proof_id, form.reason.data, now())
    return _done(proof_id, msg("Taken back. The cooperative reads why."))


def _refused(proof_id: int, form: Form, refusal: Refusal) -> Response:
    """Beside its field, what can be mended there; all else by the usual page."""
    if refusal.status != 422:
        raise refusal
    form.show(refusal)
    return _shown(proof_id, form, 422)


@catalog.get(f"{PAGE}/desk/cooperatives/<slug>/proofs")
@access(operator)
def desk_cooperative_proofs(slug: str) -> Response:
    """How one cooperative stands, and what is not asked of it."""
    return _standing(slug, None)


@catalog.post(f"{PAGE}/desk/cooperatives/<slug>/proofs")
@access(operator)
def desk_waive(slug: str) -> Response:
    """Something is not asked of the cooperative, with a reason."""
    organisation_id = _cooperative(slug)
    form = WaiveForm().fill(standings(organisation_id, now()).asked)
    if not form.validate():
        return _standing(slug, form, 422)
    try:
        with transaction():
            waive(actor(), organisation_id, ProofFacts(form.requirement.data), form.expires_on.data, form.reason.data, now())
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        form.show(refusal)
        return _standing(slug, form, 422)
    flash(translate(msg("It is not asked. The cooperative reads why.")), "success")
    return redirect(url_for("catalog.desk_cooperative_proofs", slug=slug), 303)


def _cooperative(slug: str) -> int:
    organisation_id = organisation_id_of(slug)
    if organisation_id is None:
        raise NotFound()
    return organisation_id


def _standing(slug: str, form: WaiveForm | None, status: int = 200) -> Response:
    organisation_id = _cooperative(slug)
    card = organisation_card([organisation_id], language())[organisation_id]
    stand_in(territory_named(card.territory).key)
    shown = standings(organisation_id, now())
    page = render_template(
        "catalog/desk_cooperative_proofs.html",
        card=card,
        standings=shown,
        form=form or WaiveForm(formdata=None).fill(shown.asked),
        own=actor().holds(organisation_id),
        **standing_facts(),
    )
    return make_response(page, status)
