"""gunicorn and granian by the lines of the operating pages, behind the headers of the proxy that they describe."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from app.engines.db import db
from app.engines.migrating import upgrade_database
from app.factory import create_app
from app.settings import HOUSE, read_settings
from tests.ports import free_port

pytestmark = pytest.mark.operating

PAGES = HOUSE / "docs" / "operating"
BIN = "/srv/tiwizi/code/.venv/bin/"
VALUES = {"$host": "coop.example", "$remote_addr": "203.0.113.7", "$scheme": "https"}


def command(server: str, port: int) -> list[str]:
    """The line of the unit, with this environment's folder and a free port."""
    (line,) = re.findall(rf"ExecStart=({BIN}{server} .*)", (PAGES / "postgresql.md").read_text())
    assert "8001" in line
    return shlex.split(line.replace(BIN, f"{Path(sys.executable).parent}/").replace("8001", str(port)))


def proxy_headers() -> dict[str, str]:
    """What nginx sets, as installing.md says."""
    found = re.findall(r"proxy_set_header (\S+) (\S+);", (PAGES / "installing.md").read_text())
    assert len(found) == 4
    return {name: VALUES[value] for name, value in found}


@contextmanager
def serving(server: str, instance: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIWIZI_")}
    settings = {
        "TIWIZI_INSTANCE": str(instance),
        "TIWIZI_PUBLIC_URL": "https://coop.example",
        "TIWIZI_SECRET_KEY": "a-secret-of-more-than-thirty-two-characters",
        "TIWIZI_TRUSTED_PROXIES": "1",
    }
    process = subprocess.Popen(
        command(server, port),
        cwd=HOUSE,
        env={**kept, **settings, "PYTHONPATH": str(HOUSE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    site, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
    try:
        while time.monotonic() < until and process.poll() is None:
            with suppress(requests.RequestException):  # a worker that is still reading its code answers late
                if requests.get(f"{site}/healthz", timeout=5).ok:
                    break
            time.sleep(0.2)
        yield site, process
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("server", ["gunicorn", pytest.param("granian", marks=pytest.mark.long)])
def test_the_lines_of_the_page_serve_a_public_site_behind_its_proxy(tmp_path: Path, server: str) -> None:
    with create_app(read_settings({}, INSTANCE=tmp_path)).app_context():
        upgrade_database()
        db.engine.dispose()
    behind = proxy_headers()
    with serving(server, tmp_path) as (site, process):
        page = requests.get(f"{site}/fr/market", headers=behind, timeout=30)
        assert page.status_code == 200
        assert 'href="https://coop.example/fr/market"' in page.text
        assert "includeSubDomains" in page.headers["Strict-Transport-Security"]
        elsewhere = requests.get(
            f"{site}/fr/market", headers={**behind, "Host": "other.example"}, timeout=30, allow_redirects=False
        )
        assert (elsewhere.status_code, elsewhere.headers["Location"]) == (308, "https://coop.example/fr/market")
        bare = requests.post(f"{site}/fr/sign-in", headers=behind, data={"contact": "a@example.org"}, timeout=30)
        assert bare.status_code == 400
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in {0, -signal.SIGTERM}
