"""A cooperative's office: its front page made of cards, its facts, words, picture, bank details and verification."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.forms.organisations import FactsForm, FoundForm, PictureForm, WordsForm, bank_form, facts_form
from app.accounts.queries.acts import acts_before
from app.accounts.queries.identifiers import account_of
from app.accounts.queries.office import decisions_on, own_facts
from app.accounts.queries.organisations import organisation_card, texts_of
from app.accounts.queries.people import workplaces_of
from app.accounts.rules.organisations import FIXED_IN, ORGANISATION, SELLERS, missing_papers
from app.accounts.services.bank import KIND, set_bank
from app.accounts.services.identifiers import borne_by
from app.accounts.services.organisations import (
    Words,
    edit_facts,
    edit_words,
    found_organisation,
    set_picture,
)
from app.accounts.services.verification import submit_organisation
from app.accounts.views.account import asking_password, prove_in
from app.accounts.views.acts import WAITS
from app.accounts.views.blueprint import accounts, refused
from app.accounts.views.pictures import picture_address
from app.engines.files.pictures import remove_picture, store_picture
from app.engines.language import LANGUAGES, language, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, SELLER, TREASURER
from app.kernel.clock import now
from app.kernel.errors import Invalid, NotFound, Refusal
from app.kernel.text import msg
from app.territories.loading import name_in
from app.web.access import access, factor_asked_again, office, signed_in
from app.web.addresses import PAGE
from app.web.pages.cards import cards
from app.web.safety import takes_files
from app.web.visitor import actor

Page = str | tuple[str, int] | Response


@accounts.get(f"{PAGE}/account/organisations")
@access(signed_in)
def organisations() -> Page:
    """The organisations one belongs to, and founding one."""
    workplaces = workplaces_of(actor().person_id or 0, language())
    known = organisation_card([workplace.id for workplace in workplaces], language())
    rows = [(workplace, known[workplace.id]) for workplace in workplaces]
    return render_template("accounts/organisations.html", rows=rows)


@accounts.get(f"{PAGE}/account/organisations/new")
@access(signed_in)
def new_organisation() -> Page:
    return render_template("accounts/new_organisation.html", form=facts_form(FoundForm, here()))


@accounts.post(f"{PAGE}/account/organisations/new")
@access(signed_in)
def do_new_organisation() -> Page:
    """A draft with its founder as chair."""
    form = facts_form(FoundForm, here())
    if not form.whole(here(), {}):
        return render_template("accounts/new_organisation.html", form=form), 422
    try:
        with transaction():
            organisation_id = found_organisation(
                actor(), form.facts(), Words(form.name.data, form.pitch.data or ""), language(), now(), here().key
            )
    except Refusal as refusal:
        return refused(form, refusal, "accounts/new_organisation.html")
    flash(translate(msg("Your organisation has its office. Complete it, then send it to be verified.")), "success")
    slug = organisation_card([organisation_id], language())[organisation_id].slug
    return redirect(url_for("accounts.office", slug=slug), 303)


def shell(template: str, **facts: Any) -> str:
    """A page of the office: the shell needs the place and the rights of who is there."""
    return render_template(template, office=g.office, **facts)


@accounts.get(f"{PAGE}/sell/<slug>/", endpoint="office")
@access(office())
def office_front(slug: str) -> Page:
    """What waits in this organisation: cards of every module."""
    facts = own_facts(g.office.id)
    missing = missing_papers(facts["kind"], here(), facts)
    last = next((one for one in decisions_on(g.office.id) if one.decision in ("returned", "suspended")), None)
    return shell(
        "accounts/office.html",
        cards=cards("office", g.office.id),
        missing=[_paper_name(paper) for paper in missing],
        last=last,
        can_submit=ORGANISATION.knows(g.office.state, "submit"),
        sells=facts["kind"] in SELLERS,
    )


def _paper_name(paper: str) -> str:
    """What is missing in words: a fact, or a number by its kind."""
    words = {"phone": msg("Phone"), "commune": msg("Commune")}
    return translate(words[paper]) if paper in words else name_in(here().identifier(paper).names, language())


@accounts.post(f"{PAGE}/sell/<slug>/submit")
@access(office(CHAIR))
def submit_to_office(slug: str) -> Page:
    """Ask the operator to verify."""
    with transaction():
        submit_organisation(actor(), g.office.id, now())
    flash(translate(msg("Sent. The office reads your file and writes to you.")), "success")
    return redirect(url_for("accounts.office", slug=slug), 303)


def _facts_page() -> dict[str, Any]:
    return {"office": g.office, "fixed": g.office.state in FIXED_IN}


@accounts.get(f"{PAGE}/sell/<slug>/facts")
@access(office(CHAIR, SELLER))
def office_facts(slug: str) -> Page:
    facts = own_facts(g.office.id)
    form = facts_form(FactsForm, here(), data=facts)
    return render_template("accounts/office_facts.html", form=form, **_facts_page())


@accounts.post(f"{PAGE}/sell/<slug>/facts")
@access(office(CHAIR, SELLER))
def save_facts(slug: str) -> Page:
    """Place, sector, numbers, contacts; what the office has verified stands still."""
    form = facts_form(FactsForm, here())
    if not form.whole(here(), borne_by(g.office.id)):
        return render_template("accounts/office_facts.html", form=form, **_facts_page()), 422
    try:
        with transaction():
            edit_facts(actor(), g.office.id, form.facts(), now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/office_facts.html", **_facts_page())
    flash(translate(msg("Saved.")), "success")
    return redirect(url_for("accounts.office_facts", slug=slug), 303)


def _words_page(code: str, texts: dict[str, Any]) -> dict[str, Any]:
    return {
        "office": g.office,
        "tongue": code,
        "texts": texts,
        "spoken": LANGUAGES,
        "source": next((text for text in texts.values() if text.source), None),
    }


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise NotFound()
    return code


@accounts.get(f"{PAGE}/sell/<slug>/words/<code>")
@access(office(CHAIR, SELLER))
def office_words(slug: str, code: str) -> Page:
    """Name, sentence and story in one language, the source beside it."""
    texts = texts_of(g.office.id)
    own = texts.get(_known_language(code))
    form = WordsForm(data={"name": own.name, "pitch": own.pitch, "story": own.story} if own else None)
    return render_template("accounts/office_words.html", form=form, **_words_page(code, texts))


@accounts.post(f"{PAGE}/sell/<slug>/words/<code>")
@access(office(CHAIR, SELLER))
def save_words(slug: str, code: str) -> Page:
    form = WordsForm()
    _known_language(code)
    if not form.validate():
        page = _words_page(code, texts_of(g.office.id))
        return render_template("accounts/office_words.html", form=form, **page), 422
    try:
        with transaction():
            edit_words(actor(), g.office.id, code, Words(form.name.data, form.pitch.data or "", form.story.data or ""))
    except Refusal as refusal:
        return refused(form, refusal, "accounts/office_words.html", **_words_page(code, texts_of(g.office.id)))
    flash(translate(msg("Saved.")), "success")
    return redirect(url_for("accounts.office_words", slug=slug, code=code), 303)


def _picture_page() -> dict[str, Any]:
    facts = own_facts(g.office.id)
    return {
        "office": g.office,
        "current": picture_address(facts["picture_stem"], "medium"),
        "drawing_kind": facts["drawing"],
    }


@accounts.get(f"{PAGE}/sell/<slug>/picture")
@access(office(CHAIR, SELLER))
def office_picture(slug: str) -> Page:
    return render_template("accounts/office_picture.html", form=PictureForm(), **_picture_page())


@accounts.post(f"{PAGE}/sell/<slug>/picture")
@access(office(CHAIR, SELLER))
@takes_files
def save_picture(slug: str) -> Page:
    """A new picture, re-encoded before the transaction; the file of the earlier one goes afterwards."""
    form = PictureForm()
    upload = request.files.get("picture")
    try:
        if upload is None or not upload.filename:
            raise Invalid("choose-a-picture", "picture")
        stem = store_picture(upload.stream).stem
        with transaction():
            before = set_picture(actor(), g.office.id, stem)
    except Refusal as refusal:
        refusal.field = "picture"
        return refused(form, refusal, "accounts/office_picture.html", **_picture_page())
    if before:
        remove_picture(before)
    flash(translate(msg("Your picture is shown from now on.")), "success")
    return redirect(url_for("accounts.office_picture", slug=slug), 303)


@accounts.post(f"{PAGE}/sell/<slug>/picture/remove")
@access(office(CHAIR, SELLER))
def drop_picture(slug: str) -> Page:
    with transaction():
        before = set_picture(actor(), g.office.id, None)
    if before:
        remove_picture(before)
    flash(translate(msg("The drawing is shown again.")), "success")
    return redirect(url_for("accounts.office_picture", slug=slug), 303)


def _bank_page() -> dict[str, Any]:
    """The account sales are paid to, and a change of it that waits for a second person."""
    me = actor()
    waiting = acts_before(me.person_id or 0, language(), KIND, g.office.id)
    return {"account": account_of(me, g.office.id), "waiting": waiting}


@accounts.get(f"{PAGE}/sell/<slug>/bank")
@access(office(CHAIR, TREASURER))
@factor_asked_again
def office_bank(slug: str) -> Page:
    """Bank details: for chair and treasurer alone."""
    return shell("accounts/office_bank.html", form=asking_password(bank_form(here())), **_bank_page())


@accounts.post(f"{PAGE}/sell/<slug>/bank")
@access(office(CHAIR, TREASURER))
@factor_asked_again
def save_bank(slug: str) -> Page:
    """New bank details ask the password again; chairs and treasurers are told by letter."""
    form, facts = asking_password(bank_form(here())), {"office": g.office, **_bank_page()}
    if not form.validate():
        return render_template("accounts/office_bank.html", form=form, **facts), 422
    try:
        prove_in(form)
        with transaction():
            done = set_bank(actor(), g.office.id, form.account.data)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/office_bank.html", **facts)
    said = msg("Saved. Chairs and treasurers are told by letter.") if done else WAITS
    flash(translate(said), "success")
    return redirect(url_for("accounts.office_bank", slug=slug), 303)
