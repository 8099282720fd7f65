"""Commands: the first operator, people."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import with_appcontext

from app.accounts import gateway
from app.accounts.queries.own_data import whose
from app.accounts.queries.people import Known, person_with_contact, there_is_an_operator
from app.accounts.rules.entry_cards import NUMBER, number_typed
from app.accounts.rules.passwords import PASSWORD_SHORTEST, check_password, person_name
from app.accounts.services.erasure import erase_person
from app.accounts.services.first_run import add_first_operator
from app.accounts.services.lost_factors import reset_factor
from app.accounts.services.own_data import note_export
from app.accounts.services.people import add_person, promote
from app.engines.language import speaking
from app.engines.mail import carries
from app.engines.migrating import upgrade_database
from app.engines.own_data import own_data
from app.engines.place import here
from app.engines.sealing import own_key, written
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.contacts import MAIL, PHONE, ContactValue, contact_value
from app.kernel.errors import Conflict, Refusal
from app.kernel.text import LANGUAGES
from app.web.errors import refusal_text
from app.web.own_data import archive

PASSWORD_RULE = (
    f"The password: at least {PASSWORD_SHORTEST} characters of any kind; not one of the common ones, not your own name\n"
    "or contact."
)
REACHED_RULE = {
    True: "The contact: a mail address or a phone number that reaches you, since codes for a new password go there.",
    False: "The contact: a mail address that reaches you, since codes for a new password go there. Messages to phones need\n"
    "a gateway, named by TIWIZI_MESSAGES_URL (docs/operating/messages.md): until there is one, no code reaches a phone.",
}
NO_MAIL_RULE = "Letters need a mail service, named by TIWIZI_MAIL_URL: until there is one, no letter leaves this machine."
LANGUAGE = click.option("--language", default="fr", type=click.Choice(LANGUAGES), show_default=True)


def _contact(text: str) -> ContactValue:
    return contact_value(text, here().country)


def _known(contact: str) -> Known:
    """The person with this contact or sign-in number; stops when there is nobody. Raises Invalid."""
    number = number_typed(contact)
    known = person_with_contact(_contact(contact) if number is None else ContactValue(NUMBER, number))
    if known is None:
        sys.exit(f"tiwizi: nobody has the contact {contact}")
    return known


def _stop(refusal: Refusal) -> NoReturn:
    with speaking("en"):  # the language of the terminal
        sys.exit(f"tiwizi: {refusal_text(refusal)}")


def setup_rules() -> str:
    """What is said before anything is asked, as letters and messages are set up now."""
    return "\n".join([PASSWORD_RULE, REACHED_RULE[carries(PHONE)], *([] if carries(MAIL) else [NO_MAIL_RULE])])


@click.command()
@click.option("--name", help="Of the first operator; asked for when left out, as contact and password are.")
@click.option("--contact", help="Mail address or phone number.")
@click.option("--password")
@LANGUAGE
@with_appcontext
def setup(name: str | None, contact: str | None, password: str | None, language: str) -> None:
    """Make the first operator of an installation; refuses when there is one."""
    upgrade_database()
    try:
        if there_is_an_operator():
            raise Conflict("operator-exists")
        click.echo(setup_rules())
        name = name or click.prompt("Name of the first operator")
        contact = contact or click.prompt("Mail address or phone number" if carries(PHONE) else "Mail address")
        password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
        named, reached = person_name(name), _contact(contact)
        hashed = gateway.hash_password(check_password(password, (named, reached.value)))
        with transaction():
            add_first_operator(SYSTEM, named, reached, hashed, language, now())
    except Refusal as refusal:
        _stop(refusal)
    gateway.forget_first_run_key()
    click.echo(f"{name} is the operator and signs in with {reached.value}.")
    click.echo(
        f"Backups are sealed with this key. Write it down and keep it elsewhere; it is shown once:\n  {written(own_key())}"
    )


@click.group()
def person() -> None:
    """People."""


@person.command("create")
@click.option("--name", required=True)
@click.option("--contact", required=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--operator", is_flag=True)
@click.option("--instructor", is_flag=True)
@LANGUAGE
@with_appcontext
def create(name: str, contact: str, password: str, operator: bool, instructor: bool, language: str) -> None:
    """Make a person with a verified contact."""
    try:
        named, reached = person_name(name), _contact(contact)
        hashed = gateway.hash_password(check_password(password, (named, reached.value)))
        with transaction():
            person_id = add_person(SYSTEM, named, reached, hashed, language, now(), operator=operator, instructor=instructor)
    except Refusal as refusal:
        _stop(refusal)
    click.echo(f"person {person_id}: {name}")


@person.command("promote")
@click.argument("contact")
@click.option("--operator/--no-operator", default=None)
@click.option("--instructor/--no-instructor", default=None)
@with_appcontext
def promote_person(contact: str, operator: bool | None, instructor: bool | None) -> None:
    """Give or take the rights of an operator or an instructor."""
    try:
        known = _known(contact)
        with transaction():
            promote(SYSTEM, known.id, operator=operator, instructor=instructor)
    except Refusal as refusal:
        _stop(refusal)
    click.echo(f"person {known.id}: {known.name}")


@person.command("reset-factor")
@click.argument("contact")
@with_appcontext
def reset_factor_of(contact: str) -> None:
    """Take a lost second factor away at once; every session of the person ends, and every contact is told."""
    try:
        known = _known(contact)
        with transaction():
            reset_factor(SYSTEM, known.id, now())
    except Refusal as refusal:
        _stop(refusal)
    click.echo(f"person {known.id}: {known.name} has no second factor any more")


@person.command("export")
@click.argument("contact")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def export_person(contact: str, file: Path) -> None:
    """Write everything that is kept about a person into a new file, as their own page does."""
    try:
        known = _known(contact)
        with transaction():
            note_export(SYSTEM, known.id)
    except Refusal as refusal:
        _stop(refusal)
    with speaking(known.language):
        packed = archive(own_data(whose(known.id)), known.name, now())
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(packed)
    except OSError as trouble:
        sys.exit(f"tiwizi: {file} cannot be written: {trouble.strerror}")
    click.echo(f"person {known.id}: {file}, {len(packed)} bytes")


@person.command("erase")
@click.argument("contact")
@click.option("--certificates", is_flag=True, help="Revoke their certificates too, which then lose the name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def erase(contact: str, certificates: bool, yes: bool) -> None:
    """Erase a person; what the law makes the office keep stays under a pseudonym."""
    try:
        known = _known(contact)
        if not yes:
            click.confirm(f"Erase person {known.id}, {known.name}? It cannot be brought back.", abort=True)
        with transaction():
            erase_person(SYSTEM, known.id, gateway.keyed("person", known.id), now(), certificates=certificates)
    except Refusal as refusal:
        _stop(refusal)
    click.echo(f"person {known.id} is erased")


COMMANDS = (setup, person)
