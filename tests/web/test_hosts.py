"""A site has one name: two are refused, another one leads to it; and a database that fails at the very end is our page."""

import socket
import sqlite3
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from waitress import create_server

from app.engines.db import db
from app.factory import create_app


@pytest.fixture(scope="module")
def public_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    secret = "a secret of the tests, long enough to be one"
    house = create_app(INSTANCE=tmp_path_factory.mktemp("public"), PUBLIC_URL="https://coop.example", SECRET_KEY=secret)
    house.config["TESTING"] = True
    with house.app_context():
        db.create_all()
    yield house
    with house.app_context():
        db.engine.dispose()


def answer_to(house: Flask, head: bytes) -> str:
    """What the server itself answers to these very bytes."""
    server = create_server(house, host="127.0.0.1", port=0, threads=1)
    port = server.effective_port  # type: ignore[union-attr]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(head)
        said = b""
        while piece := line.recv(65536):
            said += piece
    server.close()
    return said.decode("utf-8", "replace")


def test_two_hosts_are_refused_by_the_server_as_it_runs(public_house: Flask) -> None:
    once = b"GET /fr/legal/terms HTTP/1.1\r\nConnection: close\r\nHost: coop.example\r\n"
    assert answer_to(public_house, once + b"\r\n").startswith("HTTP/1.1 200")
    assert answer_to(public_house, once + b"Host: evil.example\r\n\r\n").startswith("HTTP/1.1 400")


@pytest.mark.parametrize(
    "host",
    ["coop.example, evil.example", "coop.example evil", "evil@coop.example", "coop.example/", "[::1", "coop.example:x"],
)
def test_what_is_no_host_is_refused(public_house: Flask, host: str) -> None:
    assert public_house.test_client().get("/fr/", headers={"Host": host}).status_code == 400


def test_another_name_leads_to_the_own_one_and_writes_nothing(public_house: Flask) -> None:
    client = public_house.test_client()
    answer = client.get("/fr/market?q=th%C3%A9&page=2", headers={"Host": "www.coop.example"})
    assert (answer.status_code, answer.location) == (308, "https://coop.example/fr/market?q=th%C3%A9&page=2")
    raw = client.get("/", environ_overrides={"PATH_INFO": "//evil.example/fr"}, headers={"Host": "10.0.0.7:8000"})
    assert raw.location == "https://coop.example/evil.example/fr"
    assert client.post("/fr/sign-in", headers={"Host": "www.coop.example"}).status_code == 400
    for host in ("coop.example", "COOP.example:443", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/fr/legal/terms", headers={"Host": host}).status_code == 200
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200


def test_a_rollback_that_fails_at_the_end_of_a_page_is_our_own_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database went away after the last reading: the visitor reads 503 and not the server's words."""

    def gone(_connection: object) -> None:
        raise sqlite3.OperationalError("the line is cut")

    client = app.test_client()
    assert client.get("/fr/market").status_code == 200
    with monkeypatch.context() as cut:
        cut.setattr(db.engine.dialect, "do_rollback", gone)
        answer = client.get("/fr/market")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Content-Security-Policy" in answer.headers
    assert client.get("/fr/market").status_code == 200
