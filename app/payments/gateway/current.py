"""The card provider of this process, as it was wired at the start."""

from flask import current_app

from app.payments.gateway.interface import CardGateway


def card_gateway() -> CardGateway | None:
    """Stripe, the practice provider in the demo, or None where cards are off."""
    found: CardGateway | None = current_app.extensions["card_gateway"]
    return found
