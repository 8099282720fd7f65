"""Plain values of the house: no web, no database, no outside."""
