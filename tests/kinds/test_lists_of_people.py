"""Lists around people: the desk's, what was decided, what waits, what was told; in order, page by page, nobody else's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import (
    ActWaiting,
    AppFactor,
    Contact,
    KnownBrowser,
    LostFactor,
    Passkey,
    Person,
    PersonDecision,
    PrintedCode,
)
from app.accounts.queries.acts import acts_before, acts_due
from app.accounts.queries.desk_people import lost_counts, lost_due, lost_of, people_at_the_desk, person_file
from app.accounts.queries.factors import factors_of, gate_of, keys_of
from app.accounts.queries.known_browsers import hash_of_browser, known_browser
from app.accounts.queries.office import contacts_of_colleagues
from app.accounts.queries.organisations import Filters, verified_organisations
from app.accounts.queries.own_data import last_places
from app.accounts.queries.people import (
    contacts_of,
    demo_people,
    load_visitor,
    operator_ids,
    person_with_contact,
    reach,
    wishes_of,
)
from app.accounts.queries.typed import ContactValue
from app.accounts.queries.undelivered import refused_contacts, undelivered_letters
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.notices.models import Notice
from app.notices.queries.listing import notices_of, unread_count
from orders.queries.sellers import first_contacts, order_office
from orders.services.letters import BOUGHT
from tests.browsing import Browser, sign_in
from tests.builders.accounts import a_cooperative, a_person, an_operator, joins
from tests.kinds.listing import Listed, check_list, copies, names_on, page_of
from tests.schema import empty_tables

WAITING = 32
NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def named(number: int) -> str:
    """Names in another order than the people came, the first two of one name."""
    return f"Rang {number * 7 % 33:02}" if number != 2 else named(1)


class Town:
    """Many people, some of them blocked, some who have lost a factor; two who have everything, each their own."""

    def __init__(self, house: Flask) -> None:
        names = ("nora", "omar", "late", "gone")
        self.people: dict[str, Any] = {name: a_person(name.title(), f"{name}@example.org") for name in names}
        self.people["office"] = an_operator("Samira")
        self.ids = {name: person.id for name, person in self.people.items()}
        self.waiting = copies(
            self.people["nora"],
            WAITING,
            name=named,
            blocked_at=lambda n: None if n % 2 else NOON,
            secured_at=lambda n: NOON if n == 3 else None,
        )
        self._lost()
        self._decided()
        self._kept()
        self.browsers = {name: Browser(house) for name in ("office", "nora", "omar")}
        for name, browser in self.browsers.items():
            sign_in(browser, self.people[name])
        db.session.remove()

    def _lost(self) -> None:
        """Who is not blocked waits for the office, or for the 48 hours; what is over waits for nobody."""
        for number, person in enumerate(self.waiting, 1):
            if number % 2:
                self._asks(person, "waiting" if number % 4 == 1 else "asked")
        for state in ("refused", "withdrawn", "done"):
            self._asks(self.ids["gone"], state)
        for number in range(25):
            self._asks(self.ids["nora"], ("refused", "done")[number % 2])

    def _asks(self, person: int, state: str) -> int:
        with transaction() as session:
            made = LostFactor(person_id=person, state=state, asked_at=NOON)
            made.due_at = NOON + timedelta(hours=48) if state == "waiting" else None
            session.add(made)
            session.flush()
            return made.id

    def _decided(self) -> None:
        told = {"decision": "block", "decided_at": NOON, "decided_by": self.ids["office"]}
        with transaction() as session:
            for number in range(1, 53):
                whose = self.ids["omar" if number == 30 else "nora"]
                session.add(PersonDecision(person_id=whose, reason=f"Motif {number:02}", **told))
                session.flush()

    def _kept(self) -> None:
        """Each of the two has an app, codes, keys, browsers, notices and refused letters."""
        with transaction() as session:
            for name in ("nora", "omar"):
                person = self.ids[name]
                session.add(AppFactor(person_id=person, sealed_secret="…", last_step=0, created_at=NOON))
                for number in (1, 2, 3):
                    made = NOON + timedelta(minutes=number)
                    used = NOON if number == 3 else None
                    session.add(PrintedCode(person_id=person, code_hash=f"{name} {number}", created_at=made, used_at=used))
                for number, host in ((1, "localhost"), (2, "other.example"), (3, "localhost")):
                    key = {"credential_id": f"{name} {number}", "public_key": "…", "sign_count": 0, "created_at": NOON}
                    session.add(Passkey(person_id=person, rp_id=host, name=f"{name} {number}", **key))
                session.add(KnownBrowser(person_id=person, token_hash=hash_of_browser(f"token of {name}"), known_at=NOON))
            for number in range(1, 43):
                name = "omar" if number % 2 else "nora"
                read = NOON if number in (2, 41) else None
                told = {"kind": BOUGHT, "event": f"{number}", "path": "/fr/", "language": "fr", "told_at": NOON}
                row = Notice(person_id=self.ids[name], subject=f"Avis {number:02}", read_at=read, **told)
                session.add(row)
                session.flush()


@pytest.fixture(scope="module")
def town(_house: Flask) -> Iterator[Town]:
    with _house.app_context():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Town(_house)
        db.session.remove()


PERSON = r"/desk/people/(\d+)"


def by_name(people: list[int]) -> list[str]:
    names = dict(db.session.execute(select(Person.id, Person.name)).all())
    return [str(one) for one in sorted(people, key=lambda one: (names[one], one))]


def test_without_words_the_desk_lists_who_waits_or_is_blocked_by_name(town: Town) -> None:
    """And nobody whose request is over; thirty on a page."""
    check_list(town.browsers["office"], Listed("office", "/fr/desk/people", by_name(town.waiting), 30, PERSON))


def test_with_words_the_desk_lists_whoever_is_called_so_or_has_the_contact(town: Town) -> None:
    office = town.browsers["office"]
    check_list(office, Listed("office", "/fr/desk/people?q=rang", by_name(town.waiting), 30, PERSON))
    for asked, found in (("NOR", ["nora"]), ("omar@example.org", ["omar"]), ("example.org", []), ("nora@example", [])):
        told = names_on(page_of(office, f"/fr/desk/people?q={asked}"), PERSON)
        assert told == [str(town.ids[name]) for name in found], asked
    phone = ContactValue("phone", "nora@example.org")  # the value alone is not the contact
    assert people_at_the_desk("zanzibar", phone, 1, 30) == ([], 0)
    told, total = people_at_the_desk("rang", None, 2, 10)
    assert ([str(one.id) for one in told], total) == (by_name(town.waiting)[10:20], WAITING)


def test_each_line_of_the_desk_says_how_the_account_stands(town: Town) -> None:
    told = {one.id: one for one in people_at_the_desk("", None, 1, 99)[0]}
    assert [told[id_].blocked for id_ in town.waiting[:4]] == [False, True, False, True]
    assert [told[id_].lost for id_ in town.waiting[:4]] == ["waiting", None, "asked", None]
    assert [told[id_].secured for id_ in town.waiting[:4]] == [False, False, True, False]
    assert lost_counts() == {"asked": 8, "waiting": 8}


def test_the_file_of_a_person_holds_the_latest_requests_and_decisions_about_them(town: Town) -> None:
    file = person_file(town.ids["nora"], "fr")
    own = db.session.scalars(select(LostFactor.id).where(LostFactor.person_id == town.ids["nora"]).order_by(LostFactor.id))
    assert [line.id for line in file.lost] == list(own)[::-1][:20]
    assert [line.reason for line in file.decisions] == [f"Motif {n:02}" for n in range(52, 1, -1) if n != 30][:50]
    assert [line.reason for line in person_file(town.ids["omar"], "fr").decisions] == ["Motif 30"]
    assert {line.decided_by for line in file.decisions} == {"Samira"}
    assert [line.state for line in lost_of(town.ids["gone"])] == ["done", "withdrawn", "refused"]


def test_lost_factors_are_due_at_their_hour_and_not_before(town: Town) -> None:
    due = db.session.scalars(select(LostFactor.id).where(LostFactor.state == "waiting").order_by(LostFactor.id)).all()
    assert lost_due(NOON + timedelta(hours=48)) == list(due)
    assert lost_due(NOON + timedelta(hours=48, seconds=-1)) == []


def test_acts_stand_before_whom_they_concern_the_latest_first(town: Town) -> None:
    """Before who asked, who may agree and who may ask; of one kind and subject where that is asked; never what is over."""
    chairs = {name: a_person(name.title()) for name in ("one", "two", "stranger")}
    first, second = (a_cooperative(name, chair=chairs["one"]) for name in ("Tifawin", "Assif"))
    joins(chairs["two"], first, "treasurer")
    with transaction() as session:
        for number, (place, state) in enumerate(((first, "done"), (first, "waiting"), (second, "waiting"))):
            made = ActWaiting(kind="bank", subject_id=place.id, facts={"account": "…"}, state=state, asked_at=NOON)
            made.asked_by, made.open_key = chairs["one"].id, f"{number}" if state == "waiting" else None
            made.due_at = NOON + timedelta(hours=48) if place is second else None
            session.add(made)
            session.flush()
    done, waits, alone = db.session.scalars(select(ActWaiting.id).order_by(ActWaiting.id)).all()

    def before(name: str, *about: Any) -> list[tuple[int, bool, bool]]:
        return [(act.id, act.own, act.may_agree) for act in acts_before(chairs[name].id, "fr", *about)]

    assert before("one") == [(alone, True, False), (waits, True, False)]
    assert before("two") == [(waits, False, True)]
    assert before("stranger") == []
    assert before("one", "bank", first.id) == [(waits, True, False)]
    assert before("one", "another kind", first.id) == []
    assert acts_due(NOON + timedelta(hours=48, seconds=-1)) == []
    assert acts_due(NOON + timedelta(hours=48)) == [alone]
    assert acts_due(NOON + timedelta(days=14, seconds=-1)) == [alone]
    assert acts_due(NOON + timedelta(days=14)) == [waits, alone]
    assert done not in acts_due(NOON + timedelta(days=99))


def test_notices_are_one_s_own_the_latest_first_twenty_on_a_page(town: Town) -> None:
    for name, odd in (("nora", 0), ("omar", 1)):
        rows = [f"Avis {number:02}" for number in range(42, 0, -1) if number % 2 == odd]
        check_list(town.browsers[name], Listed(name, "/fr/notices", rows, 20, r"Avis \d+"))
        assert unread_count(town.ids[name]) == 20
        assert notices_of(town.ids[name], 2, 20)[1] == 21


def test_the_counter_of_notices_stops_at_a_hundred(town: Town) -> None:
    row = db.session.scalars(select(Notice).where(Notice.person_id == town.ids["nora"]).order_by(Notice.id)).first()
    assert row is not None
    copies(row, 101, person_id=lambda n: town.ids["late"], event=lambda n: f"late {n}", read_at=lambda n: None)
    assert unread_count(town.ids["late"]) == 100


def test_undelivered_letters_by_address_the_latest_first(town: Town) -> None:
    """An address once, with how many; what is settled or went is not in it; a name only where the contact is proved."""
    told = {"subject": "…", "body": "…", "language": "fr", "written_at": NOON, "refusal": "550"}
    refused = {"channel": "mail", "refused_at": NOON, "refused_address": True, **told}
    with transaction() as session:
        letter = Letter(**{**refused, "recipient": "first@example.org"})
        session.add(letter)
        session.flush()
        late = Contact(person_id=town.ids["late"], kind="mail", value="unproved@example.org", verified_at=None)
        session.add(late)
    addresses = [f"rang{number:02}@example.org" for number in range(1, 31)]
    copies(letter, 30, recipient=lambda n: addresses[n - 1])
    copies(letter, 2, recipient=lambda n: "nora@example.org")
    copies(letter, 1, recipient=lambda n: "unproved@example.org")
    copies(letter, 1, recipient=lambda n: "omar@example.org", refused_address=lambda n: False)
    copies(letter, 1, recipient=lambda n: "settled@example.org", settled_at=lambda n: NOON)
    copies(letter, 1, recipient=lambda n: "arrived@example.org", refused_at=lambda n: None)
    last = [f"{name}@example.org" for name in ("omar", "unproved", "nora")]
    rows = [*last, *addresses[::-1], "first@example.org"]
    token = r"[a-z]+\d*@example\.org"
    check_list(town.browsers["office"], Listed("office", "/fr/desk/letters", rows, 30, token))
    lines, total = undelivered_letters(1, 4)
    assert [(one.person, one.facts.count) for one in lines] == [("Omar", 1), ("", 1), ("Nora", 2), ("", 1)]
    assert total == 34
    nora = ContactValue("mail", "nora@example.org")
    assert [refused_contacts(town.ids[name]) for name in ("nora", "omar")] == [[nora], []]


def test_factors_are_counted_for_their_owner(town: Town) -> None:
    for name in ("nora", "omar"):
        told = factors_of(town.ids[name])
        assert [key.name for key in told.keys] == [f"{name} {number}" for number in (1, 2, 3)]
        assert [key.name for key in keys_of(town.ids[name], "localhost")] == [f"{name} 1", f"{name} 3"]
        assert (told.codes_left, told.codes_since, told.app_since) == (2, NOON + timedelta(minutes=2), NOON)
    gates = [gate_of(id_) for id_ in town.waiting[:3]]
    assert [(gate.blocked, gate.secured) for gate in gates] == [(False, False), (True, False), (False, True)]
    assert (load_visitor(town.waiting[1], "fr"), load_visitor(town.waiting[0], "fr") is None) == (None, False)


def test_a_browser_is_known_to_its_owner_for_half_a_year(town: Town) -> None:
    nora, omar, end = town.ids["nora"], town.ids["omar"], NOON + timedelta(days=180)
    row = db.session.scalars(select(KnownBrowser.id).where(KnownBrowser.person_id == nora)).one()
    assert known_browser(nora, "token of nora", end - timedelta(seconds=1)) == row
    assert known_browser(nora, "token of nora", end) is None
    assert known_browser(omar, "token of nora", NOON) is None
    assert known_browser(nora, "another token", NOON) is None


def test_people_are_reached_by_what_they_have_proved_mail_before_phone(town: Town) -> None:
    person = a_person("Brahim", "+212600000001")
    with transaction() as session:
        for kind, value, proved in (
            ("mail", "b@example.org", True),
            ("phone", "+212600000002", True),
            ("mail", "a@example.org", True),
            ("mail", "never@example.org", False),
        ):
            session.add(Contact(person_id=person.id, kind=kind, value=value, verified_at=now() if proved else None))
            session.flush()
    proved = ["b@example.org", "a@example.org", "+212600000001", "+212600000002"]
    assert [line.value for line in contacts_of(person.id)] == proved
    assert [line.value for line in contacts_of(person.id, verified=False)] == [*proved[:2], "never@example.org", *proved[2:]]
    wishes = wishes_of(person.id)
    assert wishes is not None
    assert [one.value for one in wishes.contacts] == proved
    first = [(one.person_id, one.value) for one in reach([person.id, town.ids["omar"]])]
    assert first == [
        (town.ids["omar"], "omar@example.org"),
        *((person.id, value) for value in ("+212600000001", "b@example.org", "+212600000002", "a@example.org")),
    ]
    assert person_with_contact(ContactValue("mail", "never@example.org")) is None
    assert person_with_contact(ContactValue("phone", "b@example.org")) is None
    found = person_with_contact(ContactValue("mail", "a@example.org"))
    assert found is not None
    assert found.id == person.id


def test_people_of_the_office_and_of_the_demonstration_in_the_order_they_came(town: Town) -> None:
    """No address of another domain, no phone, nobody who is not of the demonstration."""
    second = an_operator("Aziza")
    assert operator_ids() == [town.ids["office"], second.id]
    made = {
        name: a_person(name.title(), f"{name}@{host}", demo=demo)
        for name, host, demo in (
            ("zineb", "demo.example", True),
            ("ali", "demo.example", True),
            ("real", "demo.example", False),
            ("else", "notdemo.example", True),
        )
    }
    told = [(one.id, one.key, one.name) for one in demo_people("demo.example")]
    assert told == [(made["zineb"].id, "zineb", "Zineb"), (made["ali"].id, "ali", "Ali")]


def test_who_has_several_roles_is_one_reader_and_one_colleague(town: Town) -> None:
    """Chair and sellers read of orders, each once; colleagues by their number, with what they have proved."""
    chair, seller, packer = (a_person(name, f"{name}.r@example.org") for name in ("chair", "seller", "packer"))
    office = a_cooperative("Anzar", chair=seller)
    for person, role in ((seller, "seller"), (chair, "chair"), (packer, "packer"), (chair, "seller")):
        joins(person, office, role)
    elsewhere = a_cooperative("Izem", chair=packer)
    with transaction() as session:
        for value, proved in (("a@anzar.example", now()), ("unproved@anzar.example", None)):
            session.add(Contact(person_id=seller.id, kind="mail", value=value, verified_at=proved))
    assert order_office(office.id).readers == tuple(sorted((chair.id, seller.id)))
    assert order_office(elsewhere.id).readers == (packer.id,)
    assert list(contacts_of_colleagues(office.id).items()) == [
        (chair.id, ["chair.r@example.org"]),
        (seller.id, ["a@anzar.example", "seller.r@example.org"]),
        (packer.id, ["packer.r@example.org"]),
    ]
    assert (last_places(packer.id), last_places(seller.id), last_places(chair.id)) == ([elsewhere.slug], [], [])


def test_the_first_contact_of_each_kind_is_the_buyer_s(town: Town) -> None:
    person = a_person("Zahra", "z1@example.org")
    with transaction() as session:
        for kind, value, proved in (
            ("phone", "+212600000011", None),
            ("phone", "+212600000012", now()),
            ("mail", "z2@example.org", now()),
            ("phone", "+212600000013", now()),
        ):
            session.add(Contact(person_id=person.id, kind=kind, value=value, verified_at=proved))
            session.flush()
    assert first_contacts(person.id) == {"mail": "z1@example.org", "phone": "+212600000012"}


def test_organisations_are_told_the_newest_first_or_the_best_first(town: Town) -> None:
    """Verified ones of the kinds that were asked for, narrowed by region, field of work and words; each filter alone."""
    chair = a_person("Tuda")
    made = {}
    facts = (
        ("first", "MA-09", "argan", "cooperative", "verified"),
        ("second", "MA-05", "argan", "union", "verified"),
        ("third", "MA-09", "fishing", "cooperative", "verified"),
        ("association", "MA-09", "argan", "association", "verified"),
        ("waiting", "MA-09", "argan", "cooperative", "submitted"),
    )
    for number, (slug, region, sector, kind, state) in enumerate(facts):
        one = a_cooperative(slug, chair=chair, slug=f"list-{slug}", region=region, sector=sector, kind=kind, state=state)
        made[slug] = one.id
        with transaction() as session:
            session.get_one(type(one), one.id).verified_at = NOON + timedelta(days=number if slug != "third" else 0)
    own = tuple(made.values())

    def found(page: int = 1, size: int = 9, **facts: Any) -> list[str]:
        cards, _total = verified_organisations("fr", Filters(**{"kinds": ("cooperative", "union"), **facts}), page, size)
        return [card.slug.removeprefix("list-") for card in cards if card.id in own]

    assert found(size=99) == ["second", "third", "first"]
    assert found(size=99, regions=("MA-09",)) == ["third", "first"]
    assert found(size=99, sectors=("fishing",)) == ["third"]
    assert found(size=99, kinds=("association",)) == ["association"]
    ranked = [made[slug] for slug in ("first", "waiting", "third", "second")]
    assert found(ids=ranked) == ["first", "third", "second"]
    assert (found(1, 2, ids=ranked), found(2, 2, ids=ranked)) == (["first", "third"], ["second"])
