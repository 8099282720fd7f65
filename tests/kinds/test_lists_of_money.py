"""What is open of a buyer, what is to be paid, what was given back: who counts in it and who does not, in which order."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Contact, Organisation
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import guest
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments.models import LedgerEntry, LedgerSet, Payable, Payment, Refund
from app.payments.queries.ledger import balance, booked, booked_keys, ledger_set
from app.payments.queries.payables import (
    open_payments,
    overdue_payables,
    payable_for,
    payable_references,
    payables_of,
    payment_by_session,
    refunded,
    refunded_amount,
    refunds_of,
    settling_payment,
    unheard_refunds,
    unheard_visits,
)
from orders.models import Order, Purchase
from orders.queries.market import anything_bought, chairs, person_of
from orders.queries.trust import owns_contact, standing_for_update
from orders.rules.trust import Standing
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, orders_of
from tests.kinds.listing import copies
from tests.schema import empty_tables

NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
AGO = NOON - timedelta(days=60)
MAIL, PHONE, HERE = "m@example.org", "+212600000021", "here"
NOBODY = {"mail": None, "phone": None, "sender": None, "created_at": NOON, "confirmed_at": None, "buyer_id": None}


class Counter:
    """A cooperative, a purchase of a guest to copy, and who may be a buyer."""

    def __init__(self) -> None:
        self.chair, self.buyer = a_person("Chair"), a_person("Nadia", "nadia@example.org")
        self.shop = a_cooperative("Tifawin", chair=self.chair)
        a_cooperative("Adrar", state="suspended", chair=self.chair)
        variant = variant_of(a_product(self.shop.id, "Huile", stock=99))
        self.first = a_purchase({variant: 1}, "cash", mail="first@example.org", phone="+212600000099")
        self.order = orders_of(self.first)[0]
        self.made = 0

    def bought(
        self, total: int, commercial: str = "placed", payment: str = "due-cash", orders: int = 1, **facts: Any
    ) -> int:
        """A purchase like the first, with other facts; so many orders in it, each of this total."""
        self.made += 1
        told = {**NOBODY, "number": f"T2026RANG{self.made:02}", "key": f"key {self.made}", **facts}
        told["idempotency_key"] = f"once {self.made}"
        purchase = copies(self.first, 1, **{name: (lambda _n, value=value: value) for name, value in told.items()})[0]
        row = {"purchase_id": purchase, "commercial": commercial, "payment": payment, "total": total, "goods": total}
        row |= {"delivery_fee": 0, "commission": 0}
        number = told["number"]
        copies(
            self.order,
            orders,
            number=lambda n: f"{number}-{n}",
            **{name: (lambda _n, value=value: value) for name, value in row.items()},
        )
        return purchase


@pytest.fixture(scope="module")
def counter(_house: Flask) -> Iterator[Counter]:
    with _house.app_context():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Counter()
        db.session.remove()


def standing(currency: str = "MAD", **whose: str | None) -> Standing:
    wish: Any = SimpleNamespace(**{"mail": None, "phone": None, **whose})
    with transaction():
        return standing_for_update(wish, HERE, currency, NOON)


def test_what_guests_of_a_contact_or_an_address_have_open(counter: Counter) -> None:
    """Cash at the door is owed, who must still confirm is counted; each sum below is told by its own digit."""
    counter.bought(1, mail=MAIL)
    counter.bought(2, "accepted", phone=PHONE)
    counter.bought(4, sender=HERE)
    counter.bought(8, mail=MAIL, created_at=AGO + timedelta(seconds=1))
    for total, facts in enumerate(
        (
            {"mail": "other@example.org", "phone": "+212600000022", "sender": "elsewhere"},
            {"mail": MAIL, "confirmed_at": NOON},
            {"mail": MAIL, "buyer_id": counter.buyer.id},
            {"mail": MAIL, "created_at": AGO},
            {"mail": MAIL, "currency": "CAD"},
            {"mail": MAIL, "payment": "paid"},
            {"mail": MAIL, "commercial": "cancelled"},
            {"mail": MAIL, "commercial": "completed"},
        ),
        5,
    ):
        counter.bought(10**total, **facts)  # type: ignore[arg-type]
    counter.bought(20, "unconfirmed", mail=MAIL, sender=HERE)
    counter.bought(20, "unconfirmed", sender=HERE, orders=2)
    counter.bought(20, "pending", phone=PHONE, sender=HERE)
    counter.bought(20, "unconfirmed", mail=MAIL)
    assert standing(mail=MAIL, phone=PHONE) == Standing(15, 3, 2)
    assert standing(mail=MAIL) == Standing(13, 3, 1)
    assert standing(phone=PHONE) == Standing(6, 3, 1)
    assert standing(mail="nobody@example.org") == Standing(4, 3, 0)
    assert standing("CAD", mail=MAIL) == Standing(10**9, 0, 0)


@pytest.mark.parametrize(
    ("who", "mail", "phone", "owns"),
    [
        ("nadia", "nadia@example.org", None, True),
        ("nadia", "nadia@example.org", PHONE, True),
        ("nadia", None, "nadia@example.org", False),
        ("nadia", "unproved@example.org", None, False),
        ("nadia", "chair@example.org", None, False),
        ("nadia", None, "+212600000031", True),
        ("guest", "nadia@example.org", None, False),
    ],
)
def test_a_contact_is_one_s_own_when_it_is_proved(counter: Counter, who: str, mail: str, phone: str, owns: bool) -> None:
    with transaction() as session:
        for kind, value, proved in (("mail", "unproved@example.org", None), ("phone", "+212600000031", now())):
            if session.scalar(select(Contact.id).where(Contact.value == value)) is None:
                session.add(Contact(person_id=counter.buyer.id, kind=kind, value=value, verified_at=proved))
    wish: Any = SimpleNamespace(mail=mail, phone=phone)
    assert owns_contact(actor_of(counter.buyer) if who == "nadia" else guest("a guest"), wish) is owns


def test_who_sells_and_who_has_bought(counter: Counter) -> None:
    assert chairs() == {counter.shop.id: (counter.shop.slug, counter.chair.id)}
    assert person_of("nadia@example.org") == counter.buyer.id
    assert person_of("+212600000031") is None
    assert anything_bought() == max(db.session.scalars(select(Purchase.id)))
    assert db.session.scalars(select(Order.id)).all()


def a_payable(reference: int, state: str = "open", purpose: str = "list", minutes: int = 0) -> int:
    with transaction() as session:
        row = Payable(
            key=f"{purpose} {reference}", purpose=purpose, reference=reference, title="…", amount=900, currency="MAD"
        )
        row.language, row.done_url, row.state, row.created_at = "fr", "/fr/", state, NOON
        row.expires_at = NOON + timedelta(minutes=minutes)
        session.add(row)
        session.flush()
        return row.id


def a_payment(payable: int, state: str, session_id: str | None = None) -> int:
    with transaction() as session:
        row = Payment(
            payable_id=payable, provider="practice", session_id=session_id, amount=900, currency="MAD", state=state
        )
        row.created_at = row.expires_at = NOON
        session.add(row)
        session.flush()
        return row.id


def a_refund(payment: int, key: str, amount: int, state: str = "asked", provider: str | None = None) -> int:
    with transaction() as session:
        row = Refund(payment_id=payment, unique_key=key, amount=amount, currency="MAD", state=state, provider_id=provider)
        row.asked_at = NOON
        session.add(row)
        session.flush()
        return row.id


def test_what_is_to_be_paid_what_is_unheard_of_and_what_went_back(counter: Counter) -> None:
    late, other = a_payable(1), a_payable(2, minutes=1)
    a_payable(3, "settled")
    foreign = a_payable(1, purpose="another", minutes=9)
    visits = [a_payment(late, "started", "cs_1"), a_payment(late, "started"), a_payment(late, "started", "cs_3")]
    paid, on_top = a_payment(other, "paid", "cs_4"), a_payment(other, "paid", "cs_5")
    theirs = a_payment(foreign, "paid", "cs_6")
    asked = [a_refund(paid, "one", 100, provider="re_1"), a_refund(paid, "two", 20, "done", "re_2")]
    a_refund(paid, "three", 3, "failed", "re_3")
    a_refund(paid, "four", 4)
    a_refund(on_top, "twice-paid:5", 900, provider="re_5")
    a_refund(theirs, "six", 6, "done")
    assert overdue_payables(NOON) == [late]
    assert overdue_payables(NOON + timedelta(minutes=1)) == [late, other]
    assert overdue_payables(NOON - timedelta(seconds=1)) == []
    assert [row.id for row in open_payments(late)] == visits[::-1]
    assert open_payments(other) == []
    assert unheard_visits() == [(visits[2], "cs_3"), (visits[0], "cs_1")]
    told = settling_payment(other)
    assert told is not None
    assert (told.id, settling_payment(late)) == (paid, None)
    there = payment_by_session("cs_5")
    assert there is not None
    assert there.id == on_top
    assert unheard_refunds() == [(asked[0], "re_1"), (on_top_refund(), "re_5")]
    assert (refunded_amount(paid), refunded_amount(on_top), refunded_amount(visits[0])) == (124, 900, 0)
    assert {reference: row.id for reference, row in payables_of("another", [1, 2]).items()} == {1: foreign}
    assert list(payable_references("another")) == [{1: foreign}]
    assert list(refunds_of("list")) == [{"one": 100, "two": 20, "three": 3, "four": 4}]
    assert list(refunds_of("another")) == [{"six": 6}]
    assert refunded(["one", "six", "seven"]) == {"one": 100, "six": 6}
    own = payable_for("list", 2)
    assert own is not None
    assert (own.id, payable_for("list", 9), payable_for("nothing", 2)) == (other, None, None)


def on_top_refund() -> int:
    return db.session.scalars(select(Refund.id).where(Refund.provider_id == "re_5")).one()


def test_the_ledger_is_summed_by_account_owner_and_currency(counter: Counter) -> None:
    own, other = db.session.scalars(select(Organisation.id).order_by(Organisation.id)).all()
    rows = (
        ("k1", "sold", [("cash", own, 100, "MAD"), ("card", None, -100, "MAD")]),
        ("k2", "sold", [("cash", other, 20, "MAD"), ("card", None, -20, "MAD")]),
        ("k3", "other", [("cash", own, 3, "CAD"), ("card", None, -3, "CAD")]),
    )
    with transaction() as session:
        for key, event, entries in rows:
            made = LedgerSet(unique_key=key, event=event, at=NOON)
            session.add(made)
            session.flush()
            for account, owner, amount, currency in entries:
                entry = LedgerEntry(ledger_set_id=made.id, account=account, owner_id=owner, amount=amount, currency=currency)
                session.add(entry)
                session.flush()
    assert balance("cash", "MAD") == Money(120, "MAD")
    assert balance("cash", "MAD", own) == Money(100, "MAD")
    assert balance("cash", "CAD", own) == Money(3, "CAD")
    assert balance("card", "MAD") == Money(-120, "MAD")
    assert balance("commission", "CAD") == Money(0, "CAD")
    assert sorted(booked("sold", ["k1", "k2", "k3"])) == ["k1", "k2"]
    assert list(booked_keys("sold")) == [["k1", "k2"]]
    assert booked("other", ["k1", "k3"]) == {"k3": (("card", 0, -3, "CAD"), ("cash", own, 3, "CAD"))}
    told = ledger_set("k2")
    assert told is not None
    assert [(one.account, one.amount.amount, one.owner_id) for one in told] == [("cash", 20, other), ("card", -20, None)]
    assert ledger_set("k9") is None
