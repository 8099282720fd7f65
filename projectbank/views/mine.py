"""A person's own side: proposing an idea, changing and sending it, my projects."""

import secrets
from collections.abc import Sequence

from flask import current_app, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.engines.language import LANGUAGES, language, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.errors import Invalid, Refusal
from app.kernel.text import fold
from app.territories.loading import name_in, territory_named
from app.web.access import access, signed_in
from app.web.addresses import PAGE
from app.web.paging import Page, page_number
from app.web.visitor import actor
from projectbank.forms import ProposalForm
from projectbank.queries.groups import groups_of
from projectbank.queries.mine import count_ideas, ideas_of, saved_sheets
from projectbank.queries.sheet_lists import cards_of
from projectbank.queries.sheet_page import OwnSheet, facts_of, own_sheet
from projectbank.rules import EDITABLE, MOST_SDGS, missing_fields
from projectbank.services.writing import check_said, edit_sheet, propose, submit_sheet
from projectbank.views.blueprint import projectbank
from projectbank.views.showing import (
    GROUP_TONES,
    GROUP_WORDS,
    STATE_TONES,
    STATE_WORDS,
    goals,
    sector_choices,
    sheets_in_a_grid,
)

IDEAS_A_PAGE = 20
SAVED_SHOWN = 24
SIMILAR_SHOWN = 3
FIELD_WORDS_SHARED = 2


def _offered(form: ProposalForm, territory: str) -> ProposalForm:
    spoken = language()
    regions = [(one.code, name_in(one.names, spoken)) for one in territory_named(territory).regions]
    form.offer(regions, list(sector_choices(territory)), goals(range(1, 18)))
    return form


def _sound(form: ProposalForm, territory: str, own: OwnSheet | None = None) -> bool:
    """Can what was typed be kept? Else all that is wrong with it stands in the form."""
    sound = form.validate()
    facts, text = facts_of(own.sheet) if own else None, own.text if own else None
    spoken = own.language if own else language()
    return form.keeps(lambda: check_said(form.facts(territory, facts), {spoken: form.text(text)}, territory)) and bool(sound)


def similar_sheets(title: str, but: int | None = None) -> list[Markup]:
    """Published sheets whose title shares words with this one, so that nobody proposes what is there."""
    if not title.strip():
        return []
    hits = current_app.extensions["search"].ids("sheet", title, 10)
    ids = [sheet_id for sheet_id in hits.ids if sheet_id != but]
    alike = [card.id for card in cards_of(ids, language()) if _alike(card.title, title) or not hits.widened]
    return sheets_in_a_grid(alike[:SIMILAR_SHOWN], set())


def _alike(title: str, other: str) -> bool:
    """Do two titles share words that tell something?"""
    words = [{word for word in fold(text).replace("'", " ").split() if len(word) > 3} for text in (title, other)]
    return len(words[0] & words[1]) >= min(FIELD_WORDS_SHARED, len(words[0]), len(words[1]))


def _show_missing(form: ProposalForm, refusal: Refusal) -> None:
    """A refusal beside its field; an incomplete idea marks each field it still needs."""
    if refusal.code != "sheet-incomplete":
        form.show(refusal)
        return
    for name in str(refusal.facts["missing"]).split(","):
        form.show(Invalid("needed-to-send", name if name in form else None))


def _form_page(
    form: ProposalForm, own: OwnSheet | None, similar: Sequence[Markup], status: int = 200, changed: bool = False
) -> tuple[str, int]:
    territory = own.sheet.territory if own else here().key
    return render_template(
        "projectbank/propose.html",
        form=form,
        own=own,
        similar=similar,
        changed=changed,
        most=MOST_SDGS,
        currency=territory_named(territory).currency,
        written_in=LANGUAGES[own.language if own else language()],
        missing=missing_fields(facts_of(own.sheet), own.text) if own else [],
        state=(translate(STATE_WORDS[own.sheet.state]), STATE_TONES[own.sheet.state]) if own else None,
    ), status


@projectbank.get(f"{PAGE}/projects/propose", endpoint="propose")
@access(signed_in)
def propose_form() -> tuple[str, int]:
    """An empty form; its key makes a form sent twice one idea."""
    form = _offered(ProposalForm(formdata=None), here().key)
    form.key.data = secrets.token_urlsafe(16)
    return _form_page(form, None, [])


@projectbank.post(f"{PAGE}/projects/propose")
@access(signed_in)
def send_proposal() -> Response | tuple[str, int]:
    """Keep the idea as a draft or send it to the office; before it is sent, what resembles it is shown once."""
    territory = here().key
    form = _offered(ProposalForm(), territory)
    if not _sound(form, territory):
        return _form_page(form, None, [], 422)
    send = request.form.get("do") == "send"
    similar = similar_sheets(form.title.data or "") if send and not form.anyway.data else []
    try:
        text, facts = form.text(), form.facts(territory)
        with transaction():
            sheet_id = propose(
                actor(), facts, text, language(), territory, form.key.data or secrets.token_urlsafe(16), send and not similar
            )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        _show_missing(form, refusal)
        if refusal.code == "edited-meanwhile":
            return _changed_page(form, own_sheet(actor(), int(refusal.facts["sheet"])), similar)
        return _form_page(form, None, similar, refusal.status)
    return _after_writing(sheet_id, send, bool(similar))


def _changed_page(form: ProposalForm, now_there: OwnSheet, similar: Sequence[Markup]) -> tuple[str, int]:
    """What was typed, ready to replace what stands there now."""
    form.version.data = str(now_there.sheet.version)
    return _form_page(form, now_there, similar, 409, changed=True)


def _after_writing(sheet_id: int, send: bool, similar: bool) -> Response:
    if send and not similar:
        flash(translate("Sent. The office reads it and writes to you."), "success")
        return redirect(url_for("projectbank.my_projects"), 303)
    flash(
        translate("Saved, not sent yet: look at what is there already.") if similar else translate("Draft saved."),
        "info" if similar else "success",
    )
    return redirect(url_for("projectbank.edit", sheet_id=sheet_id), 303)


@projectbank.get(f"{PAGE}/projects/mine/<int:sheet_id>")
@access(signed_in)
def edit(sheet_id: int) -> tuple[str, int] | Response:
    """An own draft or returned idea in the form, with what it still needs and what resembles it."""
    own = own_sheet(actor(), sheet_id)
    if own.sheet.state not in EDITABLE:
        return redirect(url_for("projectbank.project", slug=own.sheet.slug))
    form = _offered(ProposalForm(formdata=None), own.sheet.territory)
    form.fill(own)
    similar = similar_sheets(own.text.title, own.sheet.id)
    form.anyway.data = "1" if similar else ""
    return _form_page(form, own, similar)


@projectbank.post(f"{PAGE}/projects/mine/<int:sheet_id>")
@access(signed_in)
def send_changes(sheet_id: int) -> Response | tuple[str, int]:
    """Write the changes, and send the idea when asked; what somebody else changed meanwhile is not overwritten unseen."""
    own = own_sheet(actor(), sheet_id)
    territory = own.sheet.territory
    form = _offered(ProposalForm(), territory)
    if not _sound(form, territory, own):
        return _form_page(form, own, [], 422)
    send = request.form.get("do") == "send"
    similar = similar_sheets(form.title.data or "", sheet_id) if send and not form.anyway.data else []
    try:
        text, facts = form.text(own.text), form.facts(territory, facts_of(own.sheet))
        with transaction():
            edit_sheet(actor(), sheet_id, form.expected(), facts, text)
            if send and not similar:
                submit_sheet(actor(), sheet_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        _show_missing(form, refusal)
        now_there = own_sheet(actor(), sheet_id)
        if refusal.code == "edited-meanwhile":
            return _changed_page(form, now_there, similar)
        return _form_page(form, now_there, similar, refusal.status)
    return _after_writing(sheet_id, send, bool(similar))


@projectbank.get(f"{PAGE}/projects/mine")
@access(signed_in)
def my_projects() -> str:
    """My ideas, what I saved, my groups."""
    me = actor().person_id or 0
    number = page_number()
    ideas = ideas_of(me, (number - 1) * IDEAS_A_PAGE, IDEAS_A_PAGE)
    kept = saved_sheets(me, SAVED_SHOWN)
    return render_template(
        "projectbank/my_projects.html",
        ideas=ideas,
        page=Page(ideas, number, IDEAS_A_PAGE, count_ideas(me)),
        saved=sheets_in_a_grid(kept, set(kept)),
        groups=groups_of(me, language()),
        editable=EDITABLE,
        state_words={state: translate(words) for state, words in STATE_WORDS.items()},
        state_tones=STATE_TONES,
        group_words={state: translate(words) for state, words in GROUP_WORDS.items()},
        group_tones=GROUP_TONES,
    )
