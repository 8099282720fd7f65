"""The page that makes the first operator, opened by the key that `tiwizi run` prints."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.people import FirstOperatorForm
from app.accounts.queries.people import there_is_an_operator
from app.accounts.rules.passwords import check_password, person_name
from app.accounts.services.first_run import add_first_operator
from app.accounts.views.blueprint import accounts, count, refused, typed_contact, was_right
from app.engines.language import language
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.web.access import access, token
from app.web.addresses import PAGE
from app.web.sender import sender

Page = str | tuple[str, int] | Response


def _check(key: str) -> None:
    count(try_address=sender())
    if not gateway.first_run_key_fits(key) or there_is_an_operator():
        raise NotFound()
    was_right({}, {"try_address": sender()})


@accounts.get(f"{PAGE}/setup/<key>")
@access(token)
def first_run(key: str) -> Page:
    """Who is the office?"""
    _check(key)
    return render_template("accounts/first_run.html", form=FirstOperatorForm(), key=key)


@accounts.post(f"{PAGE}/setup/<key>")
@access(token)
def do_first_run(key: str) -> Page:
    """The first operator; the key is then worth nothing."""
    _check(key)
    form = FirstOperatorForm()
    if not form.validate():
        return render_template("accounts/first_run.html", form=form, key=key), 422
    try:
        name, contact = person_name(form.name.data), typed_contact(form.contact.data)
        hashed = gateway.hash_password(check_password(form.password.data, (name, contact.value)))
        with transaction():
            add_first_operator(SYSTEM, name, contact, hashed, language(), now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/first_run.html", key=key)
    gateway.forget_first_run_key()
    return redirect(url_for("accounts.sign_in"), 303)


def first_run_address(base: str) -> str | None:
    """Where the first operator is made, for `tiwizi run` to print; None when there is an operator."""
    return None if there_is_an_operator() else f"{base}/fr/setup/{gateway.first_run_key()}"
