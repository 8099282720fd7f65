"""How an order goes follows its way of delivery: brought to the door, or fetched."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.errors import Conflict
from catalog.services.zones import ZoneFacts, write_zones
from tests.browsing import sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import a_purchase, a_variant, orders_of, problems, takes

PLACE = "Aït Baha, le samedi"
WAYS = {
    "delivery": ZoneFacts("delivery", ("MA-06",), 2_000, 1, 3),
    "pickup": ZoneFacts("pickup", (), 0, 0, 1, place=PLACE),
}


@pytest.fixture
def chair(app: Flask) -> Person:
    return a_person("Aïcha")


@pytest.fixture
def shop(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair)


@pytest.mark.parametrize(("way", "wrong", "steps"), [("delivery", "hand-over", 5), ("pickup", "ship", 4)])
def test_the_steps_and_pages_of_an_order_follow_its_way(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation, way: str, wrong: str, steps: int
) -> None:
    seller = actor_of(chair)
    with transaction():
        write_zones(seller, shop.id, [WAYS[way]])
    purchase = a_purchase({a_variant(shop.id): 1})
    (order,) = orders_of(purchase)
    fetched = way == "pickup"
    assert (order.delivery_kind, order.pickup_place) == (way, PLACE if fetched else "")
    buyers = client.get(f"/fr/orders/{purchase.number}?key={purchase.key}")
    assert (f"À retirer : {PLACE}" in text_of(buyers)) is fetched
    assert buyers.text.count('class="step ') == steps
    for action in ("accept", "pack"):
        takes(seller, orders_of(purchase)[0], action)
    (order,) = orders_of(purchase)
    with pytest.raises(Conflict) as refused:
        takes(seller, order, wrong)
    assert refused.value.code == "move-not-possible"
    assert orders_of(purchase)[0].version == order.version
    to_buyer = select(Letter.body).where(Letter.recipient == "nadia@example.org").order_by(Letter.id.desc())
    assert (f"Vous pouvez la retirer\u00a0: {PLACE}" in str(db.session.scalars(to_buyer).first())) is fetched
    sign_in(client, chair)
    office = text_of(client.get(f"/fr/sell/{shop.slug}/orders/{order.number}"))
    assert (PLACE in office, "12, rue des Orangers" in office) == (fetched, not fetched)
    for action in [one for one in ("ship", "hand-over") if one == "hand-over" or not fetched]:
        takes(seller, orders_of(purchase)[0], action)
    (order,) = orders_of(purchase)
    assert (order.commercial, order.payment, order.fulfilment) == ("completed", "paid", "delivered")
    assert problems(app) == []
