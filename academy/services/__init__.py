"""What people do in academy, as verbs. None of them ends a transaction. Nothing is at the front yet."""

__all__: list[str] = []
