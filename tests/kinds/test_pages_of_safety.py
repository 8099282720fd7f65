"""Pages around the safety of an account, as they are read: factors, what waits for two, the desk of people, notices."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import gateway
from app.accounts.models import LostFactor, Passkey, Person
from app.accounts.services.bank import set_bank
from app.accounts.services.blocking import block_person, end_sessions_of_person, unblock_person
from app.accounts.services.entry_cards import Met, add_person_met
from app.accounts.services.factors import print_codes, set_up_app
from app.accounts.services.lost_factors import agree_lost, ask_lost, refuse_lost
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, guest
from app.kernel.clock import now
from app.notices.models import Notice
from app.payments.services.alarms import note_key
from orders.services.letters import BOUGHT
from tests.browsing import Browser, post
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase
from tests.kinds.deeds_of_safety import CODES, NEW, OLD, SECRET, code
from tests.kinds.pressing import Stage
from tests.kinds.written import Page, Reading, as_read, check_kept, own_data_of, standing_still
from tests.schema import empty_tables

pytestmark = pytest.mark.sqlite_only
PASSWORD = "la pluie sur les figuiers"
NAMES = ("chair", "treasurer", "alone", "keen", "listed", "late", "lost", "awaited", "blocked", "bare", "teacher")
HALF = {"contact": "keen@example.org", "password": PASSWORD}


class Safety:
    """People who protect their accounts in every way, who lost one, whom the office has blocked; acts that wait."""

    def __init__(self, house: Flask) -> None:
        self.first = self._first_run(house)
        hashed = gateway.hash_password(PASSWORD)
        self.people: dict[str, Person] = {
            name: a_person(
                name.title(),
                f"{name}@example.org",
                instructor=name == "teacher",
                password_hash=hashed if name == "keen" else None,
            )
            for name in NAMES
        }
        self.people |= {"office": an_operator("Samira"), "second": an_operator("Fatima")}
        self.ids = {name: person.id for name, person in self.people.items()}
        self._organisations()
        self._factors()
        self._desk()
        self._told()
        self._cards()
        with transaction() as session:  # whose role asks for a factor has seven days from now on; one has had them
            session.execute(update(Person).where(Person.id == self.ids["late"]).values(grace_from=now() - timedelta(days=9)))
        half = {name: self._on_the_way(house, *step) for name, step in ON_THE_WAY.items()}
        self.stage = Stage(house, self.people)
        self.stage.browsers |= half

    def _first_run(self, house: Flask) -> dict[str, str]:
        """Before there is an operator."""
        address = f"/fr/setup/{gateway.first_run_key()}"
        pages = {"first run": Page("guest", address), "first run, mistaken": Page("guest", address, {"name": ""})}
        return {name: as_read(Browser(house), page) for name, page in pages.items()}

    def _on_the_way(self, house: Flask, address: str, fields: dict[str, str]) -> Browser:
        browser = Browser(house)
        assert post(browser, address, **fields).status_code == 303
        return browser

    def _organisations(self) -> None:
        made = a_cooperative("Tifawin", chair=self.people["chair"], slug="tifawin", identifiers={"rib": OLD})
        joins(self.people["treasurer"], made, "treasurer")
        other = a_cooperative("Assif", chair=self.people["alone"], slug="assif", identifiers={"rib": OLD})
        third = a_cooperative("Adrar", chair=self.people["late"], slug="adrar")
        self.oil = variant_of(a_product(third.id, "Huile", stock=9))
        a_purchase({self.oil: 1}, "cash", actor_of(self.people["listed"]))
        with transaction():
            set_bank(actor_of(self.people["chair"]), made.id, NEW)
            set_bank(actor_of(self.people["alone"]), other.id, NEW)

        self.tifawin = made.id

    def _cards(self) -> None:
        """Two who were met in person: one by the chair, one by the office."""
        told = (
            ("itto", "chair", Met("Itto", "ar", "Voisine", None, self.tifawin, "packer")),
            ("idir", "office", Met("Idir", "fr", "Venu au bureau", "+212612345679")),
        )
        for name, who, met in told:
            with transaction():
                self.ids[name] = add_person_met(actor_of(self.people[who]), met, f"form of {name}", now()).person_id

    def _factors(self) -> None:
        keen = actor_of(self.people["keen"])
        with transaction() as session:
            set_up_app(keen, SECRET, code(), now())
            for name in ("keen", "listed", "lost", "awaited"):
                print_codes(actor_of(self.people[name]), CODES, now())
            for number, name in enumerate(("Téléphone", "Clé"), 1):
                made = {"credential_id": f"key {number}", "public_key": "key", "sign_count": 1, "created_at": now()}
                session.add(Passkey(person_id=keen.person_id, rp_id="localhost", name=name, **made))

    def _desk(self) -> None:
        office, second = actor_of(self.people["office"]), actor_of(self.people["second"])
        asked = select(LostFactor.id).order_by(LostFactor.id.desc()).limit(1)
        for name, decide in (("lost", None), ("awaited", refuse_lost), ("awaited", agree_lost)):
            with transaction() as session:
                ask_lost(guest("a guest"), self.ids[name], now())
                session.flush()
                if decide is not None:
                    decide(office, session.scalars(asked).one(), now())
        with transaction():
            block_person(office, self.ids["blocked"], "Compte volé", now())
            block_person(office, self.ids["bare"], "Par erreur", now())
        with transaction():
            unblock_person(second, self.ids["bare"], "C’était une erreur", now())
            end_sessions_of_person(second, self.ids["bare"], "Téléphone perdu", now())
            note_key(SYSTEM, True)

    def _told(self) -> None:
        told = {"kind": BOUGHT, "path": "/fr/orders/T1", "told_at": now()}
        letter = {"channel": "mail", "subject": "Votre code", "body": "…", "language": "fr", "written_at": now()}
        refused = {"refused_at": now(), "refusal": "550 5.1.1"}
        with transaction() as session:
            for name, language, read in (("bare", "fr", now()), ("bare", "ar", None), ("keen", "fr", now())):
                row = Notice(person_id=self.ids[name], event=f"{language} {name}", subject="Avis", language=language, **told)
                row.read_at = read
                session.add(row)
            for whom, address in (("bare", True), ("nobody", False), ("bare", True)):
                recipient = {"recipient": f"{whom}@example.org", "refused_address": address}
                session.add(Letter(**letter, **refused, **recipient))


TERMS = {"terms": "y", "next": "/fr/basket"}
ON_THE_WAY: dict[str, tuple[str, dict[str, str]]] = {
    "half-way": ("/fr/sign-in", {**HALF, "next": "/fr/orders"}),
    "signing up": ("/fr/sign-up", {"name": "Nora", "contact": "nora@example.org", "password": PASSWORD, **TERMS}),
    "forgetful": ("/fr/forgotten-password", {"contact": "keen@example.org"}),
}


@pytest.fixture(scope="module")
def safety(_house: Flask) -> Iterator[Safety]:
    with _house.app_context(), standing_still():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Safety(_house)
        db.session.remove()


FACTOR = "/fr/account/second-factor"
WITH_FACTORS = ("bare", "keen", "listed", "chair", "late", "lost", "awaited")
FILES = ("chair", "keen", "lost", "awaited", "blocked", "bare", "teacher", "office", "second")


def pages_to_read(safety: Safety) -> dict[str, Page]:
    ids = safety.ids
    desk = "/fr/desk/people"
    data, another = "/fr/account/data", "/fr/account/contacts/new"
    coming = {"name": "Une maison", "show_typed": "/fr/account/organisations/new"}
    code = {"ticket": "a-ticket-of-the-tests", "contact": "keen@example.org", "code": "", "next": "/fr/orders"}
    return {
        **{f"second factor of {who}": Page(who, FACTOR) for who in WITH_FACTORS},
        "an app": Page("bare", f"{FACTOR}/app"),
        "an app, mistaken": Page("bare", f"{FACTOR}/app", {"code": "000000"}),
        "an app, empty": Page("bare", f"{FACTOR}/app", {"code": ""}),
        **{f"list of codes of {who}": Page(who, f"{FACTOR}/codes") for who in ("bare", "listed")},
        "a new passkey": Page("bare", f"{FACTOR}/passkeys/new"),
        "a new passkey, mistaken": Page("bare", f"{FACTOR}/passkeys/new", {"name": ""}),
        **{f"{who} is asked again": Page(who, "/fr/account/again?next=/fr/account/") for who in ("bare", "keen", "listed")},
        **{
            f"{who} is asked again, mistaken": Page(who, "/fr/account/again", {"next": "/fr/"}) for who in ("bare", "listed")
        },
        "second step": Page("half-way", "/fr/sign-in/second-step"),
        "second step, mistaken": Page("half-way", "/fr/sign-in/second-step", {"factor_code": "000000"}),
        "second step, empty": Page("half-way", "/fr/sign-in/second-step", {"factor_code": ""}),
        "factor lost": Page("half-way", "/fr/sign-in/lost-factor"),
        "code to sign in, empty": Page("guest", "/fr/sign-in/code", code),
        "code to sign up": Page("signing up", "/fr/confirm?next=/fr/basket"),
        "code to sign up, empty": Page("signing up", "/fr/confirm", {"code": ""}),
        "another password": Page("forgetful", "/fr/new-password"),
        "another password, mistaken": Page("forgetful", "/fr/new-password", {"code": "1", "password": "x"}),
        **{f"what waits before {who}": Page(who, "/fr/account/acts") for who in ("chair", "treasurer", "alone", "bare")},
        **{f"path of {who}": Page(who, "/fr/my-path") for who in ("chair", "late")},
        "bank with an account that waits": Page("chair", "/fr/sell/tifawin/bank"),
        "bank for who has a factor to set up": Page("late", "/fr/sell/adrar/bank"),
        "office of who has a factor to set up": Page("late", "/fr/sell/adrar/"),
        "people who wait": Page("office", desk),
        "people found": Page("office", f"{desk}?q=ke"),
        **{f"file of {who}": Page("office", f"{desk}/{ids[who]}") for who in FILES},
        "file of nobody": Page("office", f"{desk}/99999"),
        "file, no reason": Page("office", f"{desk}/{ids['bare']}/block", {"reason": ""}),
        "desk": Page("office", "/fr/desk/"),
        "desk, undelivered letters": Page("office", "/fr/desk/letters"),
        **{f"contacts of {who}": Page(who, "/fr/account/") for who in ("bare", "keen")},
        "own data": Page("bare", data),
        "own data for who has a factor": Page("keen", data),
        "own data, mistaken": Page("bare", data, {"present": ""}),
        **{f"erasing {who}": Page(who, f"{data}/erase") for who in ("bare", "keen", "chair", "listed")},
        "erasing, not meant": Page("bare", f"{data}/erase", {"present": ""}),
        **{f"notices of {who}": Page(who, "/fr/notices") for who in ("bare", "keen", "teacher")},
        "another contact of who has a factor": Page("keen", another),
        "how to reach the office": Page("guest", "/fr/legal/contact"),
        "a form goes on in another language": Page("bare", "/ar/account/organisations/new", coming),
        "a form of an earlier session": Page("bare", "/fr/account/organisations/new", {"name": "X", "csrf_token": "old"}),
        **cards(safety),
        "notices of every kind": Page("guest", "/fr/demo/letters/every"),
        "contacts, a code for another": Page("keen", another, {"contact": "keen.too@example.org"}),
        "another contact's code": Page("keen", "/fr/account/contacts/confirm"),
        "another contact's code, mistaken": Page("keen", "/fr/account/contacts/confirm", {"code": ""}),
        "factor lost, asked": Page("half-way", "/fr/sign-in/lost-factor", {}),
        "codes to print": Page("bare", f"{FACTOR}/codes", {}),
        "a form of nobody": Page("guest", "/fr/account/organisations/new", {"name": "Une maison"}),
    }


def cards(safety: Safety) -> dict[str, Page]:
    """Cards for who was met in person: made by the chair and by the office, made anew, used."""
    members, desk = "/fr/sell/tifawin/members", "/fr/desk/people"
    met = {"name": "Ali", "language": "fr", "reason": "Venu au souk", "role": "member", "phone": "0612345678"}
    used = {"number": "1234 5678", "code": "12345 67890", "password": PASSWORD, "terms": "y"}
    return {
        "members with cards": Page("chair", members),
        **{f"file of {who}": Page("office", f"{desk}/{safety.ids[who]}") for who in ("itto", "idir")},
        "somebody met by the chair": Page("chair", f"{members}/new-person"),
        "somebody met by the chair, mistaken": Page("chair", f"{members}/new-person", {"name": "", "form_key": "one"}),
        "card made by the chair": Page("chair", f"{members}/new-person", {**met, "form_key": "two"}),
        "a member's card": Page("chair", f"{members}/{safety.ids['itto']}/card"),
        "a member's card, no reason": Page("chair", f"{members}/{safety.ids['itto']}/card", {"form_key": "three"}),
        "somebody met by the office": Page("office", f"{desk}/new"),
        "somebody met by the office, mistaken": Page("office", f"{desk}/new", {"name": "", "form_key": "four"}),
        "card made by the office": Page("office", f"{desk}/new", {**met, "language": "ar", "form_key": "five"}),
        "somebody's card": Page("office", f"{desk}/{safety.ids['idir']}/card"),
        "somebody's card, no reason": Page("office", f"{desk}/{safety.ids['idir']}/card", {"form_key": "six"}),
        "entry card": Page("guest", "/fr/entry-card"),
        "entry card, empty": Page("guest", "/fr/entry-card", {}),
        "entry card, a wrong code": Page("guest", "/fr/entry-card", used),
    }


# In a house that is no demonstration a role that decides asks for a second factor, after seven days for good.
IN_EARNEST = {
    **{f"second factor of {who}, in earnest": Page(who, FACTOR) for who in ("chair", "late", "keen", "bare")},
    **{
        f"office of the {who}, in earnest": Page(who, f"/fr/sell/{slug}/")
        for who, slug in (("chair", "tifawin"), ("late", "adrar"))
    },
    "account of the chair, in earnest": Page("chair", "/fr/account/", whole=True),
    "sign in, in earnest": Page("guest", "/fr/sign-in"),
}


def test_pages_around_the_safety_of_an_account_are_as_they_were_written(
    safety: Any, write_pages: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading("safety", safety.stage.browsers)
    reading.found |= safety.first
    reading.read(pages_to_read(safety))
    monkeypatch.setitem(safety.stage.house.config, "DEMO", False)
    reading.read(IN_EARNEST)
    own_data = own_data_of({name: id_ for name, id_ in safety.ids.items() if name in NAMES})
    check_kept("safety", reading.told() | own_data, write_pages)
