"""What payments may ask of any card provider."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from app.kernel.money import Money
from app.payments.gateway.answers import Event, HostedPage, PaymentState, RefundState
from app.payments.gateway.line import Line

# The provider refuses a page that would live shorter or longer than this.
SHORTEST_LIFE = timedelta(minutes=30)
LONGEST_LIFE = timedelta(hours=24)


class CardGateway(Protocol):
    """Every call but ``read_event`` uses the network: never inside a transaction.

    All raise ProviderUnavailable or ProviderRefused; ``read_event`` raises EventRefused. ``line`` says whether it is of
    use to ask now, and what the provider said of our key.
    """

    line: Line

    def start_checkout(
        self,
        *,
        reference: str,
        amount: Money,
        description: str,
        return_url: str,
        cancel_url: str,
        locale: str,
        expires_at: datetime,
        idempotency_key: str,
        metadata: Mapping[str, str] | None = None,
    ) -> HostedPage:
        """Open a hosted page. The addresses are whole (https://…); ``{CHECKOUT_SESSION_ID}`` in them is filled in.

        ``expires_at`` lies between SHORTEST_LIFE and LONGEST_LIFE from now and must be the same when the same key is
        used again; a hold that ends earlier calls ``expire_checkout``.
        """
        ...

    def payment_state(self, session_id: str) -> PaymentState:
        """Where a checkout stands now."""
        ...

    def refund(self, payment_id: str, amount: Money, idempotency_key: str, reason: str | None = None) -> RefundState:
        """Give back part or all; ``reason`` is duplicate, fraudulent, requested_by_customer or None."""
        ...

    def refund_state(self, refund_id: str) -> RefundState:
        """Where a refund stands now: a bank may take days, and may still say no."""
        ...

    def expire_checkout(self, session_id: str) -> PaymentState:
        """Close an open page; one that is already closed or paid is left as it is. Returns what is true afterwards."""
        ...

    def read_event(self, payload: bytes, signature: str | None, now: datetime) -> Event:
        """Check the signature of a notice on its raw bytes and its age (five minutes at most), then read it."""
        ...
