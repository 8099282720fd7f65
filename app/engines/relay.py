"""The relay: hands a letter to an SMTP server within a time, and says what it means when it is not taken."""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from app.engines.pauses import NeighbourAway

STEP_SECONDS = 10  # for one answer; all of them together have the seconds of the caller
FAREWELL_SECONDS = 1
ENHANCED = re.compile(rb"\b([245]\.\d{1,3}\.\d{1,3})\b")
ABOUT_THE_ADDRESS = ("5.1.", "5.2.")  # RFC 3463: addressing, mailbox
NOT_LET_IN = {503, 530, 535, 538}  # said of us, not of whom we write to


class NotTaken(Exception):
    """Not now: the letter is tried again alone. Its words are the relay's numbers: the relay's repeat people's addresses."""


class Refused(Exception):
    """Never: another try would be answered alike. `of_address`: because there is no such mailbox."""

    def __init__(self, words: str, of_address: bool = False) -> None:
        super().__init__(words)
        self.of_address = of_address


def hand_over(address: str, message: EmailMessage, recipient: str, seconds: float) -> None:
    """Give the message to the relay at smtp://… or smtps://…. Raises NeighbourAway, NotTaken, Refused."""
    url = urlsplit(address)
    secure = url.scheme == "smtps"
    host, port = url.hostname or "", url.port or (465 if secure else 25)
    context, patience = ssl.create_default_context(), min(STEP_SECONDS, seconds)
    server = smtplib.SMTP_SSL(timeout=patience, context=context) if secure else smtplib.SMTP(timeout=patience)
    server._host = host  # type: ignore[attr-defined]  # whose certificate it must be: the library asks its own field
    with _cut_off(server, seconds):
        try:
            server.connect(host, port)
            _come_in(server, url.username, url.password, secure, context)
        except OSError as trouble:  # smtplib's own are OSErrors too
            raise NeighbourAway(_words(trouble)) from None
        try:
            server.send_message(message, to_addrs=[recipient])
        except OSError as trouble:
            raise _verdict(trouble) from None
        finally:
            _take_leave(server)


def _come_in(server: smtplib.SMTP, name: str | None, password: str | None, secure: bool, context: ssl.SSLContext) -> None:
    server.ehlo_or_helo_if_needed()  # before it, no server is known to offer anything
    if not secure and server.has_extn("starttls"):
        server.starttls(context=context)
        secure = True
    if name:
        if not secure:
            raise NeighbourAway("no TLS: a password is never sent in clear")
        server.login(unquote(name), unquote(password or ""))


@contextmanager
def _cut_off(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """The line is cut after so many seconds in all, however slowly the other side goes on talking."""

    def cut() -> None:
        with suppress(OSError):
            if server.sock is not None:
                server.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        server.close()


def _take_leave(server: smtplib.SMTP) -> None:
    """What was taken stays taken, whether or not the relay says goodbye."""
    with suppress(OSError):
        if server.sock is not None:
            server.sock.settimeout(FAREWELL_SECONDS)
            server.quit()


def _verdict(trouble: OSError) -> Exception:
    """What it means that the letter was not taken, after we were let in."""
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        ((code, reply),) = trouble.recipients.values()
        return _answer(code, reply, f"{type(trouble).__name__} {_numbers(code, reply)}", of_address=True)
    if isinstance(trouble, smtplib.SMTPDataError):
        return _answer(trouble.smtp_code, trouble.smtp_error, _words(trouble), of_address=False)
    if isinstance(trouble, smtplib.SMTPNotSupportedError):
        return Refused(_words(trouble), of_address=True)  # an address in letters that the relay cannot write
    return NeighbourAway(_words(trouble), counted=not isinstance(trouble, smtplib.SMTPSenderRefused))


def _answer(code: int, reply: bytes | str, words: str, of_address: bool) -> Exception:
    if code == 421 or code in NOT_LET_IN:
        return NeighbourAway(words)
    if code < 500:
        return NotTaken(words)
    enhanced = _enhanced(reply)
    return Refused(words, enhanced.startswith(ABOUT_THE_ADDRESS) if enhanced else of_address)


def _enhanced(reply: bytes | str) -> str:
    found = ENHANCED.search(reply if isinstance(reply, bytes) else reply.encode(errors="replace"))
    return found.group(1).decode() if found else ""


def _numbers(code: int, reply: bytes | str) -> str:
    return f"{code} {_enhanced(reply)}".strip()


def _words(trouble: OSError) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return f"{type(trouble).__name__} {_numbers(trouble.smtp_code, trouble.smtp_error)}"
    return type(trouble).__name__
