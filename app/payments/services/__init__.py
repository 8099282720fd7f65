"""Writes of money."""
