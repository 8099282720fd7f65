"""Goods are counted in base units and priced per kilogram, litre or metre."""

import pytest

from app.kernel.units import in_base_unit, price_per_unit


@pytest.mark.parametrize(
    ("quantity", "unit", "base"),
    [
        (2, "kg", (2_000, "g")),
        (250, "g", (250, "g")),
        (3, "l", (3_000, "ml")),
        (75, "ml", (75, "ml")),
        (4, "piece", (4, "piece")),
        (5, "m", (5, "m")),
        (6, "m2", (6, "m2")),
    ],
)
def test_quantities_are_kept_in_base_units(quantity, unit, base):
    assert in_base_unit(quantity, unit) == base


def test_an_unknown_unit_is_not_guessed():
    with pytest.raises(KeyError):
        in_base_unit(1, "pound")


@pytest.mark.parametrize(
    ("amount", "quantity", "unit", "price"),
    [
        (12_000, 250, "ml", (48_000, "l")),  # 120 MAD for 250 ml is 480 MAD a litre
        (4_500, 500, "g", (9_000, "kg")),
        (1, 3, "g", (333, "kg")),
        (1, 1_500, "g", (1, "kg")),  # 0.67 is told as 1
        (1, 2_000, "g", (1, "kg")),  # half goes up
        (30_000, 6, "m2", (5_000, "m2")),
        (100, 1, "piece", None),
        (100, 0, "g", None),
    ],
)
def test_the_price_per_unit_is_rounded_half_up(amount, quantity, unit, price):
    assert price_per_unit(amount, quantity, unit) == price
