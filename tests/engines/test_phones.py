"""Messages to phones, handed to a real HTTP receiver: taken once, refused for good, or waiting until it is well."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.services.letters import write_code
from app.engines.db import db
from app.engines.jobs import Job, run_due_jobs
from app.engines.mail import Letter, carries, post, refused_addresses, settle_undelivered, undelivered
from app.engines.pauses import LanePause, long_pauses
from app.engines.transactions import transaction
from app.kernel.contacts import ContactValue
from tests.builders.relays import Silent
from tests.ports import free_port

NUMBER, TOKEN = "+212600000001", "a secret of the gateway"


class Handler(BaseHTTPRequestHandler):
    """Keeps what it is handed and answers as its server was told."""

    def answer(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        server.came.append((self.command, self.path, dict(self.headers), body))
        time.sleep(server.slow)
        self.send_response(server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(server.words.encode())

    do_GET = do_POST = do_PUT = answer  # noqa: N815  # the library's names

    def log_message(self, *_words: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.came, server.status, server.words, server.slow = [], 200, '{"status": "queued"}', 0
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    leads_to(app, monkeypatch, server.server_port)
    yield server
    server.shutdown()
    server.server_close()


def leads_to(app: Flask, monkeypatch: pytest.MonkeyPatch, port: int, **settings: object) -> None:
    own = {"MESSAGES_URL": f"http://127.0.0.1:{port}/send", "OUTBOUND_ALLOW": (f"127.0.0.1:{port}",)}
    for name, value in {**own, "MESSAGES_TOKEN": TOKEN, "MESSAGES_SECONDS": 0.6, **settings}.items():
        monkeypatch.setitem(app.config, name, value)


def write(recipient: str = NUMBER, body: str = "Follow it:\n\nhttp://localhost/fr/orders/T1?key=k\n\nThank you.") -> None:
    with transaction():
        post("phone", recipient, "Votre commande « T1 » est prête", body, "fr")


def states() -> list[tuple[str, str, int]]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(select(Job.name, Job.state, Job.attempts).order_by(Job.id))]


def refusal() -> tuple[str, bool] | None:
    db.session.rollback()
    letter = db.session.scalars(select(Letter)).one()
    return None if letter.refusal is None else (letter.refusal, letter.refused_address)


def paused() -> list[tuple[str, int]]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(select(LanePause.lane, LanePause.failures))]


def test_a_message_is_handed_over_once_short_with_its_link_and_the_key_of_its_row(gateway: Any) -> None:
    write()
    assert run_due_jobs() == 1
    ((method, path, headers, body),) = gateway.came
    assert (method, path, headers["Authorization"]) == ("POST", "/send", f"Bearer {TOKEN}")
    assert headers["Content-Type"] == "application/json"
    letter = db.session.scalars(select(Letter)).one()
    text = 'Votre commande " T1 " est prête\nhttp://localhost/fr/orders/T1?key=k'
    assert json.loads(body) == {"to": NUMBER, "text": text, "key": f"letter-{letter.id}"}
    assert letter.sent_at is not None
    assert states() == [("mail.message", "done", 1)]
    assert run_due_jobs() == 0


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_request_is_written_as_the_settings_say(
    app: Flask, gateway: Any, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    asked = "who={digits}&what={text}&k={token}"
    address = f"http://127.0.0.1:{gateway.server_port}/send" + (f"?{asked}" if method == "GET" else "")
    written = {
        "MESSAGES_URL": address,
        "MESSAGES_METHOD": method,
        "MESSAGES_BODY": asked,
        "MESSAGES_HEADERS": "X-A: 1|X-B: {token}",
    }
    leads_to(app, monkeypatch, gateway.server_port, **written)
    write(body="سلام & {token}")
    run_due_jobs()
    ((came_by, path, headers, body),) = gateway.came
    assert (came_by, headers["X-A"], headers["X-B"]) == (method, "1", TOKEN)
    text = 'Votre commande " T1 " est prête\nhttp://localhost'
    found = parse_qs(urlsplit(path).query if method == "GET" else body)
    assert found == {"who": [NUMBER.removeprefix("+")], "what": [text], "k": [TOKEN]}


def test_words_of_people_fill_no_place_and_break_no_body(gateway: Any) -> None:
    with transaction():
        post("phone", NUMBER, 'A "name", {token}\\ and more', "", "en")
    run_due_jobs()
    ((_method, _path, _headers, body),) = gateway.came
    assert json.loads(body)["text"] == 'A "name", {token}\\ and more\nhttp://localhost'


PATTERNS = {"MESSAGES_TAKEN": "queued", "MESSAGES_REFUSED": "(?i)invalid number", "MESSAGES_AGAIN": "busy"}


@pytest.mark.parametrize(
    ("status", "words", "verdict"),
    [
        (200, "Invalid number", ("HTTP 200", True)),
        (400, "invalid number", ("HTTP 400", True)),
        (400, "too long", ("HTTP 400", False)),
        (422, "", ("HTTP 422", False)),
    ],
)
def test_a_refusal_for_good_is_final_at_once_and_marks_the_number_alone_when_it_is_none(
    app: Flask, gateway: Any, monkeypatch: pytest.MonkeyPatch, status: int, words: str, verdict: tuple[str, bool]
) -> None:
    leads_to(app, monkeypatch, gateway.server_port, **PATTERNS)
    gateway.status, gateway.words = status, words
    write()
    run_due_jobs()
    assert refusal() == verdict
    assert states() == [("mail.message", "done", 1)]
    assert paused() == []
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        assert run_due_jobs() == 0
    assert len(gateway.came) == 1
    assert refused_addresses("phone", [NUMBER]) == ({NUMBER} if verdict[1] else set())
    assert refused_addresses("mail", [NUMBER]) == set()
    ((line,), total) = undelivered(1, 10)
    assert (line.channel, line.recipient, total) == ("phone", NUMBER, 1)
    gateway.status, gateway.words = 200, "queued"
    with transaction():
        assert settle_undelivered(line.letter_id, again=True) == (1, 1)
    run_due_jobs()
    assert states()[1:] == [("mail.message", "done", 1)]
    assert refusal() is None


@pytest.mark.parametrize(("status", "words"), [(200, "who are you"), (200, ""), (400, "busy"), (503, "busy")])
def test_not_now_is_tried_again_alone(
    app: Flask, gateway: Any, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    leads_to(app, monkeypatch, gateway.server_port, **PATTERNS)
    gateway.status, gateway.words = status, words
    write()
    run_due_jobs()
    assert (refusal(), paused(), states()) == (None, [], [("mail.message", "waiting", 1)])
    gateway.status, gateway.words = 200, "queued"
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=6)):
        assert run_due_jobs() == 1
    assert states() == [("mail.message", "done", 2)]


@pytest.mark.parametrize(("status", "attempts"), [(302, 0), (401, 0), (402, 0), (404, 0), (429, 0), (500, 1), (503, 1)])
def test_what_the_gateway_says_of_us_or_of_itself_makes_messages_wait_and_letters_go(
    app: Flask, gateway: Any, status: int, attempts: int
) -> None:
    gateway.status = status
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as traveller:
        for _ in range(2):
            write()
        with transaction():
            post("mail", "amina@example.org", "s", "b", "fr")
        run_due_jobs()
        assert paused() == [("messages", 1)]
        assert len(gateway.came) == 1
        assert states() == [("mail.message", "waiting", attempts), ("mail.message", "waiting", 0), ("mail.send", "done", 1)]
        traveller.shift(16)
        run_due_jobs()
        assert paused() == [("messages", 2)]
        assert len(gateway.came) == 2, "one of them is the probe"
        gateway.status = 200
        traveller.shift(31)
        run_due_jobs()
    assert paused() == []
    assert len(gateway.came) == 4
    assert {state for _name, state, _attempts in states()} == {"done"}


@pytest.mark.parametrize("drips", [b"", b"H", b"HTTP/1.1 200 OK\r\n\r\nqueued"])
def test_a_gateway_that_hangs_has_one_time_in_all(app: Flask, monkeypatch: pytest.MonkeyPatch, drips: bytes) -> None:
    silent = Silent(drips)
    leads_to(app, monkeypatch, silent.port)
    write()
    begun = time.monotonic()
    try:
        assert run_due_jobs() == 1
        assert 0.5 < time.monotonic() - begun < 1.5
    finally:
        silent.close()
    assert (paused(), states()) == ([("messages", 1)], [("mail.message", "waiting", 1)])


def test_a_slow_gateway_is_waited_for(gateway: Any) -> None:
    gateway.slow = 0.3
    write()
    assert run_due_jobs() == 1
    assert states() == [("mail.message", "done", 1)]


def test_a_gateway_that_is_away_counts_no_try_and_needs_a_person_in_the_end(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to(app, monkeypatch, free_port())
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as traveller:
        write()
        for _ in range(4):
            run_due_jobs()
            traveller.shift(601)
        assert long_pauses() == [
            "the lane messages waits since 2026-03-02 12:00 UTC for its neighbour, asked 4 times: ConnectionRefusedError"
        ]
    assert states() == [("mail.message", "waiting", 0)]


def test_an_inner_gateway_that_the_setting_does_not_name_is_never_asked(
    app: Flask, gateway: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    leads_to(
        app, monkeypatch, gateway.server_port, OUTBOUND_ALLOW=(), MESSAGES_URL=f"https://127.0.0.1:{gateway.server_port}/"
    )
    write()
    run_due_jobs()
    assert gateway.came == []
    assert paused() == [("messages", 1)]
    assert [vars(one)["problem"] for one in caplog.records if one.message == "lane waits"] == ["an inner address"]


def test_neither_key_nor_number_nor_words_stand_in_a_log_or_a_row_of_work(
    gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for status in (400, 401):
        gateway.status, gateway.words = status, f"{NUMBER} {TOKEN}"
        write()
        run_due_jobs()
    db.session.rollback()
    kept = [*map(vars, caplog.records), *db.session.execute(select(Job.arguments, Job.problem)), refusal_words()]
    assert "HTTP 400" in str(kept)
    assert not any(secret in str(kept) for secret in (NUMBER, TOKEN, "Votre commande"))


def refusal_words() -> list[str | None]:
    return list(db.session.scalars(select(Letter.refusal)))


def test_a_code_reaches_a_phone_where_there_is_a_gateway_before_other_messages_and_is_not_kept(
    app: Flask, gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "DEMO", False)
    assert carries("phone")
    assert not carries("mail")
    with transaction():
        write_code(ContactValue("phone", NUMBER), "reset", "123456", "ar")
    assert [name for name, _state, _attempts in states()] == ["mail.message-soon"]
    run_due_jobs()
    assert "123456" in json.loads(gateway.came[0][3])["text"]
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.subject, letter.body) == ("", "")
    work = app.extensions["jobs"]
    assert {work[name].lane for name in ("mail.message", "mail.message-soon")} == {"messages"}
    assert work["mail.message-soon"].priority > work["mail.message"].priority
