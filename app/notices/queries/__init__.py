"""Reads of notices: nothing of them is for other modules."""

__all__: list[str] = []
