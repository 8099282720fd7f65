"""Money adds up, splits to the whole, and never mixes currencies."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Invalid
from app.kernel.money import Money, minor_digits, names_currency, names_money, split_whole, total_of

AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12)


def test_amounts_of_one_currency_add_and_subtract():
    assert Money(12_050, "MAD") + Money(950, "MAD") == Money(13_000, "MAD")
    assert Money(12_050, "MAD") - Money(13_000, "MAD") == Money(-950, "MAD")
    assert -Money(5, "CAD") == Money(-5, "CAD")
    assert Money(250, "MAD") * 3 == Money(750, "MAD")


@pytest.mark.parametrize(
    "mixed",
    [
        lambda: Money(1, "MAD") + Money(1, "CAD"),
        lambda: Money(1, "MAD") - Money(1, "CAD"),
        lambda: Money(1, "MAD") < Money(1, "CAD"),
        lambda: Money(1, "MAD") >= Money(1, "CAD"),
        lambda: total_of([Money(1, "MAD"), Money(1, "CAD")], "MAD"),
    ],
)
def test_two_currencies_never_meet(mixed):
    with pytest.raises(Invalid) as refused:
        mixed()
    assert refused.value.code == "two-currencies"
    assert set(refused.value.facts.values()) == {"MAD", "CAD"}


@pytest.mark.parametrize("amount", [1.0, "1", None, True])
def test_only_whole_numbers_are_money(amount):
    with pytest.raises(TypeError):
        Money(amount, "MAD")


@pytest.mark.parametrize("currency", ["", "mad", "MA", "DIRHAM", "M4D"])
def test_a_currency_is_three_capital_letters(currency):
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize("times", [1.5, True, "2"])
def test_money_is_not_multiplied_by_rates(times):
    with pytest.raises(TypeError):
        Money(100, "MAD") * times


def test_amounts_of_one_currency_have_an_order():
    assert sorted([Money(3, "MAD"), Money(-1, "MAD"), Money(2, "MAD")]) == [
        Money(-1, "MAD"),
        Money(2, "MAD"),
        Money(3, "MAD"),
    ]
    assert not Money(0, "MAD")
    assert Money(-1, "MAD")


@pytest.mark.parametrize(
    ("amount", "basis_points", "part"),
    [
        (12_000, 500, 600),
        (1, 5_000, 1),  # half a centime goes away from zero
        (-1, 5_000, -1),
        (3, 5_000, 2),
        (999, 0, 0),
        (333, 10_000, 333),
        (105, 2_000, 21),
    ],
)
def test_a_share_is_rounded_half_away_from_zero(amount, basis_points, part):
    assert Money(amount, "MAD").share(basis_points) == Money(part, "MAD")


@given(AMOUNTS, st.integers(0, 10_000))
def test_a_share_is_the_nearest_whole_number(amount, basis_points):
    exact = Fraction(amount * basis_points, 10_000)
    assert abs(Money(amount, "MAD").share(basis_points).amount - exact) <= Fraction(1, 2)


def test_the_odd_centime_goes_to_the_largest_remainder_and_ties_to_the_first():
    assert split_whole(100, [1, 1, 1]) == [34, 33, 33]
    assert split_whole(101, [1, 1, 1]) == [34, 34, 33]
    assert split_whole(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split_whole(10, [1, 6, 3]) == [1, 6, 3]
    assert split_whole(1, [1, 2]) == [0, 1]
    assert split_whole(5, [0, 0]) == [3, 2]
    assert Money(1_000, "MAD").split([70, 30]) == [Money(700, "MAD"), Money(300, "MAD")]


@given(AMOUNTS, WEIGHTS)
def test_parts_sum_to_the_whole_and_stay_within_one_of_the_exact_part(whole, weights):
    parts = split_whole(whole, weights)
    assert sum(parts) == whole
    total = sum(weights)
    if total:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Fraction(whole * weight, total)) < 1
            assert weight or part == 0


@given(AMOUNTS, WEIGHTS)
def test_a_larger_remainder_is_never_passed_over(whole, weights):
    total = sum(weights)
    if not total:
        return
    magnitude = abs(whole)
    raised = [
        abs(part) - magnitude * weight // total for part, weight in zip(split_whole(whole, weights), weights, strict=True)
    ]
    remainders = [magnitude * weight % total for weight in weights]
    kept = [remainder for remainder, more in zip(remainders, raised, strict=True) if not more]
    given_more = [remainder for remainder, more in zip(remainders, raised, strict=True) if more]
    assert not kept or not given_more or min(given_more) >= max(kept)


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_a_split_needs_weights_of_at_least_zero(weights):
    with pytest.raises(ValueError, match="weights"):
        split_whole(10, weights)


def test_totals_and_decimals():
    assert total_of([], "CAD") == Money(0, "CAD")
    assert total_of([Money(1, "CAD"), Money(2, "CAD")], "CAD") == Money(3, "CAD")
    assert [minor_digits(currency) for currency in ("MAD", "CAD", "XOF", "TND")] == [2, 2, 0, 3]


def test_a_name_of_money_has_thirty_signs_at_most():
    assert names_currency(" " * 23 + "dirhams", "MAD")
    assert not names_currency(" " * 24 + "dirhams", "MAD")
    assert names_money("€" * 30)
    assert not names_money("€" * 31)
