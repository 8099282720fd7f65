"""The process answers, its engines answer, and the log has one line a request without anybody's words."""

import io
import json
import logging
import shutil
import warnings
from types import SimpleNamespace

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.engines.db import db
from app.engines.logs import set_up_logs
from app.web.pages import health


def test_the_process_and_its_engines_answer(visit):
    assert visit.get("/healthz").get_json() == {"status": "ok"}
    answer = visit.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "ready", "engines": {"database": True, "search": True, "files": True}},
    )


def test_a_full_disk_is_told(visit, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1))
    answer = visit.get("/readyz")
    assert (answer.status_code, answer.get_json()["engines"]["files"]) == (503, False)
    assert visit.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_told(visit, monkeypatch):
    def away() -> bool:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(health, "database_answers", away)
    assert visit.get("/readyz").status_code == 503
    assert visit.get("/healthz").status_code == 200


@pytest.fixture
def log(rooms_house, monkeypatch):
    """Where the lines go, as in production."""
    lines = io.StringIO()
    root, handlers = logging.getLogger(), list(logging.getLogger().handlers)
    monkeypatch.setattr("sys.stderr", lines)
    monkeypatch.setitem(rooms_house.config, "TESTING", False)
    set_up_logs()
    yield lines
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    structlog.reset_defaults()


def test_each_request_is_one_line_with_its_id_and_nobodys_words(visit, log):
    answer = visit.get(
        "/fr/rooms/things/7?q=CANARY", headers={"User-Agent": "a\\r\\nforged: line", "Referer": "http://CANARY"}
    )
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(lines) == 1
    assert (
        lines[0].items()
        >= {
            "event": "request",
            "id": answer.headers["X-Request-Id"],
            "method": "GET",
            "route": "/<any(fr,ar,en):lang>/rooms/things/<int:thing_id>",
            "status": 200,
        }.items()
    )
    assert "CANARY" not in log.getvalue()
    assert "forged" not in log.getvalue()
    broken = visit.get("/fr/rooms/broken")
    told, line = [json.loads(line) for line in log.getvalue().splitlines()][1:]
    assert "ZeroDivisionError" in told["exception"]
    assert told["id"] == broken.headers["X-Request-Id"], "the number on the page leads to the line"
    assert (line["status"], line["id"]) == (500, broken.headers["X-Request-Id"])


def test_ids_of_requests_differ(visit):
    assert len({visit.get("/healthz").headers["X-Request-Id"] for _ in range(50)}) == 50


def test_a_refused_row_does_not_bring_its_words_into_the_log(visit, log, rooms_house):
    """The database's complaint names the statement, never what somebody typed."""
    typed = "".join(["CAN", "ARY"])  # else the log shows it as a line of this test
    with rooms_house.app_context(), pytest.raises(IntegrityError) as broken, db.engine.begin() as connection:
        connection.execute(text("INSERT INTO person (name) VALUES (:name)"), {"name": typed})
    logging.getLogger("tiwizi.web").error("unhandled", exc_info=broken.value)
    assert "INSERT INTO person" in log.getvalue()
    assert typed not in log.getvalue()


def test_a_warning_of_a_library_is_a_line_like_the_others(log):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("Corrupt EXIF data", UserWarning, stacklevel=1)
    (line,) = log.getvalue().splitlines()
    assert "Corrupt EXIF data" in json.loads(line)["event"]
