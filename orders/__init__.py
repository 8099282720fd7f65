"""Baskets, purchases, and the orders of each cooperative."""
