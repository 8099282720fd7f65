"""People and their contacts, organisations, memberships, verification."""
