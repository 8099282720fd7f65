"""The provider's own time."""

from flask import current_app

from app.practice.server import the_practice


def deliver() -> None:
    """Notices that did not arrive are tried again, pages expire, payouts arrive."""
    the_practice(current_app.extensions["practice"]).deliver()
