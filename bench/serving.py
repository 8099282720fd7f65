"""`python -m bench.serving [--seconds N]`: a kept page under each server, and behind nginx with the documented page caching.

Printed: pages per second of the clock (four connections at once, each for one request) and of the server's processor. Then
goods are withdrawn: our own page must say so at once, nginx's within 90 seconds. Without nginx that part is skipped, loudly.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from bench.__main__ import BUILD, HANDS, ROOT, one_round, prepare
from bench.browser import HEADERS, ask
from bench.pages import open_house
from bench.server import TICKS, free_port
from catalog.services.products import withdraw
from tests.nginx import MOST_SECONDS, NGINX, nginx_before

SERVERS = {
    "waitress (tiwizi run)": "-m app run --port {port}",
    "gunicorn, one process": "-m gunicorn app.wsgi:app -w 1 -b 127.0.0.1:{port} --log-level error",
    "granian, one process": "-m granian --interface wsgi --workers 1 --host 127.0.0.1 --port {port} --no-log app.wsgi:app",
}


def tree(process: int) -> Iterator[int]:
    """The process and all below it."""
    yield process
    for one in Path(f"/proc/{process}/task").glob("*/children"):
        for child in one.read_text().split():
            yield from tree(int(child))


def cpu_seconds(process: int) -> float:
    used = 0
    for one in tree(process):
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        used += int(fields[11]) + int(fields[12])
    return used / TICKS


@dataclass(frozen=True)
class Running:
    """A server of its own: what `one_round` asks of one."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process.pid)


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Running]:
    quiet = subprocess.DEVNULL
    server = Running(port, subprocess.Popen(command, env={**os.environ, **environment}, stdout=quiet, stderr=quiet))
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if ask(port, "GET", "/healthz", HEADERS).status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError(f"{command} does not answer")
        yield server
    finally:
        server.process.terminate()
        server.process.wait(30)


def measure(name: str, server: Running, path: str, seconds: float) -> None:
    def once() -> None:
        if ask(server.port, "GET", path, HEADERS).status != 200:
            raise RuntimeError(f"{name}: {path}")

    for _ in range(20):
        once()
    found = one_round(server, [once] * HANDS, seconds)
    print(f"{name:28} {len(found.seconds) / seconds:8.0f} a second, {found.rate:8.0f} a second of its processor", flush=True)


def withdrawal(own: int, nginx: int, path: str, product: int, app: Flask) -> bool:
    """After goods are withdrawn: who says so when."""
    with app.app_context():
        with transaction():
            withdraw(SYSTEM, product)
        db.session.remove()
    began = time.monotonic()
    at_once = ask(own, "GET", path, HEADERS).status == 404
    while ask(nginx, "GET", path, HEADERS).status != 404 and time.monotonic() < began + MOST_SECONDS + 30:
        time.sleep(0.5)
    took = time.monotonic() - began
    ours = "at once" if at_once else "NOT AT ONCE"
    print(f"withdrawn: our own page {ours}, nginx's after {took:.0f} s (at most {MOST_SECONDS})")
    return at_once and took <= MOST_SECONDS


def main() -> int:
    options = argparse.ArgumentParser(prog="bench.serving")
    options.add_argument("--seconds", type=float, default=5.0)
    seconds = options.parse_args().seconds
    BUILD.mkdir(exist_ok=True)
    prepare("small", "SQLite", "")
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        folder = Path(name)
        shutil.copytree(BUILD / "bench-small", folder / "instance")
        given = {
            "PYTHONPATH": str(ROOT),
            "TIWIZI_INSTANCE": str(folder / "instance"),
            "TIWIZI_DEMO": "1",
            "TIWIZI_RATE_LIMITS": "0",
        }
        app = open_house(folder / "instance", "")
        with app.app_context():
            row = db.session.execute(text("SELECT id, slug FROM product WHERE listed ORDER BY id LIMIT 1")).one()
            product, path = int(row.id), f"/fr/market/products/{row.slug}"
            db.session.remove()
        print(f"load of the machine: {os.getloadavg()[0]:.2f}")
        for server_name, words in SERVERS.items():
            port = free_port()
            with running([sys.executable, *words.format(port=port).split()], port, given) as server:
                measure(server_name, server, path, seconds)
        if NGINX is None:
            print("NO NGINX HERE: page caching before us was NOT measured (install the package `nginx`)")
            return 0
        port = free_port()
        own = [sys.executable, *SERVERS["gunicorn, one process"].format(port=port).split()]
        with running(own, port, given), nginx_before(folder, port) as (front, process):
            measure("nginx, one process", Running(front, process), path, seconds)
            held = withdrawal(port, front, path, product, app)
    print("every limit holds" if held else "a limit was broken")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
