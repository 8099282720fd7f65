"""A visitor's browser, as cheap as it can be: it shares the machine with what is measured."""

import re
import socket
from dataclasses import dataclass
from gzip import decompress
from html import unescape
from urllib.parse import urlencode, urlsplit

HEADERS = {"Accept-Encoding": "gzip", "Accept-Language": "fr", "User-Agent": "bench"}
PATIENCE_SECONDS = 60
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
INPUT = re.compile(r"<input\b([^>]*)>")
SAID = re.compile(r'([\w-]+)(?:="([^"]*)")?')
STATED = ("hidden", "text", "email", "tel", "number", "radio", "checkbox")


@dataclass(frozen=True)
class Answer:
    """What came back: `body` as it was on the wire."""

    status: int
    head: str
    body: bytes

    @property
    def page(self) -> str:
        return (decompress(self.body) if self.body[:2] == b"\x1f\x8b" else self.body).decode()

    @property
    def location(self) -> str:
        """The path of the page an answer leads to."""
        found = re.search(r"(?mi)^location: (\S+)", self.head)
        if found is None:
            raise RuntimeError(f"leads nowhere: {self.status}")
        target = urlsplit(found[1])
        return f"{target.path}?{target.query}" if target.query else target.path


def ask(port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
    """One request on a connection of its own, which the server closes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        pieces = []
        while piece := line.recv(262_144):
            pieces.append(piece)
    head, _, content = b"".join(pieces).partition(b"\r\n\r\n")
    return Answer(int(head[9:12]), head.decode("latin-1"), content)


class Browser:
    """Keeps the cookie of its session, follows where an answer leads, and fills the forms it finds."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self.port = port
        self.headers = {**HEADERS, **(headers or {})}
        self.at = ""  # the path of the page that is shown
        self._jar: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._jar.items())

    def get(self, path: str) -> str:
        """The page of this address. Raises RuntimeError when there is another answer than 200."""
        answer = self._ask("GET", path, {})
        if answer.status in (302, 303):
            return self.get(answer.location)
        self.at = path
        return _whole(path, answer)

    def send(self, path: str, fields: dict[str, str]) -> str:
        """A form; the page that is shown then, be it the answer or where it leads."""
        said = {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._ask("POST", path, said, urlencode(fields).encode())
        return self.get(answer.location) if answer.status == 303 else _whole(path, answer)

    def _ask(self, method: str, path: str, said: dict[str, str], body: bytes = b"") -> Answer:
        cookie = {"Cookie": self.cookie} if self._jar else {}
        answer = ask(self.port, method, path, {**self.headers, **cookie, **said}, body)
        for name, value in re.findall(r"(?mi)^set-cookie: ([^=]+)=([^;]*)", answer.head):
            self._jar[name] = value
        return answer


def _whole(path: str, answer: Answer) -> str:
    if answer.status != 200:
        raise RuntimeError(f"{path} answers {answer.status}")
    return answer.page


def form_of(page: str, action: str) -> dict[str, str]:
    """What the page's form with such an address would send; of several choices the one that is chosen, or the first."""
    for opened, inside in FORM.findall(page):
        if action in unescape(dict(SAID.findall(opened)).get("action", "")):
            return _stated(inside)
    raise RuntimeError(f"no form leads to {action}")


def _stated(inside: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for written in INPUT.findall(inside):
        said = dict(SAID.findall(written))
        name, kind, value = unescape(said.get("name", "")), said.get("type", "text"), unescape(said.get("value", ""))
        if name and kind in STATED and ("checked" in said or name not in values):
            values[name] = value
    return values
