"""How the library reaches the provider: the network, or an application in this very process."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
# Seconds for one attempt; a buyer waits for the page behind it.
PATIENCE = 8


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


def network_client() -> stripe.HTTPClient:
    """The library's own client with our patience."""
    return stripe.RequestsClient(timeout=PATIENCE)
