"""Both sides of a card payment: a gateway of ours, the practice provider, a buyer's browser, a slot for webhooks."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app.kernel.money import Money
from app.payments.gateway import HostedPage, InProcessClient, StripeGateway
from app.practice.provider import Practice
from app.practice.server import create_practice, the_practice

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "whsec_practice_of_the_tests"
KEY = "sk_test_practice_of_the_tests"
PRICE = Money(12_050, "MAD")


class CardSide:
    """Time stands still at NOON until ``seconds`` is moved; what the provider posts to ``accept`` is in ``received``."""

    def __init__(self, path: Path) -> None:
        self.seconds = int(NOON.timestamp())
        self.received: list[tuple[bytes, str]] = []
        self.provider: Flask = create_practice(
            path,
            secret_key=KEY,
            webhook_secret=SECRET,
            public_url="http://localhost",
            webhook_url="http://house.test/webhooks/stripe",
            clock=lambda: self.seconds,
        )
        self.gateway = self.gateway_on(self.provider.wsgi_app)

    @property
    def practice(self) -> Practice:
        return the_practice(self.provider)

    def gateway_on(self, application: Callable[..., Iterable[bytes]], retries: int = 2) -> StripeGateway:
        return StripeGateway(KEY, SECRET, http_client=InProcessClient(application), max_network_retries=retries)

    def start(self, key: str = "checkout-1", amount: Money = PRICE, gateway: StripeGateway | None = None) -> HostedPage:
        return (gateway or self.gateway).start_checkout(
            reference="T-1001",
            amount=amount,
            description="Commande T-1001",
            return_url="http://house.test/fr/checkout/done?session={CHECKOUT_SESSION_ID}",
            cancel_url="http://house.test/fr/checkout",
            locale="fr",
            expires_at=NOON + timedelta(minutes=45),
            idempotency_key=key,
            metadata={"purchase": "7"},
        )

    def browser(self) -> FlaskClient:
        return self.provider.test_client()

    def choose(self, page: HostedPage, card: str) -> str:
        """Where the buyer is sent after a click on a practice card."""
        answer = self.browser().post(page.url, data={"card": card})
        assert answer.status_code == 303
        return answer.location

    def accept(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.received.append((body, headers["Stripe-Signature"]))
        return 200

    def count(self, kind: str) -> int:
        with self.practice.store.reading() as shelf:
            return len(shelf.all(kind))

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)
