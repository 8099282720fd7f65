"""A gunicorn sync server with one worker, its processor time and its memory."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.ports import free_port

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 60


class Server:
    """A server of its own on the loopback, with an installation's packages; `application` is what gunicorn loads."""

    def __init__(self, application: str, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        words = f"{application} -b 127.0.0.1:{self.port} -w 1 -k sync --log-level error --max-requests 0"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.installed", *words.split()],
            env={**os.environ, **environment},
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._wait()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the server does not answer")

    def worker(self) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def cpu_seconds(self) -> float:
        """User and system time of the worker so far."""
        fields = Path(f"/proc/{self.worker()}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mb(self) -> float:
        """Resident memory of the worker."""
        for line in Path(f"/proc/{self.worker()}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
