"""Accounts' rules: states, roles, contacts, passwords, codes, identifiers, limits. Pure."""
