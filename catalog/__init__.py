"""Goods that cooperatives list and people find."""
