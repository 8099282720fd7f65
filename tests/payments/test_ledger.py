"""The one road into the ledger: sets that balance, each key once, one or many at a time, now or in the past."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Invalid
from app.kernel.money import Money
from app.payments.models import LedgerEntry, LedgerSet
from app.payments.queries.ledger import balance, ledger_set
from app.payments.rules import Entry
from app.payments.services import Booking, cash_booking, post, reversal_booking, reverse_sale, sale_booking
from tests.builders.accounts import a_cooperative

PAST = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)


def mad(amount: int) -> Money:
    return Money(amount, "MAD")


@pytest.fixture
def seller(app) -> int:
    return a_cooperative("Argane").id


def sets() -> list[tuple[str, str]]:
    rows = db.session.execute(select(LedgerSet.unique_key, LedgerSet.event).order_by(LedgerSet.id))
    return [(key, what) for key, what in rows]


def test_a_key_counts_once_the_first_time(seller):
    with transaction():
        assert post(sale_booking("order:1", mad(10_000), mad(500), seller)) == 1
    with transaction():
        assert post(sale_booking("order:1", mad(99_000), mad(500), seller)) == 0
    with transaction():
        twice = [sale_booking("order:2", mad(3_000), mad(0), seller), sale_booking("order:2", mad(4_000), mad(0), seller)]
        assert post(*twice) == 1
    assert sets() == [("order:1:sale", "sale"), ("order:2:sale", "sale")]
    assert balance("buyer", "MAD") == mad(13_000)
    assert balance("seller", "MAD", seller) == mad(-12_500)


def test_a_history_goes_the_same_road_with_its_own_times(seller):
    with transaction():
        post(sale_booking("order:1", mad(10_000), mad(500), seller))
    sold = sale_booking("order:3", mad(2_000), mad(100), seller, PAST)
    with transaction():
        assert (
            post(
                sale_booking("order:1", mad(7), mad(0), seller, PAST),
                sale_booking("order:2", mad(4_000), mad(200), seller, PAST),
                cash_booking("order:2", mad(4_000), seller, PAST),
                sold,
                reversal_booking(sold, PAST),
            )
            == 4
        )
    assert sets() == [
        ("order:1:sale", "sale"),
        ("order:2:sale", "sale"),
        ("order:2:cash", "cash-collected"),
        ("order:3:sale", "sale"),
        ("order:3:sale:reversed", "sale-reversed"),
    ]
    times = dict(db.session.execute(select(LedgerSet.unique_key, LedgerSet.at)).all())
    assert times.pop("order:1:sale").date() == now().date()
    assert set(times.values()) == {PAST}
    assert ledger_set("order:2:cash") == (Entry("cash", mad(4_000), seller), Entry("buyer", mad(-4_000)))
    assert (balance("buyer", "MAD"), balance("cash", "MAD", seller)) == (mad(10_000), mad(4_000))
    assert balance("commission", "MAD") == mad(-700)


def test_a_thousand_sets_take_few_statements_and_each_has_its_own_entries(seller):
    bookings = [cash_booking(f"order:{number}", mad(number), seller, PAST) for number in range(1, 1001)]
    asked = []
    with transaction():
        connection = db.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2].split()[0]))
        assert post(*bookings) == 1_000
    assert asked[:2] == ["SELECT", "SELECT"]
    assert len(asked) < 12
    rows = db.session.execute(select(LedgerSet.unique_key, LedgerEntry.amount).join(LedgerEntry)).all()
    assert {(key, abs(amount)) for key, amount in rows} == {(f"order:{n}:cash", n) for n in range(1, 1001)}
    assert len(rows) == 2_000


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([Entry("card", mad(5)), Entry("buyer", mad(-4))], "ledger-unbalanced"),
        ([Entry("card", mad(5)), Entry("buyer", Money(-5, "EUR"))], "ledger-unbalanced"),
        ([Entry("card", mad(0)), Entry("buyer", mad(0))], "ledger-empty"),
    ],
    ids=["a coin is missing", "two currencies", "nothing moves"],
)
def test_one_set_that_does_not_add_up_and_none_is_posted(seller, entries, code):
    with pytest.raises(Invalid, match=code), transaction():
        post(sale_booking("order:1", mad(10_000), mad(500), seller), Booking("payment:1", "card-received", entries))
    assert sets() == []


def test_a_sale_is_reversed_once_and_only_if_it_was(seller):
    with transaction():
        post(sale_booking("order:1", mad(10_000), mad(500), seller))
        assert reverse_sale("order:2") is False
        assert reverse_sale("order:1") is True
        assert reverse_sale("order:1") is False
    assert sets() == [("order:1:sale", "sale"), ("order:1:sale:reversed", "sale-reversed")]
    assert [balance(account, "MAD") for account in ("buyer", "commission")] == [mad(0), mad(0)]
    assert balance("seller", "MAD", seller) == mad(0)
