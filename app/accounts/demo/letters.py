"""One of each letter of accounts about made-up things, for the demonstration's page of letters."""

from datetime import timedelta

from app.accounts.queries.people import Reached
from app.accounts.rules.factors import CHANGES
from app.accounts.rules.organisations import ROLES
from app.accounts.services import letters, warnings
from app.accounts.services.bank import BANK
from app.engines.language import speaking, translate
from app.engines.mail import site_address
from app.kernel.actor import PACKER
from app.kernel.clock import now
from app.kernel.contacts import MAIL, ContactValue
from app.kernel.text import msg

CODE, HOUSE, ASKER = "204518", "Tifawin", "Aïcha Slimani"
REASON = msg("A paper is missing.")
PURPOSES = ("sign-up", "reset", "contact", "sign-in")


def write_samples(person_id: int, language: str) -> None:
    """To somebody of the demonstration, in the caller's transaction, which undoes them."""
    reached = [Reached(person_id, MAIL, "reader@demo.tiwizi.example", language)]
    with speaking(language):
        reason = translate(REASON)
    for number, purpose in enumerate(PURPOSES):
        letters.write_code(ContactValue(MAIL, f"reader{number}@demo.tiwizi.example"), purpose, CODE, language)
    letters.write_already_known(ContactValue(MAIL, reached[0].value), language)
    letters.write_password_changed(reached)
    for added in (True, False):
        letters.write_contact_changed(reached, "second@demo.tiwizi.example", added)
    link = site_address(f"/{language}/join/secret")
    invited = ContactValue(MAIL, "invited@demo.tiwizi.example")
    letters.write_invitation(invited, HOUSE, ROLES[PACKER], ASKER, person_id, link, language)
    letters.write_bank_changed(reached, "7784")
    for decision in letters.DECISIONS:
        told = "" if decision in ("verified", "reinstated") else reason
        letters.write_decision(reached, decision, {language: HOUSE}, told, f"sample:{decision}")
    _warn(reached, language, reason)


def _warn(reached: list[Reached], language: str, reason: str) -> None:
    due_at = now() + timedelta(hours=48)
    for change in CHANGES:
        warnings.write_factor_changed(reached, change)
    for step in warnings.LOST:
        warnings.write_lost_factor(reached, step, due_at if step == "waiting" else None)
    for decision in warnings.DECIDED:
        warnings.write_account_decision(reached, decision, reason)
    shown = {language: {"organisation": HOUSE, "ending": "7784"}}
    for due in (due_at, None):
        warnings.write_act_waiting(reached, BANK.words, shown, ASKER, due)
    for state in ("done", "refused", "withdrawn", "lapsed"):
        warnings.write_act_ended(reached, BANK.words, shown, state)
