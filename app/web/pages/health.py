"""Is the process alive, do its engines answer, and what are its figures. Always JSON or figures, whatever is away."""

import hmac
import shutil
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.engines.db import db
from app.engines.watching import work_is_done
from app.kernel.errors import NotFound, Refusal
from app.web.access import access, public, token
from app.web.figures import figures_of

health = Blueprint("health", __name__)
FREE_BYTES = 64 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1")
OWN_NAMES = ("127.0.0.1", "localhost", "::1")
# What a proxy writes about whom it speaks for.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


@health.get("/healthz")
@access(public)
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
@access(public)
def readyz() -> tuple[Response, int]:
    """Each engine was asked just now: database, search index, room for files, workers. 503 when one does not answer."""
    engines = {name: _answers(name, ask) for name, ask in ENGINES.items()}
    ready = all(engines.values())
    return jsonify(status="ready" if ready else "not ready", engines=engines), 200 if ready else 503


def _answers(name: str, ask: Callable[[], bool]) -> bool:
    """An engine that is away answers no, and the log says why."""
    try:
        return ask()
    except (SQLAlchemyError, Refusal, OSError) as trouble:
        structlog.get_logger().error("not ready", engine=name, problem=type(trouble).__name__)
        return False
    finally:
        db.session.rollback()


def database_answers() -> bool:
    db.session.execute(text("SELECT 1"))
    return True


def search_answers() -> bool:
    """The index can be opened and read."""
    return bool(current_app.extensions["search"].stats())


def room_for_files() -> bool:
    return shutil.disk_usage(current_app.config["INSTANCE"]).free > FREE_BYTES


ENGINES: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "search": search_answers,
    "files": room_for_files,
    "workers": work_is_done,
}


@health.get("/metrics")
@access(token)
def metrics() -> Response:
    """The figures, for who bears METRICS_TOKEN; without such a setting for this machine alone. Others find nothing here."""
    if not may_read_figures():
        raise NotFound()
    return Response(figures_of(current_app).text(), content_type=CONTENT_TYPE_LATEST)


def may_read_figures() -> bool:
    """The token, compared in constant time; else a request that this machine itself sends, to its own name, by no proxy."""
    expected = current_app.config["METRICS_TOKEN"]
    if expected:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {expected}".encode())
    by_proxy = any(name in request.headers for name in FORWARDED)
    return not by_proxy and request.remote_addr in LOOPBACK and urlsplit(f"//{request.host}").hostname in OWN_NAMES
