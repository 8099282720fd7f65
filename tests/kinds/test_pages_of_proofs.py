"""Pages of labels and permits, as the cooperative, the desk and strangers read them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from app.engines.housekeeping import drain_search
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.queries.requirements import requirements_at
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import create_product, publish
from catalog.services.proofs import ProofFacts, attest, refuse_proof, waive
from catalog.services.requirements import set_requirement
from orders.models import Basket, BasketLine
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.proofs import a_proof, a_sent_proof
from tests.kinds.pressing import Stage
from tests.kinds.written import Page, check_written, standing_still
from tests.schema import empty_tables

pytestmark = pytest.mark.sqlite_only


class Proofs:
    """A cooperative that stands in every way with what is asked of it, and an office that has changed what is asked."""

    def __init__(self, house: Flask) -> None:
        chair, office, own = a_person("Aïcha", "aicha@example.org"), an_operator("Samira"), an_operator("Driss")
        self.shop = a_cooperative("Tifawin", chair=chair, labels=["ab", "terroir-du-maroc"])
        bare, shop_id = a_cooperative("Anzar", chair=chair), self.shop.id
        joins(own, self.shop, "seller")
        facts = ProductFacts("argan-oil", labels=("igp", "ab"))
        who, desk = actor_of(chair), actor_of(office)
        with transaction():
            oil = create_product(who, shop_id, {"fr": TextFacts("Huile d’argane")}, [VariantFacts(9_000, stock=3)], facts)
            publish(who, oil)
        verified = a_proof(chair, self.shop, office, "igp", oil, date(2026, 3, 20))
        self.ids = {
            "verified": verified,
            "sent": a_sent_proof(chair, self.shop, "igp", oil, date(2027, 3, 20)),
            "refused": a_sent_proof(chair, self.shop, "terroir-du-maroc"),
            "for good": a_proof(chair, self.shop, office, "label-agricole"),
        }
        a_proof(chair, bare, office, "onssa", None, date(2027, 1, 31))
        waiting = a_cooperative("Adrar", chair=chair, permitted=False)
        self.honey = a_product(waiting.id, "Miel de thym", stock=4)
        self.nameless = a_product(waiting.id, "Surprise", published=False, category=None)
        known = requirements_at("morocco", now())
        with transaction():
            refuse_proof(desk, self.ids["refused"], "Le numéro est illisible.", now())
            self.ids["waived"] = waive(desk, shop_id, ProofFacts("registre"), None, "Connue de l’office.", now())
            self.ids["attested"] = attest(who, shop_id, ProofFacts("fait-par-les-membres"), now())
            set_requirement(desk, "morocco", known["registre"], now(), "Le registre est public.", now(), new=False)
            fair = replace(known["commerce-equitable"], asked=False, sectors=("agriculture", "handicraft"))
            set_requirement(desk, "morocco", fair, now(), "Personne ne le demande.", now(), new=False)
            spring = now() + timedelta(days=30)
            set_requirement(desk, "morocco", replace(fair, asked=True), spring, "Demandé au printemps.", now(), new=False)
        self.people = {"chair": chair, "office": office, "own": own}
        self.people_ids = {name: person.id for name, person in self.people.items()}
        drain_search()
        with transaction() as session:
            held = Basket(person_id=chair.id, guest=None, changed_at=now())
            session.add(held)
            session.flush()
            session.add(BasketLine(basket_id=held.id, variant_id=variant_of(self.honey), count=1, price_seen=12_000))
        self.stage = Stage(house, self.people)


@pytest.fixture(scope="module")
def proofs(_house: Flask) -> Iterator[Proofs]:
    with _house.app_context(), standing_still():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Proofs(_house)


def pages(proofs: Proofs) -> dict[str, Page]:
    home, desk = "/fr/sell/tifawin", "/fr/desk"
    waive_page, new = f"{desk}/cooperatives/tifawin/proofs", f"{desk}/new-requirement"
    sent = proofs.ids["sent"]
    return {
        "office of the cooperative": Page("chair", f"{home}/"),
        "labels and permits": Page("chair", f"{home}/proofs?paper=7"),
        "labels and permits in Arabic": Page("chair", "/ar/sell/tifawin/proofs"),
        "labels and permits of a bare one": Page("chair", "/fr/sell/anzar/proofs"),
        "permits that are missing": Page("chair", "/fr/sell/adrar/proofs"),
        "office of one that waits": Page("chair", "/fr/sell/adrar/"),
        "goods that wait": Page("chair", "/fr/sell/adrar/products"),
        "a product that waits": Page("chair", f"/fr/sell/adrar/products/{proofs.honey}"),
        "a product of no kind": Page("chair", f"/ar/sell/adrar/products/{proofs.nameless}"),
        "a basket of what waits": Page("chair", "/fr/basket"),
        "a document to send": Page("chair", f"{home}/proofs/new?requirement=ab"),
        "a document without a photograph": Page(
            "chair", f"{home}/proofs/new", {"requirement": "ab", "expires_on": "demain"}
        ),
        "product for a stranger": Page("guest", "/fr/market/products/huile-dargane"),
        "cooperative for a stranger": Page("guest", "/ar/cooperatives/tifawin"),
        "desk": Page("office", f"{desk}/"),
        "desk, an organisation": Page("office", f"{desk}/organisations/tifawin"),
        **{
            f"desk, {state} ones": Page("office", f"{desk}/proofs?state={state}")
            for state in ("sent", "verified", "revoked")
        },
        **{f"desk, one {name}": Page("office", f"{desk}/proofs/{one}") for name, one in proofs.ids.items()},
        "desk, one opened": Page("office", f"{desk}/proofs/{sent}?paper=7"),
        "desk, one of the own": Page("own", f"{desk}/proofs/{sent}"),
        "desk, verified too late": Page("office", f"{desk}/proofs/{sent}/verify", {"expires_on": "2025-01-01"}),
        "desk, refused without a reason": Page("office", f"{desk}/proofs/{sent}/refuse", {"reason": ""}),
        "desk, a cooperative": Page("office", waive_page),
        "desk, the own cooperative": Page("own", waive_page),
        "desk, waived without a reason": Page("office", waive_page, {"requirement": "igp", "reason": ""}),
        "what is asked": Page("office", f"{desk}/requirements"),
        "what is asked, one changed": Page("office", f"{desk}/requirements/registre"),
        "what is asked, one as it began": Page("office", f"{desk}/requirements/igp"),
        "what is asked, one that will be asked again": Page("office", f"{desk}/requirements/commerce-equitable"),
        "something else to ask": Page("office", new),
        "something else, mistaken": Page("office", new, {"key": "Mon Label", "reason": "Pour voir", "proof": "document"}),
    }


def test_pages_of_labels_and_permits_are_as_they_were_written(proofs: Proofs, write_pages: bool) -> None:
    check_written("proofs", proofs.stage.browsers, pages(proofs), write_pages, proofs.people_ids)
