"""Our own stylesheet, script, icons; and re-encoded pictures that people uploaded."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, g, request, send_file, send_from_directory

from app.engines.files.store import path_of
from app.kernel.errors import NotFound
from app.web.access import access, public

static_files = Blueprint("files", __name__)
FOREVER = "public, max-age=31536000, immutable"
STATIC = Path(__file__).parent / "static"


@lru_cache(256)
def static(name: str) -> str:
    """The address of one of our files, with its version, so that browsers keep it for ever."""
    path = STATIC / name
    version = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"
    return f"/static/{name}?v={version}"


@static_files.get("/static/<path:filename>", endpoint="static")
@access(public)
def static_file(filename: str) -> Response:
    """A file of ours; with its version in the address it may be kept for ever."""
    g.private = False
    response = send_from_directory(STATIC, filename)
    if filename.endswith((".css", ".js", ".svg")):
        response.direct_passthrough = False  # small and text: compressed like a page
    response.headers["Cache-Control"] = FOREVER if "v" in request.args else "public, max-age=300"
    return response


@static_files.get("/pictures/<folder>/<name>")
@access(public)
def picture(folder: str, name: str) -> Response:
    """A picture by its unguessable name; made by us, so its kind is known."""
    if not name.endswith(".webp"):
        raise NotFound()
    response = send_file(path_of(f"pictures/{folder}/{name}"), mimetype="image/webp")
    response.headers["Cache-Control"] = FOREVER
    return response
