"""What delivery costs: its fee, and nothing from exactly the worth on that the cooperative has set."""

import pytest

from app.kernel.money import Money
from catalog.queries.delivery import DeliveryChoice


@pytest.mark.parametrize(("goods", "fee"), [(29_999, 3_000), (30_000, 0), (30_001, 0), (0, 3_000)])
def test_delivery_is_free_from_the_worth_that_was_set(goods: int, fee: int) -> None:
    choice = DeliveryChoice(1, "delivery", Money(3_000, "MAD"), 30_000, 2, 5)
    assert choice.fee_for(Money(goods, "MAD")) == Money(fee, "MAD")


def test_without_such_a_worth_it_is_never_free() -> None:
    choice = DeliveryChoice(1, "delivery", Money(3_000, "MAD"), None, 2, 5)
    assert choice.fee_for(Money(10**9, "MAD")) == Money(3_000, "MAD")
