"""Writes of the catalogue, as verbs. Nothing is at the front yet."""

__all__: list[str] = []
