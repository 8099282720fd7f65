"""Notices: what people are told, on screen, by mail, by message; one place for all modules."""
