"""Reads of orders: baskets, quotes, purchases, offices, and the invariants. No module lies above them."""

__all__: list[str] = []
