"""Reads of orders: baskets, quotes, purchases, offices, and the invariants."""
