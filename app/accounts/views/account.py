"""One's own account: profile, contacts, password, sessions, preferences."""

from typing import TypeVar

from flask import flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.people import (
    CodeForm,
    NewContactForm,
    PasswordForm,
    PreferencesForm,
    PresentForm,
    ProfileForm,
)
from app.accounts.queries.entry_cards import number_of
from app.accounts.queries.people import ContactLine, Known, chosen_contact, contacts_of, person_of, preferences_of
from app.accounts.queries.undelivered import refused_contacts
from app.accounts.rules.notices import NOTICE_CHANNELS, NOTICE_KINDS
from app.accounts.rules.passwords import check_password
from app.accounts.rules.undelivered import REFUSED_ADVICE, REFUSED_MARK
from app.accounts.services.codes import Asked, ask_contact
from app.accounts.services.known_browsers import know_browser
from app.accounts.services.people import (
    add_own_contact,
    end_other_sessions,
    end_own_session,
    remove_own_contact,
    rename,
    set_password,
    set_preferences,
)
from app.accounts.views.blueprint import (
    accounts,
    count,
    device_token,
    keep_device,
    refused,
    session_row,
    typed_contact,
    was_right,
)
from app.accounts.views.devices import device_words
from app.accounts.views.joining import MINUTES, count_code, count_try, pending, with_code
from app.engines.language import translate
from app.engines.sessions import sessions_of
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Invalid, NotFound, Refusal
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.web.access import access, factor_asked_again, signed_in
from app.web.addresses import PAGE
from app.web.documents import warn_of_boxes
from app.web.forms import Form
from app.web.visitor import actor, visitor

Page = str | tuple[str, int] | Response


def me() -> Known:
    """The person of this request. Raises NotFound."""
    person = person_of(actor().person_id or 0)
    if person is None:
        raise NotFound()
    return person


def prove_present(password: str, field: str = "present") -> None:
    """Ask the present password again; wrong ones are counted. Raises Invalid, TooMany."""
    person = me()
    counted = {"password_person": gateway.keyed("person", person.id)}
    count(**counted)
    if not gateway.password_fits(person.password_hash, password):
        raise Invalid("password-wrong", field)
    was_right(counted)


FormKind = TypeVar("FormKind", bound=Form)


def asking_password(form: FormKind) -> FormKind:
    """The form, without its password where the second factor was asked before it (`@factor_asked_again`)."""
    who = visitor()
    if who is not None and who.factor.secured:
        del form.present
    return form


def prove_in(form: Form) -> None:
    """The password of the form, where it asks one. Raises Invalid, TooMany."""
    if "present" in form:
        prove_present(form["present"].data)


@accounts.get(f"{PAGE}/account/")
@access(signed_in)
def account() -> Page:
    """Name and contacts, and the ways to everything else."""
    return render_template("accounts/account.html", form=ProfileForm(data={"name": me().name}), **_contacts())


def _contacts() -> dict[str, object]:
    person_id = actor().person_id or 0
    return {
        "contacts": contacts_of(person_id),
        "refused": {contact.value: contact.kind for contact in refused_contacts(person_id)},
        "refused_mark": REFUSED_MARK,
        "refused_advice": REFUSED_ADVICE,
        "sign_in_number": number_of(person_id),
    }


@accounts.post(f"{PAGE}/account/")
@access(signed_in)
def save_account() -> Page:
    """A new name."""
    form = ProfileForm()
    if not form.validate():
        return render_template("accounts/account.html", form=form, **_contacts()), 422
    try:
        with transaction():
            rename(actor(), form.name.data)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/account.html", **_contacts())
    flash(translate(msg("Saved.")), "success")
    warn_of_boxes(form.name.data or "")
    return redirect(url_for("accounts.account"), 303)


@accounts.get(f"{PAGE}/account/contacts/new")
@access(signed_in)
@factor_asked_again
def new_contact() -> Page:
    return render_template("accounts/new_contact.html", form=asking_password(NewContactForm()))


@accounts.post(f"{PAGE}/account/contacts/new")
@access(signed_in)
@factor_asked_again
def do_new_contact() -> Page:
    """With the password, a code goes to the new contact; the answer does not tell whether somebody else has it."""
    form = asking_password(NewContactForm())
    if not form.validate():
        return render_template("accounts/new_contact.html", form=form), 422
    try:
        contact = typed_contact(form.contact.data)
        prove_in(form)
        count_code(contact)
        with transaction():
            code_id = ask_contact(actor(), contact, now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/new_contact.html")
    session["code"] = {"id": code_id, "contact": contact.value, "purpose": "contact"}
    return redirect(url_for("accounts.confirm_contact"), 303)


@accounts.get(f"{PAGE}/account/contacts/confirm")
@access(signed_in)
def confirm_contact() -> Page:
    contact = pending("contact")["contact"]
    return render_template("accounts/confirm_contact.html", form=CodeForm(), contact=contact, minutes=MINUTES)


@accounts.post(f"{PAGE}/account/contacts/confirm")
@access(signed_in)
def do_confirm_contact() -> Page:
    """The code came back: the contact opens this account too."""
    form, contact = CodeForm(), pending("contact")["contact"]
    if not form.validate():
        return render_template("accounts/confirm_contact.html", form=form, contact=contact, minutes=MINUTES), 422
    try:
        count_try()
        with_code("contact", form.code.data, _add)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/confirm_contact.html", contact=contact, minutes=MINUTES)
    flash(translate(msg("This contact opens your account from now on.")), "success")
    return redirect(url_for("accounts.account"), 303)


def _add(asked: Asked) -> int:
    add_own_contact(actor(), asked, now())
    return me().id


def _own_contact(contact_id: int) -> ContactLine:
    found = next((one for one in contacts_of(actor().person_id or 0) if one.id == contact_id), None)
    if found is None:
        raise NotFound()
    return found


@accounts.get(f"{PAGE}/account/contacts/<int:contact_id>/remove")
@access(signed_in)
@factor_asked_again
def ask_remove_contact(contact_id: int) -> Page:
    return render_template(
        "accounts/remove_contact.html", form=asking_password(PresentForm()), contact=_own_contact(contact_id)
    )


@accounts.post(f"{PAGE}/account/contacts/<int:contact_id>/remove")
@access(signed_in)
@factor_asked_again
def remove_contact(contact_id: int) -> Page:
    """With the password, the contact no longer opens this account; one always stays."""
    form, contact = asking_password(PresentForm()), _own_contact(contact_id)
    if not form.validate():
        return render_template("accounts/remove_contact.html", form=form, contact=contact), 422
    try:
        prove_in(form)
        with transaction():
            remove_own_contact(actor(), contact_id)
    except Refusal as refusal:
        return refused(form, refusal, "accounts/remove_contact.html", contact=contact)
    flash(translate(msg("This contact no longer opens your account.")), "success")
    return redirect(url_for("accounts.account"), 303)


@accounts.get(f"{PAGE}/account/password")
@access(signed_in)
@factor_asked_again
def password() -> Page:
    return render_template("accounts/password.html", form=PasswordForm())


@accounts.post(f"{PAGE}/account/password")
@access(signed_in)
@factor_asked_again
def do_password() -> Page:
    """The present password opens the way to a new one; other sessions end, contacts are told."""
    form = PasswordForm()
    if not form.validate():
        return render_template("accounts/password.html", form=form), 422
    try:
        person = me()
        own = (person.name, *(contact.value for contact in contacts_of(person.id)))
        chosen = check_password(form.password.data, own)
        prove_present(form.present.data)
        hashed = gateway.hash_password(chosen)
        with transaction():
            set_password(actor(), person.id, hashed, keep_session=session_row())
            device = know_browser(person.id, device_token(), now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/password.html")
    session.renew()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
    flash(translate(msg("Your new password is set. All other sessions were ended.")), "success")
    response = redirect(url_for("accounts.account"), 303)
    keep_device(response, device)
    return response


@accounts.get(f"{PAGE}/account/sessions")
@access(signed_in)
def sessions() -> Page:
    """Where one is signed in."""
    here = session_row()
    rows = [(row, device_words(row.device), row.id == here) for row in sessions_of(actor().person_id or 0, now())[:100]]
    return render_template("accounts/sessions.html", rows=rows)


@accounts.post(f"{PAGE}/account/sessions/<int:session_id>/end")
@access(signed_in)
def end_session(session_id: int) -> Page:
    """End one session; the one in hand is ended by signing out."""
    if session_id == session_row():
        raise NotFound()
    with transaction():
        end_own_session(actor(), session_id)
    flash(translate(msg("That session was ended.")), "success")
    return redirect(url_for("accounts.sessions"), 303)


@accounts.post(f"{PAGE}/account/sessions/end-others")
@access(signed_in)
def end_sessions() -> Page:
    with transaction():
        end_other_sessions(actor(), session_row(), device_token() or "")
    flash(translate(msg("All other sessions were ended.")), "success")
    return redirect(url_for("accounts.sessions"), 303)


@accounts.get(f"{PAGE}/account/preferences")
@access(signed_in)
def preferences() -> Page:
    """Language of letters and notices wanted."""
    person_id = actor().person_id or 0
    off = preferences_of(person_id)
    wanted = {channel: [kind for kind in NOTICE_KINDS if kind not in off[channel]] for channel in NOTICE_CHANNELS}
    given = {"language": me().language, "letters_to": str(chosen_contact(person_id) or ""), **wanted}
    form = PreferencesForm(data=given).offer(contacts_of(person_id))
    return render_template("accounts/preferences.html", form=form)


@accounts.post(f"{PAGE}/account/preferences")
@access(signed_in)
def save_preferences() -> Page:
    form = PreferencesForm().offer(contacts_of(actor().person_id or 0))
    if not form.validate():
        return render_template("accounts/preferences.html", form=form), 422
    with transaction():
        set_preferences(actor(), form.language.data, form.off(), own_whole(form.letters_to.data))
    flash(translate(msg("Saved.")), "success")
    return redirect(url_for("accounts.preferences", lang=form.language.data), 303)
