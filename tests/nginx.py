"""nginx before us, with the lines of the operating pages: for what a test or a bench asks through it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection

from app.settings import HOUSE
from tests.ports import free_port

PAGES = HOUSE / "docs" / "operating"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")  # none where it is not installed
MOST_SECONDS = 90  # so long nginx may show what was withdrawn
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def _blocks(page: str) -> Sequence[str]:
    """The indented pieces of a page, in order."""
    blocks: list[list[str]] = [[]]
    for line in (PAGES / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("    ") or (not line and blocks[-1]):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block]


def _server_block() -> str:
    """The site as installing.md has it."""
    (block,) = (one for one in _blocks("installing.md") if one.startswith("    server {"))
    return block


def settings(folder: Path, port: int, behind: int) -> str:
    """The documented server with the documented page caching, without TLS and on the loopback.

    `X-Cache` says what nginx did with a request: MISS, HIT, BYPASS, STALE.
    """
    outside, inside = _blocks("serving.md")
    server, kept_in = _server_block(), str(folder / "pages")
    server = re.sub(r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};", server)
    server = re.sub(r"ssl_certificate\S*\s+\S+;", "", server)
    server = server.replace("http://127.0.0.1:8000;", f"http://127.0.0.1:{behind};").replace("$scheme", "https")
    head, location, rest = server.partition("location / {")
    assert f":{port};" in head
    assert f":{behind};" in rest
    places = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    return (
        f"daemon off;\nuser root;\npid {folder}/pid;\nerror_log {folder}/log;\nworker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{outside.replace('/var/cache/nginx/tiwizi', kept_in)}\n"
        f"{head}{location}\nadd_header X-Cache $upstream_cache_status;\n{inside}\n{rest}\n}}\n"
    )


@contextmanager
def nginx_before(folder: Path, behind: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """nginx's port, and itself, until the end of the block; `behind` is the port of our own server."""
    assert NGINX is not None
    port = free_port()
    written = folder / "nginx.conf"
    written.write_text(settings(folder, port, behind))
    process = subprocess.Popen([NGINX, "-c", str(written), "-e", str(folder / "log")], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)
