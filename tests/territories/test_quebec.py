"""An installation of Quebec alone: on every page anybody can reach, in its letters and in its maps, nothing of Morocco."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from academy.models import Certificate
from app.engines.db import db
from app.engines.housekeeping import rebuild_search
from app.engines.language import LANGUAGES, speaking, translate
from app.engines.mail import Letter
from app.engines.migrating import upgrade_database
from app.territories.loading import territory_named
from orders.models import Order, Purchase
from tests.browsing import Browser, post, sign_in, text_of
from tests.builders.catalog import variant_of
from tests.builders.orders import place, recap
from tests.builders.quebec import WISH, Village, a_house, people_of
from tests.crawling import foreign_words, pages_from


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    house = a_house(tmp_path_factory.mktemp("quebec"), "quebec")
    with house.app_context(), speaking("fr"):
        upgrade_database()
        found = Village(house, people_of(house))
        rebuild_search()
        yield found
        db.session.remove()
        db.engine.dispose()


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
