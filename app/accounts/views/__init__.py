"""Doors of accounts for people: signing in and up, the account, a cooperative's office, the operator's desk."""
