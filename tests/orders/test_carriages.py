"""Goods that are no parcels: a goat is collected, and a night is asked for on a day."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.own_data import Whose
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, Invalid
from orders.models import Order, Purchase
from orders.services.checkout import prepare
from orders.services.erasure import erase_buyer
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import CASABLANCA, TERMS, a_guest, a_purchase, a_wish, orders_of, problems, puts, takes

ASKED = "le samedi 12, à deux"
BUYER = {"name": "Nadia Berrada", "phone": "0612345678", "region": CASABLANCA, "region_shown": CASABLANCA}
BUYER |= {"commune": "Casablanca", "street": "12, rue des Orangers", "method": "cash", "terms": "y"}


@pytest.fixture
def chair(app: Flask) -> Person:
    return a_person("Aïcha")


@pytest.fixture
def shop(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair)


def of_kind(shop: Organisation, title: str, category: str) -> int:
    return variant_of(a_product(shop.id, title, category=category))


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Purchase)) or 0


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_a_night_is_asked_for_on_a_day(client: FlaskClient, chair: Person, shop: Organisation) -> None:
    night = of_kind(shop, "Nuit au gîte", "lodging")
    post(client, "/fr/basket/lines", variant=str(night), quantity="1")
    assert "Cela se passe sur place" in text_of(client.get("/fr/basket"))
    page = client.get("/fr/checkout").get_data(as_text=True)
    assert "MAD" not in page.split("delivery_")[1].split("</fieldset>")[0]  # no fee: nothing is sent
    fields = {**BUYER, "key": hidden(page).get("key", ""), f"delivery_{shop.id}": "visit-0"}
    silent = post(client, "/fr/checkout", **fields, step="recap")
    assert (silent.status_code, f'href="#asked_{shop.id}"' in silent.get_data(as_text=True)) == (422, True)
    recap = post(client, "/fr/checkout", **fields, **{f"asked_{shop.id}": ASKED}, step="recap")
    assert (recap.status_code, ASKED in text_of(recap)) == (200, True)
    without = {**hidden(recap.get_data(as_text=True)), "step": "place"}
    without.pop(f"asked_{shop.id}")
    assert (post(client, "/fr/checkout", **without).status_code, count()) == (422, 0)
    bought = post(client, "/fr/checkout", **hidden(recap.get_data(as_text=True)), step="place")
    assert bought.status_code == 303
    order = db.session.scalars(select(Order)).one()
    assert (order.delivery_kind, order.delivery_fee, order.asked) == ("visit", 0, ASKED)
    page = text_of(client.get(bought.location))
    assert (ASKED in page, "un jour à convenir ensemble" in page, "promis" in page) == (True, True, False)


def test_the_cooperative_reads_the_day_and_it_takes_place(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation
) -> None:
    purchase = a_purchase({of_kind(shop, "Nuit au gîte", "lodging"): 1}, asked={shop.id: ASKED})
    (order,) = orders_of(purchase)
    letter = db.session.scalars(select(Letter.body).where(Letter.recipient == "nadia@example.org")).first()
    assert f"un jour à convenir. Vous avez demandé\u00a0: {ASKED}" in str(letter)
    sign_in(client, chair)
    page = text_of(client.get(f"/fr/sell/{shop.slug}/orders/{order.number}"))
    assert (ASKED in page, "rue des Orangers" in page) == (True, False)
    takes(actor_of(chair), order, "accept")
    page = text_of(client.get(f"/fr/sell/{shop.slug}/orders/{order.number}"))
    assert ("Tout est prêt" in page, "emballé" in page) == (True, False)
    takes(actor_of(chair), orders_of(purchase)[0], "pack")
    takes(actor_of(chair), orders_of(purchase)[0], "hand-over")
    page = text_of(client.get(f"/fr/orders/{purchase.number}?key={purchase.key}"))
    assert ("A eu lieu" in page, "Livrée" in page) == (True, False)
    assert problems(app) == []


def test_without_a_day_nothing_is_written(shop: Organisation) -> None:
    buyer = a_guest()
    puts(buyer, {of_kind(shop, "Nuit au gîte", "lodging"): 1})
    with pytest.raises(Invalid) as refused, transaction():
        prepare(buyer, a_wish(buyer), TERMS)
    assert (refused.value.code, refused.value.field, count()) == ("day-not-said", f"asked_{shop.id}", 0)


def test_a_goat_is_collected_and_what_lies_beside_it_too(client: FlaskClient, shop: Organisation) -> None:
    purchase = a_purchase({of_kind(shop, "Chèvre", "livestock"): 1, of_kind(shop, "Miel", "honey"): 2})
    (order,) = orders_of(purchase)
    assert (order.delivery_kind, order.delivery_fee, order.asked) == ("pickup", 0, None)
    goat = of_kind(shop, "Bouc", "livestock")
    for variant in (goat, of_kind(shop, "Savon", "soaps")):
        post(client, "/fr/basket/lines", variant=str(variant), quantity="1")
    page = text_of(client.get("/fr/basket"))
    assert "commandez-les à part" in page


def test_a_form_that_has_a_goat_sent_is_refused(shop: Organisation) -> None:
    buyer = a_guest()
    puts(buyer, {of_kind(shop, "Chèvre", "livestock"): 1})
    with pytest.raises(Conflict) as refused, transaction():
        prepare(buyer, a_wish(buyer, deliveries={shop.id: "delivery-0"}), TERMS)
    assert (refused.value.code, count()) == ("delivery-changed", 0)


def test_what_was_asked_for_a_parcel_is_not_kept(shop: Organisation) -> None:
    """A field that the page did not have says nothing."""
    (order,) = orders_of(a_purchase({of_kind(shop, "Miel", "honey"): 1}, asked={shop.id: ASKED}))
    assert (order.delivery_kind, order.asked) == ("delivery", None)


def test_who_is_erased_asks_for_no_day(shop: Organisation) -> None:
    person = a_person("Nadia")
    purchase = a_purchase({of_kind(shop, "Nuit au gîte", "lodging"): 1}, actor=actor_of(person), asked={shop.id: ASKED})
    with transaction():
        erase_buyer(Whose(person.id, frozenset()), "Personne 1")
    (order,) = orders_of(purchase)
    assert (order.asked, order.total) == (None, 12_000)
