"""Writes of the catalogue, as verbs. At the front stands what sells its goods."""

from catalog.services.stock import hold_goods, return_goods, sell_goods, sell_held_goods

__all__ = ["hold_goods", "return_goods", "sell_goods", "sell_held_goods"]
