"""How the library reaches the provider: the network, or an application in this very process."""

import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import stripe
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.engines.outbound import Unreachable, ask

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
MOST_BYTES = 10_000_000  # a page of a hundred events
AT_ONCE = 4  # of the eight threads that serve pages


class InProcessClient(stripe.HTTPClient):
    """Hands the library's requests to a WSGI application, headers and bodies unchanged."""

    name = "in-process"

    def __init__(self, application: Wsgi) -> None:
        super().__init__()
        self.application = application

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request; a broken application is a broken line, as over the network."""
        parts = urlsplit(url)
        builder = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            base_url=f"{parts.scheme}://{parts.netloc}",
            method=method.upper(),
            headers=Headers(dict(headers or {})),
            data=post_data,
        )
        try:
            body, status, answered = run_wsgi_app(self.application, builder.get_environ(), buffered=True)
        except Exception as error:
            words = f"the application failed: {error!r}"
            raise stripe.APIConnectionError(words, should_retry=True) from error  # type: ignore[no-untyped-call]  # stripe's exceptions have no types
        # The library looks headers up in lower case.
        lowered = {name.lower(): value for name, value in answered.items()}
        return b"".join(body).decode(), int(status.split(" ", 1)[0]), lowered

    def close(self) -> None:
        """Nothing is kept open."""


_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


class NoneFree(stripe.APIConnectionError):
    """As many calls as there may be are under way in this process."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything asked of the provider inside has so many seconds in all, or what is left of those around it."""
    token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


class PatientClient(stripe.HTTPClient):
    """The way out of the house (`engines.outbound`), whose caller never waits longer than the time there is.

    A bounded number of requests is under way at once; who finds none free is told so at once.
    """

    name = "patient"

    def __init__(self, seconds: float, at_once: int, allowed: Collection[str]) -> None:
        super().__init__()
        self._seconds, self._allowed = seconds, allowed
        self._free = threading.BoundedSemaphore(at_once)

    def close(self) -> None:
        """Nothing is kept open."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        left = min(_deadline.get() - time.monotonic(), self._seconds)
        if left <= 0:
            raise stripe.APIConnectionError("no time is left", should_retry=False)  # type: ignore[no-untyped-call]  # as the one above
        if not self._free.acquire(blocking=False):
            raise NoneFree("none is free", should_retry=False)  # type: ignore[no-untyped-call]  # as the one above
        try:
            answer = ask(
                method.upper(),
                url,
                seconds=left,
                allowed=self._allowed,
                headers=headers,
                body=post_data.encode() if isinstance(post_data, str) else post_data,
                certificates=stripe.ca_bundle_path,
                most_bytes=MOST_BYTES,
            )
        except Unreachable as trouble:
            raise stripe.APIConnectionError(str(trouble), should_retry=False) from trouble  # type: ignore[no-untyped-call]  # as the one above
        finally:
            self._free.release()
        return answer.body.decode(errors="replace"), answer.status, answer.headers
