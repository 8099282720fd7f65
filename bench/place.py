"""`python -m bench.place`: what each step from a product to its order costs, in statements and in processor time.

A guest looks at a product, puts it into the basket, goes through the checkout and presses; another presses when the goods
have gone meanwhile. The steps are asked of the application in this process, one after the other, on a copy of the demo:
`SQL` is how many statements one step asks, `ms` its processor time (the median), `driver` what the database and its
driver take by the clock, `bare` how many bare Flask pages could be made meanwhile, each measured beside it: that figure
does not move with the load of the machine. `make bench` measures the same walks through a server. `--small` takes the
small demo, `--list STEP` prints the statements of a step, `--profile STEP` where its time goes.
"""

import argparse
import cProfile
import gc
import html
import pstats
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.engines.db import db
from app.engines.transactions import transaction
from bench.__main__ import BUILD, prepare
from bench.bare import app as bare
from bench.pages import open_house
from tests.postgres import cluster

HOST = "127.0.0.1"
TYPED = {
    "name": "Nadia Berrada",
    "phone": "0612345678",
    "mail": "nadia@example.org",
    "region": "MA-06",
    "commune": "Casablanca",
    "street": "12, rue des Orangers",
    "method": "cash",
    "terms": "y",
}
READS_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
PLENTY = 10**6


@dataclass
class Cost:
    """What one step took: its statements, seconds of the processor, seconds of the clock in the driver."""

    statements: list[str] = field(default_factory=list)
    seconds: float = 0.0
    driver: float = 0.0


# Method, path, headers, body; gives status, headers, body.
Send = Callable[[str, str, dict[str, str], bytes], tuple[int, Any, bytes]]


class Buyer:
    """A guest's browser: keeps the cookie, reads the forms, sends what they hold."""

    def __init__(self, send: Send, product: str, variant: int) -> None:
        self._send, self._product, self._variant = send, product, variant
        self._cookie, self._basket, self._order = "", "", ""
        self._fields: dict[str, str] = {}

    def _asks(self, path: str, status: int, fields: dict[str, str] | None = None) -> str:
        """The page, or where it leads."""
        headers = {"Accept-Language": "fr", "User-Agent": "bench", "Accept-Encoding": "identity"}
        if self._cookie:
            headers["Cookie"] = self._cookie
        if fields is not None:
            headers.update({"Origin": f"http://{HOST}", "Content-Type": "application/x-www-form-urlencoded"})
        body = urlencode(fields or {}).encode()
        got, found, page = self._send("GET" if fields is None else "POST", path, headers, body)
        if got != status:
            raise RuntimeError(f"{path} answers {got}, not {status}")
        self._cookie = (found.get("Set-Cookie") or "").partition(";")[0] or self._cookie
        return str(found["Location"]).removeprefix(f"http://{HOST}") if got == 303 else page.decode()

    def product(self) -> None:
        self._asks(f"/fr/market/products/{self._product}", 200)

    def add(self) -> None:
        self._basket = self._asks("/fr/basket/lines", 303, {"variant": str(self._variant), "quantity": "1"})

    def basket(self) -> None:
        self._asks(self._basket, 200)

    def checkout(self) -> None:
        page = self._asks("/fr/checkout", 200)
        (key,) = re.findall(r'name="key" type="hidden" value="([^"]+)"', page)
        ways = dict(re.findall(r'name="(delivery_\d+)" value="([^"]+)" checked', page))
        self._fields = {**TYPED, "key": key, "region_shown": TYPED["region"], **ways}

    def recap(self) -> None:
        page = self._asks("/fr/checkout", 200, {**self._fields, "step": "recap"})
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        self._fields = {name: html.unescape(value) for name, value in hidden}

    def place(self) -> None:
        self._order = self._asks("/fr/checkout", 303, {**self._fields, "step": "place"})

    def order_page(self) -> None:
        self._asks(self._order, 200)

    def refused(self) -> None:
        self._asks("/fr/checkout", 409, {**self._fields, "step": "place"})


Step = Callable[[Buyer], None]
STEPS: dict[str, Step] = {
    "product": Buyer.product,
    "add": Buyer.add,
    "basket": Buyer.basket,
    "checkout": Buyer.checkout,
    "recap": Buyer.recap,
    "place": Buyer.place,
    "order page": Buyer.order_page,
    "refused press": Buyer.refused,
}


class Within:
    """Asks the application in this process, and measures the step that is being taken."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.cost = Cost()
        self.profile: cProfile.Profile | None = None
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._before)
            event.listen(db.engine, "after_cursor_execute", self._after)
        self._began = 0.0

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(READS_ROWS):
            self.cost.statements.append(statement)
        self._began = time.perf_counter()

    def _after(self, *_rest: Any) -> None:
        self.cost.driver += time.perf_counter() - self._began

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        environ = EnvironBuilder(
            path, f"http://{HOST}", method=method, headers=list(headers.items()), data=body
        ).get_environ()
        if self.profile:
            self.profile.enable()
        began = time.thread_time()
        answer, status, found = run_wsgi_app(self._app.__call__, environ, buffered=True)
        self.cost.seconds += time.thread_time() - began
        if self.profile:
            self.profile.disable()
        return int(status[:3]), found, b"".join(answer)


def many_goods(count: int) -> list[tuple[str, int]]:
    """(slug of the product, variant) of goods on sale, of which there is plenty from now on."""
    rows = db.session.execute(
        text(
            "SELECT p.slug, min(v.id) FROM variant v JOIN product p ON p.id = v.product_id "
            "JOIN counter c ON c.subject = v.id AND c.kind = 'stock' "
            "WHERE p.listed AND v.active AND v.price IS NOT NULL AND p.currency = 'MAD' "
            "GROUP BY p.slug ORDER BY p.slug LIMIT :count"
        ),
        {"count": count},
    ).all()
    found = [(str(row[0]), int(row[1])) for row in rows]
    with transaction():
        for _slug, variant in found:
            _stock(variant, PLENTY)
    return found


def _stock(variant: int, quantity: int) -> None:
    new = {"quantity": quantity, "variant": variant}
    db.session.execute(
        text("UPDATE counter SET on_hand = :quantity, available = :quantity WHERE kind = 'stock' AND subject = :variant"),
        new,
    )


@contextmanager
def nothing_left(app: Flask, variant: int) -> Iterator[None]:
    """Somebody else has bought the last one."""
    for quantity in (0, PLENTY):
        with app.app_context(), transaction():
            _stock(variant, quantity)
        if not quantity:
            yield


def one_walk(app: Flask, within: Within, goods: tuple[str, int]) -> dict[str, Cost]:
    """Every step once: what each took."""
    costs: dict[str, Cost] = {}

    def take(buyer: Buyer, name: str) -> None:
        within.cost = Cost()
        STEPS[name](buyer)
        costs[name], within.cost = within.cost, Cost()

    buyer = Buyer(within.send, *goods)
    for name in list(STEPS)[:7]:
        take(buyer, name)
    late = Buyer(within.send, *goods)
    for step in (Buyer.add, Buyer.checkout, Buyer.recap):
        step(late)
    with nothing_left(app, goods[1]):
        take(late, "refused press")
    began = time.thread_time()
    run_wsgi_app(bare, EnvironBuilder("/").get_environ(), buffered=True)
    costs["bare page"] = Cost([], time.thread_time() - began)
    return costs


def measure(app: Flask, walks: int, shown: str | None, profiled: str | None) -> None:
    """Prints the table of the steps."""
    with app.app_context():
        goods = many_goods(walks)
    within = Within(app)
    for one in goods[:20]:
        one_walk(app, within, one)
    gc.collect()
    gc.freeze()
    taken = [one_walk(app, within, one) for one in goods]
    one_bare = statistics.median(walk["bare page"].seconds for walk in taken)
    print(f"{'step':14} {'SQL':>4} {'ms':>8} {'driver':>8} {'bare':>8}")
    for name in taken[0]:
        costs = [walk[name] for walk in taken]
        ms, driver = (1000 * statistics.median(times) for times in ([c.seconds for c in costs], [c.driver for c in costs]))
        print(
            f"{name:14} {max(len(cost.statements) for cost in costs):4d} {ms:8.2f} {driver:8.2f} {ms / one_bare / 1000:8.1f}"
        )
    if shown:
        print("\n".join(f"{number:3d} {' '.join(one.split())}" for number, one in enumerate(taken[-1][shown].statements, 1)))
    if profiled:
        profile_step(app, within, goods, profiled)


def profile_step(app: Flask, within: Within, goods: list[tuple[str, int]], name: str) -> None:
    """Where the time of one step goes."""
    profile, plain = cProfile.Profile(), STEPS[name]

    def watched(buyer: Buyer) -> None:
        within.profile = profile
        plain(buyer)
        within.profile = None

    STEPS[name] = watched
    for one in goods:
        one_walk(app, within, one)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(90)


def main() -> int:
    options = argparse.ArgumentParser(prog="bench.place")
    options.add_argument("--small", action="store_true")
    options.add_argument("--walks", type=int, default=60)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--list", choices=list(STEPS))
    options.add_argument("--profile", choices=list(STEPS))
    chosen = options.parse_args()
    BUILD.mkdir(exist_ok=True)
    with ExitStack() as stack:
        url = stack.enter_context(cluster()) if chosen.database == "postgresql" else ""
        size = "small" if chosen.small else "large"
        prepare(size, chosen.database, url)
        instance = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=BUILD))) / "instance"
        shutil.copytree(BUILD / f"bench-{size}{'-postgresql' if url else ''}", instance)
        measure(open_house(instance, url), chosen.walks, chosen.list, chosen.profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
