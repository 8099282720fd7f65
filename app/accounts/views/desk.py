"""The operator's desk: organisations that wait, their files, decisions."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.forms.organisations import ReasonForm
from app.accounts.queries.identifiers import account_of, foreign_identifiers, kind_names, named_identifiers
from app.accounts.queries.office import (
    colleagues_of,
    contacts_of_colleagues,
    decisions_on,
    deeds_on,
    organisations_in_state,
    state_counts,
)
from app.accounts.queries.organisations import OrganisationPage, organisation_by_slug, texts_of
from app.accounts.queries.papers import papers_about
from app.accounts.rules.organisations import DEEDS, ORGANISATION, STATES, missing_papers
from app.accounts.rules.papers import FILE_KINDS
from app.accounts.rules.papers import ORGANISATION as ORGANISATION_FILE
from app.accounts.services.verification import (
    reinstate_organisation,
    remove_foreign_number,
    return_organisation,
    suspend_organisation,
    verify_organisation,
)
from app.accounts.views.acts import WAITS
from app.accounts.views.blueprint import accounts, refused
from app.engines.language import language, moment, translate
from app.engines.place import here, stand_in
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Refusal
from app.kernel.text import msg
from app.territories.loading import name_in
from app.web.access import access, operator
from app.web.addresses import PAGE
from app.web.pages.cards import cards
from app.web.paging import Page, page_number
from app.web.reading import choice, words
from app.web.visitor import actor

SIZE = 30
Answer = str | tuple[str, int] | Response


@accounts.get(f"{PAGE}/desk/organisations")
@access(operator)
def desk_organisations() -> Answer:
    """Organisations by state, those that wait first."""
    state, text, number = choice("state", tuple(STATES), "submitted"), words(), page_number()
    rows, total = organisations_in_state(state, text, language(), number, SIZE)
    return render_template(
        "accounts/desk_organisations.html",
        page=Page(rows, number, SIZE, total),
        state=state,
        q=text,
        counts=state_counts(),
        states=STATES,
    )


def _deeds(organisation_id: int) -> list[tuple[str, str, str]]:
    """The journal in words: when, what, who."""
    return [
        (moment(deed.at), translate(DEEDS[deed.verb]) if deed.verb in DEEDS else deed.verb, deed.who or "–")
        for deed in deeds_on(organisation_id)
    ]


def _file(slug: str) -> tuple[OrganisationPage, dict[str, Any]]:
    page = organisation_by_slug(slug, language(), tuple(STATES))
    stand_in(page.card.territory)
    territory = here()
    known = {
        "phone": page.phone,
        "commune": page.card.commune,
        **page.identifiers,
    }
    foreign = foreign_identifiers(actor(), page.card.id)
    facts = {
        "page": page,
        "card": page.card,
        "texts": texts_of(page.card.id),
        "people": colleagues_of(page.card.id),
        "contacts": contacts_of_colleagues(page.card.id),
        "numbers": named_identifiers(territory, page.identifiers),
        "account": (name_in(territory.account_identifier.names, language()), account_of(actor(), page.card.id)),
        "foreign": foreign,
        "kind_names": kind_names(foreign),
        "decisions": decisions_on(page.card.id),
        "deeds": _deeds(page.card.id),
        "labels": [territory.label_name(key, language()) for key in page.labels],
        "papers": papers_about(page.card.id, ORGANISATION_FILE),
        "paper_kinds": FILE_KINDS,
        "ticket": words("paper"),
        "cards": cards("file", page.card.id),
        "moves": ORGANISATION.moves(page.card.state),
        "missing": missing_papers(page.card.kind, territory, known),
        "sector": name_in(territory.sector(page.card.sector).names, language()),
        "region": name_in(territory.region(page.card.region).names, language()),
        "province": name_in(territory.province(page.card.province).names, language()) if page.card.province else None,
    }
    return page, facts


@accounts.get(f"{PAGE}/desk/organisations/<slug>")
@access(operator)
def desk_organisation(slug: str) -> Answer:
    """What was sent, who belongs to it, what was decided, and the journal."""
    _page, facts = _file(slug)
    return render_template("accounts/desk_organisation.html", form=ReasonForm(), **facts)


@accounts.post(f"{PAGE}/desk/organisations/<slug>/verify")
@access(operator)
def desk_verify(slug: str) -> Answer:
    page = organisation_by_slug(slug, language(), tuple(STATES))
    with transaction():
        done = verify_organisation(actor(), page.card.id, now())
    flash(translate(msg("Verified. The organisation can publish its goods.") if done else WAITS), "success")
    return redirect(url_for("accounts.desk_organisations"), 303)


@accounts.post(f"{PAGE}/desk/organisations/<slug>/return")
@access(operator)
def desk_return(slug: str) -> Answer:
    return _with_reason(slug, return_organisation, msg("Sent back with your reason."))


@accounts.post(f"{PAGE}/desk/organisations/<slug>/suspend")
@access(operator)
def desk_suspend(slug: str) -> Answer:
    return _with_reason(slug, suspend_organisation, msg("Suspended. Nothing of it is shown or sold."))


def _with_reason(slug: str, decide: Any, said: str) -> Answer:
    form = ReasonForm()
    page, facts = _file(slug)
    if not form.validate():
        return render_template("accounts/desk_organisation.html", form=form, **facts), 422
    try:
        with transaction():
            decide(actor(), page.card.id, form.reason.data or "", now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/desk_organisation.html", **facts)
    flash(translate(said), "success")
    return redirect(url_for("accounts.desk_organisation", slug=slug), 303)


@accounts.post(f"{PAGE}/desk/organisations/<slug>/numbers/<kind>/remove")
@access(operator)
def desk_remove_number(slug: str, kind: str) -> Answer:
    page = organisation_by_slug(slug, language(), tuple(STATES))
    with transaction():
        remove_foreign_number(actor(), page.card.id, kind)
    flash(translate(msg("The number is removed.")), "success")
    return redirect(url_for("accounts.desk_organisation", slug=slug), 303)


@accounts.post(f"{PAGE}/desk/organisations/<slug>/reinstate")
@access(operator)
def desk_reinstate(slug: str) -> Answer:
    page = organisation_by_slug(slug, language(), tuple(STATES))
    with transaction():
        done = reinstate_organisation(actor(), page.card.id, now())
    flash(translate(msg("Reinstated.") if done else WAITS), "success")
    return redirect(url_for("accounts.desk_organisation", slug=slug), 303)
