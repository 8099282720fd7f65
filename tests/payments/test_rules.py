"""Rules of money: what a sale, a card payment and cash do to the accounts, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Conflict, Invalid
from app.kernel.money import Money
from app.payments import rules
from app.payments.rules import Entry


def mad(amount: int) -> Money:
    return Money(amount, "MAD")


def test_a_sale_owes_the_cooperative_the_total_less_the_commission() -> None:
    assert rules.sale(mad(10_000), mad(500), 7) == (
        Entry("buyer", mad(10_000)),
        Entry("seller", mad(-10_000), 7),
        Entry("seller", mad(500), 7),
        Entry("commission", mad(-500)),
    )


def test_a_sale_without_commission_has_no_empty_lines() -> None:
    assert rules.sale(mad(10_000), mad(0), 7) == (Entry("buyer", mad(10_000)), Entry("seller", mad(-10_000), 7))


@pytest.mark.parametrize("commission", [-1, 10_001])
def test_a_commission_outside_the_sale_is_refused(commission: int) -> None:
    with pytest.raises(Invalid, match="commission-out-of-range"):
        rules.sale(mad(10_000), mad(commission), 7)


def test_a_set_that_does_not_sum_to_zero_cannot_be_built() -> None:
    with pytest.raises(Invalid, match="ledger-unbalanced"):
        rules.balanced([Entry("card", mad(100)), Entry("buyer", mad(-99))])


def test_two_currencies_do_not_balance_each_other() -> None:
    with pytest.raises(Invalid, match="ledger-unbalanced"):
        rules.balanced([Entry("card", mad(100)), Entry("buyer", Money(-100, "CAD"))])


def test_an_owned_account_needs_its_owner_and_a_common_one_has_none() -> None:
    with pytest.raises(ValueError, match="owner"):
        Entry("seller", mad(1))
    with pytest.raises(ValueError, match="owner"):
        Entry("card", mad(1), 7)
    with pytest.raises(ValueError, match="no such account"):
        Entry("pocket", mad(1))


@given(st.integers(1, 10**12), st.integers(0, 10_000))
def test_every_sale_and_its_reversal_cancel_out(total: int, basis_points: int) -> None:
    entries = rules.sale(mad(total), mad(total).share(basis_points), 3)
    assert sum(e.amount.amount for e in entries) == 0
    for entry, opposite in zip(entries, rules.reversal(entries), strict=True):
        assert (entry.account, entry.owner_id, -entry.amount.amount) == (
            opposite.account,
            opposite.owner_id,
            opposite.amount.amount,
        )


PAIRS = {
    "payable": {("open", "settle"), ("open", "close"), ("closed", "settle")},
    "payment": {("started", "pay"), ("started", "expire"), ("started", "fail"), ("expired", "pay"), ("failed", "pay")},
    "refund": {("asked", "succeed"), ("asked", "fail"), ("failed", "retry")},
}


@pytest.mark.parametrize("table", [rules.PAYABLE, rules.PAYMENT, rules.REFUND], ids=lambda t: t.name)
def test_every_pair_of_state_and_move_is_allowed_or_refused(table: rules.States) -> None:
    for state, move in table.pairs():
        if (state, move) in PAIRS[table.name]:
            assert table.after(state, move) in table.table
        else:
            with pytest.raises(Conflict, match="move-not-possible"):
                table.after(state, move)
