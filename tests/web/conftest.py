"""A house with a few rooms of the tests' own: pages that fail in every way, a form that counts, a session to write in."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, redirect, request, session
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from app.engines.db import db
from app.factory import create_app
from app.kernel import errors
from app.kernel.text import msg
from app.settings import read_settings
from app.web.access import access, public, safe_next, signed_in
from app.web.reading import whole, words

REFUSED = {
    403: errors.NotAllowed,
    404: errors.NotFound,
    409: errors.Conflict,
    422: errors.Invalid,
    429: errors.TooMany,
    503: errors.Unavailable,
}


def rooms(seen: SimpleNamespace) -> Blueprint:
    """The rooms; `seen.writes` counts what got through to the writing one."""
    blueprint = Blueprint("rooms", __name__, url_prefix="/<any(fr,ar,en):lang>/rooms")

    @blueprint.get("/refuse/<int:status>")
    @access(public)
    def refuse(status: int) -> Any:
        raise REFUSED[status]("of-the-tests", available=3, retry_after=42)

    @blueprint.get("/abort/<int:status>")
    @access(public)
    def stop(status: int) -> Any:
        abort(status)

    @blueprint.get("/busy")
    @access(public)
    def busy() -> Any:
        raise OperationalError("SELECT secret FROM table", {}, Exception("database is locked"))

    @blueprint.get("/broken")
    @access(public)
    def broken() -> Any:
        return str(1 // 0)

    @blueprint.route("/write", methods=["POST", "PUT", "PATCH", "DELETE"])
    @access(public)
    def write() -> str:
        seen.writes += 1
        return "written"

    @blueprint.get("/read")
    @access(public)
    def read() -> dict[str, Any]:
        return {"q": words(), "number": whole("number"), "x": session.get("x"), "person": session.get("_user_id")}

    @blueprint.get("/things/<int:thing_id>")
    @access(public)
    def thing(thing_id: int) -> str:
        return str(thing_id)

    @blueprint.post("/session/<word>")
    @access(public)
    def keep(word: str) -> str:
        if word == "renew":
            session.renew()
        elif word == "end":
            session.end()
        session["x"] = word
        return word

    @blueprint.post("/session-gone")
    @access(public)
    def drop() -> str:
        session.end()
        return "gone"

    @blueprint.get("/mine")
    @access(signed_in)
    def mine() -> str:
        return "mine"

    @blueprint.get("/then")
    @access(public)
    def then() -> Response:
        return redirect(safe_next(request.args.get("next")) or "/fr/")

    return blueprint


@pytest.fixture(scope="package")
def seen() -> SimpleNamespace:
    return SimpleNamespace(writes=0)


@pytest.fixture(scope="package")
def rooms_house(tmp_path_factory: pytest.TempPathFactory, seen: SimpleNamespace) -> Iterator[Flask]:
    settings = read_settings(
        {},
        INSTANCE=tmp_path_factory.mktemp("rooms"),
        RATE_LIMITS=False,
        PUBLIC_URL="http://localhost",
        SECRET_KEY="a secret of the tests, long enough to be one",
    )
    house = create_app(settings)
    house.register_blueprint(rooms(seen))
    house.extensions["refusals"]["of-the-tests"] = msg("Not enough is left: %(available)s.")
    house.config["TESTING"] = True
    with house.app_context():
        db.create_all()
    yield house
    with house.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def visit(rooms_house: Flask, seen: SimpleNamespace) -> FlaskClient:
    """A new visitor of that house."""
    seen.writes = 0
    return rooms_house.test_client()
