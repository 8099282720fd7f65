"""Writes of orders, as verbs. No module lies above them."""

__all__: list[str] = []
