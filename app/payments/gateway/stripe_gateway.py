"""The gateway on Stripe's official library; the only file that knows Stripe's words."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from app.kernel.money import Money
from app.payments.gateway.amounts import from_provider, to_provider
from app.payments.gateway.answers import Event, HostedPage, Kind, PaymentState, RefundState, RefundStatus, Status
from app.payments.gateway.line import Line
from app.payments.gateway.refusals import (
    EventRefused,
    ProviderBusy,
    ProviderKeyRefused,
    ProviderRefused,
    ProviderUnavailable,
)
from app.payments.gateway.transport import NoneFree, within

log = logging.getLogger("tiwizi.payments")
API_VERSION = "2026-10-28.endive"
NOT_OLDER_THAN = timedelta(minutes=5)
LOCALES = frozenset({"fr", "en", "ar"})
KINDS: dict[str, Kind] = {
    "checkout.session.completed": "checkout_completed",
    "checkout.session.async_payment_succeeded": "checkout_completed",
    "checkout.session.async_payment_failed": "payment_failed",
    "checkout.session.expired": "checkout_expired",
    "payment_intent.succeeded": "payment_succeeded",
    "payment_intent.payment_failed": "payment_failed",
    "charge.refunded": "refunded",
    "refund.created": "refunded",
    "refund.updated": "refunded",
    "refund.failed": "refunded",
    "charge.dispute.created": "disputed",
    "charge.dispute.closed": "disputed",
}


class StripeGateway:
    """A CardGateway: every call has `seconds` in all; practice mode passes an InProcessClient, others a PatientClient.

    `address` is where the provider answers, when it is not the library's own.
    """

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        *,
        http_client: stripe.HTTPClient,
        max_network_retries: int = 0,  # the library waits between tries as long as it likes: pressing again is better
        seconds: float = 8,
        first_wait: float = 15,
        address: str = "",
    ) -> None:
        self.webhook_secret = webhook_secret
        self.seconds = seconds
        self.line = Line(first_wait)
        self.client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            max_network_retries=max_network_retries,
            http_client=http_client,
            base_addresses={"api": address} if address else None,
        )

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One question to the provider, or several that belong together."""
        with self.line.call(), within(self.seconds), _translated():
            yield

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
        """Open a hosted page; see CardGateway."""
        number, currency = to_provider(amount)
        facts = {**(metadata or {}), "reference": reference}
        params: Any = {
            "mode": "payment",
            "client_reference_id": reference,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": currency,
                        "unit_amount": number,
                        "product_data": {"name": description},
                    },
                }
            ],
            "payment_method_types": ["card"],
            "success_url": return_url,
            "cancel_url": cancel_url,
            "locale": locale if locale in LOCALES else "auto",
            "expires_at": int(expires_at.timestamp()),
            "metadata": facts,
            "payment_intent_data": {"metadata": facts, "description": description},
        }
        with self._asking():
            session = self.client.v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key})
        return HostedPage(session.id, session.url or "")

    def payment_state(self, session_id: str) -> PaymentState:
        """Where a checkout stands now."""
        with self._asking():
            session = self.client.v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
        return _state(session)

    def refund(self, payment_id: str, amount: Money, idempotency_key: str, reason: str | None = None) -> RefundState:
        """Give back part or all; see CardGateway."""
        number, currency = to_provider(amount)
        params: Any = {"payment_intent": payment_id, "amount": number}
        if reason is not None:
            params["reason"] = reason
        with self._asking():
            # The provider takes a number without a currency: a slip there would refund the wrong money.
            if self.client.v1.payment_intents.retrieve(payment_id).currency != currency:
                raise ProviderRefused("currency_mismatch")
            refund = self.client.v1.refunds.create(params, {"idempotency_key": idempotency_key})
        return _refund_state(refund)

    def refund_state(self, refund_id: str) -> RefundState:
        """Where a refund stands now; see CardGateway."""
        with self._asking():
            return _refund_state(self.client.v1.refunds.retrieve(refund_id))

    def expire_checkout(self, session_id: str) -> PaymentState:
        """Close an open page; see CardGateway."""
        with within(self.seconds):
            state = self.payment_state(session_id)
            if state.status != "open":
                return state
            try:
                with self._asking():
                    self.client.v1.checkout.sessions.expire(session_id)
            except ProviderRefused:
                # The buyer paid or the clock expired it between the two calls: whatever is true now is the answer.
                state = self.payment_state(session_id)
                if state.status == "open":
                    raise
                return state
            return self.payment_state(session_id)

    def read_event(self, payload: bytes, signature: str | None, now: datetime) -> Event:
        """Check and read a notice; see CardGateway."""
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self.webhook_secret, tolerance=None)
            body = json.loads(payload)
        except stripe.SignatureVerificationError as error:
            raise EventRefused("bad-signature") from error
        except ValueError as error:
            raise EventRefused("unreadable") from error
        signed = dict(part.split("=", 1) for part in (signature or "").split(",") if "=" in part).get("t", "0")
        if abs(now - datetime.fromtimestamp(int(signed), UTC)) > NOT_OLDER_THAN:
            raise EventRefused("too-old")
        try:
            return _event(body)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            raise EventRefused("unreadable") from error


def _state(session: Any) -> PaymentState:
    money = from_provider(session.amount_total or 0, session.currency or "")
    intent = session.payment_intent
    status: Status
    if session.status == "open":
        status = "open"
    elif session.status == "expired":
        status = "expired"
    elif session.payment_status in ("paid", "no_payment_required"):
        status = "paid"
    elif intent is not None and intent.status in ("requires_payment_method", "canceled"):
        status = "failed"
    else:
        status = "processing"
    return PaymentState(
        session.id,
        status,
        intent.id if intent is not None else None,
        money.amount,
        money.currency,
        session.client_reference_id,
    )


def _refund_state(refund: Any) -> RefundState:
    money = from_provider(refund.amount, refund.currency)
    known: dict[str, RefundStatus] = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
    return RefundState(
        refund.id,
        refund.payment_intent,
        known.get(refund.status or "", "pending"),
        money.amount,
        money.currency,
    )


def _event(body: dict[str, Any]) -> Event:
    thing = body["data"]["object"]
    session_id = thing["id"] if thing["object"] == "checkout.session" else None
    payment_id = thing["id"] if thing["object"] == "payment_intent" else thing.get("payment_intent")
    reference = thing.get("client_reference_id") or (thing.get("metadata") or {}).get("reference")
    ids = (body["id"], session_id or "", payment_id or "", reference or "", body["type"])
    if not body["id"] or not all(isinstance(one, str) for one in ids):
        raise ValueError("an event's ids are words")
    return Event(
        id=body["id"],
        kind=KINDS.get(body["type"], "other"),
        session_id=session_id,
        payment_id=payment_id,
        reference=reference,
        created=datetime.fromtimestamp(body["created"], UTC),
    )


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors as ours."""
    try:
        yield
    except NoneFree as error:
        raise ProviderBusy from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        log.error("card key refused", extra={"status": error.http_status})
        raise ProviderKeyRefused from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise ProviderUnavailable from error
    except stripe.StripeError as error:
        raise ProviderRefused(error.code or _kind_of(error)) from error


def _kind_of(error: stripe.StripeError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    return str(body.get("error", {}).get("type") or type(error).__name__)
