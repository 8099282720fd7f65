"""What a client of `tiwizi run` begins and does not end: it keeps nobody else out, and is let go."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from waitress import wasyncore

from app.console.server import BOUNDS, MOVES, open_door
from tests.ports import free_port

POST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


def echo(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """How long the body was."""
    said = str(len(environ["wsgi.input"].read())).encode()
    start("200 OK", [("Content-Length", str(len(said)))])
    return [said]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with two threads that waits two seconds instead of a minute."""
    server = open_door(echo, free_port(), 2, 10_000_000, channel_timeout=2, cleanup_interval=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.effective_port
    server.task_dispatcher.shutdown()
    server.pull_trigger()
    wasyncore.close_all(server._map)
    thread.join(10)
    assert not thread.is_alive()


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def answered(port: int, sent: bytes) -> bytes:
    with call(port) as door:
        door.sendall(sent)
        return door.recv(1_000)


BEGUN = {"first line": b"G", "head": b"GET / HTTP/1.1\r\nX: ", "body": POST % 1_000_000}


def test_who_sends_a_byte_now_and_then_is_let_go(port: int) -> None:
    doors = {name: call(port) for name in BEGUN}
    for name, door in doors.items():
        door.sendall(BEGUN[name])
        door.settimeout(0.1)
    until = time.monotonic() + 10
    while doors and time.monotonic() < until:
        for name, door in list(doors.items()):
            with suppress(TimeoutError):
                if gone(door):
                    door.close()
                    del doors[name]
    assert not doors


def gone(door: socket.socket) -> bool:
    """After one byte more."""
    try:
        door.sendall(b"x")
        return door.recv(1_000) == b""
    except ConnectionError:
        return True


def test_who_sends_slowly_what_is_long_is_waited_for(port: int) -> None:
    with call(port) as door:
        door.sendall(POST % (12 * MOVES))
        for _ in range(6):
            time.sleep(0.4)
            door.sendall(b"x" * 2 * MOVES)
        answer = HTTPResponse(door)  # it may come in several pieces
        answer.begin()
        assert answer.read() == str(12 * MOVES).encode()


def test_hundreds_who_begin_and_do_not_end_keep_nobody_out(port: int) -> None:
    doors = [call(port) for _ in range(200)]
    for number, door in enumerate(doors):
        door.sendall((POST % 1_000_000, GET[:20])[number % 2])
    began = time.monotonic()
    assert answered(port, GET).startswith(b"HTTP/1.1 200 ")
    assert time.monotonic() - began < 2
    for door in doors:
        door.close()


def test_a_head_without_end_is_refused(port: int) -> None:
    flood = b"GET / HTTP/1.1\r\nHost: here\r\n" + b"X: y\r\n" * 200_000
    with call(port) as door, suppress(ConnectionError):
        door.sendall(flood[: BOUNDS["max_request_header_size"] + 10])
        assert b" 431 " in door.recv(1_000).splitlines()[0]
    assert answered(port, GET).startswith(b"HTTP/1.1 200 ")


def test_a_body_longer_than_it_says_is_another_request_and_one_too_long_is_refused_unread(port: int) -> None:
    assert answered(port, POST % 3 + b"abcdef").startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n")
    assert b" 413 " in answered(port, POST % 10_000_001).splitlines()[0]
