"""What people do in academy, as verbs. None of them ends a transaction."""
