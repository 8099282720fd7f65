"""Demonstration people and cooperatives, written through the services."""

# One word for all demo people, printed by `tiwizi run`; it exists in demo mode only.
DEMO_PASSWORD = "tiwizi-souk-demo"  # noqa: S105 the demo's password is meant to be read
