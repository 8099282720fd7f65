"""The application of practice mode: alone in tests, or mounted under ``/practice`` of the house's demo."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, render_template, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app.kernel.clock import now
from app.practice.api import api
from app.practice.delivery import Post
from app.practice.language import preferred_language
from app.practice.pages import pages
from app.practice.provider import Practice
from app.practice.store import Store
from app.practice.words import WORDS

ROOM = Path(__file__).parent
LARGEST_BODY = 256 * 1024
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def unix_seconds() -> int:
    """The house's clock in Unix seconds."""
    return int(now().timestamp())


def create_practice(
    database_path: Path | str,
    *,
    secret_key: str,
    webhook_secret: str,
    public_url: str = "/practice",
    webhook_url: str | None = None,
    post: Post | None = None,
    clock: Callable[[], int] = unix_seconds,
    fee_per_mille: int = 29,
) -> Flask:
    """A card provider on the file ``database_path``, which is made when absent.

    ``public_url`` is where a browser finds the pages (no slash at the end). Events wait in the file until
    ``the_practice(app).deliver()``; with ``post`` they are also sent right after a buyer's step on a page, never
    from within an interface call, because the house may be inside its own request then.
    """
    app = Flask(__name__, template_folder=str(ROOM / "templates"), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions["practice"] = Practice(
        Store(database_path), clock, secret_key, webhook_secret, public_url, webhook_url, post, fee_per_mille
    )
    pages.static_folder = str(ROOM / "static")
    app.register_blueprint(api)
    app.register_blueprint(pages)
    app.register_error_handler(404, _not_found)
    return app


def the_practice(app: Flask) -> Practice:
    """What the bank and the demo's operator can do: deliver, advance, check, settle, dispute, rule."""
    practice: Practice = app.extensions["practice"]
    return practice


def mount_practice(house: Wsgi, practice: Flask, at: str = "/practice") -> Wsgi:
    """The house with the practice pages under ``at``; the provider's interface is not reachable from outside."""

    def only_pages(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith("/v1"):
            environ = {**environ, "PATH_INFO": "/"}
        return practice.wsgi_app(environ, start)

    mounted: Wsgi = DispatcherMiddleware(house, {at: only_pages})
    return mounted


def _not_found(_: Exception) -> tuple[str, int]:
    language = preferred_language(request.accept_languages.values())
    direction = "rtl" if language == "ar" else "ltr"
    return render_template("missing.html", words=WORDS[language], language=language, direction=direction), 404
