"""The card provider of this process, as it was wired at the start."""

from flask import current_app

from app.payments.gateway.interface import CardGateway


def card_gateway() -> CardGateway | None:
    """Stripe, the practice provider in the demo, or None where cards are off."""
    found: CardGateway | None = current_app.extensions["card_gateway"]
    return found


def without_webhook_secret() -> bool:
    """Is there a key, and no secret by which the provider's notices are known?"""
    return bool(current_app.config["STRIPE_SECRET_KEY"]) and not current_app.config["STRIPE_WEBHOOK_SECRET"]


def cards_not_now() -> bool:
    """Has the provider failed so often that it is not asked for a while?"""
    gateway = card_gateway()
    return gateway is not None and gateway.line.closed()
