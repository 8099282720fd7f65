"""The operator's desk: people found by name or contact, their accounts blocked and opened, lost second factors."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.forms.factors import AccountReasonForm
from app.accounts.queries.desk_people import people_at_the_desk, person_file
from app.accounts.queries.entry_cards import cards_of
from app.accounts.rules.entry_cards import CARD_STATES
from app.accounts.rules.factors import LOST, LOST_STATES
from app.accounts.rules.people import DECISIONS
from app.accounts.services.blocking import block_person, end_sessions_of_person, unblock_person
from app.accounts.services.lost_factors import agree_lost, refuse_lost
from app.accounts.views.blueprint import accounts, refused, typed_way_in
from app.engines.language import language, translate
from app.engines.sessions import sessions_of
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.kernel.errors import Refusal
from app.kernel.text import msg
from app.web.access import access, asked_again, operator
from app.web.addresses import PAGE
from app.web.paging import Page, page_number
from app.web.reading import words
from app.web.visitor import actor

SIZE = 30
Answer = str | tuple[str, int] | Response


def _contact(text: str) -> ContactValue | None:
    """What was looked for, when it can be a contact."""
    try:
        return typed_way_in(text)
    except Refusal:
        return None


@accounts.get(f"{PAGE}/desk/people")
@access(operator)
def desk_people() -> Answer:
    """Who waits for the office or is blocked; everybody by name or contact."""
    text, number = words(), page_number()
    rows, total = people_at_the_desk(text, _contact(text), number, SIZE)
    page = Page(rows, number, SIZE, total)
    return render_template("accounts/desk_people.html", page=page, q=text, lost_states=LOST_STATES)


def _file(person_id: int) -> dict[str, Any]:
    file = person_file(person_id, language())
    return {
        "file": file,
        "card": cards_of([person_id], now()).get(person_id),
        "card_states": CARD_STATES,
        "sessions": len(sessions_of(person_id, now())),
        "decisions": DECISIONS,
        "lost_states": LOST_STATES,
        "moves": {line.id: LOST.moves(line.state) for line in file.lost},
        "own": person_id == actor().person_id,
    }


@accounts.get(f"{PAGE}/desk/people/<int:person_id>")
@access(operator)
def desk_person(person_id: int) -> Answer:
    """Contacts, places of work, what was asked and decided."""
    return render_template("accounts/desk_person.html", form=AccountReasonForm(), **_file(person_id))


@accounts.post(f"{PAGE}/desk/people/<int:person_id>/block")
@access(operator)
@asked_again
def desk_block(person_id: int) -> Answer:
    return _decide(person_id, block_person, msg("Blocked. Nobody can sign in to this account."))


@accounts.post(f"{PAGE}/desk/people/<int:person_id>/unblock")
@access(operator)
@asked_again
def desk_unblock(person_id: int) -> Answer:
    return _decide(person_id, unblock_person, msg("This account is open again."))


@accounts.post(f"{PAGE}/desk/people/<int:person_id>/end-sessions")
@access(operator)
@asked_again
def desk_end_sessions(person_id: int) -> Answer:
    return _decide(person_id, end_sessions_of_person, msg("All sessions of this account were ended."))


def _decide(person_id: int, decide: Callable[[Actor, int, str, datetime], None], said: str) -> Answer:
    form, facts = AccountReasonForm(), _file(person_id)
    if not form.validate():
        return render_template("accounts/desk_person.html", form=form, **facts), 422
    try:
        with transaction():
            decide(actor(), person_id, form.reason.data or "", now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/desk_person.html", **facts)
    flash(translate(said), "success")
    return redirect(url_for("accounts.desk_person", person_id=person_id), 303)


@accounts.post(f"{PAGE}/desk/people/<int:person_id>/lost/<int:lost_id>/agree")
@access(operator)
@asked_again
def desk_agree_lost(person_id: int, lost_id: int) -> Answer:
    return _on_lost(
        person_id, lost_id, agree_lost, msg("Agreed. In 48 hours the second factor goes, unless its owner signs in.")
    )


@accounts.post(f"{PAGE}/desk/people/<int:person_id>/lost/<int:lost_id>/refuse")
@access(operator)
@asked_again
def desk_refuse_lost(person_id: int, lost_id: int) -> Answer:
    return _on_lost(person_id, lost_id, refuse_lost, msg("Refused. The second factor stays."))


def _on_lost(person_id: int, lost_id: int, decide: Callable[[Actor, int, datetime], None], said: str) -> Answer:
    with transaction():
        decide(actor(), lost_id, now())
    flash(translate(said), "success")
    return redirect(url_for("accounts.desk_person", person_id=person_id), 303)
