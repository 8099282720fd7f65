"""Demonstration sheets and a group, written through the services."""
