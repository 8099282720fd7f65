"""Entry cards as their makers see them: never the code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.accounts.models import Contact, EntryCard, Person
from app.accounts.rules.entry_cards import card_state
from app.engines.db import db


@dataclass(frozen=True)
class CardLine:
    """The latest card of somebody who signs in by a number; `state` is one of rules.CARD_STATES."""

    person_id: int
    number: str
    state: str
    reason: str
    phone: str | None
    maker: str
    made_at: datetime
    expires_at: datetime
    reached: bool  # the person has a contact meanwhile, and needs no further card


def cards_of(person_ids: Iterable[int], moment: datetime) -> dict[int, CardLine]:
    """{person: their latest card}, for those who were given one; one statement."""
    maker = aliased(Person)
    reached = select(Contact.id).where(Contact.person_id == Person.id).exists()
    rows = db.session.execute(
        select(EntryCard, Person.sign_in_number, Person.standing, maker.name, reached)
        .join(Person, Person.id == EntryCard.person_id)
        .join(maker, maker.id == EntryCard.made_by)
        .where(EntryCard.person_id.in_(set(person_ids)), Person.sign_in_number.is_not(None))
    )
    return {
        card.person_id: CardLine(
            card.person_id,
            number or "",
            card_state(card.used_at, card.expires_at, card.wrong_tries, not card.void and card.standing == standing, moment),
            card.reason,
            card.phone,
            made_by,
            card.made_at,
            card.expires_at,
            has_contact,
        )
        for card, number, standing, made_by, has_contact in rows
    }


def never_used(before: datetime) -> list[int]:
    """Who was given their latest card before then, and has neither come in by any nor been given another way in."""
    reached = select(Contact.id).where(Contact.person_id == Person.id).exists()
    return list(
        db.session.scalars(
            select(Person.id)
            .join(EntryCard, EntryCard.person_id == Person.id)
            .where(EntryCard.made_at < before, Person.password_hash.is_(None), Person.erased_at.is_(None), ~reached)
            .order_by(Person.id)
        )
    )


def number_of(person_id: int) -> str | None:
    """The number by which somebody signs in who was given a card."""
    return db.session.scalar(select(Person.sign_in_number).where(Person.id == person_id))
