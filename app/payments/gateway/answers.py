"""Frozen answers of the card provider. Amounts are minor units of an upper-case ISO 4217 code."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Status = Literal["open", "processing", "paid", "failed", "expired"]
RefundStatus = Literal["pending", "succeeded", "failed"]
Kind = Literal[
    "checkout_completed", "checkout_expired", "payment_succeeded", "payment_failed", "refunded", "disputed", "other"
]


@dataclass(frozen=True)
class HostedPage:
    """The page a buyer is sent to; ``id`` names the checkout session from now on."""

    id: str
    url: str


@dataclass(frozen=True)
class PaymentState:
    """Where a checkout stands. ``open`` includes a declined card: the buyer may try another."""

    session_id: str
    status: Status
    payment_id: str | None
    amount: int
    currency: str
    reference: str | None


@dataclass(frozen=True)
class RefundState:
    """A refund as the provider holds it."""

    refund_id: str
    payment_id: str
    status: RefundStatus
    amount: int
    currency: str


@dataclass(frozen=True)
class Event:
    """A signed notice: only says what to read again, never what is true. ``created`` is aware UTC."""

    id: str
    kind: Kind
    session_id: str | None
    payment_id: str | None
    reference: str | None
    created: datetime
