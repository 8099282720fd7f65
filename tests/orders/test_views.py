"""The pages of orders through a browser without script: basket, checkout, the buyer's page, the office, the desk."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.accounts.signals import guest_signed_in
from app.engines.db import db
from app.engines.sessions import SessionRow
from app.engines.transactions import transaction
from catalog.models import DeliveryZone, Product, Variant
from orders.models import Order, Purchase
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.orders import (
    CONTACT,
    a_purchase,
    a_variant,
    an_order,
    costs,
    orders_of,
    place,
    problems,
    recap,
    stock_of,
    takes,
)


class Village:
    """Two cooperatives with their people and one good each."""

    def __init__(self) -> None:
        self.chair, self.packer, self.other = a_person("Aïcha"), a_person("Hassan"), a_person("Brahim")
        self.tifawin = a_cooperative(
            "Tifawin", chair=self.chair, identifiers={"ice": "001526448000078"}, phone="+212528000001"
        )
        self.assif = a_cooperative("Assif", chair=self.other)
        joins(self.packer, self.tifawin, "packer")
        self.oil = a_variant(self.tifawin.id, 12_000, 10, "Huile d’argane")
        self.honey = a_variant(self.assif.id, 9_000, 5, "Miel de thym")


@pytest.fixture
def village(app: Flask) -> Village:
    return Village()


def rows(table: Any = Purchase) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def fills(client: FlaskClient, **wanted: int) -> None:
    for name, quantity in wanted.items():
        answer = post(client, "/fr/basket/lines", variant=name.removeprefix("v"), quantity=quantity)
        assert answer.status_code == 303


def test_a_guest_buys_from_two_cooperatives_in_cash(app: Flask, client: FlaskClient, village: Village) -> None:
    assert "Votre panier est vide" in text_of(client.get("/fr/basket"))
    assert rows(SessionRow) == 0
    fills(client, **{f"v{village.oil}": 2, f"v{village.honey}": 1})
    page = text_of(client.get("/fr/basket"))
    assert "Tifawin" in page
    assert "Assif" in page
    fields = recap(client)
    assert fields["total_seen"] == str(24_000 + 3_000 + 9_000 + 3_000)
    answer = place(client, fields)
    assert answer.status_code == 303
    purchase = db.session.scalars(select(Purchase)).one()
    assert answer.location == f"/fr/orders/{purchase.number}?key={purchase.key}&thanks=1"
    page = text_of(client.get(answer.location))
    assert purchase.number in page
    assert "Huile d’argane" in page
    assert [order.total for order in orders_of(purchase)] == [27_000, 12_000]
    assert stock_of(village.oil) == (8, 8)
    assert problems(app) == []


def test_the_same_form_sent_twice_is_one_purchase(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.oil}": 2})
    fields = recap(client)
    first, second = place(client, fields), place(client, fields)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert rows() == rows(Order) == 1
    assert stock_of(village.oil) == (8, 8)


def test_another_guest_with_the_same_form_does_not_see_the_order(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.oil}": 2})
    fields = recap(client)
    assert place(client, fields).status_code == 303
    purchase = db.session.scalars(select(Purchase)).one()
    other = app.test_client()
    fills(other, **{f"v{village.oil}": 1})
    answer = place(other, {**fields, "total_seen": "15000"})
    assert answer.status_code == 409
    assert purchase.key not in answer.get_data(as_text=True)
    assert rows() == 1
    assert stock_of(village.oil) == (8, 8)


def test_a_changed_price_shows_both_totals_and_orders_nothing(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.oil}": 2})
    fields = recap(client)
    costs(village.oil, 13_000)
    answer = place(client, fields)
    assert answer.status_code == 409
    assert "270,00" in text_of(answer)
    assert "290,00" in text_of(answer)
    assert rows() == 0
    assert stock_of(village.oil) == (10, 10)
    again = re.search(r'name="total_seen" value="(\d+)"', answer.get_data(as_text=True))
    assert again is not None
    assert place(client, {**fields, "total_seen": again[1]}).status_code == 303
    assert rows() == 1


def test_a_cooperative_changes_its_delivery_between_the_summary_and_the_press(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    """First it brings in a table of its own, so the way chosen is gone; then that way costs more."""
    fills(client, **{f"v{village.oil}": 1})
    fields = recap(client)
    zone = {"kind": "delivery", "regions": ["MA-06"], "currency": "MAD", "free_from": None, "days_min": 1, "days_max": 2}
    with transaction() as session:
        own = DeliveryZone(organisation_id=village.tifawin.id, position=1, fee=2_000, place="", **zone)
        session.add(own)
    answer = place(client, fields)
    assert answer.status_code == 422
    assert "20,00" in text_of(answer)
    fields = recap(client, **{f"delivery_{village.tifawin.id}": f"delivery-{own.id}"})
    assert fields["total_seen"] == "14000"
    with transaction() as session:
        session.get_one(DeliveryZone, own.id).fee = 2_500
    answer = place(client, fields)
    assert answer.status_code == 409
    assert "140,00" in text_of(answer)
    assert "145,00" in text_of(answer)
    assert (rows(), stock_of(village.oil)) == (0, (10, 10))


@pytest.mark.parametrize("change", ["suspended", "unlisted", "inactive"])
def test_what_is_taken_off_the_market_between_the_summary_and_the_press(
    app: Flask, client: FlaskClient, village: Village, change: str
) -> None:
    fills(client, **{f"v{village.oil}": 1, f"v{village.honey}": 1})
    fields = recap(client)
    with transaction() as session:
        variant = session.get_one(Variant, village.oil)
        if change == "suspended":
            session.get_one(Organisation, village.tifawin.id).state = "suspended"
        elif change == "unlisted":
            session.get_one(Product, variant.product_id).listed = False
        else:
            variant.active = False
    answer = place(client, fields)
    assert answer.status_code == 409
    assert "N’est plus en vente : Huile d’argane" in text_of(answer).replace("\xa0", " ")
    assert rows() == 0
    assert client.get("/fr/checkout").status_code == 303
    assert post(client, "/fr/basket/change", variant=village.oil, quantity=0, remove="1").status_code == 303
    assert place(client, recap(client)).status_code == 303
    assert [order.organisation_id for order in db.session.scalars(select(Order))] == [village.assif.id]


def test_goods_that_went_meanwhile_are_named(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.honey}": 5})
    fields = recap(client)
    a_purchase({village.honey: 2})
    answer = place(client, fields)
    assert answer.status_code == 409
    assert "Miel de thym" in text_of(answer)
    assert rows() == 1
    assert stock_of(village.honey) == (3, 3)
    assert client.get("/fr/checkout").status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"phone": "12", "mail": ""},
        {"phone": "", "mail": ""},
        {"mail": "nadia@"},
        {"commune": ""},
        {"street": "x" * 201},
        {"region": "XX"},
        {"method": "gold"},
        {"terms": ""},
        {"key": "short", "step": "place"},
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    app: Flask, client: FlaskClient, village: Village, wrong: dict[str, str]
) -> None:
    fills(client, **{f"v{village.oil}": 1})
    fields = {
        **CONTACT,
        "method": "cash",
        "key": "k" * 30,
        "region_shown": "MA-06",
        "step": "recap",
        f"delivery_{village.tifawin.id}": "delivery-0",
        **wrong,
    }
    if "region" in wrong:
        fields["region_shown"] = "MA-01"
    if not fields["terms"]:
        del fields["terms"]
    answer = post(client, "/fr/checkout", **fields)
    assert answer.status_code == 422
    assert "12, rue des Orangers" in text_of(answer) or "street" in wrong
    assert rows() == 0


def test_another_region_shows_its_delivery_first(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.oil}": 1})
    fields = {
        **CONTACT,
        "method": "cash",
        "key": "k" * 30,
        "region_shown": "MA-06",
        "region": "MA-11",
        "step": "recap",
        f"delivery_{village.tifawin.id}": "delivery-0",
    }
    answer = post(client, "/fr/checkout", **fields)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert "45,00" in page
    assert 'value="MA-11"' in page
    assert 'name="total_seen" value="' not in page.replace('name="total_seen" value=""', "")


def test_an_empty_basket_has_no_checkout(app: Flask, client: FlaskClient, village: Village) -> None:
    assert client.get("/fr/checkout").status_code == 303
    assert post(client, "/fr/checkout", step="recap").status_code == 303
    assert post(client, "/fr/checkout", step="place", key="k" * 30).status_code == 422


@pytest.mark.parametrize(
    "fields",
    [
        {"variant": "x", "quantity": "1"},
        {"variant": "1", "quantity": "0"},
        {"quantity": "1"},
        {"variant": "1", "quantity": "1000"},
        {"variant": "9" * 30, "quantity": "1"},
        *({"variant": "1", "quantity": one} for one in ("-1", "2.5", "1e3", "1_0", "²", "10 000", "1" + "0" * 18, "")),
    ],
)
def test_a_basket_refuses_what_is_no_quantity(
    app: Flask, client: FlaskClient, village: Village, fields: dict[str, str]
) -> None:
    assert post(client, "/fr/basket/lines", **fields).status_code in (400, 422)
    assert "Votre panier est vide" in text_of(client.get("/fr/basket"))


def test_changing_and_removing(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.oil}": 1, f"v{village.honey}": 1})
    assert post(client, "/fr/basket/change", variant=village.oil, quantity=4).status_code == 303
    assert post(client, "/fr/basket/change", variant=village.honey, quantity=1, remove="1").status_code == 303
    client.get("/fr/basket")  # tells once what was done
    page = text_of(client.get("/fr/basket"))
    assert "480,00" in page
    assert "Miel de thym" not in page
    assert post(client, "/fr/basket/lines", variant=999_999, quantity=1).status_code == 404
    assert post(client, "/fr/basket/change", variant=village.oil, quantity="", remove="1").status_code == 303
    assert "Votre panier est vide" in text_of(client.get("/fr/basket"))


def test_a_card_purchase_leads_to_the_pay_page_twice(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.oil}": 1})
    fields = recap(client, "card")
    first = place(client, fields)
    assert first.status_code == 303
    assert re.fullmatch(r"/fr/pay/[\w-]+", first.location)
    assert place(client, fields).location == first.location
    purchase = db.session.scalars(select(Purchase)).one()
    page = text_of(client.get(f"/fr/orders/{purchase.number}?key={purchase.key}"))
    assert first.location in client.get(f"/fr/orders/{purchase.number}?key={purchase.key}").get_data(as_text=True)
    assert "En attente de paiement" in page
    assert post(client, f"/fr/orders/{purchase.number}/give-up", key=purchase.key).status_code == 303
    assert stock_of(village.oil) == (10, 10)
    assert "Huile d’argane" in text_of(client.get("/fr/basket"))
    assert problems(app) == []


def test_an_order_is_opened_by_its_key_or_its_buyer_only(app: Flask, client: FlaskClient, village: Village) -> None:
    guests, nadia = a_purchase({village.oil: 1}), a_person("Nadia")
    persons = a_purchase({village.oil: 1}, actor=actor_of(nadia))
    assert client.get(f"/fr/orders/{guests.number}?key={guests.key}").status_code == 200
    assert client.get(f"/fr/orders/{guests.number}?key={persons.key}").status_code == 404
    assert client.get(f"/fr/orders/{guests.number}").status_code in (302, 303)
    assert client.get("/fr/orders/T2026NOTHIN?key=x").status_code == 404
    for stranger in (village.other, village.chair):
        sign_in(client, stranger)
        assert client.get(f"/fr/orders/{guests.number}").status_code == 404
        assert client.get(f"/fr/orders/{persons.number}").status_code == 404
    sign_in(client, nadia)
    assert client.get(f"/fr/orders/{persons.number}").status_code == 200
    assert persons.number in text_of(client.get("/fr/orders"))
    assert guests.number not in text_of(client.get("/fr/orders"))


def test_the_buyer_cancels_and_a_stranger_does_not(app: Flask, client: FlaskClient, village: Village) -> None:
    purchase = a_purchase({village.oil: 2})
    (order,) = orders_of(purchase)
    url = f"/fr/orders/{purchase.number}/cancel"
    shown = order.version
    assert post(client, url, order=order.number, version=shown, key="wrong").status_code == 404
    sign_in(client, an_operator())
    assert post(client, url, order=order.number, version=shown).status_code == 404
    assert orders_of(purchase)[0].commercial == "placed"
    for _ in range(2):
        assert post(client, url, order=order.number, version=shown, key=purchase.key).status_code == 303
    assert orders_of(purchase)[0].commercial == "cancelled"
    assert stock_of(village.oil) == (10, 10)
    assert problems(app) == []


def test_the_office_takes_an_order_to_its_buyer(app: Flask, client: FlaskClient, village: Village) -> None:
    purchase = a_purchase({village.oil: 2})
    (order,) = orders_of(purchase)
    base = f"/fr/sell/{village.tifawin.slug}/orders/{order.number}"
    sign_in(client, village.chair)
    assert order.number in text_of(client.get(f"/fr/sell/{village.tifawin.slug}/orders"))
    page = text_of(client.get(base))
    assert "Nadia Berrada" in page
    assert "258,00" in page  # 270.00 less 5 % of 240.00
    for action, facts in (
        ("accept", {}),
        ("pack", {}),
        ("ship", {"carrier": "Amana", "tracking": "AM1"}),
        ("hand-over", {}),
    ):
        version = orders_of(purchase)[0].version
        for _ in range(2):
            assert post(client, f"{base}/{action}", version=version, **facts).status_code == 303
    order = orders_of(purchase)[0]
    assert (order.commercial, order.payment, order.fulfilment) == ("completed", "paid", "delivered")
    buyers = text_of(client.get(f"/fr/orders/{purchase.number}?key={purchase.key}"))
    assert "Livré" in buyers
    assert "AM1" in buyers
    assert problems(app) == []


def test_the_packer_packs_and_does_not_see_the_payout(app: Flask, client: FlaskClient, village: Village) -> None:
    order = an_order({village.oil: 2}, actor_of(village.chair), "accept")
    base = f"/fr/sell/{village.tifawin.slug}/orders/{order.number}"
    sign_in(client, village.packer)
    page = text_of(client.get(base))
    assert "258,00" not in page
    assert "270,00" in page
    version = order.version
    assert post(client, f"{base}/cancel", version=version, reason="non non").status_code == 403
    assert post(client, f"{base}/pack", version=version).status_code == 303
    assert orders_of(db.session.get_one(Purchase, order.purchase_id))[0].fulfilment == "packed"


def test_the_treasurer_reads_the_money_and_moves_nothing(app: Flask, client: FlaskClient, village: Village) -> None:
    treasurer = a_person("Fatima")
    joins(treasurer, village.tifawin, "treasurer")
    order = an_order({village.oil: 2}, actor_of(village.chair), "accept")
    sign_in(client, treasurer)
    waiting = text_of(client.get(f"/fr/sell/{village.tifawin.slug}/orders?state=to-pack"))
    assert order.number in waiting
    assert "Nadia Berrada" not in waiting
    base = f"/fr/sell/{village.tifawin.slug}/orders/{order.number}"
    page = text_of(client.get(base))
    assert "258,00" in page
    for private in ("Nadia Berrada", "rue des Orangers", "+212612345678", "nadia@example.org"):
        assert private not in page
    version = order.version
    assert post(client, f"{base}/pack", version=version).status_code in (403, 404)
    assert orders_of(db.session.get_one(Purchase, order.purchase_id))[0].fulfilment == "waiting"


def test_a_cancellation_that_comes_too_late_shows_the_order_as_it_is(
    app: Flask, client: FlaskClient, village: Village
) -> None:
    order = an_order({village.oil: 2}, actor_of(village.chair))
    purchase = db.session.get_one(Purchase, order.purchase_id)
    url, key, shown = f"/fr/orders/{purchase.number}/cancel", purchase.key, order.version
    move_of = {"order": order.number, "key": key}
    for action in ("accept", "pack"):
        takes(actor_of(village.chair), orders_of(purchase)[0], action)
    answer = post(client, url, version=shown, **move_of)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Quelqu’un a fait avancer cette commande" in text_of(answer)
    assert f'name="version" value="{shown + 2}"' in page
    takes(actor_of(village.chair), orders_of(purchase)[0], "ship")
    answer = post(client, url, version=shown + 3, **move_of)
    assert answer.status_code == 409
    assert "elle est en route" in text_of(answer)
    assert orders_of(purchase)[0].commercial == "accepted"
    assert stock_of(village.oil) == (8, 8)


def test_moves_out_of_turn_stale_or_foreign(app: Flask, client: FlaskClient, village: Village) -> None:
    order = an_order({village.oil: 1}, actor_of(village.chair))
    base = f"/fr/sell/{village.tifawin.slug}/orders/{order.number}"
    sign_in(client, village.chair)
    version = order.version
    assert post(client, f"{base}/ship", version=version).status_code == 409
    assert post(client, f"{base}/accept", version=version + 7).status_code == 409
    assert post(client, f"{base}/refuse", version=version, reason="").status_code == 422
    assert post(client, f"{base}/explode", version=version).status_code == 404
    assert post(client, f"{base}/accept", version="x").status_code == 404
    sign_in(client, village.other)
    assert post(client, f"{base}/accept", version=version).status_code == 404
    assert client.get(base).status_code == 404
    assert client.get(f"/fr/sell/{village.assif.slug}/orders/{order.number}").status_code == 404
    assert post(client, f"/fr/sell/{village.assif.slug}/orders/{order.number}/accept", version=version).status_code == 404
    db.session.rollback()
    assert db.session.get_one(Order, order.id, populate_existing=True).commercial == "placed"


def test_the_desk_finds_purchases_by_number(app: Flask, client: FlaskClient, village: Village) -> None:
    first, second = a_purchase({village.oil: 1}), a_purchase({village.honey: 1}, "card")
    sign_in(client, an_operator())
    page = text_of(client.get("/fr/desk/orders"))
    assert first.number in page
    assert second.number in page
    found = text_of(client.get(f"/fr/desk/orders?q={first.number.lower()}-1"))
    assert first.number in found
    assert second.number not in found
    assert client.get("/fr/desk/").status_code == 200
    sign_in(client, village.chair)
    assert client.get("/fr/desk/orders").status_code == 404


def test_a_guests_basket_is_merged_at_sign_in(app: Flask, client: FlaskClient, village: Village) -> None:
    fills(client, **{f"v{village.oil}": 3})
    nadia = a_person("Nadia")
    row = db.session.scalars(select(SessionRow)).one()
    with transaction():
        guest_signed_in.send("tests", person_id=nadia.id, guest=row.data["guest"])
    sign_in(client, nadia)
    assert "360,00" in text_of(client.get("/fr/basket"))


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_every_page_in_every_language(app: Flask, client: FlaskClient, village: Village, language: str) -> None:
    nadia = a_person("Nadia", language=language)
    sign_in(client, nadia)
    post(client, f"/{language}/basket/lines", variant=village.oil, quantity=1)
    fields = recap(client, language=language)
    answer = place(client, fields, language)
    assert client.get(answer.location).status_code == 200
    for path in ("basket", "orders"):
        assert client.get(f"/{language}/{path}").status_code == 200
    order = db.session.scalars(select(Order)).one()
    sign_in(client, village.chair)
    for path in ("orders", f"orders/{order.number}", ""):
        assert client.get(f"/{language}/sell/{village.tifawin.slug}/{path}").status_code == 200
