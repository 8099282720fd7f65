"""The one way out of the house by HTTP: to public addresses, and to inner ones that the setting OUTBOUND_ALLOW names.

What is asked for is checked as it is connected to: the name is looked up once, every address it stands for is judged,
and the line is opened to one of those very addresses. A redirect is an answer like another and is never followed.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
MOST_BYTES = 1_000_000
# Inner addresses that count as public elsewhere: a cloud's own services, and the range such services are kept in.
ALSO_INNER = [ipaddress.ip_network(text) for text in ("168.63.129.16/32", "192.0.0.0/24")]
GIVEN_OUT = ipaddress.ip_network("2000::/3")  # all there is of public IPv6 (IANA)
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address
TEREDO = ipaddress.ip_network("2001::/32")


class Unreachable(Exception):
    """No whole answer came. `asked`: the request was on its way, and may have been carried out all the same."""

    def __init__(self, words: str, asked: bool = False) -> None:
        super().__init__(words)
        self.asked = asked


class NotAllowed(Unreachable):
    """It would have gone to an inner address, or in clear; nothing was sent."""


@dataclass(frozen=True)
class Answer:
    """`headers` by their names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    method: str,
    url: str,
    *,
    seconds: float,
    allowed: Collection[str],
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    certificates: str | None = None,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """One request, with so many seconds in all from looking up the name to the last byte of the answer.

    `allowed` are the "host:port" that may be inner, or be spoken to in clear; all else is public and by TLS.
    `certificates` is a file of whom to believe, when it is not the machine's own.
    Raises Unreachable; its words repeat neither the address asked nor anything of the answer.
    """
    try:
        request = _Request(method, url, dict(headers or {}), body, frozenset(allowed), certificates, most_bytes, seconds)
    except ValueError:
        raise NotAllowed("no address") from None
    thread = threading.Thread(target=request.carry, daemon=True)
    thread.start()
    thread.join(seconds)
    if request.outcome is None:
        request.cut()
        raise Unreachable("no answer in time", request.asked)
    if isinstance(request.outcome, Exception):
        raise request.outcome
    return request.outcome


class _Request:
    """A request in a thread of its own, which its caller leaves when the time is over."""

    def __init__(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        allowed: frozenset[str],
        certificates: str | None,
        most_bytes: int,
        seconds: float,
    ) -> None:
        self.method, self.headers, self.body = method, headers, body
        self.parts, self.most_bytes = urlsplit(url), most_bytes
        self.host, self.port = self.parts.hostname or "", self.parts.port or PORTS.get(self.parts.scheme, 0)
        self.free = host_and_port(self.parts) in allowed
        self.certificates = certificates
        self.until = time.monotonic() + seconds
        self.sock: socket.socket | None = None
        self.asked, self.over = False, False
        self.outcome: Answer | Exception | None = None

    def carry(self) -> None:
        try:
            self.outcome = self._answer()
        except Unreachable as trouble:
            self.outcome = trouble
        except TimeoutError:
            self.outcome = Unreachable("no answer in time", self.asked)
        except (OSError, HTTPException, ValueError) as trouble:  # ValueError: what cannot be written into a header
            self.outcome = Unreachable(type(trouble).__name__, self.asked)
        finally:
            if self.sock is not None:
                self.sock.close()

    def cut(self) -> None:
        """Nobody waits any more: however slowly the other side goes on talking, its line ends."""
        self.over = True
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)

    def _answer(self) -> Answer:
        if self.parts.scheme not in PORTS or not self.host or self.parts.username is not None:
            raise NotAllowed("no address")
        if self.parts.scheme == "http" and not self.free:
            raise NotAllowed("in clear")
        line = HTTPConnection(self.host, self.port)  # the name serves the Host header alone
        line.sock = self._opened()
        target = f"{self.parts.path or '/'}{'?' if self.parts.query else ''}{self.parts.query}"
        if self.over:
            raise Unreachable("no answer in time")
        self.asked = True
        line.request(self.method, target, body=self.body, headers=self.headers)
        with line.getresponse() as response:
            body = response.read(self.most_bytes + 1)
        if len(body) > self.most_bytes:
            raise Unreachable("too long an answer", asked=True)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)

    def _opened(self) -> socket.socket:
        """A line to an address that was judged, by TLS to whom the name belongs."""
        self.sock = _connected(self._addresses(), self.until)
        if self.parts.scheme == "https":
            self.sock = _believing(self.certificates).wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(_left(self.until))
        return self.sock

    def _addresses(self) -> list[tuple[str, int]]:
        """What the name stands for, all of it judged. Raises NotAllowed."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys((str(one[4][0]), self.port) for one in found))
        if not self.free and any(is_inner(address) for address, _port in addresses):
            raise NotAllowed("an inner address")
        return addresses


def host_and_port(parts: SplitResult) -> str:
    """As OUTBOUND_ALLOW writes it: host:port, the port always. Raises ValueError for a port that is none."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or PORTS.get(parts.scheme)}"


def is_inner(address: str) -> bool:
    """Does the address belong to this machine, its network or its cloud, or to nobody? All that is not public does."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv4Address):
        return not ip.is_global or ip.is_multicast or ip.is_reserved or any(ip in network for network in ALSO_INNER)
    within = ip.ipv4_mapped or ip.sixtofour
    if within is None and ip in NAT64:
        within = ipaddress.IPv4Address(ip.packed[-4:])
    if within is not None:
        return is_inner(str(within))
    return ip not in GIVEN_OUT or ip in TEREDO or not ip.is_global


@lru_cache
def _believing(certificates: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates)


def _left(until: float) -> float:
    """The seconds there are yet. Raises TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connected(addresses: list[tuple[str, int]], until: float) -> socket.socket:
    """A line to the first address that takes it; none has more than its share of the time."""
    trouble: OSError | None = None
    for number, address in enumerate(addresses):
        try:
            return socket.create_connection(address, timeout=_left(until) / (len(addresses) - number))
        except OSError as one:
            trouble = one
    raise trouble or OSError("the name stands for nothing")
