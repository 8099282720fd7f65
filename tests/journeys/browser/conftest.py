"""Journeys in a real browser: the demo served as `make run` serves it, chromium driven by playwright, axe on every page."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.journeys.browser.walking import WIDTHS, Site, Walker
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(path).exists()),
    None,
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCALES = {"fr": "fr-MA", "ar": "ar-MA", "en": "en-GB"}
STARTING_SECONDS = 90

OpenWalker = Callable[..., Walker]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The small demo on a port of its own, in a process of its own; or the running one that TIWIZI_E2E_SITE names."""
    if os.environ.get("TIWIZI_E2E_SITE"):
        yield Site(os.environ["TIWIZI_E2E_SITE"])
        return
    instance, port = tmp_path_factory.mktemp("site") / "instance", free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "TIWIZI_INSTANCE": str(instance),
        "TIWIZI_DEMO": "1",
        "TIWIZI_PUBLIC_URL": address,
        "TIWIZI_RATE_LIMITS": "0",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "app"]
    subprocess.run([*command, "demo", "load"], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    log = instance / "server.log"
    with log.open("w") as written:
        server = subprocess.Popen(
            [*command, "run", "--port", str(port)], env=environment, cwd=ROOT, stdout=written, stderr=written
        )
    wait_for(f"{address}/readyz", server, log)
    yield Site(address)
    server.terminate()
    server.wait(20)
    shutil.rmtree(instance, ignore_errors=True)


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the server does not answer: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def walker_of(site: Site, chromium: Browser) -> Iterator[OpenWalker]:
    """walker_of(language, width, script=True, dark=False) opens a fresh browser profile."""
    contexts: list[BrowserContext] = []

    def open_walker(language: str = "fr", width: str = "phone", *, script: bool = True, dark: bool = False) -> Walker:
        context = chromium.new_context(
            viewport={"width": WIDTHS[width][0], "height": WIDTHS[width][1]},
            java_script_enabled=script,
            locale=LOCALES[language],
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        return Walker(site, context, language, width, script, dark)

    yield open_walker
    for context in contexts:
        context.close()
