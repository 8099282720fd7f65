"""Neighbours of the house: one that accepts and says nothing, a relay that takes letters or refuses them."""

import socket
import threading
import time
from collections import Counter
from contextlib import suppress


class Silent:
    """Listens on a port of its own until it is closed; `drips` is what it sends again and again."""

    def __init__(self, drips: bytes = b"", port: int = 0) -> None:
        self.door = socket.create_server(("127.0.0.1", port))
        self.port: int = self.door.getsockname()[1]
        self.drips = drips
        self.lines: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _address = self.door.accept()
                self.lines.append(line)
                if self.drips:
                    threading.Thread(target=self._drip, args=(line,), daemon=True).start()

    def _drip(self, line: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line.sendall(self.drips)
                time.sleep(0.3)

    def close(self) -> None:
        """Let go of the port, also of the accept that waits on it."""
        with suppress(OSError):
            self.door.shutdown(socket.SHUT_RDWR)
        for line in [self.door, *self.lines]:
            line.close()


class Relay:
    """A relay that takes letters and keeps to whom; `refuses` answers 550."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.refuses = False

    async def handle_RCPT(self, _server: object, _session: object, envelope: object, address: str, _options: object) -> str:
        if self.refuses:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]  # aiosmtpd's envelope
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        self.taken.update(envelope.rcpt_tos)  # type: ignore[attr-defined]  # as above
        return "250 OK"
