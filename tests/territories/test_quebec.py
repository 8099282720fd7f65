"""An installation of Quebec alone: on every page anybody can reach, in its letters and in its maps, nothing of Morocco."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.models import Certificate
from academy.services.certificates import issue_certificate
from app.accounts.models import Organisation, Person
from app.accounts.services.bank import set_bank
from app.accounts.services.organisations import OrganisationFacts, Words, found_organisation
from app.accounts.services.verification import submit_organisation, verify_organisation
from app.engines.db import db
from app.engines.housekeeping import rebuild_search
from app.engines.language import LANGUAGES, speaking, translate
from app.engines.mail import Letter
from app.engines.migrating import upgrade_database
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.settings import read_settings
from app.territories.loading import territory_named
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import create_product, publish
from orders.models import Order, Purchase
from tests.browsing import Browser, post, sign_in, text_of
from tests.builders.academy import COSTS, WORK, a_course, finishes
from tests.builders.accounts import a_person, actor_of, an_operator, joins
from tests.builders.catalog import variant_of
from tests.builders.orders import place, recap
from tests.builders.projectbank import a_group, a_sheet, invited, some_words

MOROCCO = territory_named("morocco")
OWN_NAME = re.compile("Tiwizi|tiwizi|تيويزي")
WORDS = {
    "Maroc", "maroc", "Marocain", "marocain", "marocaine", "marocains", "marocaines", "Morocco",
    "Moroccan", "moroccan", "المغرب", "مغرب", "بالمغرب", "مغربي", "مغربية", "المغربية", "المغربي",
    "درهم", "درهما", "درهماً", "دراهم", "د.م", "dirham", "dirhams", "Dirham", "MAD", "DH", "ICE",
    "RIB", "ODCO", "CNDP", "ONSSA", "+212", "00212", "Africa/Casablanca", "fr_MA", "ar_MA", "fr-MA",
    "ar-MA", "MA",
}  # fmt: skip
EVERYDAY = {"الجديدة"}  # a town, and « the new one » of every form that asks for a new password
SKIPPED = re.compile(r"\.(pdf|png|webp|svg|css|js|csv|xlsx|zip)$|/sign-out|/static/|/pictures/|/secret-")


def of_the_map() -> set[str]:
    """Regions, provinces and seats, in every language."""
    named = [
        *(names for region in MOROCCO.regions for names in (region.names, region.short_names, region.seat)),
        *(province.names for province in MOROCCO.provinces),
    ]
    whole = {name for names in named for name in names.values()}
    return (whole | {part for name in whole for part in name.split("-") if len(part) > 3}) - EVERYDAY


def finder(words: set[str]) -> re.Pattern[str]:
    """Whole words, as they are written: « Sale » on a shop's sign is not the town."""
    written = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w+])(?:{written})(?!\w)")


FOREIGN = finder(WORDS | of_the_map())


def foreign_words(text: str) -> list[str]:
    return sorted(set(FOREIGN.findall(OWN_NAME.sub("", unescape(text)))))


@dataclass
class Village:
    """What stands in the installation, and who comes by."""

    house: Flask
    people: dict[str, Person]
    addresses: list[str] = field(default_factory=list)


def a_house(instance: Path) -> Flask:
    settings = read_settings(
        {},
        INSTANCE=instance,
        DEMO=True,
        TERRITORIES=("quebec",),
        RATE_LIMITS=False,
        SECRET_KEY="a secret of the tests, long enough to be one",
        PUBLIC_URL="http://localhost",
    )
    house = create_app(settings)
    house.config["TESTING"] = True
    house.test_client_class = Browser
    return house


WISH = {
    "region": "QC-06",
    "region_shown": "QC-06",
    "commune": "Montréal",
    "street": "12, rue Sainte-Catherine",
    "phone": "514 555 0199",
    "name": "Louise Tremblay",
    "mail": "louise@example.org",
}


def a_cooperative_of_quebec(chair: Person, operator: Person, name: str, neq: str) -> int:
    facts = OrganisationFacts(
        "cooperative",
        "QC-03",
        "agriculture",
        commune="Québec",
        address="5, chemin du Roy",
        phone="418 555 0123",
        mail="bonjour@example.org",
        founded=2011,
        members=14,
        women=6,
        identifiers={"neq": neq, "gst_number": f"{neq[1:]}RT0001"},
    )
    words = Words(name, "Le sirop de douze érablières.", "Nous entaillons en mars.")
    with transaction():
        organisation_id = found_organisation(actor_of(chair), facts, words, "fr", now(), "quebec")
    with transaction():
        set_bank(actor_of(chair), organisation_id, "12345-678-9012345")
    with transaction():
        submit_organisation(actor_of(chair), organisation_id, now())
    with transaction():
        verify_organisation(actor_of(operator), organisation_id, now())
    return organisation_id


def a_syrup(organisation_id: int, title: str) -> int:
    texts = {code: TextFacts(text, "") for code, text in (("fr", title), ("en", "Maple syrup"), ("ar", "شراب القيقب"))}
    with transaction():
        product_id = create_product(
            SYSTEM,
            organisation_id,
            texts,
            [VariantFacts(1800, stock=40)],
            ProductFacts("honey", "other", ("bio", "aliments-du-quebec"), "QC-03"),
        )
        publish(SYSTEM, product_id)
    return product_id


def people_of(house: Flask) -> dict[str, Person]:
    people = {
        "buyer": a_person("Gabriel", language="fr"),
        "seller": a_person("Louise", language="fr", instructor=True),
        "operator": an_operator("Marc"),
    }
    waiting = a_person("Anne", language="en")
    operator = people["operator"]
    own = a_cooperative_of_quebec(people["seller"], operator, "Érable du Nord", "1160000001")
    a_cooperative_of_quebec(waiting, operator, "Bleuets du Lac", "1160000002")
    with transaction():
        found_organisation(
            actor_of(people["seller"]),
            OrganisationFacts("cooperative", "QC-02", "agriculture"),
            Words("Laine du Fjord"),
            "fr",
            now(),
            "quebec",
        )
    joins(people["buyer"], db.session.get_one(Organisation, own), "member")
    syrup = a_syrup(own, "Sirop d’érable, 500 ml")
    buy(house, people["buyer"], syrup, "fr")
    for code in LANGUAGES:
        buy(house, None, syrup, code)
    sheet = a_sheet(
        people["buyer"],
        territory="quebec",
        region="QC-11",
        sector="agriculture",
        texts={"fr": some_words("Séchoir à algues", pitch="Sécher les algues du fleuve.", need="Les algues se perdent.")},
    )
    a_sheet(
        people["buyer"],
        "Tannerie commune",
        state="submitted",
        territory="quebec",
        region="QC-02",
        sector="agriculture",
    )
    group = a_group(people["buyer"], sheet, waiting, name="Les algues")
    invited(people["buyer"], group)
    course = a_course("Coûts et marges", owner=people["seller"], territory="quebec", questions=(COSTS, WORK))
    finishes(people["buyer"], course)
    with transaction():
        issue_certificate(actor_of(people["buyer"]), course.id)
    return people


def buy(house: Flask, who: Person | None, product: int, code: str) -> None:
    """One jar, through the pages, in cash."""
    browser = Browser(house)
    if who is not None:
        sign_in(browser, who)
    assert post(browser, f"/{code}/basket/lines", variant=variant_of(product), quantity=1).status_code == 303
    fields = recap(browser, language=code, **WISH)
    assert place(browser, fields, language=code).status_code == 303


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    house = a_house(tmp_path_factory.mktemp("quebec"))
    with house.app_context(), speaking("fr"):
        upgrade_database()
        found = Village(house, people_of(house))
        rebuild_search()
        yield found
        db.session.remove()
        db.engine.dispose()


def pages_from(browser: FlaskClient, starts: list[str]) -> Iterator[tuple[str, str]]:
    """(address, text) of every page that links lead to; of a list with many filters, each kind of filter once."""
    waiting, seen = list(starts), set()
    while waiting:
        address = waiting.pop()
        path, _, query = address.partition("?")
        shape = path, frozenset(part.partition("=")[0] for part in query.split("&"))
        if shape in seen or SKIPPED.search(path):
            continue
        seen.add(shape)
        answer = browser.get(address)
        if answer.status_code in (301, 302, 303, 308):
            waiting.append(answer.headers["Location"].removeprefix("http://localhost"))
            continue
        assert answer.status_code in (200, 403, 404), (address, answer.status_code)  # the letter box leads to others' pages
        if not (answer.mimetype.startswith("text/") or answer.mimetype.endswith("xml")):
            continue
        text = answer.get_data(as_text=True)
        yield address, text
        found = re.findall(r'<a [^>]*?href="([^"#]*)', text) + re.findall("<loc>([^<]*)</loc>", text)
        links = [unescape(link).removeprefix("http://localhost") for link in found]
        waiting += [link for link in links if link.startswith("/")]


def visiting(village: Village, role: str, code: str) -> FlaskClient:
    """A browser of that role, with something in its basket."""
    browser = Browser(village.house)
    if role != "visitor":
        sign_in(browser, village.people[role])
    post(browser, f"/{code}/basket/lines", variant=variant_of(1), quantity=2)
    return browser


FEWEST = {"visitor": 30, "buyer": 45, "seller": 60, "operator": 45}


@pytest.mark.parametrize("role", FEWEST)
def test_no_page_says_a_word_of_morocco(village: Village, role: str) -> None:
    browser = visiting(village, role, "fr")
    own = ["", "checkout", "basket", "design", "demo/letters"] + (["sign-in", "sign-up"] if role == "visitor" else [])
    pages = dict(pages_from(browser, [f"/{code}/{page}" for code in LANGUAGES for page in own]))
    said = {address: words for address, text in pages.items() if (words := foreign_words(text))}
    assert said == {}
    for code in LANGUAGES:
        there = [address for address in pages if address.startswith(f"/{code}/")]
        assert len(there) >= FEWEST[role], sorted(there)


def test_the_maps_of_the_site_lead_to_pages_of_quebec_alone(village: Village) -> None:
    pages = dict(pages_from(Browser(village.house), ["/sitemap.xml", "/robots.txt"]))
    assert any(address.endswith(".xml") and "erable-du-nord" in text for address, text in pages.items())
    assert {address: words for address, text in pages.items() if (words := foreign_words(text))} == {}


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_the_way_to_a_purchase_is_one_of_quebec(village: Village, code: str) -> None:
    browser = visiting(village, "visitor", code)
    wrong = post(browser, f"/{code}/checkout", step="recap", **{**WISH, "phone": "12", "mail": "x"})
    fields = recap(browser, language=code, **WISH)
    summary = text_of(post(browser, f"/{code}/checkout", **{**fields, "step": "recap"}))
    shown = text_of(browser.get(place(browser, fields, language=code).headers["Location"]))
    assert wrong.status_code == 422
    assert [foreign_words(text) for text in (text_of(wrong), summary, shown)] == [[], [], []]
    assert "1160000001" in summary
    assert {"fr": "48,00 $", "en": "$48.00", "ar": "48.00 CA$"}[code] in shown


def test_letters_say_nothing_of_morocco_and_count_in_dollars(village: Village) -> None:
    letters = db.session.scalars(select(Letter)).all()
    said = {letter.id: words for letter in letters if (words := foreign_words(f"{letter.subject} {letter.body}"))}
    assert said == {}
    proofs = [letter.body for letter in letters if letter.recipient == "louise@example.org"]
    assert len(proofs) >= 4
    assert all("$" in body for body in proofs)


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_no_refusal_says_a_word_of_morocco(village: Village, code: str) -> None:
    """Save the two that the control of a Moroccan number raises, which no number of Quebec is put under."""
    spared = {"ice-not-valid", "rib-not-valid"}
    assert {kind.check for kind in territory_named("quebec").identifiers} == {None}
    with speaking(code):
        texts = {key: translate(text) for key, text in village.house.extensions["refusals"].items() if key not in spared}
    assert {key: words for key, text in texts.items() if (words := foreign_words(text))} == {}


def test_money_numbers_and_clocks_are_those_of_quebec(village: Village) -> None:
    purchase = db.session.scalars(select(Purchase)).first()
    assert purchase is not None
    assert (purchase.currency, purchase.territory, purchase.phone) == ("CAD", "quebec", "+15145550199")
    certificate = db.session.scalars(select(Certificate)).one()
    page = text_of(Browser(village.house).get(f"/verify/{certificate.code}?lang=en"))
    assert territory_named("quebec").day_of(certificate.issued_at).strftime("%B %-d, %Y") in page
    assert all(order.promised_from > date(2026, 1, 1) for order in db.session.scalars(select(Order)))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="the tools of poppler are not installed")
@pytest.mark.parametrize("code", list(LANGUAGES))
def test_the_certificate_on_paper_says_nothing_of_morocco(village: Village, code: str) -> None:
    certificate = db.session.scalars(select(Certificate)).one()
    browser = Browser(village.house)
    sign_in(browser, village.people["operator"])
    paper = browser.get(f"/fr/academy/certificates/{certificate.code}.pdf?lang={code}").data
    read = ["pdftotext", "-layout", "-", "-"], ["pdfinfo", "-"]
    texts = [subprocess.run(tool, input=paper, capture_output=True, check=True).stdout.decode() for tool in read]
    assert f"/verify/{certificate.code}" in texts[0]
    assert [foreign_words(" ".join(text.split())) for text in texts] == [[], []]


def test_the_eye_of_this_test_sees() -> None:
    """What would be found if it stood on a page, and what would not."""
    for text in ("12,00 MAD", "au Maroc.", "+212 5 28", "ولاية الرباط", "Souss-Massa", "la région de Béni Mellal-Khénifra"):
        assert foreign_words(text), text
    for text in ("MADE", "Marocco", "1212", "Tiwizi", "a service"):
        assert not foreign_words(text), text
