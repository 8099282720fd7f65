"""`python -m bench.neighbours [--seconds N]`: the house while a neighbour is ill, and what has become of everything after.

For each illness a house of its own runs as `tiwizi run`; letters are written or buyers press "pay" all the time, while the
work of the other lanes, `/healthz` and pages are timed. Then the neighbour is well again and everything is counted.
"""

import argparse
import logging
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from app.engines.carrier import open_carrier
from app.engines.db import db
from app.engines.jobs import Job, enqueue
from app.engines.mail import Letter, post, settle_undelivered
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.actor import guest
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments.models import Payable, Payment
from app.payments.queries.payables import PayableFacts
from app.payments.services.payables import ask_for_payment
from app.practice.server import create_practice, the_practice
from app.settings import HOUSE, PRACTICE_KEY, PRACTICE_SECRET, read_settings
from tests.builders.relays import Relay, Silent
from tests.ports import free_port

ILLNESSES = ("silent relay", "refusing relay", "hanging cards", "refusing cards")
OTHER_WORK = {
    "house": "house.sweep",
    "search": "house.drain-search",
    "payments": "payments.reconcile",
    "letters": "mail.send",
}
PAGES = ("/fr/", "/fr/market", "/ar/academy", "/fr/projects")
BUYERS = 8
ALL_SENT_SECONDS = 900  # at most, once the relay is well: the lane's last wait, then thousands of letters
logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the provider's own lines


@dataclass
class Figures:
    """What was seen while the neighbour was ill, in seconds, and what had become of everything afterwards."""

    illness: str
    delays: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    pressed: list[float] = field(default_factory=list)
    asked: int = 0
    broken: list[str] = field(default_factory=list)  # pages that were not shown, and at the end what the house said of it
    each_once: bool = False

    def p95(self) -> float:
        return statistics.quantiles(self.pages, n=20)[-1]

    def line(self) -> str:
        lines = [
            f"{self.illness}: other work delayed by at most {max(self.delays):.2f} s ({len(self.delays)} jobs)",
            f"/healthz {max(self.health):.3f} s",
            f"pages p95 {self.p95():.3f} s ({len(self.pages)})",
        ]
        if self.pressed:
            lines.append(f"pay pressed {len(self.pressed)} times, longest {max(self.pressed):.2f} s")
        return ", ".join([*lines, f"of {self.asked} each once: {'yes' if self.each_once else 'NO'}", *self.broken])


def in_words(value: object) -> str:
    """A setting as the environment has it."""
    return ",".join(value) if isinstance(value, tuple) else str(int(value) if isinstance(value, bool) else value)


def is_well(port: int) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    return False


def said(instance: Path) -> str:
    """The end of what the house has logged, beginning with the last thing that broke."""
    told = (instance / "log").read_text(encoding="utf-8", errors="replace")
    return told[max(told.rfind("Traceback"), len(told) - 4_000, 0) :]


@contextmanager
def a_house(instance: Path, **settings: object) -> Iterator[tuple[Flask, str]]:
    """`tiwizi run` on an instance, and an application that reads its database and asks as gunicorn would."""
    port = free_port()
    given = {"INSTANCE": instance, "PUBLIC_URL": f"http://127.0.0.1:{port}", "RATE_LIMITS": False, **settings}
    words = {f"TIWIZI_{name}": in_words(value) for name, value in given.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIWIZI_")}
    with (instance / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--port", str(port)],
            env={**kept, **words, "PYTHONPATH": str(HOUSE)},
            stdout=log,
            stderr=log,
        )
    try:
        if not soon(lambda: server.poll() is not None or is_well(port)) or server.poll() is not None:
            raise RuntimeError(f"the house does not begin: {said(instance)}")
        app = create_app(read_settings({}, **given))
        with app.app_context():
            carrier = open_carrier(app)
            yield app, f"http://127.0.0.1:{port}"
            carrier.close()
            db.session.remove()
            db.engine.dispose()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


class Watch:
    """Threads that time the house until the illness is over."""

    def __init__(self, app: Flask, site: str, figures: Figures, lanes: list[str]) -> None:
        self.app, self.site, self.figures, self.lanes = app, site, figures, lanes
        self.over = threading.Event()
        self.threads = [threading.Thread(target=act) for act in (self.ask, self.knock, self.read, self.read)]

    def __enter__(self) -> None:
        for path in PAGES:  # a house that has stood for a while
            self.timed(path)
        for thread in self.threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def timed(self, path: str) -> float:
        begun = time.monotonic()
        answer = requests.get(self.site + path, timeout=60)
        if not answer.ok:
            self.figures.broken.append(f"{path}: {answer.status_code}")
        return time.monotonic() - begun

    def knock(self) -> None:
        while not self.over.wait(0.25):
            self.figures.health.append(self.timed("/healthz"))

    def read(self) -> None:
        while not self.over.is_set():
            for path in PAGES:
                self.figures.pages.append(self.timed(path))
                self.over.wait(0.1)

    def ask(self) -> None:
        """A job in each other lane, and how long until it is done."""
        with self.app.app_context():
            while not self.over.wait(0.5):
                for lane in self.lanes:
                    begun = time.monotonic()
                    with transaction():
                        enqueue(OTHER_WORK[lane], **({"letter_id": 0} if lane == "letters" else {}))
                        job_id = db.session.scalar(select(func.max(Job.id)))
                    while self._state(job_id) != "done" and time.monotonic() < begun + 60:
                        time.sleep(0.05)
                    self.figures.delays.append(time.monotonic() - begun)
            db.session.remove()

    def _state(self, job_id: int | None) -> str | None:
        db.session.rollback()
        return db.session.scalar(select(Job.state).where(Job.id == job_id))


def soon(holds: Callable[[], bool], seconds: float = 90) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.2)
    return holds()


def write_letters(figures: Figures, over: threading.Event, app: Flask, every: float) -> None:
    with app.app_context():
        while not over.wait(every):
            with transaction():
                post("mail", f"reader{figures.asked}@example.org", "Bonjour", "…", "fr")
            figures.asked += 1
        db.session.remove()


def ill_relay(illness: str, seconds: float, instance: Path) -> Figures:
    """Letters all the time, to a relay that says nothing or refuses every reader."""
    figures, relay, over = Figures(illness), Relay(), threading.Event()
    silent = Silent() if illness == "silent relay" else None
    port = silent.port if silent else free_port()
    well = Controller(relay, hostname="127.0.0.1", port=port)
    if silent is None:
        relay.refuses = True
        well.start()
    with a_house(instance, MAIL_URL=f"smtp://127.0.0.1:{port}", MAIL_SECONDS=2, PAUSE_SECONDS=1) as (app, site):
        writer = threading.Thread(target=write_letters, args=(figures, over, app, 0.2))
        with Watch(app, site, figures, ["house", "search", "payments"]):
            writer.start()
            time.sleep(seconds)
            over.set()
            writer.join()
        if silent:
            silent.close()
            well.start()
        relay.refuses = False
        soon(lambda: unsent() == refused(), ALL_SENT_SECONDS)
        with transaction():
            for letter_id in db.session.scalars(select(Letter.id).where(Letter.refused_at.is_not(None))).all():
                settle_undelivered(letter_id, again=True)
        soon(lambda: unsent() == 0, ALL_SENT_SECONDS)
        if unsent():
            figures.broken.append(f"{unsent()} letters are not sent yet")
        figures.each_once = len(relay.taken) == figures.asked and set(relay.taken.values()) == {1}
    well.stop()
    return figures


def unsent() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Letter.sent_at.is_(None))) or 0


def refused() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Letter.refused_at.is_not(None))) or 0


def press(site: str, key: str) -> requests.Response:
    """A buyer's browser presses "pay by card"."""
    with requests.Session() as browser:
        browser.get(f"{site}/fr/pay/{key}", timeout=60)
        return browser.post(f"{site}/fr/pay/{key}", headers={"Origin": site}, timeout=60, allow_redirects=False)


def press_all_the_time(figures: Figures, over: threading.Event, site: str, keys: list[str]) -> None:
    while not over.is_set():
        for key in keys:
            begun = time.monotonic()
            press(site, key)
            figures.pressed.append(time.monotonic() - begun)
            if over.wait(0.2):
                break


def payable(number: int) -> PayableFacts:
    with transaction():
        return ask_for_payment(guest(), "bench", number, Money(12_050, "MAD"), "T-1", "/fr/", now() + timedelta(hours=2))


def ill_cards(illness: str, seconds: float, instance: Path) -> Figures:
    """Eight buyers who press "pay" again and again, at a provider that hangs or does not know our key."""
    figures, over, port = Figures(illness), threading.Event(), free_port()
    known = create_practice(
        instance / "provider.db",
        secret_key=PRACTICE_KEY,
        webhook_secret=PRACTICE_SECRET,
        public_url=f"http://127.0.0.1:{port}/practice",
    )
    stranger = create_practice(instance / "stranger.db", secret_key="sk_test_other", webhook_secret="whsec_other")
    silent = Silent(port=port) if illness == "hanging cards" else None
    ill = None if silent else make_server("127.0.0.1", port, stranger, threaded=True)
    settings = {
        "STRIPE_SECRET_KEY": PRACTICE_KEY,
        "STRIPE_WEBHOOK_SECRET": PRACTICE_SECRET,
        "PAUSE_SECONDS": 1,
        "OUTBOUND_ALLOW": (f"127.0.0.1:{port}",),
    }
    with a_house(instance, STRIPE_ADDRESS=f"http://127.0.0.1:{port}", **settings) as (app, site):
        if ill:
            threading.Thread(target=ill.serve_forever, daemon=True).start()
        keys = [payable(number).key for number in range(1, 5 * BUYERS + 1)]
        requests.get(f"{site}/fr/pay/{keys[0]}", timeout=60)
        figures.asked = len(keys)
        buyers = [
            threading.Thread(target=press_all_the_time, args=(figures, over, site, keys[number::BUYERS]))
            for number in range(BUYERS)
        ]
        with Watch(app, site, figures, ["house", "search", "letters"]):
            for buyer in buyers:
                buyer.start()
            time.sleep(seconds)
            over.set()
            for buyer in buyers:
                buyer.join()
        if silent:
            silent.close()
        if ill:
            ill.app, well = known, ill  # the same door, so that it is there
        else:
            well = make_server("127.0.0.1", port, known, threaded=True)
            threading.Thread(target=well.serve_forever, daemon=True).start()
        for key in keys:
            pay(known, site, key)
        db.session.rollback()
        settled = db.session.scalar(select(func.count()).where(Payable.state == "settled"))
        paid = db.session.scalar(select(func.count()).where(Payment.state == "paid"))
        figures.each_once = settled == paid == len(keys) and the_practice(known).check() == []
        well.shutdown()
        well.server_close()
    return figures


def pay(provider: Flask, site: str, key: str) -> None:
    """The same buyer, when the provider is well: pays, presses once more all the same, and comes back twice."""
    answers: list[requests.Response] = []

    def opened() -> bool:
        answers.append(press(site, key))
        return answers[-1].status_code == 303

    soon(opened)
    page = urlsplit(answers[-1].headers["Location"]).path.removeprefix("/practice")
    back = provider.test_client().post(page, data={"card": "success"}).location
    for _ in range(2):
        requests.get(back, timeout=60, allow_redirects=False)
    press(site, key)


def measure(illness: str, seconds: float) -> Figures:
    """One illness that lasts so long, in a house of its own."""
    with tempfile.TemporaryDirectory() as folder:
        trial = ill_relay if illness.endswith("relay") else ill_cards
        figures = trial(illness, seconds, Path(folder))
        if figures.broken:
            figures.broken.append(said(Path(folder)))
        return figures


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--seconds", type=float, default=60)
    for one in ILLNESSES:
        print(measure(one, arguments.parse_args().seconds).line(), flush=True)
