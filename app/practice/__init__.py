"""Practice mode: a card provider of our own that answers the official library like the real one, without real money."""
