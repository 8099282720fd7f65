"""What stands before and behind every handler: the input gate, CSRF, and the headers of every answer."""

import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import quote, unquote_to_bytes, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session
from itsdangerous import BadSignature, Signer
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from app.kernel.text import bad_characters
from app.web.bodies import Request

Handler = TypeVar("Handler", bound=Callable[..., Any])
MAX_TEXT = 100_000
MAX_FIELDS = 2_000
FORM = "application/x-www-form-urlencoded"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
CARD_PAGES = "https://checkout.stripe.com"


class BoundedInteger(IntegerConverter):
    """Whole numbers in addresses stop at 63 bits: a larger one is no address of ours."""

    regex = r"[0-9]{1,19}"

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", 2**63 - 1)
        super().__init__(map, *args, **kwargs)


def _is_utf8(raw: bytes) -> bool:
    """False for half characters and encoded surrogates, which decoding would quietly replace."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def check_host() -> BaseResponse | None:
    """One name of a machine, or 400: a server joins two of them, and whoever stands before us may have read the other one.

    A public site is reached by its own name: a page asked by another leads there, anything else is refused. What watches the
    site asks by the number of a machine.
    """
    written = request.environ.get("HTTP_HOST", "")
    if written and HOST.fullmatch(written) is None:
        abort(400)
    own = current_app.config["PUBLIC_URL"]
    name = urlsplit(f"//{written}").hostname
    if not written or not current_app.config["SECURE"] or name in {*LOOPBACK, urlsplit(own).hostname}:
        return None
    if request.blueprint == "health":
        return None
    if request.method not in ("GET", "HEAD"):
        abort(400)
    query = request.query_string.decode("latin-1")
    return redirect(own + quote(request.path) + (f"?{query}" if query else ""), 308)


def check_input() -> None:
    """Refuse what no person types: NUL, lone surrogates, endless fields."""
    for raw in (request.environ.get("PATH_INFO", "").encode("latin-1"), unquote_to_bytes(request.query_string)):
        if not _is_utf8(raw):
            abort(400)
    if request.query_string.count(b"&") >= MAX_FIELDS:
        abort(413)
    values = [request.path, *(text for pair in request.args.items(multi=True) for text in pair)]
    if request.method not in SAFE_METHODS:
        _bound_body()
        pairs = _fields_of_form()
        if len(pairs) > MAX_FIELDS:
            abort(413)
        values += [text for pair in pairs for text in pair]
        values += [text for name, upload in request.files.items(multi=True) for text in (name, upload.filename or "")]
    for text in values:
        if text is None:  # a part of a form without a name
            abort(400)
        if len(text) > MAX_TEXT:
            abort(413)
        if bad_characters(text):
            abort(400)


def takes_files(handler: Handler) -> Handler:
    """Declare that a route takes files: its body may be as large as an upload, all others' only as a form."""
    handler.takes_files = True  # type: ignore[attr-defined]  # a function may bear attributes; its type cannot say so
    return handler


def _bound_body() -> None:
    """Before a byte of it is read as anything: how long it may be, and how many fields a form may have."""
    if "HTTP_TRANSFER_ENCODING" in request.environ:
        abort(400)  # in chunks: how long it may become is known at its end only
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "takes_files", False) or request.mimetype == FORM:  # which is read in one, and brings no files
        request.max_content_length = min(current_app.config[name] for name in ("MAX_FORM_MEMORY_SIZE", "MAX_CONTENT_LENGTH"))
    if request.mimetype == FORM and request.get_data().count(b"&") >= MAX_FIELDS:
        abort(413)  # Werkzeug counts the parts of a multipart form only


def _fields_of_form() -> list[tuple[str, str]]:
    try:
        return list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        cast(Request, request).forget_form()
        raise


def _cookie_name() -> str:
    return "__Host-tiwizi-csrf" if current_app.config["SECURE"] else "tiwizi-csrf"


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="csrf")


def csrf_token() -> str:
    """The token for a form of somebody who is signed in. A visitor's page holds none: it is the same for everyone."""
    return token_of_page() if bound_to() else ""


def token_of_page() -> str:
    """The token of this page, whoever sees it; the page sets the signed cookie it is compared with."""
    if "csrf" not in g:
        g.csrf_cookie = request.cookies.get(_cookie_name(), "")
        if not _is_ours(g.csrf_cookie):
            g.csrf_cookie = _signer().sign(secrets.token_urlsafe(18)).decode()
            g.csrf_is_new = True
        salt = secrets.token_hex(4) + author_mark(g.csrf_cookie)
        g.csrf = token_of(g.csrf_cookie, salt, bound_to())
    token: str = g.csrf
    return token


def bound_to() -> str:
    """The signed-in session whose forms these are; nothing before that: a guest's session begins between two tabs."""
    return str(getattr(session, "token", "")) if session.get("_user_id") else ""


def token_of(cookie: str, salt: str, bound: str) -> str:
    """A form's token: never the cookie itself, another one on each page, since pages are compressed, and in each session."""
    return salt + hmac.new(cookie.encode(), f"{salt} {bound}".encode(), "sha256").hexdigest()[:32]


def author_mark(cookie: str) -> str:
    """Who is signed in, as a token says it: worth nothing in another browser, the same after the next sign-in."""
    return hmac.new(cookie.encode(), f"author {session.get('_user_id') or 0}".encode(), "sha256").hexdigest()[:8]


def is_author(mark: str) -> bool:
    """Was a form with this mark shown in this browser, to who is signed in now?"""
    cookie = request.cookies.get(_cookie_name(), "")
    return _is_ours(cookie) and hmac.compare_digest(author_mark(cookie).encode(), mark.encode())


def _is_ours(cookie: str) -> bool:
    try:
        _signer().unsign(cookie)
    except BadSignature:
        return False
    return True


class StaleForm(BadRequest):
    """A form whose token fits neither the cookie nor the session, though no other site is known to have sent it."""

    description = "csrf"


def _own_sites() -> set[str]:
    return {urlsplit(current_app.config["PUBLIC_URL"]).netloc, request.host}


def _said(name: str) -> str:
    return request.headers.get(name, "")


def _is_foreign(origin: str) -> bool:
    return origin not in ("", "null") and urlsplit(origin).netloc not in _own_sites()


def is_from_elsewhere() -> bool:
    """Does the browser say that another site sent this?"""
    return _is_foreign(_said("Origin")) or _said("Sec-Fetch-Site") == "cross-site"


def _speaks_against() -> bool:
    """What a browser says of a form that no page of ours has sent: also a neighbour's, or nobody's."""
    return is_from_elsewhere() or _said("Origin") == "null" or _said("Sec-Fetch-Site") == "same-site"


def _speaks_for() -> bool:
    return _said("Sec-Fetch-Site") == "same-origin" or _said("Origin") not in ("", "null")


def comes_from_us() -> bool:
    """Does the browser say that a page of ours sent this? The cookie says it too: other sites' forms lack it."""
    if is_from_elsewhere():
        return False
    return _speaks_for() or _is_ours(request.cookies.get(_cookie_name(), ""))


def says_nothing() -> bool:
    """A visitor's form of which the browser says neither that it is ours nor that it is not: an old or a sparing one."""
    return not bound_to() and not _speaks_against() and not _speaks_for()


def check_csrf() -> None:
    """A writing request comes from our own page. Raises StaleForm, or BadRequest for another site's.

    A visitor's, when the browser says so and nothing speaks against it. Of somebody who is signed in, and where the browser
    says nothing, when the form's token fits signed cookie and session.
    """
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "csrf_exempt", False):
        return
    if is_from_elsewhere():
        abort(400, "csrf")
    if not bound_to():
        if _speaks_against():
            abort(400, "csrf")
        if _speaks_for():
            return
    cookie = request.cookies.get(_cookie_name(), "")
    sent = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token", "")
    fits = hmac.compare_digest(token_of(cookie, sent[:16], bound_to()).encode(), sent.encode())
    if not fits or not _is_ours(cookie):
        raise StaleForm()


def headers_of_every_answer(app: Flask) -> list[tuple[str, str]]:
    """What each answer says that does not say otherwise itself."""
    said = {**HEADERS, "Content-Security-Policy": policy(app)}
    if app.config["SECURE"]:
        said["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return list(said.items())


def policy(app: Flask) -> str:
    """The content security policy: nothing but our own files; the card provider's page may be posted to."""
    actions = f"'self' {app.config['PUBLIC_URL'] if app.config['PRACTICE'] else CARD_PAGES}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {actions}"
    )


def add_headers(response: Response) -> Response:
    """On every answer."""
    headers = response.headers
    said = {name.lower() for name, _value in headers}
    headers.extend([(name, value) for name, value in current_app.extensions["headers"] if name.lower() not in said])
    if g.get("csrf_is_new"):
        response.set_cookie(
            _cookie_name(),
            g.csrf_cookie,
            path="/",
            secure=current_app.config["SECURE"],
            httponly=True,
            samesite="Lax",
            max_age=60 * 60 * 24 * 60,
        )
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if g.get("private", True) else "no-cache"
    return response
