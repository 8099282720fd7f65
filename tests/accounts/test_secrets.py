"""Codes and rights die together: every open secret, against everything that may become of the person it hangs on."""

import ast
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

import app.accounts.services as services
from app.accounts.models import Contact, EntryCard, Invitation, Membership, Person
from app.accounts.queries import person_with_contact
from app.accounts.rules.secrets import DIES_WITH
from app.accounts.services.codes import ask_contact, ask_reset, ask_sign_up, try_code
from app.accounts.services.entry_cards import FreshCard, Met, add_person_met, use_card
from app.accounts.services.members import accept_invitation, invite, leave, set_roles, withdraw_invitation
from app.accounts.services.people import (
    add_own_contact,
    finish_sign_up,
    note_sign_in,
    promote,
    remove_own_contact,
    rename,
    set_password,
    set_preferences,
)
from app.accounts.services.secrets import VOIDERS, void_secrets
from app.engines import sessions
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, Actor, guest
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.kernel.errors import Refusal
from projectbank.models import GroupInvitation, GroupMember
from projectbank.services.groups import accept_invitation as join_group
from projectbank.services.groups import remove_member, revoke_invitation
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.projectbank import a_group, a_sheet, invited
from tests.schema import empty_tables

OLD = ContactValue("mail", "old@example.org")
OWN = ContactValue("mail", "own@example.org")
NEW = ContactValue("mail", "new@example.org")
THIEF, THIRD = ContactValue("mail", "thief@example.org"), ContactValue("mail", "third@example.org")


class Undone(Exception):
    """It was looked at; the world stays as it was."""


@dataclass
class World:
    """Zahra, whose things are looked at; her co-chair; somebody else; a cooperative and a group."""

    zahra: int
    chair: int
    other: int
    old: int
    ours: int
    group: int
    group_secret: str
    group_secret_to_zahra: str


@pytest.fixture(scope="module")
def world(_house: Flask) -> Iterator[World]:
    with _house.app_context():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        zahra, chair, other = a_person("Zahra", OWN.value), a_person("Chair"), a_person("Other")
        ours = a_cooperative(chair=chair, slug="ours")
        joins(zahra, ours, "chair", "seller")
        joins(other, ours, "seller")
        with transaction():
            sessions.start_session("a session of zahra", {}, zahra.id, "tests", now())
        sheet = a_sheet(chair, "Miellerie")
        group = a_group(zahra, sheet)
        founded_by_chair = a_group(chair, sheet, zahra)
        to_third = invited(zahra, group, THIRD.value)
        to_zahra = invited(chair, founded_by_chair, OLD.value)  # before the office knows that it is hers too
        with transaction() as session:
            old = Contact(person_id=zahra.id, kind="mail", value=OLD.value, verified_at=now())
            session.add(old)
        yield World(zahra.id, chair.id, other.id, old.id, ours.id, founded_by_chair, to_third, to_zahra)
        db.session.remove()


def actor(person_id: int) -> Any:
    return actor_of(db.session.get_one(Person, person_id))


def last_code() -> str:
    body = db.session.scalars(select(Letter.body).order_by(Letter.id.desc())).first() or ""
    return next(word for word in body.split() if word.isdigit() and len(word) == 6)


# Each makes a secret and returns how it is used: True when it opened what it was made for.
Use = Callable[[], bool]


def with_code(purpose: str, code_id: int, act: Callable[[Any], object]) -> Use:
    code = last_code()

    def use() -> bool:
        tried = try_code(code_id, purpose, code, now())
        if tried.asked is not None:
            act(tried.asked)
        return tried.asked is not None

    return use


def reset_code(world: World) -> Use:
    return with_code(
        "reset", ask_reset(guest(), OLD, now()), lambda asked: set_password(guest(), asked.person_id, "thief’s")
    )


def contact_code(world: World) -> Use:
    code_id = ask_contact(actor(world.zahra), THIEF, now())
    return with_code("contact", code_id, lambda asked: add_own_contact(actor(world.zahra), asked, now()))


def sign_up_code(world: World) -> Use:
    """Asked for when the contact was nobody’s."""
    row = db.session.get_one(Contact, world.old)
    row.value = "elsewhere@example.org"
    db.session.flush()
    code_id = ask_sign_up(guest(), OLD, "A thief", "a hash", now())
    row.value = OLD.value
    db.session.flush()

    def use_when_free(asked: Any) -> int | None:
        return finish_sign_up(guest(), asked, now()) if person_with_contact(OLD) is None else None

    return with_code("sign-up", code_id, use_when_free)


def refusable(act: Callable[[], object]) -> Use:
    def use() -> bool:
        try:
            act()
        except Refusal:
            return False
        return True

    return use


def invitation_sent(world: World) -> Use:
    invite(actor(world.zahra), world.ours, THIRD, "chair", "sent by zahra", "http://x", now())
    return refusable(lambda: accept_invitation(actor(world.other), "sent by zahra", now()))


def invitation_received(world: World) -> Use:
    invite(actor(world.chair), world.ours, OLD, "treasurer", "sent to zahra", "http://x", now())
    return refusable(lambda: accept_invitation(actor(world.zahra), "sent to zahra", now()))


def group_invitation_sent(world: World) -> Use:
    return refusable(lambda: join_group(actor(world.other), world.group_secret, lambda _language: "http://x"))


def group_invitation_received(world: World) -> Use:
    return refusable(lambda: join_group(actor(world.other), world.group_secret_to_zahra, lambda _language: "http://x"))


def open_session(world: World) -> Use:
    return lambda: sessions.find_session("a session of zahra", now()) is not None


def by_card(card: FreshCard) -> Use:
    return lambda: use_card(guest(), card.number, card.code, "the thief’s", now()) is not None


def card_made(world: World) -> Use:
    met = Met("Itto", "fr", "came to our workshop", None, world.ours, "packer")
    return by_card(add_person_met(actor(world.zahra), met, "a form", now()))


def card_received(world: World) -> Use:
    """Made by the office in the days when she had no contact."""
    office = a_person_of_the_office()
    card = add_person_met(office, Met("Zahra", "fr", "came to the office"), "a form", now())
    row = db.session.get_one(EntryCard, card.person_id)
    person, zahra = db.session.get_one(Person, card.person_id), db.session.get_one(Person, world.zahra)
    person.sign_in_number, number = None, person.sign_in_number
    db.session.flush()
    zahra.sign_in_number, row.person_id, row.standing = number, zahra.id, zahra.standing
    db.session.flush()
    return by_card(card)


def a_person_of_the_office() -> Actor:
    row = Person(name="Samira", language="fr", is_operator=True, preferences={}, standing=0, created_at=now())
    db.session.add(row)
    db.session.flush()
    return Actor("person", row.id, operator=True)


def sign_in_under_way(world: World) -> Use:
    """The password was found right; the session is not open yet."""
    proven = person_with_contact(OWN)
    assert proven is not None
    return refusable(lambda: note_sign_in(guest(), proven.id, proven.standing, None))


SECRETS = {
    "reset code": reset_code,
    "contact code": contact_code,
    "sign-up code": sign_up_code,
    "invitation sent": invitation_sent,
    "invitation received": invitation_received,
    "group invitation sent": group_invitation_sent,
    "group invitation received": group_invitation_received,
    "card made by her": card_made,
    "card made for her": card_received,
    "session": open_session,
    "sign-in under way": sign_in_under_way,
}


def finish_reset(world: World) -> None:
    """By another code than the one that is looked at."""
    assert with_code("reset", ask_reset(guest(), OWN, now()), lambda a: set_password(guest(), a.person_id, "new hash"))()


def withdraws_all(world: World) -> None:
    for row in db.session.scalars(select(Invitation.id)).all():
        withdraw_invitation(actor(world.chair), world.ours, row)


def revokes_all(world: World) -> None:
    for row in db.session.scalars(select(GroupInvitation)).all():
        revoke_invitation(actor(row.invited_by), row.group_id, row.id)


CODES = {"reset code", "contact code", "sign-in under way", "card made for her"}
SENT = {"invitation sent", "group invitation sent", "card made by her"}
# {what happens: (how, the secrets that die with it)}; every other one lives.
EVENTS: dict[str, tuple[Callable[[World], object], set[str]]] = {
    "nothing": (lambda world: None, set()),
    "a contact is removed": (
        lambda world: remove_own_contact(actor(world.zahra), world.old),
        CODES | {"sign-up code", "invitation received", "group invitation received"},
    ),
    "the password is changed": (
        lambda world: set_password(actor(world.zahra), world.zahra, "new hash"),
        CODES | SENT | {"session"},
    ),
    "a reset is finished": (finish_reset, CODES | SENT | {"session"}),
    "a role is given": (
        lambda world: set_roles(actor(world.chair), world.ours, world.zahra, ["chair", "seller", "packer"], now()),
        CODES,
    ),
    "another role is taken": (
        lambda world: set_roles(actor(world.chair), world.ours, world.zahra, ["chair"], now()),
        CODES | {"invitation received"},
    ),
    "the chair is taken": (
        lambda world: set_roles(actor(world.chair), world.ours, world.zahra, ["seller"], now()),
        CODES | {"invitation sent", "card made by her", "invitation received"},
    ),
    "she leaves": (
        lambda world: leave(actor(world.zahra), world.ours, now()),
        CODES | {"invitation sent", "card made by her", "invitation received"},
    ),
    "she is taken out of the group": (
        lambda world: remove_member(actor(world.chair), world.group, world.zahra),
        {"group invitation received"},
    ),
    "she becomes an operator": (lambda world: promote(SYSTEM, world.zahra, operator=True), CODES | {"session"}),
    "she becomes an instructor": (lambda world: promote(SYSTEM, world.zahra, instructor=True), CODES | {"session"}),
    "she is promoted to what she is": (lambda world: promote(SYSTEM, world.zahra, operator=False), set()),
    "the office ends her sessions": (lambda world: void_secrets("sessions-ended", world.zahra), CODES | {"session"}),
    "her second factor is taken away": (lambda world: void_secrets("factor-reset", world.zahra), CODES | {"session"}),
    "she is blocked": (lambda world: void_secrets("blocked", world.zahra), CODES | SENT | {"session"}),
    "invitations are withdrawn": (withdraws_all, {"invitation sent", "invitation received"}),
    "invitations of groups are taken back": (revokes_all, {"group invitation sent", "group invitation received"}),
    "her name and language change": (
        lambda world: (rename(actor(world.zahra), "Zahra B."), set_preferences(actor(world.zahra), "ar", {})),
        set(),
    ),
    "somebody else changes everything": (
        lambda world: (
            set_password(actor(world.other), world.other, "new hash"),
            promote(SYSTEM, world.other, operator=True),
            set_roles(actor(world.chair), world.ours, world.other, ["packer"], now()),
        ),
        set(),
    ),
}


def opened() -> list[Any]:
    """What a secret may change: passwords, contacts, places."""
    db.session.flush()
    columns = (Person.id, Person.password_hash, Person.name)
    return [
        db.session.execute(select(*columns).order_by(Person.id)).all(),
        db.session.execute(select(Contact.person_id, Contact.value).order_by(Contact.id)).all(),
        db.session.execute(select(Membership.person_id, Membership.role).order_by(Membership.id)).all(),
        db.session.execute(select(GroupMember.person_id, GroupMember.state).order_by(GroupMember.id)).all(),
    ]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_dies_with_what_it_hung_on_and_with_nothing_else(world: World, secret: str, event: str) -> None:
    happens, dying = EVENTS[event]
    with pytest.raises(Undone), transaction():
        use = SECRETS[secret](world)
        happens(world)
        before = opened()
        assert use() is (secret not in dying)
        if secret in dying:
            assert opened() == before
        raise Undone
    db.session.rollback()


def test_every_event_and_every_kind_of_the_rule_is_known() -> None:
    assert set().union(*DIES_WITH.values()) == set(VOIDERS)


def test_a_role_that_is_given_elsewhere_voids_the_codes_too(world: World) -> None:
    with pytest.raises(Undone), transaction():
        use = contact_code(world)
        invite(actor(world.chair), world.ours, THIRD, "treasurer", "a secret", "http://x", now())
        accept_invitation(actor(world.zahra), "a secret", now())
        assert not use()
        raise Undone
    db.session.rollback()


def test_a_role_that_is_taken_in_one_organisation_voids_nothing_of_another(world: World) -> None:
    chair, zahra = db.session.get_one(Person, world.chair), db.session.get_one(Person, world.zahra)
    elsewhere = a_cooperative("Elsewhere", chair=chair)
    joins(zahra, elsewhere, "chair")
    with pytest.raises(Undone), transaction():
        invite(actor(world.zahra), elsewhere.id, THIRD, "packer", "sent there", "http://x", now())
        invite(actor(world.chair), elsewhere.id, OLD, "packer", "received there", "http://x", now())
        set_roles(actor(world.chair), world.ours, world.zahra, [], now())
        assert accept_invitation(actor(world.other), "sent there", now()) == elsewhere.slug
        assert accept_invitation(actor(world.zahra), "received there", now()) == elsewhere.slug
        raise Undone
    db.session.rollback()


def test_a_letter_of_who_may_no_longer_invite_opens_nothing_even_if_its_row_stands(world: World) -> None:
    """What took the right away went past the voiding: the letter is looked at once more when it is used."""
    with pytest.raises(Undone), transaction():
        use = invitation_sent(world)
        hers = select(Membership).where(Membership.person_id == world.zahra, Membership.role == "chair")
        row = db.session.scalars(hers.where(Membership.organisation_id == world.ours)).one()
        db.session.delete(row)
        db.session.flush()
        assert not use()
        raise Undone
    db.session.rollback()


def taken(app: Flask, first: str) -> tuple[str, bool, bool]:
    """Somebody who reads the old mailbox finishes a reset in the moment in which its owner takes it off the account."""
    owner = a_person("Nadia", OWN.value, password_hash="the owner’s")
    with transaction() as session:
        old = Contact(person_id=owner.id, kind="mail", value=OLD.value, verified_at=now())
        session.add(old)
    with transaction():
        code_id = ask_reset(guest(), OLD, now())
    code, me, ready = last_code(), actor_of(owner), Barrier(2)

    def resets() -> bool:
        with app.app_context():
            ready.wait(5)
            with transaction():
                tried = try_code(code_id, "reset", code, now())
                if tried.asked is not None:
                    set_password(guest(), owner.id, "the thief’s")
            return tried.asked is not None

    def removes() -> bool:
        with app.app_context():
            ready.wait(5)
            with transaction():
                remove_own_contact(me, old.id)
                set_password(me, owner.id, "the owner’s new")
            return True

    with ThreadPoolExecutor(2) as both:
        reset, removed = [task.result() for task in [both.submit(resets), both.submit(removes)]]
    db.session.rollback()
    return db.session.get_one(Person, owner.id).password_hash or "", reset, removed


@pytest.mark.parametrize("number", range(4))
def test_a_reset_and_a_removal_at_the_same_moment_leave_the_account_to_its_owner(app: Flask, number: int) -> None:
    """Whoever is first: the owner's act is the last word, and no code of the old mailbox comes after it."""
    assert taken(app, "either")[0] == "the owner’s new"


def test_without_the_look_at_the_standing_the_account_would_be_taken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same story, and nothing but that look is missing."""
    monkeypatch.setattr("app.accounts.services.codes.still_stands", lambda person_id, standing: True)
    monkeypatch.setitem(VOIDERS, "codes-of-contact", lambda change: None)
    owner = a_person("Nadia", OWN.value, password_hash="the owner’s")
    with transaction() as session:
        old = Contact(person_id=owner.id, kind="mail", value=OLD.value, verified_at=now())
        session.add(old)
    with transaction():
        use = with_code(
            "reset", ask_reset(guest(), OLD, now()), lambda asked: set_password(guest(), asked.person_id, "the thief’s")
        )
    with transaction():
        remove_own_contact(actor_of(owner), old.id)
        set_password(actor_of(owner), owner.id, "the owner’s new")
    with transaction():
        assert use()
    assert db.session.get_one(Person, owner.id).password_hash == "the thief’s"


ACTS = {"delete(Contact)", "delete(Membership)", "Membership()", "password_hash =", "is_operator =", "is_instructor ="}
NEW_PEOPLE = {
    "register_verified_organisation": "the office puts in who is there already; nobody has been sent anything yet",
    "add_person_met": "the account is made in this very moment; its first card is written after it",
}


def acts_of(function: ast.FunctionDef) -> set[str]:
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            argument = node.args[0] if node.args else None
            found.add(f"{node.func.id}({argument.id if isinstance(argument, ast.Name) else ''})")
        if isinstance(node, ast.Assign):
            found |= {f"{target.attr} =" for target in node.targets if isinstance(target, ast.Attribute)}
    return found


def test_every_service_that_takes_a_way_in_or_a_right_goes_through_the_one_function() -> None:
    unvoided, seen = [], set()
    for path in sorted(Path(services.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and acts_of(node) & ACTS:
                seen |= acts_of(node) & ACTS
                names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                if "void_secrets" not in names:
                    unvoided.append(node.name)
    assert seen == ACTS
    assert sorted(unvoided) == sorted(NEW_PEOPLE)
