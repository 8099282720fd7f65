"""Idempotency keys: the first request with a key is done, every later one is answered with its answer."""

import hashlib
import json
from typing import Any

from app.practice.errors import ApiError
from app.practice.store import Shelf

KEPT = 24 * 3600
# A request that is still marked as running after this long died with its process: its key is free again.
RUNNING_AT_MOST = 60
Answer = tuple[int, dict[str, Any]]


def fingerprint_of(path: str, body: str) -> str:
    """What two requests with one key must have in common."""
    return hashlib.sha256(f"{path}\n{body}".encode()).hexdigest()


def claim_key(shelf: Shelf, account: str, key: str, fingerprint: str, now: int) -> Answer | None:
    """The stored answer of an earlier request, or None when this one is now the one to do it.

    Raises ApiError: 400 for the same key with other parameters, 409 while the first request is under way.
    """
    db = shelf.connection
    db.execute("DELETE FROM idempotency WHERE started <= ?", (now - KEPT,))
    db.execute("DELETE FROM idempotency WHERE status IS NULL AND started <= ?", (now - RUNNING_AT_MOST,))
    row = db.execute(
        "SELECT fingerprint, status, body FROM idempotency WHERE account = ? AND key = ?", (account, key)
    ).fetchone()
    if row is None:
        db.execute(
            "INSERT INTO idempotency (account, key, fingerprint, started) VALUES (?, ?, ?, ?)",
            (account, key, fingerprint, now),
        )
        return None
    if row[0] != fingerprint:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            kind="idempotency_error",
        )
    if row[1] is None:
        raise ApiError(
            "There is currently another in-progress request using this Idempotency Key.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
    return row[1], json.loads(row[2])


def keep_answer(shelf: Shelf, account: str, key: str, status: int, body: dict[str, Any]) -> None:
    """Store the answer, in the transaction that holds its effect."""
    shelf.connection.execute(
        "UPDATE idempotency SET status = ?, body = ? WHERE account = ? AND key = ?",
        (status, json.dumps(body), account, key),
    )


def release_key(shelf: Shelf, account: str, key: str) -> None:
    """The request was refused before it did anything: the key may be used again."""
    shelf.connection.execute("DELETE FROM idempotency WHERE account = ? AND key = ? AND status IS NULL", (account, key))
