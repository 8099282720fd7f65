"""`python -m bench.race [--postgresql]`: 200 buyers press twice for 50 units, over HTTP, all at the same moment.

On SQLite against `tiwizi run`, on PostgreSQL against gunicorn with two processes. Printed: what was sold, the answers, and
how long a press took. Limits: 50 sold, 99 of 100 presses within 3.5 s (SQLite), 4 s (PostgreSQL), on a quiet machine.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select

from app.engines.db import db
from app.engines.migrating import upgrade_database
from app.factory import create_app
from app.settings import read_settings
from orders.models import OrderLine
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import a_variant
from tests.builders.racing import SECRET, Form, some_buyers
from tests.ports import free_port
from tests.postgres import cluster

BUYERS, UNITS, PRICE, FEE = 200, 50, 12_000, 3_000
BOUND = {"sqlite": 3.5, "postgresql": 4.0}


@contextmanager
def serving(instance: Path, database_url: str) -> Iterator[int]:
    """The house of this instance behind a port of its own."""
    port = free_port()
    words = {
        "TIWIZI_INSTANCE": str(instance),
        "TIWIZI_DATABASE_URL": database_url,
        "TIWIZI_DEMO": "1",
        "TIWIZI_RATE_LIMITS": "0",
        "TIWIZI_SECRET_KEY": SECRET,
        "TIWIZI_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    one, two = ["app", "run", "--port", str(port)], ["gunicorn", "app.wsgi:app", "-w", "2", "--threads", "4"]
    command = [*two, "-b", f"127.0.0.1:{port}", "--log-level", "error"] if database_url else one
    with (instance / "server.log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **words}, stdout=log, stderr=log)
    try:
        _until_it_answers(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _until_it_answers(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if send(port, "GET", "/healthz") == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def send(port: int, method: str, path: str, form: Form | None = None) -> int:
    """One request on a connection of its own; the status of its answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    heads = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
    if form is not None:
        heads["Cookie"] = f"tiwizi={form.token}"
    try:
        line.request(method, path, urlencode(form.fields) if form is not None else None, heads)
        answer = line.getresponse()
        answer.read()
        return answer.status
    finally:
        line.close()


def press_all(port: int, forms: list[Form]) -> tuple[Tally[int], list[float]]:
    """Every form twice, each from a thread of its own; answers by status, and seconds of each."""
    gate, statuses, seconds = threading.Barrier(2 * len(forms) + 1), Tally[int](), []

    def press(form: Form) -> None:
        gate.wait()
        began = time.perf_counter()
        status = send(port, "POST", "/fr/checkout", form)
        seconds.append(time.perf_counter() - began)
        statuses[status] += 1

    hands = [threading.Thread(target=press, args=(form,)) for form in (*forms, *forms)]
    for hand in hands:
        hand.start()
    gate.wait()
    for hand in hands:
        hand.join()
    return statuses, seconds


def measure(database_url: str) -> bool:
    """One race in a house of its own; whether it kept its bounds."""
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder)
        given = {"INSTANCE": instance, "DATABASE_URL": database_url, "DEMO": True, "SECRET_KEY": SECRET}
        house = create_app(read_settings({}, **given))
        with house.app_context():
            upgrade_database()
            shop = a_cooperative("Tifawin", chair=a_person("Aïcha"))
            variant = a_variant(shop.id, PRICE, UNITS)
            forms = some_buyers(BUYERS, variant, shop.id, PRICE, FEE)
            db.session.remove()
            with serving(instance, database_url) as port:
                statuses, seconds = press_all(port, forms)
            sold = int(db.session.scalar(select(func.coalesce(func.sum(OrderLine.count), 0))) or 0)
            database = db.engine.dialect.name
            db.session.remove()
            db.engine.dispose()
    cuts = statistics.quantiles(seconds, n=100)
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    print(f"{database}: {sold} of {UNITS} sold; {told}; p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s")
    return sold == UNITS and statuses[303] == 2 * UNITS and cuts[98] <= BOUND[database]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--postgresql", action="store_true")
    chosen = options.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with cluster() if chosen.postgresql else nullcontext("") as database_url:
        held = measure(database_url)
    print("every limit holds" if held else "a limit was broken")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
