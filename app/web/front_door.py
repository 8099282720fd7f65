"""Kept pages leave before Flask is asked: who brings no session and asks by a known name gets the bytes that are there."""

import secrets
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from flask import Flask

from app.web.figures import figures_of
from app.web.page_cache import KeptPage, cache_of
from app.web.sessions import ServerSessions

access_log = structlog.get_logger("tiwizi.access")
READS = ("GET", "HEAD")
FOUND, UNCHANGED = "200 OK", "304 NOT MODIFIED"
OF_A_BODY = ("Content-Length", "Content-Encoding", "Content-Type")


class FrontDoor:
    """A WSGI application around the house's own.

    Addresses and names of the machine are those that went through the input gate before, letter for letter; all others go
    on.
    """

    def __init__(self, app: Flask) -> None:
        self._app, self._house = app, app.wsgi_app
        self._cache = cache_of(app)
        self._session = f"{ServerSessions().cookie_name(app)}="

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if (
            environ["REQUEST_METHOD"] in READS
            and environ.get("HTTP_HOST") in self._cache.hosts
            and self._session not in environ.get("HTTP_COOKIE", "")
        ):
            began = time.perf_counter()
            page = self._cache.at_address(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
            if page is not None:
                return self._serve(page, environ, start_response, began)
        return self._house(environ, start_response)

    def _serve(
        self, page: KeptPage, environ: WSGIEnvironment, start_response: StartResponse, began: float
    ) -> Iterable[bytes]:
        method, identity = environ["REQUEST_METHOD"], secrets.token_hex(8)
        packed = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        headers = [*page.headers_now(packed), ("X-Request-Id", identity)]
        status = FOUND
        if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            status = UNCHANGED
            headers = [(name, value) for name, value in headers if name not in OF_A_BODY]
        start_response(status, headers)
        seconds = time.perf_counter() - began
        figures_of(self._app).count(method, page.route, int(status[:3]), seconds)
        if not self._app.testing:
            access_log.info(
                "request",
                id=identity,
                method=method,
                route=page.route,
                status=int(status[:3]),
                ms=round(seconds * 1000, 1),
                kept=True,
            )
        if method == "HEAD" or status is UNCHANGED:
            return []
        return [page.packed if packed else page.plain]
