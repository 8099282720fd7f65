"""How the library reaches the provider: the network, or an application in this very process."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import stripe
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
CONNECT_SECONDS = 3
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
    """The library's own client, whose caller never waits longer than the time there is, however slowly an answer drips in.

    A bounded number of requests is under way at once; who finds none free is told so at once.
    """

    name = "patient"

    def __init__(self, seconds: float, at_once: int) -> None:
        super().__init__()
        self._client = stripe.RequestsClient(timeout=(min(CONNECT_SECONDS, seconds), seconds))
        self._free = threading.BoundedSemaphore(at_once)

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]  # as the one above

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request in a thread of its own, which is left alone when the time is over: it ends with its own timeouts."""
        left = _deadline.get() - time.monotonic()
        if left <= 0:
            raise stripe.APIConnectionError("no time is left", should_retry=False)  # type: ignore[no-untyped-call]  # as the one above
        if not self._free.acquire(blocking=False):
            raise NoneFree("none is free", should_retry=False)  # type: ignore[no-untyped-call]  # as the one above
        answers: list[Any] = []

        def carry() -> None:
            try:
                answers.append(self._client.request(method, url, headers, post_data))
            except Exception as trouble:  # told to the caller, if it still waits
                answers.append(trouble)

        try:
            thread = threading.Thread(target=carry, daemon=True)
            thread.start()
            thread.join(left if left < math.inf else None)
        finally:
            self._free.release()
        if not answers:
            raise stripe.APIConnectionError("no answer in time", should_retry=False)  # type: ignore[no-untyped-call]  # as the one above
        if isinstance(answers[0], Exception):
            raise answers[0]
        answer: tuple[str, int, Mapping[str, str]] = answers[0]
        return answer
