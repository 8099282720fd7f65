"""Doors of payments: the pay page, the way back from it, and the provider's notices."""
