"""gunicorn and granian by the lines of the operating pages, behind the proxy that they describe, which keeps pages."""

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
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.actor import SYSTEM
from app.settings import HOUSE, read_settings
from catalog.models import Product
from catalog.services.products import withdraw
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.catalog import a_product, variant_of
from tests.nginx import MOST_SECONDS, NGINX, nginx_before
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


class Market:
    """A cooperative's honey on a site behind nginx, and what visitors are shown of it."""

    def __init__(self, instance: Path) -> None:
        self._app = create_app(read_settings({}, INSTANCE=instance))
        with self._app.app_context():
            upgrade_database()
            shop = a_cooperative("Tifawin", chair=a_person("Aïcha"))
            self.honey = a_product(shop.id, "Miel de thym")
            self.variant = variant_of(self.honey)
            self.path = f"/fr/market/products/{db.session.get_one(Product, self.honey).slug}"
            db.engine.dispose()

    def withdraw(self) -> None:
        with self._app.app_context():
            with transaction():
                withdraw(SYSTEM, self.honey)
            db.engine.dispose()


def asked(port: int, path: str, **headers: str) -> requests.Response:
    plain = {"Host": "coop.example", "Accept-Encoding": "identity"}
    return requests.get(f"http://127.0.0.1:{port}{path}", headers={**plain, **headers}, timeout=30, allow_redirects=False)


def begun_basket(port: int, variant: int) -> str:
    """The cookie of a guest who has put something into a basket."""
    form, origin = {"variant": str(variant), "quantity": "1"}, {"Host": "coop.example", "Origin": "https://coop.example"}
    put = requests.post(
        f"http://127.0.0.1:{port}/fr/basket/lines", data=form, headers=origin, timeout=30, allow_redirects=False
    )
    assert put.status_code == 303
    return put.headers["Set-Cookie"].split(";")[0]


@pytest.mark.sqlite_only
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_keeps_pages_of_visitors_by_the_lines_of_the_page_and_of_nobody_else(tmp_path: Path) -> None:
    it = Market(tmp_path)
    with (
        serving("gunicorn", tmp_path) as (site, process),
        nginx_before(tmp_path, int(site.rsplit(":", 1)[1])) as (port, _nginx),
    ):
        first, second = asked(port, it.path), asked(port, it.path)
        assert (first.status_code, first.headers["X-Cache"]) == (200, "MISS")
        assert (second.status_code, second.headers["X-Cache"]) == (200, "HIT")
        assert second.text == first.text
        assert "Miel de thym" in second.text
        assert "Content-Encoding" not in second.headers
        packed = [asked(port, it.path, **{"Accept-Encoding": "gzip, br"}) for _turn in range(2)]
        assert [one.headers["X-Cache"] for one in packed] == ["MISS", "HIT"]
        assert {one.headers["Content-Encoding"] for one in packed} == {"gzip"}
        assert packed[1].text == first.text

        guest = begun_basket(port, it.variant)
        own = asked(port, it.path, Cookie=guest)
        assert (own.headers["X-Cache"], own.headers["Cache-Control"]) == ("BYPASS", "private, no-store")
        assert asked(port, it.path).text == first.text
        basket = [asked(port, "/fr/basket", Cookie=guest) for _turn in range(2)]
        assert {one.headers["X-Cache"] for one in basket} == {"BYPASS"}
        assert "Miel de thym" not in asked(port, "/fr/basket").text
        assert asked(port, "/fr/basket").headers["X-Cache"] == "MISS"

        it.withdraw()
        assert requests.get(f"{site}{it.path}", headers=proxy_headers(), timeout=30).status_code == 404
        assert asked(port, it.path, Cookie=guest).status_code == 404
        assert asked(port, it.path).headers["X-Cache"] == "HIT"
        process.terminate()
        process.wait(15)
        assert asked(port, it.path).text == first.text
        assert asked(port, "/fr/basket").status_code == 502


@pytest.mark.long
@pytest.mark.sqlite_only
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_what_is_withdrawn_is_gone_behind_nginx_within_ninety_seconds(tmp_path: Path) -> None:
    it = Market(tmp_path)
    with (
        serving("gunicorn", tmp_path) as (site, _process),
        nginx_before(tmp_path, int(site.rsplit(":", 1)[1])) as (port, _nginx),
    ):
        assert [asked(port, it.path).headers["X-Cache"] for _turn in range(2)] == ["MISS", "HIT"]
        it.withdraw()
        began, shown = time.monotonic(), 0.0
        assert requests.get(f"{site}{it.path}", headers=proxy_headers(), timeout=30).status_code == 404
        while asked(port, it.path).status_code == 200 and shown < MOST_SECONDS:
            time.sleep(0.5)
            shown = time.monotonic() - began
        assert 0 < shown < MOST_SECONDS
        assert asked(port, it.path).status_code == 404
