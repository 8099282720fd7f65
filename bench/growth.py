"""`python -m bench.growth`: what grows with orders and goods: the large demo beside a market of a million orders.

Both are served by a process each, which keeps no pages. Every row is asked of the one and of the other in turn, one request
at a time: `cpu` is the processor time of the serving process for it, `wall` the clock's, both as the 95th of a hundred,
`ratio` the large market's over the demo's; `page` is how much longer its pages are, since an office with more orders fills
its lists. Then, of the large market alone, the time and the most memory of `tiwizi check` and `tiwizi backup`, and how much
memory the server takes for the sitemap. Limits: a ratio of 1.2, for pages of one length; 120 s and 400 MB; 300 MB.

The large market is made in `--folder` (some 3 GB, ten minutes) and kept there for the next time; `--rows` asks only the rows
whose names begin so, `--skip` leaves out what is measured of the large market alone. `--database postgresql` does both on a
cluster of its own, where `cpu` leaves out what the database does.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import text

from app.engines.db import db
from bench.__main__ import BUILD, prepare
from bench.browser import Browser, form_of
from bench.growing import grow
from bench.journeys import BUYER, signed_in
from bench.pages import open_house
from bench.server import Server
from tests.postgres import cluster

ROOT = Path(__file__).resolve().parent.parent
ORDERS, PRODUCTS = 1_000_000, 100_000
MOST_RATIO, MOST_CHECK_SECONDS, MOST_CHECK_MB, MOST_BACKUP_MB = 1.2, 120, 400, 300
TURNS = 60
# Name, who asks (a person of the demo, or nobody), and the addresses that are asked in turn.
ROWS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("home", "", ["/fr/"]),
    ("list", "", ["/fr/market", "/fr/market?page=2"]),
    ("list, deep", "", ["/fr/market?page=700"]),
    ("list, category", "", ["/fr/market?category=honey"]),
    ("list, region", "", ["/fr/market?region=MA-09"]),
    ("list, price", "", ["/fr/market?price_min=50&price_max=90", "/fr/market?sort=cheap", "/fr/market?sort=dear"]),
    ("list, in stock", "", ["/fr/market?in_stock=1"]),
    ("list, all filters", "", ["/fr/market?in_stock=1&region=MA-09&price_max=90&sort=cheap"]),
    ("search", "", [f"/fr/market?q={quote(word)}" for word in ("argan", "huile d'olive", "miel", "زيت أركان")]),
    ("search, in stock", "", ["/fr/market?q=argan&in_stock=1"]),
    ("cooperatives", "", ["/fr/cooperatives"]),
    ("product", "", ["/fr/market/products/{product}"]),
    ("cooperative", "", ["/fr/cooperatives/{office}"]),
    ("buyer's orders", "buyer", ["/fr/orders"]),
    ("buyer's account", "buyer", ["/fr/account/"]),
    ("buyer's order", "buyer", ["/fr/orders/{bought}"]),
    ("seller's home", "seller", ["/fr/sell/{office}/"]),
    ("seller's orders", "seller", ["/fr/sell/{office}/orders", "/fr/sell/{office}/orders?state=on-the-way"]),
    (
        "seller's old orders",
        "seller",
        ["/fr/sell/{office}/orders?state=delivered", "/fr/sell/{office}/orders?state=stopped"],
    ),
    ("seller's search", "seller", ["/fr/sell/{office}/orders?q={sold}"]),
    ("seller's order", "seller", ["/fr/sell/{office}/orders/{sold}"]),
    ("seller's goods", "seller", ["/fr/sell/{office}/products", "/fr/sell/{office}/products?q=huile"]),
    ("seller's stock", "seller", ["/fr/sell/{office}/stock"]),
    ("desk", "operator", ["/fr/desk/"]),
    ("desk's orders", "operator", ["/fr/desk/orders", "/fr/desk/orders?page=2"]),
    ("desk's orders, deep", "operator", ["/fr/desk/orders?page=500"]),
    ("desk's search", "operator", ["/fr/desk/orders?q={number}"]),
    ("desk's people", "operator", ["/fr/desk/people"]),
    ("desk's organisations", "operator", ["/fr/desk/organisations"]),
    ("desk's letters", "operator", ["/fr/desk/letters"]),
)


@dataclass
class Market:
    """A served instance, what its addresses name, and goods of which there is plenty."""

    server: Server
    names: dict[str, str]
    goods: list[tuple[str, int]]

    def cpu(self) -> float:
        """Seconds the worker has worked so far, to the microsecond."""
        tasks = Path(f"/proc/{self.server.worker()}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


@dataclass(frozen=True)
class Took:
    """One request: seconds of the clock, and of the serving process; letters of the page."""

    wall: float
    cpu: float
    letters: int


def timed(market: Market, act: Callable[[], object]) -> Took:
    cpu, began = market.cpu(), time.perf_counter()
    page = act()
    wall = time.perf_counter() - began
    time.sleep(0.002)  # the worker ends its turn
    return Took(wall, market.cpu() - cpu, len(page))


def instances(folder: Path, database_url: str) -> Iterator[tuple[Path, str]]:
    """The large demo and the market that has grown from it, made where it is not there; each with its database."""
    name = "postgresql" if database_url else "sqlite"
    demo, grown = BUILD / f"bench-large{'-postgresql' if database_url else ''}", folder / f"market-{name}"
    small = folder / f"demo-{name}"
    prepare("large", name, database_url)
    shutil.rmtree(small, ignore_errors=True)
    shutil.copytree(demo, small)
    yield small, database_url
    large_url = f"{database_url}_grown" if database_url else ""
    if database_url or not (grown / "grown").exists():
        shutil.rmtree(grown, ignore_errors=True)
        shutil.copytree(demo, grown)
        if database_url:
            copy_database(database_url)
        began = time.monotonic()
        with open_house(grown, large_url).app_context():
            grow(ORDERS, PRODUCTS)
            db.session.remove()
            db.engine.dispose()
        (grown / "grown").touch()
        print(f"{ORDERS} orders and {PRODUCTS} products were made in {time.monotonic() - began:.0f} s", flush=True)
    yield grown, large_url


def copy_database(url: str) -> None:
    """`tiwizi_grown` beside `tiwizi`."""
    server = db.create_engine(f"{url.rsplit('/', 1)[0]}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE tiwizi_grown TEMPLATE tiwizi"))
    server.dispose()


def environment(instance: Path, database_url: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "TIWIZI_INSTANCE": str(instance),
        "TIWIZI_DATABASE_URL": database_url,
        "TIWIZI_DEMO": "1",
        "TIWIZI_RATE_LIMITS": "0",
        "TIWIZI_PAGE_CACHE_MB": "0",
    }


NAMES = {
    "product": "SELECT slug FROM product WHERE listed ORDER BY id LIMIT 1",
    "office": "SELECT o.slug FROM organisation o JOIN membership m ON m.organisation_id = o.id JOIN contact c"
    " ON c.person_id = m.person_id WHERE m.role = 'seller' AND c.value LIKE 'seller@%' LIMIT 1",
    "number": "SELECT number FROM purchase ORDER BY id LIMIT 1 OFFSET 500",
    "bought": "SELECT p.number FROM purchase p JOIN contact c ON c.person_id = p.buyer_id WHERE c.value LIKE 'buyer@%'"
    " ORDER BY p.id LIMIT 1",
    "sold": "SELECT number FROM seller_order WHERE placed_at IS NOT NULL AND organisation_id ="
    " (SELECT id FROM organisation WHERE slug = '{office}') ORDER BY id LIMIT 1",
}
PLENTY = (
    "SELECT p.slug, min(v.id) FROM variant v JOIN product p ON p.id = v.product_id JOIN counter c ON c.kind = 'stock' AND"
    " c.subject = v.id WHERE p.listed AND v.active AND p.currency = 'MAD' AND c.available >= 50 AND p.id < 30000"
    " GROUP BY p.slug ORDER BY p.slug LIMIT 60"
)


def open_market(instance: Path, database_url: str) -> Market:
    names: dict[str, str] = {}
    with open_house(instance, database_url).app_context():
        for name, statement in NAMES.items():
            names[name] = str(db.session.execute(text(statement.format(**names))).scalar_one())
        goods = [(str(slug), int(variant)) for slug, variant in db.session.execute(text(PLENTY))]
        db.session.remove()
        db.engine.dispose()
    return Market(Server("app.wsgi:app", environment(instance, database_url)), names, goods)


def asking(market: Market, person: str, paths: Sequence[str]) -> Callable[[int], Callable[[], object]]:
    browser = signed_in(market.server.port, person) if person else Browser(market.server.port)
    addresses = [path.format(**market.names) for path in paths]
    return lambda turn: lambda: browser.get(addresses[turn % len(addresses)])


def adding(market: Market) -> Callable[[int], Callable[[], object]]:
    """Something is put into a basket."""

    def at(turn: int) -> Callable[[], object]:
        _slug, variant = market.goods[turn % len(market.goods)]
        guest = Browser(market.server.port)
        return lambda: guest.send("/fr/basket/lines", {"variant": str(variant), "quantity": "1"})

    return at


def placing(market: Market) -> Callable[[int], Callable[[], object]]:
    """The last press of a checkout."""

    def at(turn: int) -> Callable[[], object]:
        _slug, variant = market.goods[turn % len(market.goods)]
        guest = Browser(market.server.port)
        guest.send("/fr/basket/lines", {"variant": str(variant), "quantity": "1"})
        form = form_of(guest.get("/fr/checkout"), "/checkout")
        typed = {**form, **BUYER, "phone": f"06{turn:08}", "mail": f"nora{turn}@example.org"}
        recap = form_of(guest.send("/fr/checkout", {**typed, "region": form["region_shown"], "step": "recap"}), "/checkout")
        return lambda: guest.send("/fr/checkout", {**recap, "step": "place"})

    return at


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def compare(name: str, acts: Sequence[Callable[[int], Callable[[], object]]], markets: Sequence[Market]) -> bool:
    """Ask both in turn, and print the row. Whether it keeps the limit."""
    took: list[list[Took]] = [[], []]
    for turn in range(-4, TURNS):
        for place in (0, 1):
            one = timed(markets[place], acts[place](turn % TURNS))
            if turn >= 0:
                took[place].append(one)
    cpu = [p95([one.cpu * 1000 for one in of]) for of in took]
    wall = [p95([one.wall * 1000 for one in of]) for of in took]
    longer = max(one.letters for one in took[1]) / max(one.letters for one in took[0])
    ratio = cpu[1] / cpu[0]
    figures = (
        f"{cpu[0]:8.1f} {cpu[1]:8.1f} {ratio:6.2f} {longer:6.2f} {wall[0]:9.1f} {wall[1]:9.1f} {wall[1] / wall[0]:6.2f}"
    )
    print(f"{name:22} {figures}", flush=True)
    return ratio <= MOST_RATIO * max(1, longer)


def compare_all(markets: Sequence[Market], chosen: Sequence[str]) -> list[str]:
    """The table; the names of the rows that grow."""
    print(f"{'row':22} {'cpu ms':>8} {'grown':>8} {'ratio':>6} {'page':>6} {'wall ms':>9} {'grown':>9} {'ratio':>6}")
    acts = {name: [asking(market, person, paths) for market in markets] for name, person, paths in ROWS}
    acts |= {"basket add": [adding(market) for market in markets], "place": [placing(market) for market in markets]}
    return [name for name, both in acts.items() if name.startswith(tuple(chosen)) and not compare(name, both, markets)]


def command(words: Sequence[str], instance: Path, database_url: str) -> tuple[float, float, float]:
    """A command of the house: seconds of the clock and of the processor, and its most memory in MB."""
    began = time.monotonic()
    given = {**os.environ, **environment(instance, database_url)}
    process = subprocess.Popen([sys.executable, "-m", "app", *words], env=given, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(f"{' '.join(words)} ends with {process.returncode}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def sitemap_memory(market: Market) -> tuple[float, float]:
    """Seconds for all files of the sitemap, and by how many MB the server's most memory grows."""
    browser, before, began = Browser(market.server.port), peak_mb(market), time.monotonic()
    for part in browser.get("/sitemap.xml").split("<loc>")[1:]:
        browser.get("/" + part.split("</loc>")[0].split("/", 3)[3])
    return time.monotonic() - began, peak_mb(market) - before


def peak_mb(market: Market) -> float:
    status = Path(f"/proc/{market.server.worker()}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_alone(market: Market, instance: Path, database_url: str) -> list[str]:
    """Check, backup and the sitemap of the large market; the names of what is beyond its limit."""
    seconds, more = sitemap_memory(market)
    print(f"sitemap: {seconds:.1f} s, {more:.0f} MB more")
    beyond = []
    seconds, cpu, most = command(["check"], instance, database_url)
    print(f"check: {seconds:.0f} s, {cpu:.0f} s of the processor, {most:.0f} MB")
    beyond += ["check"] if seconds > MOST_CHECK_SECONDS or most > MOST_CHECK_MB else []
    archive = instance / "backup.zip"
    seconds, cpu, most = command(["backup", str(archive)], instance, database_url)
    print(f"backup: {seconds:.0f} s, {cpu:.0f} s of the processor, {most:.0f} MB")
    archive.unlink(missing_ok=True)
    return beyond + (["backup"] if most > MOST_BACKUP_MB else [])


def main() -> int:
    options = argparse.ArgumentParser(prog="bench.growth")
    options.add_argument("--folder", type=Path, default=BUILD)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--rows", action="append")
    options.add_argument("--skip", action="store_true")
    chosen = options.parse_args()
    chosen.folder.mkdir(exist_ok=True, parents=True)
    BUILD.mkdir(exist_ok=True)
    with ExitStack() as stack:
        url = stack.enter_context(cluster()) if chosen.database == "postgresql" else ""
        places = list(instances(chosen.folder, url))
        markets = []
        for place in places:
            markets.append(open_market(*place))
            stack.callback(markets[-1].server.stop)
        print(f"{chosen.database}, load of the machine: {os.getloadavg()[0]:.1f}")
        beyond = compare_all(markets, chosen.rows or [""])
        beyond += [] if chosen.skip else measure_alone(markets[1], *places[1])
    print(f"beyond the limit: {', '.join(beyond)}" if beyond else "every limit holds")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
