"""Webhooks: events signed like the provider's and posted to the house until it answers 2xx, for three days."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from app.practice.store import Shelf, Store

# Takes url, body and headers; returns the status of the answer. It may raise OSError when nobody answers.
Post = Callable[[str, bytes, dict[str, str]], int]
WAITS = (10, 60, 10 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
# While one process posts an event, others leave it alone for this many seconds.
LEASE = 30


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """The ``Stripe-Signature`` header of a body: HMAC-SHA256 over the second and the raw bytes."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


def event_body(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, indent=2).encode()


def deliver_due(store: Store, post: Post, url: str, secret: str, now: int, most: int = 100) -> int:
    """Post what is due, oldest first; returns how many were accepted. No transaction is open while posting."""
    accepted = 0
    for _ in range(most):
        with store.writing() as shelf:
            claimed = _claim(shelf, now)
        if claimed is None:
            break
        event, attempts = claimed
        body = event_body(event)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": sign(body, secret, now)}
        try:
            status = post(url, body, headers)
        except OSError:
            status = 0
        with store.writing() as shelf:
            _record(shelf, event, attempts + 1, status, now)
        accepted += 200 <= status < 300
    return accepted


def waiting(shelf: Shelf) -> int:
    """How many events have not been accepted yet and will be tried again."""
    words = "SELECT count(*) FROM delivery WHERE delivered_at IS NULL AND attempts <= ?"
    return int(shelf.connection.execute(words, (len(WAITS),)).fetchone()[0])


def _claim(shelf: Shelf, now: int) -> tuple[dict[str, Any], int] | None:
    row = shelf.connection.execute(
        "SELECT thing.body, delivery.attempts FROM delivery JOIN thing ON thing.id = delivery.event"
        " WHERE delivered_at IS NULL AND next_at <= ? AND attempts <= ? ORDER BY thing.sequence LIMIT 1",
        (now, len(WAITS)),
    ).fetchone()
    if row is None:
        return None
    event: dict[str, Any] = json.loads(row[0])
    shelf.connection.execute("UPDATE delivery SET next_at = ? WHERE event = ?", (now + LEASE, event["id"]))
    return event, row[1]


def _record(shelf: Shelf, event: dict[str, Any], attempts: int, status: int, now: int) -> None:
    done = 200 <= status < 300
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    shelf.connection.execute(
        "UPDATE delivery SET attempts = ?, last_status = ?, delivered_at = ?, next_at = ? WHERE event = ?",
        (attempts, status, now if done else None, now + wait, event["id"]),
    )
    if done:
        event["pending_webhooks"] = 0
        shelf.save(event)
