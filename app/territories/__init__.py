"""Territories: what is true of one country and not of another, kept as data files."""
