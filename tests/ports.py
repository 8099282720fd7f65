"""A port for a server that a test or a bench starts a moment later."""

import secrets
import socket
from contextlib import suppress

FIRST, COUNT = 20_000, 12_000  # below 32,768, from where the system gives ports to calls that go out: none is given away


def free_port() -> int:
    """Drawn, so that runs beside each other do not draw the same one."""
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
