"""An installation with a cooperative of Quebec, made through the services and the pages."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from academy.services.certificates import issue_certificate
from app.accounts.models import Organisation, Person
from app.accounts.services.bank import set_bank
from app.accounts.services.organisations import OrganisationFacts, Words, found_organisation
from app.accounts.services.verification import submit_organisation, verify_organisation
from app.engines.db import db
from app.engines.language import LANGUAGES
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.settings import read_settings
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import create_product, publish
from catalog.services.proofs import ProofFacts, waive
from tests.browsing import Browser, post, sign_in
from tests.builders.academy import COSTS, WORK, a_course, finishes
from tests.builders.accounts import a_person, actor_of, an_operator, joins
from tests.builders.catalog import variant_of
from tests.builders.orders import place, recap
from tests.builders.projectbank import a_group, a_sheet, invited, some_words


def a_house(instance: Path, *territories: str) -> Flask:
    """An installation that serves these, the first one at home."""
    settings = read_settings(
        {},
        INSTANCE=instance,
        DEMO=True,
        TERRITORIES=territories,
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
    with transaction():
        waive(actor_of(operator), organisation_id, ProofFacts("permis-mapaq"), None, "Vu à la cabane.", now())
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


def buy(house: Flask, who: Person | None, product: int, code: str) -> None:
    """One jar, through the pages, in cash."""
    browser = Browser(house)
    if who is not None:
        sign_in(browser, who)
    assert post(browser, f"/{code}/basket/lines", variant=variant_of(product), quantity=1).status_code == 303
    fields = recap(browser, language=code, **WISH)
    assert place(browser, fields, language=code).status_code == 303


@dataclass
class Village:
    """What stands in the installation, and who comes by."""

    house: Flask
    people: dict[str, Person]


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
