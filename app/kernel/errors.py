"""Refusals: the one exception tree that a rule or a service raises and a door translates."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

Read = TypeVar("Read")


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
    """What was sent cannot be understood or breaks a rule (422).

    `also` is what else is wrong with it: a person reads all of it at once.
    """

    also: Sequence["Invalid"] = ()


class Faults:
    """What is wrong with one thing that was sent, gathered before it is refused.

    phone = faults.read(phone_value, typed, country)
    faults.refuse()
    """

    def __init__(self) -> None:
        self.found: list[Invalid] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """What is refused within is kept, and the next thing is looked at."""
        try:
            yield
        except Invalid as fault:
            self.found += [fault, *fault.also]

    def read(self, reader: Callable[..., Read], *values: object) -> Read | None:
        """What the reader makes of the values; None when it refuses them, which is noted."""
        with self.noted():
            return reader(*values)
        return None

    def refuse(self) -> None:
        """Raises the first of them, with the others; nothing when nothing was wrong."""
        if self.found:
            first, *first.also = self.found
            raise first


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
