"""Demonstration goods, written through the services."""
