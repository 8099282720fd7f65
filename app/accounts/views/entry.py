"""Coming in and going out."""

from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask_login import login_user
from werkzeug.wrappers import Response as AnyResponse

from app.accounts import gateway
from app.accounts.forms.people import CodeForm, SignInForm
from app.accounts.queries.entry_cards import cards_of
from app.accounts.queries.factors import gate_of
from app.accounts.queries.people import DemoPerson, Known, demo_people, person_of, person_with_contact
from app.accounts.queries.undelivered import refused_contacts
from app.accounts.rules.entry_cards import NUMBER
from app.accounts.rules.undelivered import REFUSED_TOLD
from app.accounts.services.codes import code_of_ticket, try_code
from app.accounts.services.known_browsers import know_browser
from app.accounts.services.people import note_refused_sign_in, note_sign_in, note_sign_out
from app.accounts.views.blueprint import (
    BEGIN,
    accounts,
    count,
    device_token,
    keep_device,
    own_device,
    refused,
    typed_way_in,
    was_right,
)
from app.accounts.views.half_way import begin_second_step
from app.accounts.views.sign_in_code import ask_for_code, code_page, letter_key
from app.accounts.views.visitor import visitor_of
from app.engines.language import day, translate
from app.engines.transactions import transaction
from app.kernel import typed
from app.kernel.clock import now
from app.kernel.contacts import ADDRESS_LONGEST, ContactValue
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal, TooMany
from app.kernel.text import msg, msg_in
from app.web.access import access, demo, public, safe_next, signed_in
from app.web.addresses import PAGE
from app.web.carrying import carried_pieces, keep_typed, typed_in_request
from app.web.sender import sender
from app.web.visitor import Visitor, actor, visitor

DEMO_DOMAIN = "demo.tiwizi.example"
DEMO_PARTS = {
    "buyer": msg_in("accounts", "Buyer"),
    "chair": msg("Chair"),
    "treasurer": msg("Treasurer"),
    "seller": msg("Seller"),
    "packer": msg("Packer"),
    "seller2": msg("Seller of another cooperative"),
    "founder": msg("Founder"),
    "learner": msg("Learner"),
    "instructor": msg("The instructor"),
    "mentor": msg("Mentor"),
    "funder": msg("Funder"),
    "evaluator": msg("Evaluator"),
    "operator": msg("Operator"),
    "operator2": msg("Second operator"),
}


@accounts.get(f"{PAGE}/sign-in")
@access(public)
def sign_in() -> str | AnyResponse:
    """The sign-in page; in the demo with one click for each demo person."""
    if visitor() is not None:
        return redirect(_after(None), 303)
    return render_template("accounts/sign_in.html", form=SignInForm(formdata=None), **_sign_in_facts())


@accounts.post(f"{PAGE}/sign-in")
@access(public)
def do_sign_in() -> str | tuple[str, int] | AnyResponse:
    """The same answer, and as slow, for an unknown contact and for a wrong password."""
    if BEGIN in request.form:
        return sign_in()
    form = SignInForm()
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form, **_sign_in_facts()), 422
    try:
        contact = typed_way_in(form.contact.data)
    except Refusal:  # what cannot be a contact is answered like an unknown one, and counted by itself
        contact = ContactValue("typed", form.contact.data)
    person = person_with_contact(contact)
    own, shared = _counted(person, contact)
    try:
        over = _over_a_limit(own | shared)
        fits = gateway.password_fits(person.password_hash if person else None, form.password.data)
        if over is not None and contact.kind == NUMBER:  # no code can be sent: the wait, or another card
            raise over
        if over is not None:
            return ask_for_code(person, fits, contact, over, safe_next(request.form.get("next")))
        if person is None or not fits:
            with transaction():
                note_refused_sign_in(actor(), person.id if person else None)
            raise Invalid("sign-in-refused")
        was_right(own, shared)
        return enter(person)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/sign_in.html", **_sign_in_facts())


def sign_in_on_the_spot() -> AnyResponse | None:
    """The sign-in page as the answer to a form of somebody who is signed in no longer: it carries what was typed.

    None when nothing was typed.
    """
    typed = typed_in_request()
    if typed is None:
        return None
    facts = {**_sign_in_facts(), "typed": typed.pieces(), "next": url_for("pages.what_was_typed"), "came_from": None}
    return make_response(render_template("accounts/sign_in.html", form=SignInForm(formdata=None), **facts), 403)


Subjects = dict[str, str]


def _counted(person: Known | None, contact: ContactValue) -> tuple[Subjects, Subjects]:
    """By what a wrong password is counted: {kind: subject} of this visitor alone, and those shared with others.

    A browser the person has signed in with before is counted by itself: nobody else's guesses are felt there.
    """
    device = own_device(person)
    if device is not None:
        return {"sign_in_device": gateway.keyed("device", device)}, {}
    everywhere = gateway.keyed("contact", contact.kind, contact.value)
    return (
        {"sign_in_contact": gateway.keyed("contact", sender(), contact.kind, contact.value)},
        {"sign_in_address": sender(), "sign_in_everywhere": everywhere},
    )


def _over_a_limit(subjects: Subjects) -> TooMany | None:
    """Counted before it is looked at. Raises TooMany when this address has long been above and goes on."""
    try:
        count(**subjects)
    except TooMany as refusal:
        count(sign_in_flood=sender())
        return refusal
    return None


@accounts.get(f"{PAGE}/sign-in/code")
@access(public)
def sign_in_code() -> AnyResponse:
    """The page of the code is an answer to a password: in another language, and later, it begins there."""
    return redirect(url_for("accounts.sign_in"), 303)


@accounts.post(f"{PAGE}/sign-in/code")
@access(public)
def do_sign_in_code() -> AnyResponse:
    """Password and code were right: in. One answer for a wrong code, an old one, and one that was never sent."""
    form = CodeForm()
    ticket, shown = request.form.get("ticket", "")[:100], request.form.get("contact", "")[:ADDRESS_LONGEST]
    try:
        count(try_address=sender())
        person = _with_sign_in_code(gateway.keyed("ticket", ticket), form.code.data or "")
        was_right({}, {"try_address": sender()})
        return enter(person)
    except Refusal as refusal:
        form.show(refusal)
        return make_response(code_page(form, ticket, shown, safe_next(request.form.get("next"))), refusal.status)


def _with_sign_in_code(ticket_hash: str, code: str) -> Known:
    """The person the code was sent to. Raises Invalid."""
    with transaction():
        tried = try_code(code_of_ticket(ticket_hash), "sign-in", typed.code(code), now())
        person = person_of(tried.asked.person_id or 0) if tried.asked is not None else None
    if person is None or tried.asked is None:
        raise Invalid("sign-in-code-wrong", "code")
    was_right({"sign_in_letter": letter_key(tried.asked.contact)})
    return person


def enter(person: Known) -> AnyResponse:
    """In, or on to the second step for who has a second factor. Raises NotAllowed for an account the office has blocked."""
    gate = gate_of(person.id)
    if gate.blocked:
        raise NotAllowed("person-blocked")
    keep_typed()
    if gate.secured:
        return begin_second_step(person, _after(person))
    return let_in(person, _after(person))


def let_in(person: Known, wanted: str) -> AnyResponse:
    """A new token for the session, the guest's basket handed over, and on to where the person was going.

    Raises Invalid when what was proven a moment ago is proven no longer: the password was changed meanwhile.
    """
    with transaction():
        note_sign_in(actor(), person.id, person.standing, session.get("guest"))
        session.pop("guest", None)
        session.renew()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
        me = visitor_of(str(person.id))
        login_user(me)
        session.keep()  # type: ignore[attr-defined]  # ours too (app.web.sessions)
        device = know_browser(person.id, device_token(), now())
    _remind(me)
    card = cards_of([person.id], now()).get(person.id)
    if card is not None and card.state == "open":
        said = msg("There is an unused entry card for your account, of %(day)s. If it is not yours, change your password.")
        flash(translate(said, day=day(card.made_at)), "warning")
    for contact in refused_contacts(person.id):
        flash(translate(REFUSED_TOLD[contact.kind], contact=contact.value), "error")
    response = redirect(wanted, 303)
    keep_device(response, device)
    return response


def _remind(me: Visitor | None) -> None:
    """Whoever needs a second factor and has none is told at each sign-in, until when there is time."""
    if me is not None and me.factor.needed and not me.factor.secured and me.factor.grace_ends is not None:
        said = msg("You need a second factor from %(day)s on: set it up under “Second factor” in your account.")
        flash(translate(said, day=day(me.factor.grace_ends)), "warning")


def _after(person: Known | None) -> str:
    """Where somebody goes who is in: to the page that asked for it, to the day's work, back to where they were reading."""
    wanted = safe_next(request.values.get("next"))
    if wanted:
        return wanted
    if person is not None and person.is_operator:
        return url_for("pages.desk")
    works = (landing(person.id) for landing in current_app.extensions["landings"]) if person is not None else ()
    return next(filter(None, works), None) or safe_next(request.values.get("from")) or url_for("pages.my_path")


def _sign_in_facts() -> dict[str, Any]:
    people: list[DemoPerson] = demo_people(DEMO_DOMAIN) if current_app.config["DEMO"] else []
    parts = list(DEMO_PARTS)
    people.sort(key=lambda person: parts.index(person.key) if person.key in parts else len(parts))
    shown = [(one.key, translate(DEMO_PARTS.get(one.key, one.name)), one.name) for one in people]
    return {
        "people": shown,
        "next": safe_next(request.values.get("next")),
        "came_from": safe_next(request.values.get("from")),
        "typed": carried_pieces(),
        "password": current_app.extensions.get("demo_password"),
    }


@accounts.post(f"{PAGE}/demo/sign-in")
@access(demo)
def demo_sign_in() -> AnyResponse:
    """One click is enough for a person of the demo, in demo mode only."""
    key = request.form.get("person", "")
    contact = ContactValue("mail", f"{key}@{DEMO_DOMAIN}")
    person = person_with_contact(contact)
    if person is None or person.id not in {one.id for one in demo_people(DEMO_DOMAIN)}:
        raise NotFound()
    return enter(person)


@accounts.post(f"{PAGE}/sign-out")
@access(signed_in)
def sign_out() -> AnyResponse:
    """The session ends on the server; the cookie is then worth nothing."""
    with transaction():
        note_sign_out(actor())
    session.end()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
    return redirect(url_for("pages.home"), 303)
