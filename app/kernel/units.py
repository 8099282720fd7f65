"""Amounts of goods: base units and how a price per kilogram or litre is told."""

BASE_UNITS = {
    "g": ("g", 1),
    "kg": ("g", 1000),
    "ml": ("ml", 1),
    "cl": ("ml", 10),
    "l": ("ml", 1000),
    "piece": ("piece", 1),
    "m": ("m", 1),
    "m2": ("m2", 1),
}
PER_UNIT = {"g": ("kg", 1000), "ml": ("l", 1000), "m": ("m", 1), "m2": ("m2", 1)}


def in_base_unit(quantity: int, unit: str) -> tuple[int, str]:
    """(quantity, unit) in the base unit: grams, millilitres, pieces, metres, square metres."""
    base, factor = BASE_UNITS[unit]
    return quantity * factor, base


def price_per_unit(amount: int, quantity: int, base_unit: str) -> tuple[int, str] | None:
    """The price in minor units per kg, litre or metre, half up; None for goods sold by the piece."""
    if base_unit not in PER_UNIT or quantity <= 0:
        return None
    unit, size = PER_UNIT[base_unit]
    return (2 * amount * size + quantity) // (2 * quantity), unit
