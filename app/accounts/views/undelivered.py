"""The desk's page of letters that could not be delivered."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries.undelivered import undelivered_letters
from app.accounts.rules.undelivered import NO_SUCH_CONTACT, NOT_TAKEN
from app.accounts.services.undelivered import send_letters_again, settle_letters
from app.accounts.views.blueprint import accounts
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel.text import msg
from app.web.access import access, operator
from app.web.addresses import PAGE
from app.web.paging import Page, page_number
from app.web.visitor import actor

SIZE = 30


@accounts.get(f"{PAGE}/desk/letters")
@access(operator)
def desk_letters() -> str:
    """The addresses, what the relay said, and what can be done."""
    number = page_number()
    rows, total = undelivered_letters(number, SIZE)
    return render_template(
        "accounts/desk_letters.html",
        no_such_contact=NO_SUCH_CONTACT,
        not_taken=NOT_TAKEN,
        page=Page(rows, number, SIZE, total),
    )


@accounts.post(f"{PAGE}/desk/letters/<int:letter_id>/settle")
@access(operator)
def desk_settle_letters(letter_id: int) -> Response:
    with transaction():
        settle_letters(actor(), letter_id)
    flash(translate(msg("Settled.")), "success")
    return redirect(url_for("accounts.desk_letters"), 303)


@accounts.post(f"{PAGE}/desk/letters/<int:letter_id>/again")
@access(operator)
def desk_send_letters_again(letter_id: int) -> Response:
    with transaction():
        sent = send_letters_again(actor(), letter_id)
    said = msg("They are sent once more.") if sent else msg("They brought codes that are worth nothing any more: settled.")
    flash(translate(said), "success")
    return redirect(url_for("accounts.desk_letters"), 303)
