"""People: the visitor a session belongs to, names, contacts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select

from app.accounts.models import Contact, Membership, Organisation, OrganisationText, Person
from app.accounts.rules.entry_cards import NUMBER
from app.accounts.rules.factors import DUTIES, grace_ends
from app.accounts.rules.notices import LETTERS_TO, NOTICE_CHANNELS
from app.engines.db import db, execute
from app.kernel.contacts import MAIL, ContactValue
from app.kernel.text import best_language


@dataclass(frozen=True)
class Workplace:
    """An organisation a person belongs to, with the roles held there."""

    id: int
    slug: str
    name: str
    kind: str
    state: str
    territory: str
    roles: frozenset[str]
    duty_since: datetime | None  # since when a role is held there that needs a second factor


@dataclass(frozen=True)
class PersonCard:
    """What a session needs to know of its person.

    `grace_ends` is when the days to set up a second factor are (or were) over, None without a role that needs one.
    """

    id: int
    name: str
    language: str
    is_operator: bool
    is_instructor: bool
    is_demo: bool
    secured: bool
    grace_ends: datetime | None
    workplaces: tuple[Workplace, ...]


@dataclass(frozen=True)
class ContactLine:
    """A way to reach a person; `kind` is mail or phone."""

    id: int
    kind: str
    value: str
    verified_at: datetime | None


VISITOR = select(
    Person.id,
    Person.name,
    Person.language,
    Person.is_operator,
    Person.is_instructor,
    Person.is_demo,
    Person.secured_at,
    Person.grace_from,
    Person.created_at,
).where(Person.id == bindparam("person"), Person.blocked_at.is_(None))
WORKPLACES = (
    select(
        Organisation.id,
        Organisation.slug,
        Organisation.kind,
        Organisation.state,
        Organisation.territory,
        Membership.role,
        Membership.since,
        OrganisationText.language,
        OrganisationText.name,
        OrganisationText.source,
    )
    .join(Membership, Membership.organisation_id == Organisation.id)
    .outerjoin(OrganisationText, OrganisationText.organisation_id == Organisation.id)
    .where(Membership.person_id == bindparam("person"))
    .order_by(Membership.id)
)


def load_visitor(person_id: int, language: str) -> PersonCard | None:
    """The person and the places they work in, names in the language; two statements. None when there is no such person,
    or the office has blocked the account.
    """
    row = execute(VISITOR, {"person": person_id}).first()
    if row is None:
        return None
    workplaces = workplaces_of(person_id, language)
    duties = [place.duty_since for place in workplaces if place.duty_since is not None]
    ends = grace_ends([*duties, row.created_at] if row.is_operator else duties, row.grace_from)
    who = row.id, row.name, row.language, row.is_operator, row.is_instructor, row.is_demo
    return PersonCard(*who, row.secured_at is not None, ends, workplaces)


def workplaces_of(person_id: int, language: str) -> tuple[Workplace, ...]:
    """The organisations a person belongs to, oldest membership first; one statement."""
    rows = execute(WORKPLACES, {"person": person_id}).all()
    organisations: dict[int, tuple[str, str, str, str]] = {}
    roles: dict[int, set[str]] = {}
    duties: dict[int, datetime] = {}
    names: dict[int, dict[str, str]] = {}
    sources: dict[int, str] = {}
    for id_, slug, kind, state, territory, role, since, spoken, name, source in rows:
        organisations.setdefault(id_, (slug, kind, state, territory))
        roles.setdefault(id_, set()).add(role)
        if role in DUTIES:
            duties[id_] = min(since, duties.get(id_, since))
        if spoken is not None:
            names.setdefault(id_, {})[spoken] = name
            if source:
                sources[id_] = spoken
    return tuple(
        Workplace(
            id_,
            slug,
            _said(names.get(id_, {}), language, sources.get(id_), slug),
            kind,
            state,
            territory,
            frozenset(roles[id_]),
            duties.get(id_),
        )
        for id_, (slug, kind, state, territory) in organisations.items()
    )


def _said(names: Mapping[str, str], wanted: str, source: str | None, otherwise: str) -> str:
    spoken = best_language(names, wanted, source)
    return names[spoken] if spoken else otherwise


def person_name(person_id: int) -> str:
    """The name of one person, or an empty text."""
    return person_names([person_id]).get(person_id, "")


def person_names(person_ids: Sequence[int]) -> dict[int, str]:
    """{id: name} of the people that exist."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(set(person_ids))))
    return dict(rows.all())


def contacts_of(person_id: int, verified: bool = True) -> list[ContactLine]:
    """The ways to reach a person, verified ones only unless asked otherwise; mail first, then oldest first."""
    statement = select(Contact.id, Contact.kind, Contact.value, Contact.verified_at).where(Contact.person_id == person_id)
    if verified:
        statement = statement.where(Contact.verified_at.is_not(None))
    return [ContactLine(*row) for row in db.session.execute(statement.order_by(Contact.kind, Contact.id))]


def sign_in_name(person_id: int) -> str:
    """By what a person signs in, as apps and passkeys note it: the first contact, else the number of the entry card."""
    first = next((line.value for line in contacts_of(person_id)), None)
    return first or db.session.scalar(select(Person.sign_in_number).where(Person.id == person_id)) or ""


@dataclass(frozen=True)
class Known:
    """The person behind a contact, for signing in and for codes."""

    id: int
    name: str
    language: str
    password_hash: str | None
    is_operator: bool
    standing: int


_KNOWN = (Person.id, Person.name, Person.language, Person.password_hash, Person.is_operator, Person.standing)


def person_with_contact(contact: ContactValue) -> Known | None:
    """The person a verified contact belongs to, or the number of an entry card."""
    if contact.kind == NUMBER:
        numbered = db.session.execute(select(*_KNOWN).where(Person.sign_in_number == contact.value)).first()
        return None if numbered is None else Known(*numbered)
    row = db.session.execute(
        select(*_KNOWN)
        .join(Contact)
        .where(Contact.kind == contact.kind, Contact.value == contact.value, Contact.verified_at.is_not(None))
    ).first()
    return None if row is None else Known(*row)


def person_of(person_id: int) -> Known | None:
    """One person as signing in needs it."""
    row = db.session.execute(select(*_KNOWN).where(Person.id == person_id)).first()
    return None if row is None else Known(*row)


@dataclass(frozen=True)
class Reached:
    """A verified contact of a person, with the language the person reads."""

    person_id: int
    kind: str
    value: str
    language: str


def reach(person_ids: Iterable[int]) -> list[Reached]:
    """Every verified contact of these people, in a steady order."""
    rows = db.session.execute(
        select(Person.id, Contact.kind, Contact.value, Person.language)
        .join(Contact)
        .where(Person.id.in_(set(person_ids)), Contact.verified_at.is_not(None))
        .order_by(Person.id, Contact.id)
    )
    return [Reached(*row) for row in rows]


def preferences_of(person_id: int) -> Mapping[str, list[str]]:
    """{channel: notice kinds that are off}."""
    return _off(db.session.scalar(select(Person.preferences).where(Person.id == person_id)) or {})


def _off(kept: Mapping[str, Any]) -> dict[str, list[str]]:
    return {channel: list(kept.get(channel, [])) for channel in NOTICE_CHANNELS}


def chosen_contact(person_id: int) -> int | None:
    """The contact that letters go to, where the person has chosen one and still has it."""
    kept = db.session.scalar(select(Person.preferences).where(Person.id == person_id)) or {}
    return next((line.id for line in contacts_of(person_id) if line.id == kept.get(LETTERS_TO)), None)


@dataclass(frozen=True)
class Wishes:
    """How a person wants to be told: the language, their verified contacts in the order in which they want letters, and
    {channel: notice kinds that are off}."""

    language: str
    contacts: tuple[ContactValue, ...]
    off: Mapping[str, list[str]]

    def letter_to(self, topic: str | None) -> ContactValue | None:
        """The contact that a letter goes to: the first whose channel is not off. Without a topic none is."""
        return next((one for one in self.contacts if topic not in self.off.get(one.kind, ())), None)


WISHES = (
    select(Person.id, Person.language, Person.preferences, Contact.id.label("contact"), Contact.kind, Contact.value)
    .outerjoin(Contact, (Contact.person_id == Person.id) & Contact.verified_at.is_not(None))
    .where(Person.id.in_(bindparam("people", expanding=True)), Person.erased_at.is_(None))
    .order_by(Person.id, Contact.kind, Contact.id)
)


def wishes_of(person_id: int) -> Wishes | None:
    """One statement. None for nobody, and for somebody who was erased; without contacts for who came by an entry card."""
    return wishes_of_each([person_id]).get(person_id)


def wishes_of_each(person_ids: Sequence[int]) -> dict[int, Wishes]:
    """How each of them wants to be told; one statement for all.

    Letters go to the contact that was chosen, else to a mail address before a phone, the oldest first.
    """
    rows = execute(WISHES, {"people": list(person_ids)}).all()
    wishes = {}
    for id_, (first, *more) in ((id_, list(theirs)) for id_, theirs in groupby(rows, key=lambda row: row.id)):
        chosen = first.preferences.get(LETTERS_TO)
        inner = sorted((row for row in (first, *more) if row.contact is not None), key=lambda row: row.contact != chosen)
        contacts = tuple(ContactValue(row.kind, row.value) for row in inner)
        wishes[id_] = Wishes(first.language, contacts, _off(first.preferences))
    return wishes


def operator_ids() -> list[int]:
    """The people of the office, in a steady order."""
    return list(db.session.scalars(select(Person.id).where(Person.is_operator).order_by(Person.id)))


def there_is_an_operator() -> bool:
    return db.session.scalar(select(Person.id).where(Person.is_operator).limit(1)) is not None


@dataclass(frozen=True)
class DemoPerson:
    """A person of the demo who is signed in by one click; `key` is the word before the @."""

    id: int
    key: str
    name: str


def demo_people(domain: str) -> list[DemoPerson]:
    """The demo's people whose address is of the domain, in the order they were made."""
    rows = db.session.execute(
        select(Person.id, Contact.value, Person.name)
        .join(Contact)
        .where(Person.is_demo, Contact.kind == MAIL, Contact.value.endswith(f"@{domain}", autoescape=True))
        .order_by(Person.id)
        .limit(50)
    )
    return [DemoPerson(id_, value.partition("@")[0], name) for id_, value, name in rows]
