"""Goods of a kind that needs a permit are sold while it is proved: to the second, and again as soon as it is renewed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Organisation, Person
from app.accounts.services.verification import reinstate_organisation, suspend_organisation
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.jobs import run_due_jobs
from app.engines.keeping import keeping
from app.engines.transactions import transaction
from app.kernel.errors import Conflict
from catalog.jobs import look_at_proofs
from catalog.models import Product
from catalog.queries import offers_of
from catalog.queries.market import LISTED_SLUGS
from catalog.queries.permits import broken_permits
from catalog.queries.requirements import requirements_at
from catalog.rules.facts import ProductFacts, VariantFacts
from catalog.services.products import edit_product
from catalog.services.proofs import ProofFacts, revoke_proof, waive, withdraw_proof
from catalog.services.requirements import set_requirement
from orders.queries.baskets import view_basket
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_guest, a_purchase, puts, wanted_by
from tests.builders.proofs import a_proof, a_sent_proof
from tests.catalog.test_found_at_scale import found_of

TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
LAST = date(2026, 6, 30)
END = datetime(2026, 6, 30, 23, tzinfo=UTC)  # midnight in Rabat
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(TODAY, tick=False) as travelling:
        yield travelling


@pytest.fixture
def chair(app: Flask, clock: Any) -> Person:
    return a_person("Aïcha", "aicha@example.org")


@pytest.fixture
def tifawin(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair, permitted=False)


@pytest.fixture
def office(tifawin: Organisation) -> Person:
    return an_operator()


@pytest.fixture
def honey(tifawin: Organisation) -> int:
    return a_product(tifawin.id, "Miel de thym", category="honey")


@pytest.fixture
def bowl(tifawin: Organisation) -> int:
    return a_product(tifawin.id, "Panier tressé", category="basketry")


def sold(client: FlaskClient, product_id: int) -> set[str]:
    """Where a stranger meets the product, who asks every list and every door."""
    product = db.session.get_one(Product, product_id)
    title = {text for text in ("Miel de thym", "Panier tressé") if text.split()[0].lower() in product.slug}.pop()
    with client.application.app_context():
        drain_search()
        db.session.rollback()
        found = client.application.extensions["search"].ids("product", title).ids
        offer = offers_of([variant_of(product_id)], "fr")[variant_of(product_id)]
    pages = {
        "home": "/fr/",
        "market": "/fr/market",
        "kind": f"/fr/market?category={product.category}",
        "search": f"/fr/market?q={title}",
        "price": "/fr/market?price_min=1&sort=cheap",
        "cooperative": "/fr/cooperatives/tifawin",
    }
    places = {name for name, address in pages.items() if f"/market/products/{product.slug}" in text_of(client.get(address))}
    places |= {"page"} if client.get(f"/fr/market/products/{product.slug}").status_code == 200 else set()
    places |= {"map of the site"} if product.slug in db.session.scalars(LISTED_SLUGS).all() else set()
    places |= {"index"} if product_id in found else set()
    return places | ({"offer"} if offer.sellable else set())


EVERYWHERE = {"home", "market", "kind", "search", "price", "cooperative", "page", "map of the site", "index", "offer"}


def test_food_sells_with_its_permit_alone_and_crafts_without(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, honey: int, bowl: int
) -> None:
    assert (sold(client, honey), sold(client, bowl)) == (set(), EVERYWHERE)
    sent = a_sent_proof(chair, tifawin, "onssa", None, LAST)
    assert sold(client, honey) == set()  # a document that nobody has read
    with transaction():
        withdraw_proof(actor_of(chair), tifawin.id, sent, TODAY)
    a_proof(chair, tifawin, office, "onssa", None, LAST)
    assert (sold(client, honey), sold(client, bowl)) == (EVERYWHERE, EVERYWHERE)
    assert broken_permits() == []


def test_it_stops_at_the_second_its_permit_ends_and_is_back_when_renewed(
    client: FlaskClient, clock: Any, chair: Person, tifawin: Organisation, office: Person, honey: int, bowl: int
) -> None:
    a_proof(chair, tifawin, office, "onssa", None, LAST)
    clock.move_to(END - SECOND)
    assert sold(client, honey) == EVERYWHERE
    clock.move_to(END)
    assert sold(client, honey) == {"index"}  # at once, before any job; the index is asked, and its hit is left out
    assert sold(client, bowl) == EVERYWHERE
    look_at_proofs()
    assert (sold(client, honey), sold(client, bowl), broken_permits()) == (set(), EVERYWHERE, [])
    a_proof(chair, tifawin, office, "onssa", None, date(2027, 6, 30))
    assert (sold(client, honey), broken_permits()) == (EVERYWHERE, [])


def test_a_permit_that_was_followed_by_another_one_in_time_never_stops_it(
    client: FlaskClient, clock: Any, chair: Person, tifawin: Organisation, office: Person, honey: int
) -> None:
    a_proof(chair, tifawin, office, "onssa", None, LAST)
    a_proof(chair, tifawin, office, "onssa", None, date(2027, 6, 30))
    clock.move_to(END + SECOND)
    look_at_proofs()
    assert sold(client, honey) == EVERYWHERE


def test_kept_pages_of_lists_end_with_the_permit(
    client: FlaskClient, clock: Any, chair: Person, tifawin: Organisation, office: Person, honey: int
) -> None:
    a_proof(chair, tifawin, office, "onssa", None, LAST)
    clock.move_to(END - timedelta(seconds=20))
    pages = ("/fr/", "/fr/market", "/fr/cooperatives", "/fr/cooperatives/tifawin", "/fr/market?category=honey")
    for page in pages * 3:
        kept = client.get(page).headers["Cache-Control"]
        assert "s-maxage" not in kept or int(kept.split("s-maxage=")[1].split(",")[0]) <= 20, page
    clock.move_to(END)
    for page in pages:
        assert "Miel de thym" not in text_of(client.get(page)), page
    assert "1 produit" not in text_of(client.get("/fr/cooperatives"))


def test_what_a_process_keeps_ends_with_the_permit(
    client: FlaskClient,
    clock: Any,
    chair: Person,
    tifawin: Organisation,
    office: Person,
    honey: int,
    bowl: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lists, counts and tables that are kept for all visitors: nothing changes in the database at that moment."""
    a_proof(chair, tifawin, office, "onssa", None, LAST)
    drain_search()
    monkeypatch.setattr(keeping(), "most", 1000)
    slug = db.session.get_one(Product, bowl).slug
    lists = {
        **dict.fromkeys(
            ("market?sort=cheap", "market?sort=new", "cooperatives/tifawin", f"market/products/{slug}"), "Miel de thym"
        ),
        "market/suggest?q=miel": "Miel",
    }
    clock.move_to(END - SECOND)
    for page, word in [*lists.items()] * 2:
        assert word in text_of(client.get(f"/fr/{page}")), page
    assert 'value="food"' in client.get("/fr/market").get_data(as_text=True)
    assert [found_of(client, f"/fr/market?sort={order}") for order in ("new", "cheap")] == [2, 2]
    clock.move_to(END)
    for page, word in lists.items():
        assert word not in text_of(client.get(f"/fr/{page}")), page
    assert 'value="food"' not in client.get("/fr/market").get_data(as_text=True)
    assert [found_of(client, f"/fr/market?sort={order}") for order in ("new", "cheap")] == [1, 1]
    keeping().forget()


@pytest.mark.parametrize("what", ["revoked", "withdrawn"])
def test_what_is_taken_back_stops_at_once(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, honey: int, bowl: int, what: str
) -> None:
    proof_id = a_proof(chair, tifawin, office, "onssa")
    assert sold(client, honey) == EVERYWHERE
    with transaction():
        if what == "revoked":
            revoke_proof(actor_of(office), proof_id, "Une fraude.", TODAY)
        else:
            withdraw_proof(actor_of(chair), tifawin.id, proof_id, TODAY)
    assert (sold(client, honey), sold(client, bowl), broken_permits()) == (set(), EVERYWHERE, [])


def test_one_of_the_goods_may_have_a_permit_of_its_own(
    client: FlaskClient, clock: Any, chair: Person, tifawin: Organisation, office: Person, honey: int
) -> None:
    oil = a_product(tifawin.id, "Panier de figues", category="figs-raisins")
    a_proof(chair, tifawin, office, "onssa", honey, LAST)
    assert "offer" in sold(client, honey)
    assert not offers_of([variant_of(oil)], "fr")[variant_of(oil)].sellable
    clock.move_to(END)
    assert "offer" not in sold(client, honey)
    assert broken_permits() == []


def test_what_is_not_asked_of_a_cooperative_is_sold_until_then(
    client: FlaskClient, clock: Any, tifawin: Organisation, office: Person, honey: int
) -> None:
    with transaction():
        waive(actor_of(office), tifawin.id, ProofFacts("onssa"), LAST, "Le document est chez nous.", TODAY)
    clock.move_to(END - SECOND)
    assert "offer" in sold(client, honey)
    clock.move_to(END)
    assert "offer" not in sold(client, honey)


def test_what_a_thing_is_decides_and_of_no_kind_it_may_be_food(
    client: FlaskClient, chair: Person, tifawin: Organisation, honey: int, bowl: int
) -> None:
    nameless = a_product(tifawin.id, "Panier surprise", category=None)
    assert not offers_of([variant_of(nameless)], "fr")[variant_of(nameless)].sellable
    for product, category, there in ((nameless, "basketry", True), (bowl, "honey", False)):
        with transaction():
            size = [VariantFacts(12_000, id=variant_of(product))]
            version = db.session.get_one(Product, product).version
            edit_product(actor_of(chair), product, version, ProductFacts(category), size)
        assert offers_of([variant_of(product)], "fr")[variant_of(product)].sellable is there
    assert broken_permits() == []


def test_the_office_asks_from_a_day_on_and_stops_asking(
    client: FlaskClient, clock: Any, tifawin: Organisation, office: Person, honey: int, bowl: int
) -> None:
    asked = requirements_at("morocco", TODAY)
    registre = asked["registre"]
    wanted = registre.__class__(
        **{**{name: getattr(registre, name) for name in registre.__slots__}, "needed_for": ("crafts",)}
    )
    off = registre.__class__(**{**{name: getattr(asked["onssa"], name) for name in registre.__slots__}, "asked": False})
    begins = datetime(2026, 4, 1, 0, tzinfo=UTC)
    with transaction():
        set_requirement(actor_of(office), "morocco", wanted, begins, "Demandé.", TODAY, new=False)
        set_requirement(actor_of(office), "morocco", off, begins, "Plus demandé.", TODAY, new=False)
    assert (sold(client, bowl), sold(client, honey)) == (EVERYWHERE, set())
    clock.move_to(begins - SECOND)
    assert "offer" in sold(client, bowl)
    clock.move_to(begins)
    assert "offer" not in sold(client, bowl)  # to the second
    run_due_jobs()
    assert (sold(client, bowl), sold(client, honey), broken_permits()) == (set(), EVERYWHERE, [])


def test_suspension_hides_all_and_reinstatement_brings_back_what_is_permitted(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, honey: int, bowl: int
) -> None:
    with transaction():
        suspend_organisation(actor_of(office), tifawin.id, "Papiers échus", TODAY)
    assert (sold(client, honey), sold(client, bowl)) == (set(), set())
    with transaction():
        reinstate_organisation(actor_of(office), tifawin.id, TODAY)
    assert (sold(client, honey), sold(client, bowl)) == (set(), EVERYWHERE)


def test_a_basket_is_kept_and_says_which_line_waits_and_the_press_names_it(
    clock: Any, chair: Person, tifawin: Organisation, office: Person, honey: int, bowl: int
) -> None:
    a_proof(chair, tifawin, office, "onssa", None, LAST)
    jar, basket, buyer = variant_of(honey), variant_of(bowl), a_guest()
    puts(buyer, {jar: 1, basket: 2})
    clock.move_to(END)
    seen = view_basket(buyer, "fr")
    assert [(item.offer.title, item.problem) for item in seen.groups[0].items] == [
        ("Miel de thym", "waits"),
        ("Panier tressé", None),
    ]
    assert (seen.ready, seen.goods and seen.goods.amount) == (False, 24_000)
    with pytest.raises(Conflict) as refused:
        a_purchase({jar: 1, basket: 2}, actor=buyer)
    assert (refused.value.code, refused.value.facts["title"]) == ("waits-for-permit", "Miel de thym")
    db.session.rollback()
    assert wanted_by(buyer) == {jar: 1, basket: 2}
    other = a_guest()
    with pytest.raises(Conflict, match="waits-for-permit"):
        puts(other, {jar: 1})
    db.session.rollback()
    assert a_purchase({basket: 1}, actor=other).total > 0
    a_proof(chair, tifawin, office, "onssa", None, date(2027, 6, 30))
    assert view_basket(buyer, "fr").ready


def test_the_pages_of_the_basket_and_the_checkout_say_it_in_words(
    client: FlaskClient, clock: Any, chair: Person, tifawin: Organisation, office: Person, honey: int, bowl: int
) -> None:
    a_proof(chair, tifawin, office, "onssa", None, LAST)
    clock.move_to(END - timedelta(hours=1))
    for product in (honey, bowl):
        assert post(client, "/fr/basket/lines", variant=variant_of(product), quantity=1).status_code == 303
    clock.move_to(END)
    page = text_of(client.get("/fr/basket"))
    assert (page.count("Pas en vente pour l’instant"), "Commander" in page) == (1, False)
    answer = client.get("/fr/checkout", follow_redirects=True)
    assert "Miel de thym" in text_of(answer)


def test_the_seller_reads_why_and_what_to_do(
    client: FlaskClient, chair: Person, tifawin: Organisation, honey: int, bowl: int
) -> None:
    sign_in(client, chair)
    assert "en attente d’autorisation" in text_of(client.get("/fr/sell/tifawin/"))
    assert text_of(client.get("/fr/sell/tifawin/products")).count("Attend son autorisation") == 1
    page = text_of(client.get(f"/fr/sell/tifawin/products/{honey}"))
    assert ("Agrément sanitaire ONSSA" in page, "/fr/sell/tifawin/proofs" in page) == (True, True)
    assert "Agrément sanitaire ONSSA" not in text_of(client.get(f"/fr/sell/tifawin/products/{bowl}")).split("<form")[0]
    assert post(client, f"/fr/sell/tifawin/products/{honey}/withdraw").status_code == 303
    answer = post(client, f"/fr/sell/tifawin/products/{honey}/publish")
    said = text_of(client.get(answer.location))
    assert "Il sera vendu dès que son autorisation sera vérifiée" in said
    assert "Pas de vente sans cela" in text_of(client.get("/fr/sell/tifawin/proofs"))
