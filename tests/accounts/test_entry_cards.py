"""Entry cards: somebody without mail, met in person, comes in; whoever should not, does not."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Contact, EntryCard, Membership, Organisation, Person
from app.accounts.queries import wishes_of
from app.accounts.queries.invariants import broken_accounts
from app.accounts.rules.entry_cards import number_typed
from app.accounts.services.entry_cards import FreshCard, Met, add_person_met, renew_card, use_card
from app.accounts.services.erasure import erase_person
from app.accounts.services.people import promote
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, guest
from app.kernel.clock import now
from app.kernel.contacts import phone_value
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from app.territories.loading import territories
from tests.accounts.conftest import PASSWORD
from tests.browsing import post, sign_in, sign_out, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.dying import killed_at

WHY = "came to our workshop"
CODE = re.compile(r"\b\d{5} \d{5}\b")
NUMBER = re.compile(r"\b[1-9]\d{3} \d{4}\b")


@pytest.fixture
def chair(app: Flask) -> Person:
    person = a_person("Zahra")
    a_cooperative(chair=person, slug="ours")
    return person


def place_of(chair: Person) -> int:
    return db.session.scalars(select(Membership.organisation_id).where(Membership.person_id == chair.id)).first() or 0


def made(chair: Person, name: str = "Itto", role: str = "packer", key: str = "a form") -> FreshCard:
    with transaction():
        return add_person_met(actor_of(chair), Met(name, "ar", WHY, None, place_of(chair), role), key, now())


def used(card: FreshCard, code: str = "", hashed: str = "a hash") -> int | None:
    with transaction():
        return use_card(guest(), card.number, code or card.code, hashed, now())


def rows() -> list[int]:
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Person, EntryCard, Membership)]


def told(client: FlaskClient, **fields: str) -> Any:
    given = {"name": "Itto", "language": "fr", "reason": WHY, "role": "member", "form_key": "one form", **fields}
    return post(client, "/fr/sell/ours/members/new-person", **given)


def entered(client: FlaskClient, number: str, code: str, **more: str) -> Any:
    fields = {"number": number, "code": code, "password": PASSWORD, "terms": "y", **more}
    return post(client, "/fr/entry-card", **fields)


def test_somebody_without_mail_comes_in_by_a_card_and_then_by_number_and_password(
    client: FlaskClient, chair: Person
) -> None:
    sign_in(client, chair)
    answer = told(client, phone="06 12 34 56 78")
    page = text_of(answer)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    number, code = NUMBER.findall(page)[0], CODE.findall(page)[0]
    sign_out(client)
    visitor = client.application.test_client()
    answer = entered(visitor, number, code)
    assert (answer.status_code, answer.location) == (303, "/fr/my-path")
    assert number.replace(" ", "") in text_of(visitor.get("/fr/account/"))
    for page in ("/fr/account/", "/fr/account/preferences", "/fr/account/second-factor", "/fr/account/data", "/fr/notices"):
        assert visitor.get(page).status_code == 200, page
    again = client.application.test_client()
    answer = post(again, "/fr/sign-in", contact=number, password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/fr/my-path")
    arabic = number.replace(" ", "-").translate({48 + figure: 0x660 + figure for figure in range(10)})
    assert post(client.application.test_client(), "/ar/sign-in", contact=arabic, password=PASSWORD).status_code == 303
    assert list(broken_accounts()) == []
    assert db.session.scalars(select(Letter)).all() == []


def test_the_card_is_shown_once_and_nothing_of_it_is_kept_in_clear(client: FlaskClient, chair: Person) -> None:
    sign_in(client, chair)
    page = text_of(told(client))
    code = CODE.findall(page)[0].replace(" ", "")
    before = rows()
    answer = told(client)
    assert answer.status_code == 409
    assert CODE.findall(text_of(answer)) == []
    assert rows() == before
    card = db.session.scalars(select(EntryCard)).one()
    assert code not in str([card.code_hash, card.reason, card.form_key, card.phone])
    lines = db.session.scalars(select(JournalLine).where(JournalLine.verb == "make-entry-card")).all()
    assert [(line.actor_id, line.subject_id, dict(line.facts)) for line in lines] == [
        (chair.id, card.person_id, {"organisation": card.organisation_id})
    ]


def test_the_card_speaks_its_persons_language_and_its_drawing_names_the_page_without_sending_the_code(
    client: FlaskClient, chair: Person
) -> None:
    sign_in(client, chair)
    page = told(client, language="ar").get_data(as_text=True)
    card = page[page.index('<section class="entry-card"') : page.index("</section>", page.index('class="entry-card"'))]
    assert 'lang="ar" dir="rtl"' in card
    assert "بطاقة الدخول" in card
    assert "Carte d’accès" not in card
    assert "localhost/ar/entry-card" in card
    assert "<svg" in card
    assert "style=" not in card


@pytest.mark.parametrize("wrong", ["code", "number", "both swapped"])
def test_a_wrong_card_gets_one_answer_and_changes_nothing(client: FlaskClient, chair: Person, wrong: str) -> None:
    card = made(chair)
    number, code = {
        "code": (card.number, f"{(int(card.code) + 1) % 10**10:010}"),
        "number": (f"{10**7 + (int(card.number) + 1) % (9 * 10**7)}", card.code),
        "both swapped": (card.code, card.number),
    }[wrong]
    answer = entered(client, number, code)
    assert answer.status_code == 422
    assert "Le numéro et le code ne vont pas ensemble" in text_of(answer)
    assert db.session.get_one(Person, card.person_id).password_hash is None


def test_five_wrong_tries_end_a_card(chair: Person) -> None:
    card = made(chair)
    assert [used(card, "0123456789") for _ in range(5)] == [None] * 5
    assert used(card) is None
    assert used(made(chair, key="another")) is not None


def test_four_wrong_tries_do_not(chair: Person) -> None:
    card = made(chair)
    assert [used(card, "0123456789") for _ in range(4)] == [None] * 4
    assert used(card) == card.person_id


def test_a_card_opens_once_and_for_fourteen_days(chair: Person) -> None:
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as clock:
        first, second = made(chair), made(chair, "Rkia", key="another")
        clock.shift(timedelta(days=14) - timedelta(seconds=1))
        assert used(first) == first.person_id
        assert used(first) is None
        clock.shift(timedelta(seconds=1))
        assert used(second) is None


def test_a_used_card_and_an_erased_account_open_nothing_whatever_else_their_rows_say(chair: Person) -> None:
    card, office = made(chair), an_operator()
    assert used(card) == card.person_id
    with transaction() as session:  # the standing moves on with the password: the use itself is asked for beside it
        session.get_one(EntryCard, card.person_id).standing = session.get_one(Person, card.person_id).standing
    assert used(card, hashed="another") is None
    with transaction() as session:
        session.get_one(Person, card.person_id).erased_at = now()
    with pytest.raises(NotFound), transaction():
        renew_card(actor_of(office), card.person_id, None, WHY, "another", now())
    assert db.session.get_one(Person, card.person_id).password_hash == "a hash"


def test_used_by_two_at_once_it_lets_one_in(app: Flask, chair: Person) -> None:
    card, start = made(chair), Barrier(2)

    def enter(hashed: str) -> int | None:
        with app.app_context():
            start.wait()
            return used(card, hashed=hashed)

    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(enter, ("one", "two")))
    assert sorted(got, key=str) == sorted([card.person_id, None], key=str)
    winner = ("one", "two")[got.index(card.person_id)]
    db.session.rollback()
    assert db.session.get_one(Person, card.person_id).password_hash == winner


def test_the_same_form_twice_at_once_makes_one_account(app: Flask, chair: Person) -> None:
    before, start = rows(), Barrier(2)

    def make(_number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                made(chair)
            except Conflict as refusal:
                return refusal.code
            return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, range(2))) == ["card-made-already", "made"]
    assert [after - earlier for after, earlier in zip(rows(), before, strict=True)] == [1, 1, 1]


def test_killed_half_way_nothing_was_made_and_nothing_used(app: Flask, chair: Person) -> None:
    before = rows()
    assert killed_at(app, "person-met-half-added", lambda: made(chair))
    assert rows() == before
    card = made(chair)
    assert killed_at(app, "entry-card-half-used", lambda: used(card))
    assert not killed_at(app, "no such point", lambda: None)
    assert used(card) == card.person_id


def test_a_new_card_makes_the_one_before_void_and_gives_another_password(chair: Person) -> None:
    card = made(chair)
    with transaction():
        second = renew_card(actor_of(chair), card.person_id, place_of(chair), WHY, "another", now())
    assert second.number == card.number
    assert used(card) is None
    assert used(second, hashed="the second") == card.person_id
    with transaction():
        third = renew_card(actor_of(chair), card.person_id, place_of(chair), WHY, "third", now())
    assert db.session.get_one(Person, card.person_id).password_hash == "the second"
    assert used(third, hashed="the third") == card.person_id
    assert db.session.get_one(Person, card.person_id).password_hash == "the third"


def test_a_new_card_is_made_once_by_one_form_and_for_members_alone(chair: Person) -> None:
    card, office = made(chair), an_operator()
    with transaction():
        second = renew_card(actor_of(chair), card.person_id, place_of(chair), WHY, "another", now())
        stranger = add_person_met(actor_of(office), Met("Rkia", "fr", WHY), "of the office", now())
    with pytest.raises(Conflict) as refusal, transaction():
        renew_card(actor_of(chair), card.person_id, place_of(chair), WHY, "another", now())
    assert refusal.value.code == "card-made-already"
    with pytest.raises(NotFound), transaction():
        renew_card(actor_of(chair), stranger.person_id, place_of(chair), WHY, "third", now())
    assert used(second) == card.person_id
    assert used(stranger) == stranger.person_id


@pytest.mark.parametrize("taken", ["is a seller now", "is chair elsewhere alone", "is of the office no more"])
def test_a_card_of_who_may_no_longer_make_one_opens_nothing_even_if_its_row_stands(chair: Person, taken: str) -> None:
    """What took the right away went past the voiding: the maker is looked at once more when the card is used."""
    office, elsewhere = an_operator(), a_cooperative("Elsewhere", slug="elsewhere")
    if taken == "is of the office no more":
        with transaction():
            card = add_person_met(actor_of(office), Met("Itto", "fr", WHY), "a form", now())
    else:
        card = made(chair)
    with transaction() as session:
        head = session.scalars(select(Membership).where(Membership.person_id == chair.id)).one()
        if taken == "is a seller now":
            head.role = "seller"
        elif taken == "is chair elsewhere alone":
            head.organisation_id = elsewhere.id
        else:
            session.get_one(Person, office.id).is_operator = False
    assert used(card) is None
    assert db.session.get_one(Person, card.person_id).password_hash is None


def test_a_new_card_keeps_the_phone_to_call_its_person_by(chair: Person) -> None:
    met = Met("Itto", "ar", WHY, "+212612345678", place_of(chair), "packer")
    with transaction():
        card = add_person_met(actor_of(chair), met, "a form", now())
    with transaction():
        renew_card(actor_of(chair), card.person_id, place_of(chair), WHY, "another", now())
    assert db.session.scalars(select(EntryCard.phone)).all() == ["+212612345678"]


# Who may not be taken over by a card, and why: {who: (what makes them so, the refusal)}.
BEYOND = {
    "has a contact": "card-has-contact",
    "is a treasurer here": "card-by-office",
    "works elsewhere too": "card-by-office",
    "is an instructor": "card-by-office",
    "is an operator": "card-by-office",
}


@pytest.mark.parametrize("who", BEYOND)
def test_a_chair_takes_nobody_over_who_holds_more_than_a_card_gives(chair: Person, who: str) -> None:
    card = made(chair)
    person = db.session.get_one(Person, card.person_id)
    if who == "has a contact":
        with transaction() as session:
            session.add(Contact(person_id=person.id, kind="mail", value="itto@example.org", verified_at=now()))
    elif who == "is a treasurer here":
        joins(person, a_place(chair), "treasurer")
    elif who == "works elsewhere too":
        joins(person, a_cooperative("Elsewhere", slug="elsewhere"), "packer")
    else:
        with transaction():
            promote(SYSTEM, person.id, operator=who == "is an operator", instructor=who == "is an instructor")
    with pytest.raises(Conflict) as refusal, transaction():
        renew_card(actor_of(chair), person.id, place_of(chair), WHY, "another", now())
    assert refusal.value.code == BEYOND[who]


def a_place(chair: Person) -> Organisation:
    return db.session.get_one(Organisation, place_of(chair))


def test_only_a_chair_of_a_verified_cooperative_and_the_office_make_cards(app: Flask, chair: Person) -> None:
    card, place = made(chair), place_of(chair)
    seller, other = a_person("Seller"), a_person("Other")
    joins(seller, a_place(chair), "seller")
    a_cooperative("Draft", chair=other, slug="draft", state="draft")
    met, before = Met("Rkia", "fr", WHY, None, place, "member"), rows()

    def refused(person: Person, what: Met, *, renew: bool = False) -> Refusal:
        with pytest.raises(Refusal) as refusal, transaction():
            if renew:
                renew_card(actor_of(person), card.person_id, what.organisation_id, WHY, "another", now())
            else:
                add_person_met(actor_of(person), what, "another", now())
        assert rows() == before
        return refusal.value

    assert isinstance(refused(seller, met), NotAllowed)
    assert isinstance(refused(seller, met, renew=True), NotAllowed)
    assert isinstance(refused(other, met), NotFound)
    assert isinstance(refused(other, met, renew=True), NotFound)
    assert isinstance(refused(chair, Met("Rkia", "fr", WHY)), NotFound)
    assert isinstance(refused(chair, Met("Rkia", "fr", WHY), renew=True), NotFound)
    assert refused(other, Met("Rkia", "fr", WHY, None, place_of(other), "member")).code == "card-when-verified"
    assert refused(chair, Met("Rkia", "fr", WHY, None, place, "chair")).code == "choose-one"
    assert refused(chair, Met("Rkia", "fr", "…", None, place, "member")).code == "card-reason-needed"
    assert refused(chair, Met("Rkia", "de", WHY, None, place, "member")).code == "language-unknown"
    assert isinstance(refused(chair, Met("", "fr", WHY, None, place, "member")), Invalid)


def test_the_office_makes_cards_for_anybody_without_a_contact_but_itself(app: Flask) -> None:
    office = an_operator()
    with transaction():
        card = add_person_met(actor_of(office), Met("Itto", "fr", WHY), "a form", now())
    assert used(card) == card.person_id
    with transaction():
        promote(SYSTEM, card.person_id, operator=True)
    itto = db.session.get_one(Person, card.person_id)
    with pytest.raises(Conflict) as refusal, transaction():
        renew_card(actor_of(itto), itto.id, None, WHY, "another", now())
    assert refusal.value.code == "not-about-yourself"
    with pytest.raises(Conflict) as refusal, transaction():
        renew_card(actor_of(itto), office.id, None, WHY, "another", now())
    assert refusal.value.code == "card-has-contact"
    with transaction():
        second = renew_card(actor_of(office), itto.id, None, WHY, "another", now())
    with transaction():
        promote(SYSTEM, office.id, operator=False)
    assert used(second) is None


def test_a_chair_makes_twenty_cards_a_day(app: Flask, client: FlaskClient, chair: Person) -> None:
    app.config["RATE_LIMITS"] = True
    try:
        sign_in(client, chair)
        answers = [told(client, form_key=f"form {number}").status_code for number in range(21)]
    finally:
        app.config["RATE_LIMITS"] = False
    assert answers == [200] * 20 + [429]


def test_above_the_limit_a_number_waits_and_no_page_promises_a_code(app: Flask, client: FlaskClient, chair: Person) -> None:
    card = made(chair)
    app.config["RATE_LIMITS"] = True
    try:
        answers = [post(client, "/fr/sign-in", contact=card.number, password="wrong, I am afraid") for _ in range(9)]
    finally:
        app.config["RATE_LIMITS"] = False
    assert [answer.status_code for answer in answers] == [422] * 8 + [429]
    assert "six chiffres" not in text_of(answers[-1]).lower()
    assert db.session.scalars(select(Letter)).all() == []


def test_without_a_contact_the_account_does_what_any_account_does_and_gets_a_contact_in_the_end(
    client: FlaskClient, chair: Person
) -> None:
    card, hers = made(chair), f"itto.{chair.id}@example.org"
    assert entered(client, card.number, card.code).status_code == 303
    sign_in(client, card.person_id)  # just asked again, as before dear acts
    assert post(client, "/fr/account/preferences", language="ar", letters_to="").status_code == 303
    assert post(client, "/fr/account/", name="Itto O.").status_code == 303
    assert card.number in client.get("/fr/account/second-factor/app").get_data(as_text=True)
    assert CODE.findall(text_of(post(client, "/fr/account/second-factor/codes"))) != []
    changed = {"present": PASSWORD, "password": "un autre chemin de montagne"}
    assert post(client, "/fr/account/password", **changed).status_code == 303
    assert db.session.scalars(select(Letter)).all() == []
    asked = post(client, "/fr/account/contacts/new", contact=hers, present=changed["password"])
    code = re.search(r"\b\d{6}\b", db.session.scalars(select(Letter.body)).one())
    assert code is not None
    assert post(client, asked.location, code=code[0]).status_code == 303
    wishes = wishes_of(card.person_id)
    assert wishes is not None
    assert [contact.value for contact in wishes.contacts] == [hers]
    assert post(client.application.test_client(), "/fr/sign-in", contact=card.number, **changed).status_code == 303


def test_an_unused_card_is_told_at_the_next_sign_in(client: FlaskClient, chair: Person) -> None:
    card = made(chair)
    entered(client.application.test_client(), card.number, card.code)
    with transaction():
        renew_card(actor_of(chair), card.person_id, place_of(chair), WHY, "another", now())
    answer = post(client, "/fr/sign-in", contact=card.number, password=PASSWORD)
    assert "n’a pas été utilisée" in text_of(client.get(answer.location))


def test_who_is_erased_leaves_no_card_and_no_number(chair: Person) -> None:
    card = made(chair)
    with transaction():
        erase_person(SYSTEM, card.person_id, "counted", now())
    assert used(card) is None
    assert db.session.get(EntryCard, card.person_id) is None
    assert db.session.get_one(Person, card.person_id).sign_in_number is None
    assert wishes_of(card.person_id) is None
    assert list(broken_accounts()) == []


def test_the_desk_finds_a_person_by_the_number(client: FlaskClient, chair: Person) -> None:
    card = made(chair)
    sign_in(client, an_operator())
    assert "Itto" in text_of(client.get(f"/fr/desk/people?q={card.number}"))
    page = text_of(client.get(f"/fr/desk/people/{card.person_id}/card"))
    assert "Carte pas encore utilisée" in page
    assert WHY in page
    assert card.code not in page.replace(" ", "")


@pytest.mark.parametrize("figures", ["12345678", "61234567", "99999999", "51412345", "52212345"])
def test_no_territory_takes_a_number_of_a_card_for_a_phone(figures: str) -> None:
    assert number_typed(figures) == figures
    for territory in territories():
        with pytest.raises(Invalid):
            phone_value(figures, territory.country)
