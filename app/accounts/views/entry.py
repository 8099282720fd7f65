"""Coming in and going out."""

from typing import Any

from flask import current_app, redirect, render_template, request, session, url_for
from flask_login import login_user
from werkzeug.wrappers import Response as AnyResponse

from app.accounts import gateway
from app.accounts.forms.people import SignInForm
from app.accounts.queries.people import DemoPerson, Known, demo_people, person_with_contact
from app.accounts.services.limits import forget_attempts
from app.accounts.services.people import note_refused_sign_in, note_sign_in, note_sign_out
from app.accounts.views.blueprint import (
    accounts,
    address_key,
    count,
    device_cookie,
    own_device,
    refused,
    typed_contact,
)
from app.accounts.views.visitor import visitor_of
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel.contacts import ContactValue
from app.kernel.errors import Invalid, NotFound, Refusal
from app.kernel.text import msg, msg_in
from app.web.access import access, demo, public, safe_next, signed_in
from app.web.addresses import PAGE
from app.web.visitor import actor, visitor

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
    return render_template("accounts/sign_in.html", form=SignInForm(), **_sign_in_facts())


@accounts.post(f"{PAGE}/sign-in")
@access(public)
def do_sign_in() -> tuple[str, int] | AnyResponse:
    """The same answer, and as slow, for an unknown contact and for a wrong password."""
    form = SignInForm()
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form, **_sign_in_facts()), 422
    try:
        contact = typed_contact(form.contact.data)
    except Refusal:
        contact = ContactValue("mail", "")  # what cannot be a contact is answered like an unknown one
    try:
        person = _proven(contact, form.password.data)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/sign_in.html", **_sign_in_facts())
    return enter(person)


def _proven(contact: ContactValue, password: str) -> Known:
    """The person whose contact and password these are; counted before it is looked at. Raises Invalid, TooMany."""
    person = person_with_contact(contact)
    device = own_device(person)
    if device is not None:
        subjects = {"sign_in_device": gateway.keyed("device", device)}
    else:
        subjects = {
            "sign_in_contact": gateway.keyed("contact", address_key(), contact.kind, contact.value),
            "sign_in_address": address_key(),
        }
    count(**subjects)
    fits = gateway.password_fits(person.password_hash if person else None, password)
    if person is None or not fits:
        with transaction():
            note_refused_sign_in(actor(), person.id if person else None)
        raise Invalid("sign-in-refused")
    with transaction():
        forget_attempts({kind.replace("_", "-"): subject for kind, subject in subjects.items() if kind != "sign_in_address"})
    return person


def enter(person: Known) -> AnyResponse:
    """A new token for the session, the guest's basket handed over, and on to where the person was going.

    Raises Invalid when what was proven a moment ago is proven no longer: the password was changed meanwhile.
    """
    with transaction():
        note_sign_in(actor(), person.id, person.standing, session.get("guest"))
        session.pop("guest", None)
        session.renew()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
        login_user(visitor_of(str(person.id)))
        session.keep()  # type: ignore[attr-defined]  # ours too (app.web.sessions)
    response = redirect(_after(person), 303)
    response.set_cookie(
        device_cookie(),
        gateway.device_of(person.id),
        max_age=gateway.DEVICE_SECONDS,
        path="/",
        secure=current_app.config["SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _after(person: Known | None) -> str:
    wanted = safe_next(request.values.get("next"))
    usual = "pages.desk" if person is not None and person.is_operator else "pages.my_path"
    return wanted or url_for(usual)


def _sign_in_facts() -> dict[str, Any]:
    people: list[DemoPerson] = demo_people(DEMO_DOMAIN) if current_app.config["DEMO"] else []
    parts = list(DEMO_PARTS)
    people.sort(key=lambda person: parts.index(person.key) if person.key in parts else len(parts))
    shown = [(one.key, translate(DEMO_PARTS.get(one.key, one.name)), one.name) for one in people]
    return {
        "people": shown,
        "next": safe_next(request.values.get("next")),
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
