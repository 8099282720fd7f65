"""Accounts in the words of its users."""
