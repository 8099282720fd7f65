"""The stand-in as one object: its file, its clock, its keys, and what only the bank or the operator of a demo can do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.practice.balance import balance_problems
from app.practice.checkout import expire_due, session_of, settle_session
from app.practice.connect import arrive_payouts
from app.practice.delivery import Post, deliver_due, waiting
from app.practice.disputes import decide_dispute, open_dispute
from app.practice.errors import missing
from app.practice.intents import settle_slow
from app.practice.store import Store
from app.practice.work import PLATFORM, Work


@dataclass(frozen=True)
class Practice:
    """``clock`` gives Unix seconds; ``post`` sends a webhook at once after a page, when there is one."""

    store: Store
    clock: Callable[[], int]
    secret_key: str
    webhook_secret: str
    public_url: str
    webhook_url: str | None
    post: Post | None
    fee_per_mille: int

    @contextmanager
    def work(self, account: str = PLATFORM, request_key: str | None = None) -> Iterator[Work]:
        """A write transaction."""
        with self.store.writing() as shelf:
            yield Work(shelf, self.clock(), self.public_url, self.fee_per_mille, account, request_key)

    @contextmanager
    def look(self, account: str = PLATFORM) -> Iterator[Work]:
        """A read transaction."""
        with self.store.reading() as shelf:
            yield Work(shelf, self.clock(), self.public_url, self.fee_per_mille, account)

    def advance(self) -> None:
        """Let time do its work: sessions expire, payouts arrive."""
        with self.work() as work:
            expire_due(work)
            arrive_payouts(work)

    def deliver(self, post: Post | None = None) -> int:
        """Post the events that are due (after letting time do its work); returns how many the house accepted."""
        self.advance()
        sender = post or self.post
        if sender is None or self.webhook_url is None:
            return 0
        return deliver_due(self.store, sender, self.webhook_url, self.webhook_secret, self.clock())

    def undelivered(self) -> int:
        """Events that the house has not accepted yet."""
        with self.store.reading() as shelf:
            return waiting(shelf)

    def check(self) -> list[str]:
        """What does not add up, in words; an empty list is the proof that the balance does."""
        with self.store.reading() as shelf:
            return balance_problems(shelf)

    def settle(self, intent_id: str, *, succeeded: bool) -> None:
        """The bank's late answer to a payment that is processing."""
        with self.work() as work:
            intent = work.get("payment_intent", intent_id)
            session = session_of(work, intent)
            if session is None:
                settle_slow(work, intent, succeeded=succeeded)
            else:
                settle_session(work, session, intent, succeeded=succeeded)

    def dispute(self, charge_id: str, reason: str = "fraudulent") -> str:
        """A cardholder disputes a charge; returns the dispute's id."""
        with self.work() as work:
            return str(open_dispute(work, work.get("charge", charge_id), reason)["id"])

    def rule(self, dispute_id: str, *, won: bool) -> None:
        """The bank rules on a dispute."""
        with self.work() as work:
            found = work.shelf.find(dispute_id, "dispute")
            if found is None:
                raise missing("dispute", dispute_id)
            decide_dispute(work, found, won=won)
