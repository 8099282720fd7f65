"""Morocco and Quebec in one installation: what belongs to one is told in its words, money and hours, on every page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.housekeeping import rebuild_search
from app.engines.language import LANGUAGES, speaking
from app.engines.migrating import upgrade_database
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.territories.loading import territory_named
from catalog.models import Product
from orders.models import Order, Purchase
from projectbank.models import FoundingGroup, Sheet
from tests.browsing import Browser, post, sign_in, text_of
from tests.builders.academy import a_course
from tests.builders.accounts import a_cooperative
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import place, problems, recap
from tests.builders.projectbank import a_group, a_sheet
from tests.builders.quebec import Village, a_house, people_of
from tests.crawling import finder, foreign_words, pages_from

NORTH = territory_named("quebec")
NORTHERN = finder(
    {"CAD", "NEQ", "TPS", "GST", "TVQ", "QST", "Québec", "Quebec", "كيبك", "America/Toronto", "CA"}
    | {name for region in NORTH.regions for names in (region.names, region.short_names) for name in names.values()}
)
DOLLARS = re.compile(r"\$|\bCA\$|دولار")
CODE = re.compile(r"\b(?:QC|MA)-\d\d\b")  # a region that nobody has named
AT_HOME = {
    "region": "MA-09", "region_shown": "MA-09", "commune": "Agadir", "street": "3, rue du Port", "phone": "0612345678",
    "name": "Amina Idrissi", "mail": "amina@example.org",
}  # fmt: skip


def shown(page: str) -> str:
    """What a reader sees of a page's own part: no foot with the installation's home, no lists of languages, no addresses."""
    main = re.search("<main.*</main>", page, re.DOTALL)
    return unescape(re.sub(r"<script.*?</script>|<[^>]*>", " ", main[0] if main else "", flags=re.DOTALL))


def northern_words(text: str) -> list[str]:
    return sorted({*NORTHERN.findall(text), *DOLLARS.findall(text)})


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Morocco is at home; the people of Quebec's village have an office, an order, an idea and a course in both."""
    house = a_house(tmp_path_factory.mktemp("both"), "morocco", "quebec")
    with house.app_context(), speaking("fr"):
        upgrade_database()
        people = people_of(house)
        numbers = {"ice": "001525713000080"}
        shop = a_cooperative("Tigmi n Argan", chair=people["seller"], commune="Agadir", identifiers=numbers)
        oil = a_product(shop.id, "Huile d’argane", price=9_000)
        a_product(shop.id, "Savon", price=1_900)
        a_product(shop.id, "Amlou", price=1_700)
        browser = Browser(house)
        sign_in(browser, people["buyer"])
        buys(browser, oil)
        idea = a_sheet(people["buyer"], "Miel du Souss", region="MA-09", sector="agriculture", investment=30_000_000)
        a_sheet(
            people["buyer"], "Rucher du fleuve", territory="quebec", region="QC-11", sector="home_care", investment=40_000
        )
        a_group(people["buyer"], idea, name="Le miel")
        a_course("Prix du miel", owner=people["seller"])
        a_course("Soins à domicile", owner=people["seller"], territory="quebec", sector="home_care")
        rebuild_search()
        yield Village(house, people)
        db.session.remove()
        db.engine.dispose()


def buys(browser: FlaskClient, product: int) -> None:
    assert post(browser, "/fr/basket/lines", variant=variant_of(product), quantity=1).status_code == 303
    assert place(browser, recap(browser, **AT_HOME)).status_code == 303


def visiting(village: Village, role: str) -> FlaskClient:
    browser = Browser(village.house)
    if role != "visitor":
        sign_in(browser, village.people[role])
    return browser


def owners() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How the addresses of pages begin that belong to a thing of Morocco, and of Quebec."""
    ends: dict[str, list[str]] = {"morocco": [], "quebec": []}
    for slug, territory in db.session.execute(select(Organisation.slug, Organisation.territory)):
        ends[territory] += [f"cooperatives/{slug}", f"sell/{slug}", f"desk/organisations/{slug}"]
    goods = select(Product.slug, Organisation.territory).join(Organisation, Organisation.id == Product.organisation_id)
    for slug, territory in db.session.execute(goods):
        ends[territory].append(f"market/products/{slug}")
    for number, territory in db.session.execute(select(Purchase.number, Purchase.territory)):
        ends[territory].append(f"orders/{number}")
    for id_, slug, territory in db.session.execute(select(Sheet.id, Sheet.slug, Sheet.territory)):
        ends[territory] += [f"projects/{slug}", f"projects/mine/{id_}", f"desk/projects/{id_}"]
    groups = select(FoundingGroup.id, Sheet.territory).join(Sheet, Sheet.id == FoundingGroup.sheet_id)
    for id_, territory in db.session.execute(groups):
        ends[territory].append(f"projects/groups/{id_}")
    patterns = [re.compile(rf"^/../({'|'.join(map(re.escape, ends[key]))})(?![\w-])") for key in ("morocco", "quebec")]
    return patterns[0], patterns[1]


FEWEST = {"visitor": (4, 4), "buyer": (6, 8), "seller": (14, 14), "operator": (3, 7)}  # of Morocco's, of Quebec's


def crawls(village: Village, role: str, code: str) -> None:
    south, north = owners()
    starts = [f"/{code}/{page}" for page in ("", "market", "projects")]
    pages = {address: shown(text) for address, text in pages_from(visiting(village, role), starts, f"/{code}/")}
    of_south = {address: text for address, text in pages.items() if south.match(address)}
    of_north = {address: text for address, text in pages.items() if north.match(address)}
    assert {address: words for address, text in of_north.items() if (words := foreign_words(text))} == {}
    assert {address: words for address, text in of_south.items() if (words := northern_words(text))} == {}
    assert {address: codes for address, text in pages.items() if (codes := CODE.findall(text))} == {}
    fewest_south, fewest_north = FEWEST[role]
    assert len(of_south) >= fewest_south, sorted(of_south)
    assert len(of_north) >= fewest_north, sorted(of_north)


@pytest.mark.parametrize(("role", "code"), [("buyer", "ar"), ("operator", "en")])
def test_each_things_pages_speak_of_its_own_territory_alone(village: Village, role: str, code: str) -> None:
    """A language for each here; every role in every language with --long."""
    crawls(village, role, code)


@pytest.mark.long
@pytest.mark.parametrize("code", list(LANGUAGES))
@pytest.mark.parametrize("role", FEWEST)
def test_each_things_pages_speak_of_its_own_territory_alone_to_everybody(village: Village, role: str, code: str) -> None:
    crawls(village, role, code)


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_lists_of_both_name_every_place_and_show_each_price_in_its_currency(village: Village, code: str) -> None:
    browser = visiting(village, "operator")
    lists = ("", "market", "projects", "cooperatives", "academy", "desk/projects", "desk/organisations", "desk/orders")
    pages = {page: shown(browser.get(f"/{code}/{page}").get_data(as_text=True)) for page in lists}
    assert {page: codes for page, text in pages.items() if (codes := CODE.findall(text))} == {}
    assert {page for page, text in pages.items() if "home_care" in text} == set()
    market = re.sub("[\u200e\u200f\xa0\u202f \n]+", " ", pages["market"])
    expected = {"fr": ("90,00 MAD", "18,00 $CA"), "ar": ("90,00 د.م.", "18,00 CA$"), "en": ("MAD 90.00", "CA$18.00")}
    assert [price for price in expected[code] if price not in market] == [], market


def titles(page: str) -> list[str]:
    """The titles of a grid, in their order."""
    return [unescape(one) for one in re.findall(r'<h2 class="card-title"><a [^>]*>([^<]*)</a>', page)]


def test_a_price_is_compared_within_its_currency_alone_and_the_page_says_so(village: Village) -> None:
    browser = visiting(village, "visitor")
    market = "/fr/market?price_max=20"
    first, other = (browser.get(address).get_data(as_text=True) for address in (market, f"{market}&territory=quebec"))
    assert (titles(first), titles(other)) == (["Amlou", "Savon"], ["Sirop d’érable, 500 ml"])
    said = "Seul ce qui est compté en {} est montré"
    assert (said.format("MAD") in first, said.format("$") in first) == (True, False)
    assert said.format("$") in other
    assert 'name="territory" value="quebec"' in other


@pytest.mark.parametrize("words", ["", "&q=savon+amlou+sirop"])
def test_a_sort_by_price_takes_one_currency_after_the_other(village: Village, words: str) -> None:
    browser = visiting(village, "visitor")
    soap, amlou, oil, syrup = "Savon", "Amlou", "Huile d’argane", "Sirop d’érable, 500 ml"
    orders = {
        "cheap": [amlou, soap, oil, syrup],
        "dear": [oil, soap, amlou, syrup],
        "cheap&territory=quebec": [syrup, amlou, soap, oil],
        "dear&territory=quebec": [syrup, oil, soap, amlou],
    }
    for sort, expected in orders.items():
        page = browser.get(f"/fr/market?sort={sort}{words}").get_data(as_text=True)
        assert titles(page) == [one for one in expected if not words or one != oil], sort
        assert "les autres monnaies suivent, chacune à part." in page


def test_an_investment_is_compared_within_its_currency_alone(village: Village) -> None:
    browser = visiting(village, "visitor")
    both = ("Miel du Souss", "Rucher du fleuve")
    found = {}
    for query in ("investment_max=1000", "sort=small"):
        for there in ("", "&territory=quebec"):
            page = browser.get(f"/fr/projects?{query}{there}").get_data(as_text=True)
            found[query + there] = sorted((title for title in both if title in page), key=page.index)
    assert found == {
        "investment_max=1000": [],
        "investment_max=1000&territory=quebec": ["Rucher du fleuve"],
        "sort=small": ["Miel du Souss", "Rucher du fleuve"],
        "sort=small&territory=quebec": ["Rucher du fleuve", "Miel du Souss"],
    }


KEPT = ("/fr/", "/fr/market", "/fr/projects", "/fr/legal/terms", "/fr/cooperatives", "/fr/academy")


@pytest.mark.parametrize("address", KEPT)
def test_a_page_kept_for_one_territory_is_not_shown_in_the_other(village: Village, address: str) -> None:
    """Whoever asks first, and however often: each address is answered as it was the first time."""
    browser = visiting(village, "visitor")
    asked = (f"{address}?territory=quebec", address) * 4
    pages = [shown(browser.get(one).get_data(as_text=True)) for one in asked]
    assert [page == pages[at % 2] for at, page in enumerate(pages)] == [True] * 8
    assert (pages[0] != pages[1]) == (address not in ("/fr/cooperatives", "/fr/academy"))


def the_variant(slug: str) -> int:
    return variant_of(db.session.scalars(select(Product.id).where(Product.slug == slug)).one())


def test_a_basket_takes_goods_of_one_currency_and_says_why(village: Village) -> None:
    browser = visiting(village, "visitor")
    oil, syrup = (the_variant(slug) for slug in ("huile-d-argane", "sirop-d-erable-500-ml"))
    assert post(browser, "/fr/basket/lines", variant=oil, quantity=1).status_code == 303
    refused = post(browser, "/fr/basket/lines", variant=syrup, quantity=1)
    assert refused.status_code == 409
    assert "Votre panier" in text_of(refused)
    basket = shown(browser.get("/fr/basket").get_data(as_text=True))
    assert ("Huile d’argane" in basket, "Sirop" in basket) == (True, False)


def test_what_is_owed_is_kept_by_currency(village: Village) -> None:
    """Purchases of both, each with its orders in one currency and booked in it; `tiwizi check` asks the same."""
    orders = db.session.execute(select(Order.currency, Purchase.currency, Purchase.territory).join(Purchase))
    found = {(own, whole, territory) for own, whole, territory in orders}
    assert found == {("MAD", "MAD", "morocco"), ("CAD", "CAD", "quebec")}
    assert problems(village.house) == []


def test_the_terms_are_those_of_the_sellers_territory(village: Village) -> None:
    browser = visiting(village, "visitor")
    syrup = the_variant("sirop-d-erable-500-ml")
    assert post(browser, "/fr/basket/lines", variant=syrup, quantity=1).status_code == 303
    checkout = browser.get("/fr/checkout").get_data(as_text=True)
    assert 'href="/fr/legal/terms?territory=quebec"' in checkout
    terms = shown(browser.get("/fr/legal/terms?territory=quebec").get_data(as_text=True))
    assert ("Québec" in terms, foreign_words(terms.replace("Maroc", "", 1))) == (True, [])


def test_an_organisation_an_idea_and_a_course_are_begun_in_either(village: Village) -> None:
    """The page of home leads to that of the other; what is sent there is written there."""
    browser = visiting(village, "seller")
    for page in ("account/organisations/new", "projects/propose", "academy/teach/new"):
        home = browser.get(f"/fr/{page}").get_data(as_text=True)
        assert f'href="/fr/{page}?territory=quebec"' in home
        there = browser.get(f"/fr/{page}?territory=quebec").get_data(as_text=True)
        assert f'action="/fr/{page}?territory=quebec"' in there
    facts = {"kind": "cooperative", "name": "Les Pommes d’Oka", "sector": "agriculture", "region": "QC-15"}
    sent = post(browser, "/fr/account/organisations/new?territory=quebec", **facts)
    assert sent.status_code == 303, text_of(sent)
    founded = select(Organisation.territory).where(Organisation.slug == "les-pommes-d-oka")
    assert db.session.scalars(founded).one() == "quebec"
    refused = post(browser, "/fr/account/organisations/new", **{**facts, "name": "Les Poires"})
    assert refused.status_code == 422


def test_a_day_in_a_list_is_the_day_of_the_thing_itself(village: Village) -> None:
    """Half past midnight in Casablanca, still the evening before in Montreal: the list says what the page says."""
    browser = visiting(village, "buyer")
    with time_machine.travel(datetime(2026, 12, 30, 23, 30, tzinfo=UTC), tick=True), transaction() as session:
        session.execute(update(Purchase).values(created_at=now()))
    listed = re.findall(r"\d+ (?:décembre|déc\.) 2026", shown(browser.get("/fr/orders").get_data(as_text=True)))
    assert sorted(listed) == ["30 décembre 2026", "31 décembre 2026"]
