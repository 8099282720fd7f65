"""An order paid by card on its way to the buyer: what is booked, who is told, what may not be pressed."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import guest
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.payments.models import LedgerSet
from app.payments.queries.ledger import balance
from app.payments.queries.payables import payable_for
from orders.models import Purchase
from orders.services.checkout import prepare
from orders.services.fulfilment import give_up
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import TERMS, a_guest, a_purchase, a_variant, a_wish, orders_of, problems, puts, stock_of, takes
from tests.builders.payments import come_back, notices_lost, open_page, pay_with


@pytest.fixture
def chair(app: Flask) -> Any:
    return a_person("Aïcha")


@pytest.fixture
def oil(app: Flask, chair: Any) -> int:
    return a_variant(a_cooperative("Tifawin", chair=chair).id, 12_000, 10, "Huile d’argane")


@pytest.fixture(autouse=True)
def quiet(app: Flask) -> Iterator[None]:
    """The buyer's browser alone brings the news."""
    with notices_lost(app):
        yield


def pays(app: Flask, client: FlaskClient, purchase: Purchase, meanwhile: Any = None) -> None:
    """The buyer pays on the provider's page and comes back."""
    payable = payable_for("purchase", purchase.id)
    assert payable is not None
    way_back = pay_with(app, open_page(client, payable))
    if meanwhile is not None:
        meanwhile()
    assert come_back(client, way_back) == 303


def events() -> list[str]:
    """The events in the ledger, in the order they were booked."""
    db.session.rollback()
    return list(db.session.scalars(select(LedgerSet.event).order_by(LedgerSet.id)))


def test_no_cash_is_booked_when_a_paid_parcel_is_handed_over(app: Flask, client: FlaskClient, oil: int, chair: Any) -> None:
    purchase = a_purchase({oil: 2}, "card")
    pays(app, client, purchase)
    for action in ("accept", "pack", "ship", "hand-over"):
        assert takes(actor_of(chair), orders_of(purchase)[0], action)
    (order,) = orders_of(purchase)
    assert (order.commercial, order.payment, order.fulfilment) == ("completed", "paid", "delivered")
    assert events() == ["card-received", "sale"]
    assert balance("card", "MAD") == Money(27_000, "MAD")
    assert balance("buyer", "MAD") == Money(0, "MAD")
    assert problems(app) == []


@pytest.mark.parametrize("seen", [26_999, 27_001])
def test_a_total_that_is_not_the_one_seen_orders_nothing_be_it_lower_or_higher(app: Flask, oil: int, seen: int) -> None:
    """A price that fell is told too: what was shown is what is bought."""
    buyer = a_guest()
    puts(buyer, {oil: 2})
    wish = a_wish(buyer, total=seen)
    with pytest.raises(Conflict, match="total-changed") as refused, transaction():
        prepare(buyer, wish, TERMS)
    assert (refused.value.facts["seen"], refused.value.facts["now"]) == (seen, 27_000)
    assert db.session.scalar(select(func.count()).select_from(Purchase)) == 0
    assert stock_of(oil) == (10, 10)


def test_who_paid_for_what_is_sold_meanwhile_reads_what_is_not_delivered_and_what_goes_back(
    app: Flask, client: FlaskClient, oil: int
) -> None:
    honey = a_variant(a_cooperative("Assif", chair=a_person("Brahim")).id, 5_000, 10, "Miel")
    purchase = a_purchase({oil: 6, honey: 1}, "card")

    def meanwhile() -> None:
        with transaction():
            give_up(guest(), purchase.id)
        a_purchase({oil: 5}, mail="other@example.org")

    pays(app, client, purchase, meanwhile)
    number = purchase.number
    told = [
        (letter.subject, letter.body)
        for letter in db.session.scalars(select(Letter).where(Letter.recipient == "nadia@example.org").order_by(Letter.id))
    ]
    assert [subject for subject, _body in told] == [
        f"Votre commande {number} n’a pas été payée",
        f"Votre commande {number} est confirmée",
        f"Une partie de votre commande {number} est épuisée",
    ]
    confirmed, missed = told[1][1], told[2][1]
    assert f"{number}-2" in confirmed
    assert f"{number}-1" not in confirmed
    assert f"{number}-1" in missed
    assert f"{number}-2" not in missed
    assert "750,00\xa0MAD retournent sur votre carte" in missed
    assert f"http://localhost/fr/orders/{number}?key={purchase.key}" in missed
