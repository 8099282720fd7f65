"""Methods of payment: which of them a buyer is offered, and what each has to say."""

from collections.abc import Sequence

import pytest

from app.payments.queries import METHODS
from app.territories.loading import territory_named


@pytest.mark.parametrize(
    ("allowed", "provider", "offered"),
    [
        (("cash_on_delivery", "transfer", "card"), True, ["cash", "card"]),
        (("card", "transfer", "cash_on_delivery"), True, ["cash", "card"]),
        (("cash_on_delivery", "card"), False, ["cash"]),
        (("card",), True, ["card"]),
        (("card",), False, []),
        (("cash_on_delivery",), True, ["cash"]),
        (("transfer",), True, []),
    ],
)
def test_a_buyer_is_offered_what_the_territory_allows_and_the_house_can_take(
    allowed: Sequence[str], provider: bool, offered: list[str]
) -> None:
    assert [name for name, method in METHODS.items() if method.offered(allowed, provider)] == offered


@pytest.mark.parametrize("key", ["morocco", "quebec"])
def test_every_method_is_one_that_a_territory_knows(key: str) -> None:
    assert {method.territory_name for method in METHODS.values()} <= set(territory_named(key).payment_methods)


def test_every_method_says_what_it_means_and_gives_back_what_came_ahead() -> None:
    for name, method in METHODS.items():
        assert method.name == name
        for words in (method.label, method.terms, method.confirm, method.icon, method.asked):
            assert words
        assert bool(method.returned) == method.ahead
        assert method.ahead or not method.by_provider
