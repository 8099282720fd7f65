"""An account that was made by an entry card and that nobody ever used goes after a set time, and no other."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.jobs import forget_unused_cards
from app.accounts.models import Contact, EntryCard, Membership, Organisation, Person
from app.accounts.queries.invariants import broken_accounts
from app.accounts.services.entry_cards import FreshCard, Met, add_person_met, renew_card, use_card
from app.accounts.services.erasure import erase_never_used
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, guest
from app.kernel.clock import now
from app.settings import SettingsError, read_settings
from tests.builders.accounts import a_cooperative, a_person, actor_of

KEPT = timedelta(days=90)
WHY = "came to our workshop"


@pytest.fixture
def chair(app: Flask) -> Person:
    person = a_person("Zahra", "zahra@example.org")
    a_cooperative(chair=person, slug="ours")
    return person


def place() -> int:
    return db.session.scalars(select(Organisation.id)).one()


def made(chair: Person, name: str = "Itto") -> FreshCard:
    with transaction():
        return add_person_met(actor_of(chair), Met(name, "ar", WHY, "+212612345678", place(), "packer"), name, now())


def there() -> dict[str, bool]:
    """{person: are they a member still}, of whoever is not erased."""
    db.session.rollback()
    members = set(db.session.scalars(select(Membership.person_id)))
    people = db.session.execute(select(Person.name, Person.id).where(Person.erased_at.is_(None)))
    return {name: person_id in members for name, person_id in people}


def test_it_goes_with_card_role_and_name_ninety_days_after_its_card(chair: Person) -> None:
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as clock:
        card = made(chair)
        clock.shift(KEPT)
        forget_unused_cards()
        assert there() == {"Zahra": True, "Itto": True}
        clock.shift(timedelta(seconds=1))
        forget_unused_cards()
        assert there() == {"Zahra": True}
        forget_unused_cards()
    person = db.session.get_one(Person, card.person_id)
    assert "Itto" not in person.name
    assert person.sign_in_number is None
    assert db.session.scalars(select(EntryCard)).all() == []
    lines = db.session.scalars(select(JournalLine).where(JournalLine.verb == "erase")).all()
    assert [(line.actor_kind, line.subject_id) for line in lines] == [("system", person.id)]
    assert list(broken_accounts()) == []


# What keeps an account, on the last day of its card's time.
KEEPS = ("came in", "came in, and has a new card", "has a later card", "has a contact")


@pytest.mark.parametrize("why", KEEPS)
def test_who_came_in_or_may_still_come_in_stays(chair: Person, why: str) -> None:
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as clock:
        card = made(chair)
        if why.startswith("came in"):
            with transaction():
                assert use_card(guest(), card.number, card.code, "a hash", now()) == card.person_id
        if why.endswith("a new card"):
            with transaction():
                renew_card(actor_of(chair), card.person_id, place(), WHY, "another", now())
        if why == "has a contact":
            with transaction() as session:
                session.add(Contact(person_id=card.person_id, kind="mail", value="itto@example.org", verified_at=now()))
        clock.shift(KEPT)
        if why == "has a later card":
            with transaction():
                renew_card(actor_of(chair), card.person_id, place(), WHY, "another", now())
        clock.shift(timedelta(days=1))
        forget_unused_cards()
        assert there() == {"Zahra": True, "Itto": True}
        assert db.session.get(EntryCard, card.person_id) is not None


def test_who_comes_in_at_the_last_moment_stays(chair: Person) -> None:
    """Between the list of whom to erase and the act: it asks once more, with the person locked."""
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as clock:
        card = made(chair)
        with transaction():
            use_card(guest(), card.number, card.code, "a hash", now())
        clock.shift(2 * KEPT)
        with transaction():
            assert erase_never_used(SYSTEM, card.person_id, "counted", now() - KEPT, now()) is False
        assert there() == {"Zahra": True, "Itto": True}


def test_the_time_is_set_and_no_shorter_than_a_card_opens(
    app: Flask, chair: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_settings({}, KEEP_UNUSED_CARDS_DAYS=14).KEEP_UNUSED_CARDS_DAYS == 14
    with pytest.raises(SettingsError):
        read_settings({}, KEEP_UNUSED_CARDS_DAYS=13)
    monkeypatch.setitem(app.config, "KEEP_UNUSED_CARDS_DAYS", 14)
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as clock:
        made(chair)
        clock.shift(timedelta(days=14, seconds=1))
        forget_unused_cards()
        assert there() == {"Zahra": True}
