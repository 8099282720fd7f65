"""Is the process alive, do its engines answer."""

import shutil

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text

from app.engines.db import db
from app.web.access import access, public

health = Blueprint("health", __name__)
FREE_BYTES = 64 * 1024 * 1024


@health.get("/healthz")
@access(public)
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
@access(public)
def readyz() -> tuple[Response, int]:
    """The engines answer: database, search, room for files. 503 when one does not."""
    engines = {"database": database_answers(), "search": "search" in current_app.extensions, "files": room_for_files()}
    ready = all(engines.values())
    return jsonify(status="ready" if ready else "not ready", engines=engines), 200 if ready else 503


def database_answers() -> bool:
    db.session.execute(text("SELECT 1"))
    return True


def room_for_files() -> bool:
    return shutil.disk_usage(current_app.config["INSTANCE"]).free > FREE_BYTES
