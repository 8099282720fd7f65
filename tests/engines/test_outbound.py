"""The way out of the house by HTTP: nowhere but to public addresses and those the setting names, in a bounded time."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.engines.outbound import Answer, NotAllowed, Unreachable, ask, is_inner
from tests.builders.relays import Silent

INNER = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%lo", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001::1"),
    *("2001:db8::1", "no address"),
]
PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]


class Receiver(BaseHTTPRequestHandler):
    """Answers by the path asked for and remembers what came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.came.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]  # the server below
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", "/inside")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 2_000 if self.path == "/long" else b"taken")

    def log_message(self, *_words: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.came = []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def at(server: Any, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
    return f"{scheme}://{host}:{server.server_port}{path}"


def own(server: Any, host: str = "127.0.0.1") -> list[str]:
    return [f"{host}:{server.server_port}"]


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_known(address: str) -> None:
    assert is_inner(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not_taken_for_inner_ones(address: str) -> None:
    assert not is_inner(address)


def test_what_the_setting_names_is_asked_once_and_its_answer_read(receiver: Any) -> None:
    answer = ask("POST", at(receiver, "/a?b=c"), seconds=5, allowed=own(receiver), headers={"X-Key": "k"}, body=b"words")
    assert (answer.status, answer.body) == (200, b"taken")
    ((path, headers, body),) = receiver.came
    assert (path, headers["X-Key"], headers["Host"], body) == ("/a?b=c", "k", own(receiver)[0], b"words")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"])
def test_an_inner_address_is_not_even_connected_to_however_it_is_written(receiver: Any, host: str, scheme: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        ask("POST", at(receiver, host=host, scheme=scheme), seconds=5, allowed=["127.0.0.1:1"])
    assert receiver.came == []
    assert not refused.value.asked
    assert host not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "http://", "https://u:p@a.example/", "file:///etc/passwd", "https://a:port/"]
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed, match=r"^no address$"):
        ask("GET", url, seconds=5, allowed=[])


def test_a_public_address_is_never_spoken_to_in_clear() -> None:
    with pytest.raises(NotAllowed, match=r"^in clear$"):
        ask("GET", "http://1.1.1.1/", seconds=5, allowed=[])


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names stand for these addresses, at each look-up for the next ones; returns what was looked up."""
    looked_up: list[str] = []
    coming = iter(answers)

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        looked_up.append(host)
        kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(kinds[ip_address(one).version], socket.SOCK_STREAM, 6, "", (one, port)) for one in next(coming)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return looked_up


@pytest.mark.parametrize("stands_for", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::1"], ["2606:4700::1111", "fd00::1"]])
def test_a_name_that_stands_for_an_inner_address_too_is_refused(
    receiver: Any, monkeypatch: pytest.MonkeyPatch, stands_for: list[str]
) -> None:
    resolving(monkeypatch, stands_for)
    with pytest.raises(NotAllowed, match=r"^an inner address$"):
        ask("POST", at(receiver, host="sms.example", scheme="https"), seconds=5, allowed=own(receiver))
    assert receiver.came == []


def test_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is judged and inner a moment later gains nothing."""
    looked_up = resolving(monkeypatch, ["203.0.113.7"], ["127.0.0.1"])
    monkeypatch.setattr("app.engines.outbound.is_inner", lambda address: address.startswith("127."))
    connected: list[Any] = []

    def connect(address: Any, timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        ask("GET", "https://sms.example/", seconds=5, allowed=[])
    assert (looked_up, connected) == (["sms.example"], [("203.0.113.7", 443)])


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Any) -> None:
    answer = ask("POST", at(receiver, "/away"), seconds=5, allowed=own(receiver))
    assert (answer.status, answer.headers["location"]) == (302, "/inside")
    assert [path for path, _headers, _body in receiver.came] == ["/away"]


def test_an_answer_that_is_too_long_is_none(receiver: Any) -> None:
    assert len(ask("POST", at(receiver, "/long"), seconds=5, allowed=own(receiver), most_bytes=2_000).body) == 2_000
    with pytest.raises(Unreachable, match="too long") as trouble:
        ask("POST", at(receiver, "/long"), seconds=5, allowed=own(receiver), most_bytes=1_999)
    assert trouble.value.asked


def test_what_would_break_the_head_of_a_request_is_not_sent(receiver: Any) -> None:
    with pytest.raises(Unreachable, match="ValueError"):
        ask("POST", at(receiver), seconds=5, allowed=own(receiver), headers={"X": "a\r\nX-More: b"})
    assert receiver.came == []


@pytest.mark.parametrize("drips", [b"", b"H", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9999\r\n\r\n"])
def test_one_time_for_all_however_slowly_an_answer_comes_and_the_line_ends_with_it(drips: bytes) -> None:
    silent, begun, before = Silent(drips), time.monotonic(), threading.active_count()
    with pytest.raises(Unreachable, match=r"^no answer in time$") as trouble:
        ask("GET", f"http://127.0.0.1:{silent.port}/", seconds=0.5, allowed=[f"127.0.0.1:{silent.port}"])
    assert time.monotonic() - begun < 1
    assert trouble.value.asked
    silent.close()
    until = time.monotonic() + 1
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() <= before, "no thread is left behind"


def test_a_name_server_that_is_silent_takes_no_more_than_the_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    over, begun = threading.Event(), time.monotonic()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(5) and [])
    with pytest.raises(Unreachable) as trouble:
        ask("GET", "https://sms.example/", seconds=0.2, allowed=[])
    over.set()
    assert time.monotonic() - begun < 0.6
    assert not trouble.value.asked


def test_a_port_where_nobody_listens_was_not_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(Unreachable, match="ConnectionRefusedError") as trouble:
        ask("GET", f"http://127.0.0.1:{port}/", seconds=5, allowed=[f"127.0.0.1:{port}"])
    assert not trouble.value.asked


def a_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """(certificate, key) of a name, signed by itself."""
    key, called = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    shown, kept = folder / f"{name}.pem", folder / f"{name}.key"
    shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    clear = serialization.NoEncryption()
    kept.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, clear))
    return shown, kept


def test_who_answers_shows_a_certificate_of_the_name_that_was_asked(receiver: Any, tmp_path: Path) -> None:
    shown, kept = a_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, kept)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    receiver.handle_error = lambda *_: None
    asked: dict[str, Any] = {"seconds": 5, "allowed": [*own(receiver), *own(receiver, "localhost")]}
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        ask("POST", at(receiver, "/", "localhost", "https"), **asked)
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        ask("POST", at(receiver, "/", "127.0.0.1", "https"), **asked, certificates=str(shown))
    assert receiver.came == []
    answer = ask("POST", at(receiver, "/", "localhost", "https"), **asked, certificates=str(shown))
    assert isinstance(answer, Answer)
    assert answer.body == b"taken"
