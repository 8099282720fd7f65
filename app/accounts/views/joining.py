"""Opening an account, and a forgotten password: a code goes to the contact and comes back in the same browser."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.people import CodeForm, ContactForm, ResetForm, SignUpForm
from app.accounts.queries.people import Known, person_of, person_with_contact
from app.accounts.rules.limits import CODE_LIFE
from app.accounts.rules.passwords import check_password, person_name
from app.accounts.services.codes import Asked, ask_reset, ask_sign_up, try_code
from app.accounts.services.people import finish_sign_up, set_password
from app.accounts.views.blueprint import BEGIN, accounts, count, own_device, refused, typed_contact, was_right
from app.accounts.views.entry import enter
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel import typed
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.kernel.errors import Invalid, NotFound, Refusal
from app.kernel.text import msg
from app.web.access import access, public, safe_next
from app.web.addresses import PAGE
from app.web.carrying import carried_pieces
from app.web.documents import warn_of_boxes
from app.web.sender import sender
from app.web.visitor import actor, visitor

MINUTES = int(CODE_LIFE.total_seconds()) // 60
RESET = "accounts/reset.html"
Page = str | tuple[str, int] | Response


def _next() -> str | None:
    return safe_next(request.values.get("next"))


def count_code(contact: ContactValue) -> None:
    """A letter with a code costs something, and a code can be guessed: counted by contact, by address, by both together.

    The owner's own browser is counted by itself: no stranger keeps the owner from a new password.
    """
    own, shared = _counted(contact)
    count(**own, **shared)


def _counted(contact: ContactValue) -> tuple[dict[str, str], dict[str, str]]:
    """By what a code that does not come back is counted: {kind: subject} of this visitor, and those shared with others."""
    device = own_device(person_with_contact(contact))
    if device is not None:
        return {"code_device": gateway.keyed("code-device", device)}, {}
    return (
        {"code_contact": gateway.keyed("code", sender(), contact.kind, contact.value)},
        {"code_address": sender(), "code_everywhere": gateway.keyed("code", contact.kind, contact.value)},
    )


def count_try() -> None:
    """A try of a code is counted before anything is computed for it; a right one is given back. Raises TooMany."""
    count(try_address=sender())


@accounts.get(f"{PAGE}/sign-up")
@access(public)
def sign_up() -> Page:
    """A name, a contact, a password."""
    if visitor() is not None:
        return redirect(url_for("pages.my_path"), 303)
    return render_template("accounts/sign_up.html", form=SignUpForm(), next=_next())


@accounts.post(f"{PAGE}/sign-up")
@access(public)
def do_sign_up() -> Page:
    """Always the same answer: look for the code. Whether the contact is known, only its owner learns, by letter."""
    form = SignUpForm()
    if not form.validate():
        return render_template("accounts/sign_up.html", form=form, next=_next()), 422
    try:
        name = person_name(form.name.data)
        contact = typed_contact(form.contact.data)
        password = check_password(form.password.data, (name, contact.value))
        count_code(contact)
        hashed = gateway.hash_password(password)
        with transaction():
            code_id = ask_sign_up(actor(), contact, name, hashed, now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/sign_up.html", next=_next())
    session["code"] = {"id": code_id, "contact": contact.value, "purpose": "sign-up"}
    warn_of_boxes(name)
    return redirect(url_for("accounts.confirm", next=_next()), 303)


def pending(purpose: str) -> dict[str, str | int]:
    """What this browser is waiting for a code for. Raises NotFound when it has not asked."""
    found = session.get("code")
    if not isinstance(found, dict) or found.get("purpose") != purpose:
        raise NotFound()
    return found


def with_code(purpose: str, code: str, act: Callable[[Asked], int]) -> Known:
    """Try the code this browser waits for; when it fits, do in the same transaction what it confirms. Raises Refusal.

    A wrong try stays counted: the refusal is raised when the transaction is over. Returns the person whose code it was.
    """
    waiting = pending(purpose)
    done = None
    with transaction():
        attempt = try_code(int(waiting["id"]), purpose, typed.code(code), now())
        if attempt.asked is not None:
            done = person_of(act(attempt.asked))
    if attempt.asked is None or done is None:
        raise Invalid("code-wrong" if attempt.left else "code-ended", "code", left=attempt.left)
    was_right({}, {"try_address": sender()})
    was_right(*_counted(attempt.asked.contact))
    del session["code"]
    return done


@accounts.get(f"{PAGE}/confirm")
@access(public)
def confirm() -> Page:
    """Type the code that was sent."""
    if "code" not in session:
        return redirect(url_for("accounts.sign_up"), 303)
    return render_template(
        "accounts/confirm.html", form=CodeForm(), contact=pending("sign-up")["contact"], minutes=MINUTES, next=_next()
    )


@accounts.post(f"{PAGE}/confirm")
@access(public)
def do_confirm() -> Page:
    """The code came back: the account opens and the person is in."""
    form = CodeForm()
    contact = pending("sign-up")["contact"]
    if not form.validate():
        return render_template("accounts/confirm.html", form=form, contact=contact, minutes=MINUTES, next=_next()), 422
    try:
        count_try()
        person = with_code("sign-up", form.code.data, lambda asked: finish_sign_up(actor(), asked, now()))
    except Refusal as refusal:
        return refused(form, refusal, "accounts/confirm.html", contact=contact, minutes=MINUTES, next=_next())
    flash(translate(msg("Welcome. Your account is open.")), "success")
    return enter(person)


def _set_new_password(asked: Asked, hashed: str) -> int:
    if asked.person_id is None:
        raise NotFound()
    set_password(actor(), asked.person_id, hashed)
    return asked.person_id


def _waiting() -> dict[str, object]:
    """What was typed in a form before, on its way back, and where the visitor was going."""
    return {"typed": carried_pieces(), "next": _next()}


@accounts.get(f"{PAGE}/forgotten-password")
@access(public)
def forgotten() -> Page:
    """Ask for a code to choose a new password."""
    return render_template("accounts/forgotten.html", form=ContactForm(formdata=None), **_waiting())


@accounts.post(f"{PAGE}/forgotten-password")
@access(public)
def do_forgotten() -> Page:
    """The same answer for known and unknown. With something typed, the next page is the answer, and carries it on."""
    if BEGIN in request.form:
        return forgotten()
    form = ContactForm()
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form, **_waiting()), 422
    try:
        contact = typed_contact(form.contact.data)
        count_code(contact)
        with transaction():
            code_id = ask_reset(actor(), contact, now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/forgotten.html", **_waiting())
    session["code"] = {"id": code_id, "contact": contact.value, "purpose": "reset"}
    if carried_pieces():
        return _reset_page(ResetForm(formdata=None))
    return redirect(url_for("accounts.reset", next=_next()), 303)


def _reset_page(form: ResetForm) -> str:
    return render_template(RESET, form=form, contact=pending("reset")["contact"], minutes=MINUTES, **_waiting())


@accounts.get(f"{PAGE}/new-password")
@access(public)
def reset() -> Page:
    """The code and a new password."""
    if "code" not in session:
        return redirect(url_for("accounts.forgotten", next=_next()), 303)
    return _reset_page(ResetForm(formdata=None))


@accounts.post(f"{PAGE}/new-password")
@access(public)
def do_reset() -> Page:
    """A new password; every session of the person ends, and every contact is told."""
    form = ResetForm()
    contact = str(pending("reset")["contact"])
    if not form.validate():
        return _reset_page(form), 422
    try:
        chosen = check_password(form.password.data, (contact,))
        count_try()
        hashed = gateway.hash_password(chosen)
        person = with_code("reset", form.code.data, lambda asked: _set_new_password(asked, hashed))
    except Refusal as refusal:
        return refused(form, refusal, RESET, contact=contact, minutes=MINUTES, **_waiting())
    flash(translate(msg("Your new password is set. All other sessions were ended.")), "success")
    return enter(person)
