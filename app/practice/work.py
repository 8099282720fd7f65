"""One piece of work of the stand-in: the transaction it writes in, the second it happens in, who it is for."""

from dataclasses import dataclass, replace
from typing import Any

from app.practice.errors import missing
from app.practice.store import Body, Shelf, new_id

PLATFORM = ""
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Work:
    """``now`` is Unix seconds; ``account`` is a connected account's id, or empty for the platform."""

    shelf: Shelf
    now: int
    public_url: str
    fee_per_mille: int
    account: str = PLATFORM
    request_key: str | None = None

    def of(self, account: str) -> "Work":
        return replace(self, account=account)

    def get(self, kind: str, identifier: str, param: str = "id") -> Body:
        """The account's own object, or a 404 that tells a stranger nothing."""
        body = self.shelf.find(identifier, kind, self.account)
        if body is None:
            raise missing(kind, identifier, param)
        return body

    def announce(self, happening: str, thing: Body) -> None:
        """Put an event on record, to be delivered to the house after this transaction."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": {"object": thing},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": self.request_key},
            "type": happening,
        }
        if self.account:
            event["account"] = self.account
        self.shelf.add(event, self.account)
        self.shelf.connection.execute(
            "INSERT INTO delivery (event, attempts, next_at) VALUES (?, 0, ?)", (event["id"], self.now)
        )

    def book(self, *, amount: int, fee: int, currency: str, kind: str, category: str, source: str) -> Body:
        """A balance transaction: ``amount`` minor units in or out, less ``fee``; moves the balance by the net."""
        line: dict[str, Any] = {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": self.now,
            "balance_type": "payments",
            "created": self.now,
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
            "status": "available",
            "type": kind,
        }
        if fee:
            detail = {"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}
            line["fee_details"] = [{**detail, "description": "Practice fee"}]
        self.shelf.move_balance(self.account, currency, amount - fee)
        return self.shelf.add(line, self.account)

    def balance_in(self, currency: str) -> int:
        """Minor units the account holds."""
        return self.shelf.balances().get((self.account, currency), 0)
