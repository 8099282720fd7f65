"""Entry cards: an account for somebody without mail who was met in person, a new card for a lost one, coming in by it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import gateway
from app.accounts.models import Contact, EntryCard, Membership, Organisation, Person
from app.accounts.permissions import HEADS, require_operator, require_roles
from app.accounts.rules.entry_cards import CARD_LIFE, CARD_ROLES, CARD_TRIES, card_reason
from app.accounts.rules.passwords import person_name
from app.accounts.services.organisations import locked_organisation
from app.accounts.services.people import set_password
from app.accounts.services.secrets import locked_person
from app.engines.crash_points import crash_point
from app.engines.db import db, rows_changed
from app.engines.journal import record
from app.kernel.actor import Actor, require_person
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import LANGUAGES


@dataclass(frozen=True)
class Met:
    """Who was met, and how the maker knows who it is; `phone` is E.164, to call by alone.

    `organisation_id` with `role`: whose chair makes the card; without them it is the office.
    """

    name: str
    language: str
    reason: str
    phone: str | None = None
    organisation_id: int | None = None
    role: str | None = None


@dataclass(frozen=True)
class FreshCard:
    """A card as it is shown this once: the number to sign in with, the one-time code, and until when it opens."""

    person_id: int
    name: str
    language: str
    number: str
    code: str
    expires_at: datetime


def add_person_met(actor: Actor, met: Met, form_key: str, moment: datetime) -> FreshCard:
    """An account without a contact, a role in the chair's organisation, and its first card. Raises Refusal.

    The same form sent again is refused: Conflict("card-made-already").
    """
    _require_maker(actor, met.organisation_id)
    if met.language not in LANGUAGES:
        raise Invalid("language-unknown", "language")
    if met.organisation_id is not None and met.role not in CARD_ROLES:
        raise Invalid("choose-one", "role")
    person = Person(
        name=person_name(met.name),
        language=met.language,
        password_hash=None,
        sign_in_number=_free_number(),
        is_operator=False,
        is_instructor=False,
        is_demo=False,
        preferences={},
        standing=0,
        created_at=moment,
    )
    db.session.add(person)
    db.session.flush()
    if met.organisation_id is not None:
        role = Membership(organisation_id=met.organisation_id, person_id=person.id, role=met.role, since=moment)
        db.session.add(role)
    record(actor, "add-person", "person", person.id)
    crash_point("person-met-half-added")
    return _card(actor, person, met.organisation_id, met.reason, met.phone, form_key, moment)


def renew_card(
    actor: Actor, person_id: int, organisation_id: int | None, reason: str, form_key: str, moment: datetime
) -> FreshCard:
    """A card in place of the one before, which is void; with it the person chooses a new password.

    A chair does it for members of this organisation alone, who hold no rights beyond what a card may give; the office for
    everybody without a contact. Raises Refusal.
    """
    _require_maker(actor, organisation_id)
    person = locked_person(person_id)
    if organisation_id is None and actor.person_id == person_id:
        raise Conflict("not-about-yourself")
    held = db.session.execute(
        select(Membership.organisation_id, Membership.role).where(Membership.person_id == person_id)
    ).all()
    if organisation_id is not None and organisation_id not in {place for place, _role in held}:
        raise NotFound()
    if person.erased_at is not None:
        raise NotFound()
    if _has_contact(person_id):
        raise Conflict("card-has-contact")
    beyond = any(place != organisation_id or role not in CARD_ROLES for place, role in held)
    if organisation_id is not None and (person.is_operator or person.is_instructor or beyond):
        raise Conflict("card-by-office")
    earlier = db.session.get(EntryCard, person_id)
    phone = earlier.phone if earlier is not None else None
    if earlier is not None and earlier.form_key == form_key:
        raise Conflict("card-made-already")
    db.session.execute(delete(EntryCard).where(EntryCard.person_id == person_id))
    return _card(actor, person, organisation_id, reason, phone, form_key, moment)


def _require_maker(actor: Actor, organisation_id: int | None) -> None:
    """The office, or the chair of a verified organisation, which is locked."""
    require_person(actor)
    if organisation_id is None:
        require_operator(actor)
        return
    require_roles(actor, organisation_id, *HEADS)
    locked_organisation(organisation_id)
    state = db.session.scalar(select(Organisation.state).where(Organisation.id == organisation_id))
    if state != "verified":
        raise Conflict("card-when-verified")


def _has_contact(person_id: int) -> bool:
    return bool(db.session.scalar(select(func.count()).where(Contact.person_id == person_id)))


def _free_number() -> str:
    while True:
        number = gateway.new_sign_in_number()
        if db.session.scalar(select(Person.id).where(Person.sign_in_number == number)) is None:
            return number


def _card(
    actor: Actor,
    person: Person,
    organisation_id: int | None,
    reason: str,
    phone: str | None,
    form_key: str,
    moment: datetime,
) -> FreshCard:
    code, number = gateway.new_card_code(), person.sign_in_number
    if number is None:
        raise NotFound()
    row = EntryCard(
        person_id=person.id,
        form_key=form_key,
        code_hash=_hashed(number, code),
        made_by=require_person(actor),
        organisation_id=organisation_id,
        reason=card_reason(reason),
        phone=phone,
        standing=person.standing,
        void=False,
        wrong_tries=0,
        made_at=moment,
        expires_at=moment + CARD_LIFE,
        used_at=None,
    )
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError:  # the same form, sent a moment before
        raise Conflict("card-made-already") from None
    record(actor, "make-entry-card", "person", person.id, organisation=organisation_id or 0)
    return FreshCard(person.id, person.name, person.language, number, code, row.expires_at)


def _hashed(number: str, code: str) -> str:
    return gateway.keyed("entry-card", number, code)


def use_card(actor: Actor, number: str, code: str, password_hash: str, moment: datetime) -> int | None:
    """The card is used up, and its person has this password; returns the person, None when the card opens nothing.

    A try is charged first. Never raises: a wrong try must stay counted.
    """
    person_id = db.session.scalar(select(Person.id).where(Person.sign_in_number == number))
    if person_id is None:
        return None
    person = locked_person(person_id)
    charged = rows_changed(
        update(EntryCard)
        .where(
            EntryCard.person_id == person_id,
            EntryCard.used_at.is_(None),
            ~EntryCard.void,
            EntryCard.standing == person.standing,
            EntryCard.expires_at > moment,
            EntryCard.wrong_tries < CARD_TRIES,
        )
        .values(wrong_tries=EntryCard.wrong_tries + 1)
        .execution_options(synchronize_session=False)
    )
    row = db.session.scalar(
        select(EntryCard).where(EntryCard.person_id == person_id).execution_options(populate_existing=True)
    )
    if charged != 1 or row is None or row.code_hash != _hashed(number, code) or not _may_still(row):
        record(actor, "refuse-entry-card", "person", person_id)
        return None
    row.used_at = moment
    record(actor, "use-entry-card", "person", person_id)
    crash_point("entry-card-half-used")
    set_password(actor, person_id, password_hash)
    return person_id


def _may_still(card: EntryCard) -> bool:
    """Is who made it still entitled to?"""
    heads = select(Membership.id).where(
        Membership.organisation_id == card.organisation_id,
        Membership.person_id == card.made_by,
        Membership.role.in_(HEADS),
    )
    office = select(Person.id).where(Person.id == card.made_by, Person.is_operator)
    return db.session.scalar(office if card.organisation_id is None else heads) is not None
