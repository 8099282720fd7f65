"""The process answers, its engines answer, and the log has one line a request without anybody's words."""

import io
import json
import logging
import shutil
import time
import warnings
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.engines.db import db
from app.engines.logs import SILENT_SECONDS, set_up_logs
from app.engines.recurring import run_recurring
from app.engines.watching import SILENCE
from app.engines.worker import start_worker
from app.kernel.clock import now


@pytest.fixture
def working(rooms_house):
    """Somebody did the work of every minute just now."""
    with rooms_house.app_context():
        run_recurring("house.seal-journal", 60)


def engines(answer):
    """What /readyz says, which is JSON whatever is away."""
    said = answer.get_json()
    assert (answer.status_code, said["status"]) in ((200, "ready"), (503, "not ready"))
    return said["engines"]


@pytest.mark.usefixtures("working")
def test_the_process_and_its_engines_answer(visit):
    assert visit.get("/healthz").get_json() == {"status": "ok"}
    answer = visit.get("/readyz")
    assert answer.status_code == 200
    assert engines(answer) == {"database": True, "search": True, "files": True, "workers": True}


@pytest.mark.usefixtures("working")
def test_a_full_disk_is_told(visit, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1))
    answer = visit.get("/readyz")
    assert (answer.status_code, engines(answer)["files"]) == (503, False)
    assert visit.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_told_in_json(visit, monkeypatch):
    def away(*_words) -> bool:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(db.session, "execute", away)
    answer = visit.get("/readyz")
    assert (answer.status_code, engines(answer)["database"], engines(answer)["files"]) == (503, False, True)
    assert visit.get("/healthz").status_code == 200


@pytest.mark.usefixtures("working")
def test_a_search_index_that_cannot_be_read_is_told(visit, rooms_house):
    folder = Path(rooms_house.config["INSTANCE"]) / "search"
    rooms_house.extensions["search"].close()
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_bytes(b"no folder")
    try:
        answer = visit.get("/readyz")
    finally:
        folder.unlink()
    assert (answer.status_code, engines(answer)["search"], engines(answer)["database"]) == (503, False, True)


@pytest.mark.usefixtures("working")
def test_work_that_nobody_does_is_told(visit, rooms_house):
    with rooms_house.app_context(), time_machine.travel(now() + SILENCE + timedelta(seconds=121)):
        answer = visit.get("/readyz")
        assert (answer.status_code, engines(answer)["workers"]) == (503, False)


def test_workers_of_this_process_are_looked_at_themselves(visit, rooms_house):
    workers = start_worker(rooms_house, rooms_house.extensions["schedule"])
    try:
        assert engines(visit.get("/readyz"))["workers"] is True
        workers.stop()
        assert engines(visit.get("/readyz"))["workers"] is False
    finally:
        workers.stop()
        del rooms_house.extensions["workers"], rooms_house.extensions["carrier"]


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


def test_one_cause_has_one_traceback_an_hour(visit, log, monkeypatch):
    for _ in range(3):
        visit.get("/fr/rooms/broken")
    moment = time.monotonic() + SILENT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    visit.get("/fr/rooms/broken")
    told = [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == "unhandled"]
    assert [("exception" in line, line.get("times")) for line in told] == [
        (True, None),
        (False, 2),
        (False, 3),
        (True, None),
    ]
    assert told[1]["again"].startswith("ZeroDivisionError at ")


def test_another_cause_is_told_in_full_beside_it(log):
    for number in (1, 2):
        try:
            {}[number] if number == 1 else int("x")
        except (KeyError, ValueError):
            logging.getLogger("tiwizi.web").exception("unhandled")
    assert [json.loads(line)["exception"].splitlines()[-1].split(":")[0] for line in log.getvalue().splitlines()] == [
        "KeyError",
        "ValueError",
    ]
