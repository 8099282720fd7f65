"""Posts a webhook straight into the house's WSGI application."""

from contextlib import closing
from urllib.parse import urlsplit

from werkzeug.test import Client

from app.practice.delivery import Post
from app.practice.server import Wsgi


def post_into(house: Wsgi) -> Post:
    """Posts by calling the house's application in this process."""

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        parts = urlsplit(url)
        browser = Client(house, use_cookies=False)
        base = f"{parts.scheme}://{parts.netloc}"
        with closing(browser.post(parts.path, base_url=base, data=body, headers=headers)) as answer:
            return answer.status_code

    return post
