"""Two ways to post a webhook to the house: over HTTP, and straight into its WSGI application."""

from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from werkzeug.test import Client

from app.practice.delivery import Post
from app.practice.server import Wsgi

PATIENCE = 8


def post_over_http(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer; raises OSError when nobody answers within 8 seconds."""
    parts = urlsplit(url)
    line = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(line(parts.hostname or "", parts.port, timeout=PATIENCE)) as connection:
        try:
            connection.request("POST", parts.path or "/", body, headers)
            return connection.getresponse().status
        except HTTPException as error:
            raise ConnectionError(f"no answer in HTTP: {error!r}") from error


def post_into(house: Wsgi) -> Post:
    """Posts by calling the house's application in this process."""

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        parts = urlsplit(url)
        browser = Client(house, use_cookies=False)
        base = f"{parts.scheme}://{parts.netloc}"
        with closing(browser.post(parts.path, base_url=base, data=body, headers=headers)) as answer:
            return answer.status_code

    return post
