"""Our own stylesheet, script, icons; and re-encoded pictures that people uploaded."""

from flask import Blueprint, Response, g, request, send_file, send_from_directory

from app.engines.files.store import path_of
from app.kernel.errors import NotFound
from app.web.access import access, public
from app.web.shell import STATIC

static_files = Blueprint("files", __name__)
FOREVER = "public, max-age=31536000, immutable"


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
