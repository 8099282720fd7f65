"""Above a limit of wrong passwords a right one needs a code from the contact: nobody guesses on, or is locked out."""

from flask import make_response, render_template
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.forms.people import CodeForm
from app.accounts.queries.people import Known
from app.accounts.rules.limits import CODE_LIFE
from app.accounts.services.codes import ask_sign_in
from app.accounts.services.limits import count_attempt
from app.accounts.services.people import note_refused_sign_in
from app.engines.mail import carries
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.kernel.errors import Refusal, TooMany
from app.web.carrying import carried_pieces
from app.web.visitor import actor

MINUTES = int(CODE_LIFE.total_seconds()) // 60


def ask_for_code(person: Known | None, fits: bool, contact: ContactValue, over: Refusal, wanted: str | None) -> Response:
    """The page that asks for the code: the same, after as much work, whether or not the password fits.

    The browser keeps a ticket; only a right password made it worth something.
    """
    ticket = gateway.new_secret()
    with transaction():
        if person is not None and fits and _may_write(contact):
            ask_sign_in(actor(), contact, person, gateway.keyed("ticket", ticket), now())
        else:
            note_refused_sign_in(actor(), person.id if person else None)
    form = CodeForm(formdata=None)
    response = make_response(code_page(form, ticket, contact.value, wanted), over.status)
    response.headers["Retry-After"] = str(over.facts["retry_after"])
    return response


def _may_write(contact: ContactValue) -> bool:
    """Where letters arrive, so many a day to one contact; nobody without the password takes them up."""
    if not carries(contact.kind):
        return False
    try:
        count_attempt({"sign-in-letter": letter_key(contact)}, now())
    except TooMany:
        return False
    return True


def letter_key(contact: ContactValue) -> str:
    return gateway.keyed("sign-in", contact.kind, contact.value)


def code_page(form: CodeForm, ticket: str, contact: str, wanted: str | None) -> str:
    return render_template(
        "accounts/sign_in_code.html",
        form=form,
        ticket=ticket,
        contact=contact,
        minutes=MINUTES,
        next=wanted,
        typed=carried_pieces(),
    )
