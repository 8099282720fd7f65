"""Entry cards: made and printed by a chair or the office, and the page that takes one."""

from typing import Any

import segno
from flask import current_app, flash, g, make_response, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.entry_cards import EntryCardForm, MetByChairForm, MetByOfficeForm, NewCardForm
from app.accounts.queries.desk_people import person_file
from app.accounts.queries.entry_cards import cards_of
from app.accounts.queries.office import colleagues_of
from app.accounts.queries.people import person_of
from app.accounts.rules.entry_cards import CARD_LIFE, CARD_STATES, card_reason, number_typed
from app.accounts.rules.factors import in_groups
from app.accounts.rules.passwords import check_password, person_name
from app.accounts.services.entry_cards import FreshCard, Met, add_person_met, renew_card, use_card
from app.accounts.views.blueprint import BEGIN, accounts, count, refused, was_right
from app.accounts.views.entry import enter
from app.engines.language import direction, language, speaking, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel import typed
from app.kernel.actor import CHAIR
from app.kernel.clock import now
from app.kernel.contacts import phone_value
from app.kernel.errors import Faults, Invalid, NotFound, Refusal
from app.kernel.text import msg
from app.web.access import access, asked_again, office, operator, public, safe_next
from app.web.addresses import PAGE
from app.web.carrying import carried_pieces
from app.web.documents import warn_of_boxes
from app.web.sender import sender
from app.web.visitor import actor

Page = str | tuple[str, int] | Response
DAYS = CARD_LIFE.days


def _met(form: MetByOfficeForm, organisation_id: int | None = None, role: str | None = None) -> Met:
    faults = Faults()
    phone = faults.read(phone_value, form.phone.data, here().country) if form.phone.data else None
    name = faults.read(person_name, form.name.data) or ""
    reason = faults.read(card_reason, form.reason.data or "") or ""
    faults.refuse()
    return Met(name, form.language.data, reason, phone, organisation_id, role)


def _card_page(card: FreshCard, back: str) -> Response:
    """The card, shown this once, in the language of its person; what the QR holds behind # is never sent to a server."""
    with speaking(card.language):
        path = url_for("accounts.entry_card", lang=card.language)
        address = current_app.config["PUBLIC_URL"].rstrip("/") + path
        named = f"{address}#{card.number}-{card.code}"
        drawn = segno.make(named, error="m").svg_inline(border=3, light="#fff", omitsize=True)
        printed = render_template(
            "accounts/cards/printed.html",
            card=card,
            picture=Markup(drawn),  # noqa: S704 drawn by segno: shapes alone, no text of anybody
            address=address.removeprefix("https://").removeprefix("http://"),
            number_shown=in_groups(card.number, 4),
            code_shown=in_groups(card.code),
            dir=direction(),
        )
    facts = {"printed": Markup(printed), "name": card.name, "back": back}  # noqa: S704 a template of ours, escaped
    return make_response(render_template("accounts/cards/made.html", **facts))


def _known_card(person_id: int) -> dict[str, Any]:
    """The latest card of somebody who was given one. Raises NotFound."""
    card = cards_of([person_id], now()).get(person_id)
    if card is None:
        raise NotFound()
    return {"card": card, "card_states": CARD_STATES}


@accounts.get(f"{PAGE}/sell/<slug>/members/new-person")
@access(office(CHAIR))
@asked_again
def office_new_person(slug: str) -> Page:
    """Somebody without mail, met in person."""
    action = url_for("accounts.do_office_new_person", slug=slug)
    return render_template("accounts/cards/office_new_person.html", form=MetByChairForm.fresh(), action=action, days=DAYS)


@accounts.post(f"{PAGE}/sell/<slug>/members/new-person")
@access(office(CHAIR))
@asked_again
def do_office_new_person(slug: str) -> Page:
    """The account, the role, and the card to print."""
    form, template = MetByChairForm(), "accounts/cards/office_new_person.html"
    facts = {"action": url_for("accounts.do_office_new_person", slug=slug), "days": DAYS}
    if not form.validate():
        return render_template(template, form=form, **facts), 422
    try:
        met = _met(form, g.office.id, form.role.data)
        count(card_chair=gateway.keyed("card-maker", actor().person_id))
        with transaction():
            card = add_person_met(actor(), met, form.form_key.data, now())
    except Refusal as refusal:
        return refused(form, refusal, template, **facts)
    warn_of_boxes(met.name)
    return _card_page(card, url_for("accounts.office_members", slug=slug))


def _colleague(person_id: int) -> str:
    """The name of somebody of this office. Raises NotFound."""
    for one in colleagues_of(g.office.id):
        if one.person_id == person_id:
            return one.name
    raise NotFound()


@accounts.get(f"{PAGE}/sell/<slug>/members/<int:person_id>/card")
@access(office(CHAIR))
@asked_again
def office_card(slug: str, person_id: int) -> Page:
    """What has become of somebody's card; a new one where it is lost."""
    facts = {"name": _colleague(person_id), **_known_card(person_id)}
    action = url_for("accounts.do_office_card", slug=slug, person_id=person_id)
    return render_template("accounts/cards/office_card.html", form=NewCardForm.fresh(), action=action, **facts)


@accounts.post(f"{PAGE}/sell/<slug>/members/<int:person_id>/card")
@access(office(CHAIR))
@asked_again
def do_office_card(slug: str, person_id: int) -> Page:
    """A new card; the one before is void."""
    form, template = NewCardForm(), "accounts/cards/office_card.html"
    facts = {"name": _colleague(person_id), **_known_card(person_id)}
    facts["action"] = url_for("accounts.do_office_card", slug=slug, person_id=person_id)
    if not form.validate():
        return render_template(template, form=form, **facts), 422
    try:
        count(card_chair=gateway.keyed("card-maker", actor().person_id))
        with transaction():
            card = renew_card(actor(), person_id, g.office.id, form.reason.data or "", form.form_key.data, now())
    except Refusal as refusal:
        return refused(form, refusal, template, **facts)
    return _card_page(card, url_for("accounts.office_members", slug=slug))


@accounts.get(f"{PAGE}/desk/people/new")
@access(operator)
@asked_again
def desk_new_person() -> Page:
    """Somebody without mail whom the office has met."""
    action = url_for("accounts.do_desk_new_person")
    return render_template("accounts/cards/desk_new_person.html", form=MetByOfficeForm.fresh(), action=action, days=DAYS)


@accounts.post(f"{PAGE}/desk/people/new")
@access(operator)
@asked_again
def do_desk_new_person() -> Page:
    """The account, and the card to print."""
    form, template = MetByOfficeForm(), "accounts/cards/desk_new_person.html"
    facts = {"action": url_for("accounts.do_desk_new_person"), "days": DAYS}
    if not form.validate():
        return render_template(template, form=form, **facts), 422
    try:
        met = _met(form)
        count(card_office=gateway.keyed("card-maker", actor().person_id))
        with transaction():
            card = add_person_met(actor(), met, form.form_key.data, now())
    except Refusal as refusal:
        return refused(form, refusal, template, **facts)
    warn_of_boxes(met.name)
    return _card_page(card, url_for("accounts.desk_person", person_id=card.person_id))


@accounts.get(f"{PAGE}/desk/people/<int:person_id>/card")
@access(operator)
@asked_again
def desk_card(person_id: int) -> Page:
    """What has become of somebody's card; a new one where it is lost."""
    facts = {"name": person_file(person_id, language()).name, **_known_card(person_id)}
    action = url_for("accounts.do_desk_card", person_id=person_id)
    return render_template(
        "accounts/cards/desk_card.html", form=NewCardForm.fresh(), action=action, person_id=person_id, **facts
    )


@accounts.post(f"{PAGE}/desk/people/<int:person_id>/card")
@access(operator)
@asked_again
def do_desk_card(person_id: int) -> Page:
    """A new card; the one before is void."""
    form, template = NewCardForm(), "accounts/cards/desk_card.html"
    facts = {"name": person_file(person_id, language()).name, "person_id": person_id, **_known_card(person_id)}
    facts["action"] = url_for("accounts.do_desk_card", person_id=person_id)
    if not form.validate():
        return render_template(template, form=form, **facts), 422
    try:
        count(card_office=gateway.keyed("card-maker", actor().person_id))
        with transaction():
            card = renew_card(actor(), person_id, None, form.reason.data or "", form.form_key.data, now())
    except Refusal as refusal:
        return refused(form, refusal, template, **facts)
    return _card_page(card, url_for("accounts.desk_person", person_id=person_id))


def _waiting() -> dict[str, Any]:
    return {"days": DAYS, "typed": carried_pieces(), "next": safe_next(request.values.get("next"))}


@accounts.get(f"{PAGE}/entry-card")
@access(public)
def entry_card() -> Page:
    """The page the card names; with script, its QR has filled in the number and the code."""
    return render_template("accounts/cards/entry_card.html", form=EntryCardForm(formdata=None), **_waiting())


@accounts.post(f"{PAGE}/entry-card")
@access(public)
def do_entry_card() -> Page:
    """The card is used up, the password is set, and its person is in. One answer for all that does not fit."""
    if BEGIN in request.form:
        return entry_card()
    form, template = EntryCardForm(), "accounts/cards/entry_card.html"
    if not form.validate():
        return render_template(template, form=form, **_waiting()), 422
    try:
        number = number_typed(form.number.data)
        chosen = check_password(form.password.data, (number or "", typed.code(form.code.data)))
        count(try_address=sender())
        hashed = gateway.hash_password(chosen)
        with transaction():
            person_id = use_card(actor(), number or "", typed.code(form.code.data), hashed, now())
        person = person_of(person_id) if person_id is not None else None
        if person is None:
            raise Invalid("card-wrong", "code")
        was_right({}, {"try_address": sender()})
    except Refusal as refusal:
        return refused(form, refusal, template, **_waiting())
    flash(translate(msg("Welcome. Your password is set, and the card is used up: keep its number to sign in.")), "success")
    return enter(person)
