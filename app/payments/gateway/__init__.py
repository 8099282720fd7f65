"""The card provider as payments sees it: one small interface, the official library behind it."""

from app.payments.gateway.answers import Event, HostedPage, PaymentState, RefundState
from app.payments.gateway.interface import SHORTEST_LIFE, CardGateway
from app.payments.gateway.refusals import EventRefused, ProviderKeyRefused, ProviderRefused, ProviderUnavailable
from app.payments.gateway.stripe_gateway import StripeGateway
from app.payments.gateway.transport import AT_ONCE, InProcessClient, PatientClient

__all__ = [
    "AT_ONCE",
    "SHORTEST_LIFE",
    "CardGateway",
    "Event",
    "EventRefused",
    "HostedPage",
    "InProcessClient",
    "PatientClient",
    "PaymentState",
    "ProviderKeyRefused",
    "ProviderRefused",
    "ProviderUnavailable",
    "RefundState",
    "StripeGateway",
]
