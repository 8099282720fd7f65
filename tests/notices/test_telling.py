"""Telling people: once for each event and person, on the screen and by one letter, in their language, whatever happens."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Contact, Person
from app.accounts.services.entry_cards import Met, add_person_met
from app.accounts.services.erasure import erase_person
from app.accounts.services.people import remove_own_contact, set_preferences
from app.engines.db import db
from app.engines.language import translate
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.kernel.errors import Invalid, NotFound
from app.notices.models import Notice
from app.notices.services import Reader, Words, tell
from orders.services.letters import BOUGHT, RECEIVED
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.dying import killed_at
from tests.builders.orders import a_purchase, a_variant, orders_of, takes
from tests.engines.together import at_once

PAGE = "/fr/orders/T1"


def words(language: str) -> Words:
    return Words(translate("Your order %(number)s is packed", number="T1"), ["…"], f"/{language}/orders/T1")


def told(reader: Reader, kind: str = BOUGHT, event: str = "order:1:2:pack") -> Callable[[], bool]:
    def act() -> bool:
        with transaction():
            return tell(kind, event, reader, words)

    return act


def on_screen(person: Person | None = None) -> list[tuple[int, str, str, str]]:
    db.session.rollback()
    rows = select(Notice.person_id, Notice.subject, Notice.path, Notice.language).order_by(Notice.id)
    if person is not None:
        rows = rows.where(Notice.person_id == person.id)
    return [tuple(row) for row in db.session.execute(rows)]


def letters() -> list[tuple[str, str, str]]:
    db.session.rollback()
    return [
        tuple(row)
        for row in db.session.execute(select(Letter.channel, Letter.recipient, Letter.subject).order_by(Letter.id))
    ]


def also(person: Person, kind: str, value: str) -> None:
    with transaction() as session:
        session.add(Contact(person_id=person.id, kind=kind, value=value, verified_at=now()))


def wants_no(person: Person, *channels: str) -> None:
    with transaction():
        set_preferences(actor_of(person), person.language, {channel: ["orders"] for channel in channels})


SAID = {"fr": "Votre commande T1 est emballée", "ar": "تم تعبئة طلبيتكم T1", "en": "Your order T1 is packed"}


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_a_person_is_told_on_the_screen_and_by_one_letter_in_their_language(app: Flask, language: str) -> None:
    person = a_person("Amina", "amina@example.org", language=language)
    also(person, "phone", "+212612345678")
    told(Reader(person.id))()
    ((_person, subject, path, spoken),) = on_screen()
    assert (path, spoken) == (f"/{language}/orders/T1", language)
    assert letters() == [("mail", "amina@example.org", subject)]
    assert (subject == "Your order T1 is packed") == (language == "en")


def test_an_event_is_told_once_however_often_and_by_how_many_at_once(app: Flask) -> None:
    person, other = (
        a_person("Amina", "amina@example.org", language="en"),
        a_person("Omar", "omar@example.org", language="en"),
    )
    assert at_once(app, [told(Reader(person.id))] * 5) == [True] * 5
    told(Reader(person.id))()
    also(person, "mail", "second@example.org")
    chooses(person, db.session.scalars(select(Contact.id).where(Contact.value == "second@example.org")).one())
    told(Reader(person.id))()
    chooses(person, None)
    assert on_screen(person) == [(person.id, "Your order T1 is packed", "/en/orders/T1", "en")]
    told(Reader(other.id))()
    told(Reader(person.id), event="order:1:3:ship")()
    assert len(on_screen()) == 3
    assert [recipient for _channel, recipient, _subject in letters()] == [
        "amina@example.org",
        "omar@example.org",
        "amina@example.org",
    ]


def test_what_is_undone_was_told_to_nobody(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org")
    with pytest.raises(Invalid), transaction():
        tell(BOUGHT, "order:1:2:pack", Reader(person.id), words)
        raise Invalid("action-unknown")
    assert (on_screen(), letters()) == ([], [])
    told(Reader(person.id))()
    assert (len(on_screen()), len(letters())) == (1, 1)


def test_who_has_no_account_gets_the_letter_alone_and_once(app: Flask) -> None:
    guest = Reader(None, ContactValue("mail", "guest@example.org"), "en")
    assert [told(guest)(), told(guest)()] == [True, True]
    assert on_screen() == []
    assert letters() == [("mail", "guest@example.org", "Your order T1 is packed")]


def test_a_contact_given_for_this_one_thing_gets_the_letter_in_its_language(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org", language="fr")
    told(Reader(person.id, ContactValue("mail", "work@example.org"), "en"))()
    ((_person, subject, path, language),) = on_screen()
    assert (path, language) == (PAGE, "fr")
    assert subject != "Your order T1 is packed"
    assert letters() == [("mail", "work@example.org", "Your order T1 is packed")]


def test_letters_turned_off_leave_the_screen_and_the_other_channel(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org", language="en")
    also(person, "phone", "+212612345678")
    wants_no(person, "mail")
    told(Reader(person.id), RECEIVED, "order:1:placed")()
    assert [one[:2] for one in letters()] == [("phone", "+212612345678")]
    wants_no(person, "mail", "phone")
    told(Reader(person.id), RECEIVED, "order:2:placed")()
    assert len(letters()) == 1
    assert len(on_screen()) == 2


def chooses(person: Person, contact_id: int | None) -> None:
    with transaction():
        set_preferences(actor_of(person), person.language, {}, contact_id)


def test_the_letter_goes_to_the_chosen_contact_while_the_person_has_it(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org", language="en")
    also(person, "phone", "+212612345678")
    also(person, "mail", "second@example.org")
    ids = dict(db.session.execute(select(Contact.value, Contact.id)).all())
    for number, (chosen, reached) in enumerate(
        [
            ("second@example.org", "second@example.org"),
            ("+212612345678", "+212612345678"),
            ("", "amina@example.org"),
            ("second@example.org", "second@example.org"),
        ]
    ):
        chooses(person, ids.get(chosen))
        told(Reader(person.id), event=f"order:{number}")()
        assert letters()[-1][1] == reached
    with transaction():
        remove_own_contact(actor_of(person), ids["second@example.org"])
    told(Reader(person.id), event="order:9")()
    assert letters()[-1][1] == "amina@example.org"
    assert db.session.get_one(Person, person.id).preferences == {"mail": [], "phone": []}


def test_nobody_chooses_a_contact_of_somebody_else(app: Flask) -> None:
    person, other = a_person("Amina"), a_person("Omar", "omar@example.org")
    theirs = db.session.scalars(select(Contact.id).where(Contact.person_id == other.id)).one()
    with pytest.raises(NotFound):
        chooses(person, theirs)
    assert db.session.get_one(Person, person.id).preferences == {}


def test_letters_about_ones_own_orders_cannot_be_turned_off(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org", language="en")
    wants_no(person, "mail", "phone")
    told(Reader(person.id), BOUGHT)()
    assert letters() == [("mail", "amina@example.org", "Your order T1 is packed")]


def test_a_secret_is_in_the_letter_alone(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org", language="en")
    with transaction():
        tell(BOUGHT, "code:1", Reader(person.id, ContactValue("mail", "amina@example.org"), "en"), words, secret=True)
    assert on_screen() == []
    assert len(letters()) == 1


def test_told_and_killed_half_way_it_is_told_once_the_next_time(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org", language="en")
    assert killed_at(app, "notice-half-told", told(Reader(person.id)))
    assert (on_screen(), letters()) == ([], [])
    assert not killed_at(app, "no such point", told(Reader(person.id)))
    told(Reader(person.id))()
    assert len(on_screen()) == 1
    assert letters() == [("mail", "amina@example.org", "Your order T1 is packed")]


def test_who_was_erased_is_told_nothing(app: Flask) -> None:
    person = a_person("Amina", "amina@example.org")
    with transaction():
        erase_person(SYSTEM, person.id, "counted", now())
    told(Reader(person.id))()
    assert (on_screen(), letters()) == ([], [])


def test_who_came_by_an_entry_card_is_told_on_the_screen_and_by_no_letter(app: Flask) -> None:
    office = actor_of(an_operator())
    with transaction():
        person_id = add_person_met(office, Met("Itto", "ar", "came to the office"), "a form", now()).person_id
    told(Reader(person_id))()
    assert [(who, language) for who, _subject, _path, language in on_screen()] == [(person_id, "ar")]
    assert letters() == []


def test_buyer_and_cooperative_are_told_of_an_order_and_nobody_else(app: Flask) -> None:
    chair, seller, packer, buyer, stranger = (
        a_person(name, language="en") for name in ("Chair", "Seller", "Packer", "Buyer", "Stranger")
    )
    house = a_cooperative("Tifawin", chair=chair, slug="tifawin")
    joins(seller, house, "seller")
    joins(packer, house, "packer")
    purchase = a_purchase({a_variant(house.id): 1}, "cash", actor_of(buyer), mail="buyer@example.org")
    order = orders_of(purchase)[0]
    for person in (chair, seller):
        assert on_screen(person) == [
            (person.id, f"New order {order.number}", f"/en/sell/tifawin/orders/{order.number}", "en")
        ]
    takes(actor_of(chair), order, "accept")
    assert [row[1] for row in on_screen(buyer)] == [
        f"Your order {purchase.number} is confirmed",
        f"Tifawin has accepted your order {order.number}",
    ]
    assert on_screen(packer) == on_screen(stranger) == []
    assert all("key=" not in row[2] for row in on_screen())
