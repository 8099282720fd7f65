"""A visitor's browser in tests: signing in, posting forms as our own pages do."""

import re
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from itsdangerous import Signer
from werkzeug.test import TestResponse

from app.accounts.models import Person
from app.engines import sessions
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.web.safety import SAFE_METHODS, token_of

HOST = "localhost"
ISOLATES = re.compile("[\u2066-\u2069]")
TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]*')


class Browser(FlaskClient):
    """Each request has an application context of its own, as behind a real server: nothing in `g` outlives it.

    What the test read before is let go, so that it sees afterwards what the request has stored. As browsers do, it says
    which site a form comes from: ours, unless the test says otherwise ("" says nothing).
    """

    def run_wsgi_app(self, environ: Any, buffered: bool = False) -> Any:
        if environ["REQUEST_METHOD"] not in SAFE_METHODS:
            environ.setdefault("HTTP_ORIGIN", f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', HOST)}")
        if has_app_context():
            db.session.rollback()
        with self.application.app_context():
            return super().run_wsgi_app(environ, buffered)


def sign_in(client: FlaskClient, person: Person | int, *, asked: bool = True) -> None:
    """The browser holds a live session of the person from now on (without the sign-in page).

    With `asked`, the person has just been asked again for the second factor in it, as before dear acts.
    """
    person_id = person if isinstance(person, int) else person.id
    token, data = sessions.new_token(), {"_user_id": str(person_id), "_fresh": True}
    proof = {"asked": {"at": now().isoformat(), "by": "factor"}} if asked else {}
    with transaction():
        sessions.start_session(token, {**data, **proof}, person_id, "tests", now())
    client.set_cookie("tiwizi", token, domain=HOST)


def sign_out(client: FlaskClient) -> None:
    """The browser forgets its session cookie."""
    client.delete_cookie("tiwizi", domain=HOST)


def csrf_of(client: FlaskClient) -> str:
    """A form's token for this browser, with the signed cookie it is compared with."""
    app: Flask = client.application
    cookie = client.get_cookie("tiwizi-csrf", domain=HOST)
    value = cookie.value if cookie else Signer(app.config["SECRET_KEY"], salt="csrf").sign("token-of-the-tests").decode()
    if cookie is None:
        client.set_cookie("tiwizi-csrf", value, domain=HOST)
    return token_of(value, "salt-of-the-test", _signed_in_session(client))


def _signed_in_session(client: FlaskClient) -> str:
    """What a page shown to this browser now would bind its forms to."""
    cookie = client.get_cookie("__Host-tiwizi" if client.application.config["SECURE"] else "tiwizi", domain=HOST)
    if cookie is None:
        return ""
    with client.application.app_context():
        row = sessions.find_session(cookie.value, now())
        return cookie.value if row is not None and row.data.get("_user_id") else ""


def post(
    client: FlaskClient, url: str, *, follow: bool = False, headers: dict[str, str] | None = None, **fields: Any
) -> TestResponse:
    """Send a form as our page would; files are (stream, name) pairs, lists are repeated fields."""
    return client.post(url, data={"csrf_token": csrf_of(client), **fields}, follow_redirects=follow, headers=headers)


def text_of(response: TestResponse) -> str:
    """The page as it is read: white space folded, without the marks of direction around words that keep their own, and
    without its tokens, in which any four digits may stand by chance."""
    return TOKEN.sub("", " ".join(ISOLATES.sub("", response.get_data(as_text=True)).split()))
