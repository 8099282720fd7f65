"""`tiwizi run` as an operator meets it: a door that is taken, proxies, a stop, a start over a living instance."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import HOUSE
from tests.ports import free_port

pytestmark = pytest.mark.operating

Server = subprocess.Popen[str]
Start = Callable[..., tuple[Server, int]]


def environment(instance: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIWIZI_")}
    return {**kept, "PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "1", "TIWIZI_INSTANCE": str(instance), **more}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "instance"


@pytest.fixture
def start(instance: Path) -> Iterator[Start]:
    running: list[Server] = []

    def begin(**more: str) -> tuple[Server, int]:
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--port", str(port)],
            env=environment(instance, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(server)
        for _ in range(300):
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", port)) == 0 and get(port, "/healthz") == 200:
                    return server, port
            assert server.poll() is None, server.communicate()[1]
            time.sleep(0.1)
        raise AssertionError("the server did not begin")

    yield begin
    for server in running:
        if server.poll() is None:
            server.kill()
            server.communicate()


def get(port: int, path: str, **headers: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def test_a_door_that_is_taken_is_told_in_one_line_and_a_stop_is_clean(start: Start, instance: Path) -> None:
    server, port = start()
    second = subprocess.run(
        [sys.executable, "-m", "app", "run", "--port", str(port)],
        env=environment(instance),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"tiwizi: 127.0.0.1:{port} cannot be used (Address already in use): choose another with --port"
    ]
    assert get(port, "/healthz") == 200
    server.send_signal(signal.SIGTERM)
    said, told = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "This page makes the first operator, once" in said
    assert "Traceback" not in told
    assert all(json.loads(line) for line in told.splitlines())


def strangers_try(port: int, tries: int) -> list[int]:
    """So many strangers behind one proxy try a key of the first run; the limit is 300 an hour for each address."""
    return [
        get(port, "/fr/setup/wrong", **{"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"})
        for number in range(tries)
    ]


def test_visitors_behind_a_proxy_that_is_trusted_are_told_apart(start: Start) -> None:
    _server, port = start(TIWIZI_TRUSTED_PROXIES="1")
    assert strangers_try(port, 301) == [404] * 301


def test_without_a_trusted_proxy_all_are_one_visitor_and_a_body_in_chunks_is_refused_before_it_is_read(
    start: Start,
) -> None:
    """A million chunks of one letter keep nobody waiting."""
    _server, port = start()
    assert strangers_try(port, 301) == [404] * 300 + [429]
    head = f"POST /fr/sign-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as door:
        door.sendall(head.encode() + b"1\r\na\r\n")
        assert door.recv(100).startswith(b"HTTP/1.1 400 ")
        assert get(port, "/healthz") == 200


@pytest.mark.parametrize("page", ["/fr/market", "/fr/market?q=huile", "/fr/nothing", "/healthz"])
def test_a_log_that_cannot_be_written_takes_no_page_with_it(deaf: int, page: str) -> None:
    """Its reader has gone, or its disk is full; a kept page is logged too."""
    for _ in range(4):
        assert get(deaf, page) == (404 if page.endswith("nothing") else 200)


@pytest.fixture(scope="module")
def deaf(instance: Path) -> Iterator[int]:
    """A server whose lines nobody takes."""
    port = free_port()
    with Path("/dev/full").open("w") as full:
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--port", str(port)], env=environment(instance), stdout=full, stderr=full
        )
        try:
            until = time.monotonic() + 60
            while get(port, "/healthz") == 0 and server.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
            yield port
        finally:
            server.kill()
            server.wait(20)
