"""Writes of orders, as verbs."""
