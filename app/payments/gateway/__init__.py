"""The card provider as payments sees it: one small interface, the official library behind it."""

from app.payments.gateway.answers import Event, HostedPage, PaymentState, RefundState
from app.payments.gateway.interface import SHORTEST_LIFE, CardGateway
from app.payments.gateway.refusals import EventRefused, ProviderRefused, ProviderUnavailable
from app.payments.gateway.stripe_gateway import StripeGateway
from app.payments.gateway.transport import InProcessClient, network_client

__all__ = [
    "SHORTEST_LIFE",
    "CardGateway",
    "Event",
    "EventRefused",
    "HostedPage",
    "InProcessClient",
    "PaymentState",
    "ProviderRefused",
    "ProviderUnavailable",
    "RefundState",
    "StripeGateway",
    "network_client",
]
