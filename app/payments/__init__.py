"""Payables, payments, the ledger and the card provider."""
