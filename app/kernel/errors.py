"""Refusals: the one exception tree that a rule or a service raises and a door translates."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """Something was asked that may not be done.

    `code` is a word of the vocabulary of the module that refuses ("out-of-stock"), `facts` are
    the values a page shows with it, `field` names the form field it belongs to, if any.
    The HTTP status is the kind of refusal, not the reason.
    """

    status = 422

    def __init__(self, code: str, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.facts: Mapping[str, Any] = facts


class Invalid(Refusal):
    """What was sent cannot be understood or breaks a rule (422)."""


class NotAllowed(Refusal):
    """The actor is known and may see the thing, but may not do this (403)."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or it is a stranger's (404)."""

    status = 404

    def __init__(self, code: str = "not-found", **facts: Any) -> None:
        super().__init__(code, **facts)


class Conflict(Refusal):
    """The world has moved since the page was shown (409)."""

    status = 409


class TooMany(Refusal):
    """Too many attempts (429); `facts["retry_after"]` holds seconds."""

    status = 429


class Unavailable(Refusal):
    """Something outside does not answer; trying again later may help (503)."""

    status = 503
