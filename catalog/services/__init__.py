"""Writes of the catalogue, as verbs."""
