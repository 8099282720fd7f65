"""A person is erased: nothing of them is left but what is written down as kept, and the books are as they were."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from academy.models import Answer, Certificate, Course
from academy.services.certificates import issue_certificate
from academy.services.quizzes import begin_attempt
from app.accounts.gateway import hash_password
from app.accounts.models import Contact, Person
from app.accounts.services.erasure import erase_person
from app.engines import sessions
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.mail import post as write_letter
from app.engines.search.outbox import drain
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound
from app.payments.models import LedgerEntry, LedgerSet, Payable, Payment
from orders.models import Order, OrderLine, Purchase
from orders.services.checkout import prepare
from projectbank.models import Sheet
from tests.browsing import post, sign_in, text_of
from tests.builders.academy import a_course, finishes, the_lesson
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.dying import killed_at
from tests.builders.orders import TERMS, a_purchase, a_variant, a_wish, orders_of, problems, puts, takes
from tests.builders.projectbank import a_group, a_sheet, invited, some_words

PASSWORD = "quatre mots dans la nuit"
ADDRESS = "/fr/account/data/erase"
CANARIES = (
    "Kanaria Alpha",
    "kanaria@example.org",
    "+212612000111",
    "Kanaria Beta",
    "kanariagast@example.org",
    "7 rue Kanaria",
    "Kanaria Commune",
    "kanariaanswer",
    "Kanaria Proposal",
    "kanaria need",
    "Kanaria Group",
    "Kanaria Course",
    "kanaria letter",
    "KanariaBrowser",
)


@pytest.fixture
def person(app: Flask) -> Person:
    """Somebody with canaries in all that a person can leave behind."""
    nora = a_person("Kanaria Alpha", "kanaria@example.org", password_hash=hash_password(PASSWORD), instructor=True)
    with transaction() as session:
        for kind, value in (("phone", "+212612000111"), ("mail", "kanariagast@example.org")):
            session.add(Contact(person_id=nora.id, kind=kind, value=value, verified_at=now()))
        sessions.start_session(sessions.new_token(), {}, nora.id, "KanariaBrowser", now())
        write_letter("mail", "kanaria@example.org", "Bonjour", "A kanaria letter.", "fr")
    chair = a_person("Fatima")
    house = a_cooperative("Tifawin", chair=chair)
    joins(nora, house, "packer")
    variant = a_variant(house.id)
    address = {"phone": "+212612000111", "commune": "Kanaria Commune", "street": "7 rue Kanaria"}
    own = a_purchase({variant: 2}, "cash", actor_of(nora), name="Kanaria Alpha", mail="kanaria@example.org", **address)
    guest = a_purchase({variant: 1}, "cash", name="Kanaria Beta", mail="kanariagast@example.org", **address)
    for purchase in (own, guest):
        for step in ("accept", "pack", "ship", "hand-over"):
            takes(actor_of(chair), orders_of(purchase)[0], step)
    puts(actor_of(nora), {variant: 1})
    _learns(nora)
    _plans(nora)
    return db.session.get_one(Person, nora.id)


def _learns(nora: Person) -> None:
    certified, open_one = a_course("Prix"), a_course("Marges")
    finishes(nora, certified)
    with transaction():
        issue_certificate(actor_of(nora), certified.id)
    with transaction():
        attempt = begin_attempt(actor_of(nora), the_lesson(open_one, "quiz-1").id)
    question = db.session.scalars(select(Answer.question_id)).first()
    with transaction() as session:
        session.execute(
            insert(Answer).values(
                attempt_id=attempt, question_id=question, given={"text": "kanariaanswer"}, saved_at=now(), right=None
            )
        )
    a_course("Kanaria Course", owner=nora, state="draft")


def _plans(nora: Person) -> None:
    words = {"fr": some_words("Kanaria Proposal", need="kanaria need")}
    a_sheet(nora, state="submitted", texts=words)
    others = a_person("Omar")
    a_group(nora, a_sheet(others, "Moulin"), name="Kanaria Group")
    a_group(others, a_sheet(others, "Ruche"), nora)
    invited(others, a_group(others, a_sheet(others, "Laiterie")), "kanariagast@example.org")


def dump() -> dict[str, str]:
    """{table: all that stands in it} as text."""
    db.session.rollback()
    db.session.expire_all()
    return {table.name: "\n".join(map(str, db.session.execute(select(table)).all())) for table in db.metadata.sorted_tables}


def leaks() -> set[tuple[str, str]]:
    """(table, canary) of each canary that can still be read."""
    return {(table, one) for table, text in dump().items() for one in CANARIES if one in text}


def erase(person: Person, **more: Any) -> bool:
    with transaction():
        return erase_person(SYSTEM, person.id, "counted", now(), **more)


MONEY = (LedgerSet, LedgerEntry, Payable, Payment, Order, OrderLine)


def books() -> list[Any]:
    db.session.rollback()
    return [db.session.execute(select(table.__table__)).all() for table in MONEY]


def test_nothing_of_them_can_be_read_but_the_certified_name(app: Flask, person: Person) -> None:
    assert {one for _table, one in leaks()} == set(CANARIES)
    before = books()
    assert erase(person)
    assert leaks() == {("certificate", "Kanaria Alpha")}
    assert books() == before
    assert problems(app) == []


def test_a_letter_to_somebody_else_names_the_pseudonym(person: Person) -> None:
    with transaction():
        write_letter("mail", "omar@example.org", "Kanaria Alpha est là", "Kanaria Alpha (Kanaria Alphabet)", "fr")
    erase(person)
    letter = db.session.scalars(select(Letter).where(Letter.recipient == "omar@example.org")).one()
    name = f"Personne effacée {person.id}"
    assert (letter.subject, letter.body) == (f"{name} est là", f"{name} (Kanaria Alphabet)")


def test_certificates_go_too_when_asked(app: Flask, person: Person) -> None:
    assert erase(person, certificates=True)
    assert leaks() == set()
    certificate = db.session.scalars(select(Certificate)).one()
    assert (certificate.person_name, certificate.revoked_at is not None) == (f"Personne effacée {person.id}", True)
    assert problems(app) == []


def test_the_index_and_the_files_forget_too(app: Flask, person: Person) -> None:
    drained = app.extensions["search"], app.extensions["search_kinds"]
    erase(person, certificates=True)
    while drain(*drained):
        pass
    folder = app.config["INSTANCE"]
    held = [path for name in ("search", "files") for path in (folder / name).rglob("*") if path.is_file()]
    assert [path.name for path in held if b"anaria" in path.read_bytes()] == []


def test_what_stays_bears_the_pseudonym(person: Person) -> None:
    erase(person)
    name = f"Personne effacée {person.id}"
    rows = db.session.execute(select(Purchase.name, Purchase.phone, Purchase.mail, Purchase.commune, Purchase.street))
    assert rows.all() == [(name, None, None, "", "")] * 2
    gone = db.session.get_one(Person, person.id)
    assert (gone.name, gone.password_hash, gone.is_instructor, gone.erased_at is not None) == (name, None, False, True)
    assert db.session.scalars(select(Sheet.state).order_by(Sheet.id)).all() == ["published"] * 3
    assert "Kanaria" not in "".join(db.session.scalars(select(Course.slug)))


def lines() -> int:
    return len(db.session.scalars(select(JournalLine.id).where(JournalLine.verb == "erase")).all())


def test_twice_is_once(person: Person) -> None:
    assert erase(person)
    before = dump()
    assert not erase(person)
    assert dump() == before
    assert lines() == 1


def test_half_way_is_nothing(person: Person) -> None:
    before = dump()
    with pytest.raises(RuntimeError), transaction():
        erase_person(SYSTEM, person.id, "counted", now())
        raise RuntimeError
    assert dump() == before


def test_killed_half_way_is_nothing_and_the_next_time_is_all(app: Flask, person: Person) -> None:
    before, number = dump(), person.id

    def leave() -> None:
        with transaction():
            erase_person(SYSTEM, number, "counted", now())

    assert killed_at(app, "person-half-erased", leave)
    assert dump() == before
    leave()
    assert (leaks(), lines()) == ({("certificate", "Kanaria Alpha")}, 1)


def test_an_order_that_was_on_its_way_finds_no_basket(app: Flask) -> None:
    """The person pressed in one tab and left in another: the basket went with them, and no new name is written."""
    nora = a_person("Nora", "nora@example.org")
    buyer, oil = actor_of(nora), a_variant(a_cooperative("Tifawin").id)
    puts(buyer, {oil: 1})
    wish = a_wish(buyer)
    erase(nora)
    with pytest.raises(Invalid, match="basket-empty"), transaction():
        prepare(buyer, wish, TERMS)
    assert db.session.scalars(select(Purchase.id)).all() == []


def refused(person: Person) -> set[str]:
    before = dump()
    with pytest.raises(Conflict) as refusal:
        erase(person)
    assert dump() == before
    return {refusal.value.code}


def test_who_is_still_needed_is_told_what_to_do_first(app: Flask) -> None:
    chair, operator, buyer, founder = a_person("Hind"), an_operator(), a_person("Ali"), a_person("Driss")
    house = a_cooperative("Adrar", chair=chair)
    a_purchase({a_variant(house.id): 1}, "cash", actor_of(buyer))
    a_group(founder, a_sheet(a_person("Omar"), "Moulin"), a_person("Salma"))
    assert refused(chair) == {"chair-leaves"}
    assert refused(buyer) == {"orders-still-open"}
    assert refused(founder) == {"group-still-founded"}
    assert refused(a_person("Samir", demo=True)) == {"demo-person-stays"}
    for other in db.session.scalars(select(Person).where(Person.is_operator, Person.id != operator.id)).all():
        assert erase(other)
    assert refused(operator) == {"operator-leaves"}
    joins(buyer, house, "chair")
    assert erase(chair)


def test_a_stranger_erases_nobody(person: Person) -> None:
    stranger = actor_of(a_person("Hind"))
    before = dump()
    with pytest.raises(NotFound), transaction():
        erase_person(stranger, person.id, "counted", now())
    assert dump() == before


def test_they_leave_from_their_page_and_every_way_in_is_shut(app: Flask, client: FlaskClient, person: Person) -> None:
    elsewhere = app.test_client()
    for browser in (client, elsewhere):
        sign_in(browser, person)
    page = text_of(client.get(ADDRESS))
    assert "Ce qui disparaît" in page
    assert "À régler d’abord" not in page
    assert post(client, ADDRESS, present=PASSWORD).status_code == 422
    assert post(client, ADDRESS, present="un autre mot de passe", meant="y").status_code == 422
    assert lines() == 0
    answer = post(client, ADDRESS, present=PASSWORD, meant="y", certificates="y")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/fr/")
    assert "Vos données sont effacées" in text_of(client.get("/fr/"))
    for browser in (client, elsewhere):
        assert browser.get("/fr/account/").headers["Location"].startswith("/fr/sign-in")
    fields = {"contact": "kanaria@example.org", "password": PASSWORD}
    assert post(elsewhere, "/fr/sign-in", **fields).status_code == 422
    assert leaks() == set()


def test_the_page_says_what_must_be_settled_first(client: FlaskClient) -> None:
    chair = a_person("Hind", password_hash=hash_password(PASSWORD))
    a_cooperative("Adrar", chair=chair)
    sign_in(client, chair)
    told = "Personne d’autre que vous ne préside « Adrar »."
    assert told in text_of(client.get(ADDRESS))
    answer = post(client, ADDRESS, present=PASSWORD, meant="y")
    assert (answer.status_code, told in text_of(answer)) == (409, True)
    assert lines() == 0


def test_the_office_erases_from_the_terminal(app: Flask, person: Person) -> None:
    run = app.test_cli_runner().invoke
    asked = run(args=["person", "erase", "kanaria@example.org"], input="n\n")
    assert asked.exit_code == 1
    assert lines() == 0
    done = run(args=["person", "erase", "kanaria@example.org", "--yes", "--certificates"])
    assert done.output == f"person {person.id} is erased\n"
    assert leaks() == set()
    again = run(args=["person", "erase", "kanaria@example.org", "--yes"])
    assert again.output == "tiwizi: nobody has the contact kanaria@example.org\n"
