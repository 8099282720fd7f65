"""One translation of everything that goes wrong into a page in the reader's language or into problem+json."""

import logging
from decimal import Decimal
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.engines.db import db
from app.engines.language import as_typed, translate
from app.kernel.errors import Refusal
from app.kernel.text import msg
from app.web.carrying import typed_in_request

log = logging.getLogger("tiwizi.web")

PAGES = {
    400: (msg("This request was not understood"), msg("Go back, load the page again and try once more.")),
    401: (msg("Please sign in"), msg("This needs an account.")),
    403: (msg("You may not do this"), msg("Your account does not have the role this needs.")),
    404: (msg("There is no such page"), msg("It may have moved, or the address was mistyped.")),
    405: (msg("This cannot be done here"), msg("Go back and use the buttons of the page.")),
    409: (msg("Something has changed in the meantime"), msg("Look at the page again before you go on.")),
    413: (msg("That is too large"), msg("Choose a smaller file or a shorter text.")),
    415: (msg("That kind of file is not accepted"), msg("Choose another file.")),
    422: (msg("That could not be accepted"), msg("Go back and correct what was sent.")),
    429: (msg("Too many attempts"), msg("Wait a little, then try again.")),
    500: (msg("Something broke on our side"), msg("Nothing was lost. We have been told and will look into it.")),
    503: (msg("The service is busy"), msg("Try again in a moment. Nothing was changed.")),
}
REFUSALS = {
    "not-found": msg("There is no such thing."),
    "role-missing": msg("This needs another role in your cooperative."),
    "move-not-possible": msg("This is no longer possible: it has already moved on."),
    "two-currencies": msg("Amounts in two currencies cannot be added."),
    "quantity-out-of-range": msg("This quantity is out of range."),
    "out-of-stock": msg("Not enough is left: %(available)s."),
    "more-is-held": msg("Buyers are just paying for more than this number. Try again in a few minutes."),
    "not-a-picture": msg("This file is not a picture we can read. Choose a JPEG, PNG or WebP picture."),
    "picture-too-large": msg("This picture is too large: %(limit)s MB at the most."),
    "picture-too-many-pixels": msg(
        "This picture has %(width)s × %(height)s pixels, which is too many: %(limit)s million at the most for %(kind)s. "
        "Make it smaller first."
    ),
    "picture-too-heavy": msg("This picture takes too much to read. Make it smaller, or save it as an ordinary JPEG."),
    "reading-busy": msg("Other files are being read just now. Wait a moment, then send yours again. Nothing was changed."),
    "too-many": msg("Too many attempts. Wait a little, then try again."),
    "too-many-letters": msg("No more letters of this kind are sent today, by you or to this contact. Try again tomorrow."),
    "text-too-long": msg("This is too long: %(limit)s characters at the most."),
    "not-a-demonstration": msg(
        "This installation is not a demonstration: TIWIZI_DEMO is not set. Demonstration data would let in people whose "
        "password is published. Nothing was written."
    ),
    "territory-not-served": msg("This installation does not serve %(territory)s (TIWIZI_TERRITORIES). Nothing was written."),
    "no-demonstration-data": msg("There is no demonstration data of %(territory)s. Nothing was written."),
    "reason-needed": msg("Say why: it will be read."),
    "not-a-number": msg("Type a number, for example 12.5 or 12,5."),
    "not-a-whole-number": msg("Write a whole number in figures."),
    "not-a-day": msg("Write a day in figures: day, month and year."),
    "not-an-amount": msg("Write an amount such as 120 or 99.50."),
    "sum-in-other-currency": msg("Sums here are in %(currency)s, and this one is written in %(written)s."),
    "number-ambiguous": msg("This can be read as %(one)s or as %(other)s. Write the one you mean."),
    "contact-not-understood": msg("Type a mail address such as name@example.org, or a phone number."),
    "phone-not-understood": msg("This is not a phone number we can dial."),
    "mail-not-understood": msg("This is not a mail address."),
    "name-is-a-message": msg("A name holds no link, mail address or phone number. Put a space behind a full stop."),
    "place-is-a-message": msg("Say where it is without links and mail addresses."),
    "fields": msg("Some fields need your attention."),
}

# After these answers to a form its page is shown again with what was typed.
KEEPS_TYPED = (403, 409, 413, 422, 429, 500, 503)


def refusal_text(refusal: Refusal) -> str:
    """The sentence of a refusal in the language in force."""
    message = current_app.extensions["refusals"].get(refusal.code)
    if message is None:
        log.warning("refusal without words", extra={"code": refusal.code})
        return translate(PAGES[refusal.status][0])
    try:
        facts = {name: as_typed(fact) if isinstance(fact, Decimal) else fact for name, fact in refusal.facts.items()}
        return translate(message, **{"_": "", **facts})
    except KeyError as missing:
        log.warning("refusal without fact", extra={"code": refusal.code, "fact": str(missing)})
        return translate(PAGES[refusal.status][0])


def wants_json() -> bool:
    return request.path.startswith("/api/") or request.accept_mimetypes.best in (
        "application/json",
        "application/problem+json",
    )


def _answer(status: int, title: str, text: str, code: str | None = None, facts: dict[str, Any] | None = None) -> Response:
    if wants_json():
        body = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": text,
            "code": code,
            "request_id": g.get("request_id"),
            **({"facts": facts} if facts else {}),
        }
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        g.plain_page = status >= 500
        response = make_response(
            render_template(
                "web/error.html",
                code=status,
                title=title,
                text=text,
                request_id=g.get("request_id"),
                action=None,
                typed=typed_in_request() if status in KEEPS_TYPED else None,
            )
        )
    response.status_code = status
    return response


def page_for(status: int, text: str | None = None) -> Response:
    title, usual = PAGES.get(status, PAGES[400 if status < 500 else 500])
    return _answer(status, translate(title), text or translate(usual))


def answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    response = page_for(status)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def let_go() -> None:
    """What this request had begun is undone; a connection that cannot even do that is thrown away."""
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session().invalidate()


def end_reading(response: Response) -> Response:
    """The page is written: the database is let go while we can still say that it failed, and not the server for us."""
    if db.session.registry.has():
        try:
            db.session.rollback()
        except SQLAlchemyError as trouble:
            db.session().invalidate()
            return _busy(type(trouble).__name__)
    return response


def answer_refusal(refusal: Refusal) -> Response:
    let_go()
    title, _usual = PAGES[refusal.status]
    facts = {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in refusal.facts.items()
        if isinstance(value, str | int | Decimal)
    }
    response = _answer(refusal.status, translate(title), refusal_text(refusal), refusal.code, facts)
    if "retry_after" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["retry_after"])
    return response


def answer_busy(error: OperationalError) -> Response:
    """The database is locked, full or away: nothing was changed, trying again may help."""
    let_go()
    return _busy(type(error.orig).__name__)


def _busy(problem: str) -> Response:
    structlog.get_logger().error("database", problem=problem)
    response = page_for(503)
    response.headers["Retry-After"] = "5"
    return response


def answer_anything(error: Exception) -> Response:
    let_go()
    log.exception("unhandled", exc_info=error)
    return page_for(500)


def register_errors(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(OperationalError, answer_busy)
    app.register_error_handler(Exception, answer_anything)
