"""`make bench`: pages and journeys of the large demo against a bare Flask application, both on a processor core each.

The ratio is what our worker does in a second of its processor over the pages of the bare one: pages, or whole journeys. Both
are asked by four connections at once, each for one request (gunicorn's sync worker closes them); rounds alternate, so that
a machine whose speed drifts harms neither, and the median of five counts. Floors hold on SQLite; `--database postgresql`
(`make bench DATABASE=postgresql`) prints PostgreSQL beside, whose own processes are not counted. `--small` takes the small
demo, `--rows` only the rows whose name begins so, `--seconds` and `--rounds` how long.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.engines.search.analysis import Analysis
from bench.browser import HEADERS, ask
from bench.pages import MOST_STATEMENTS, Row, find_rows, open_house, statements_of
from bench.searching import main as measure_search
from bench.server import Server
from tests.postgres import cluster

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
HANDS = 4  # connections at once
MOST_MEMORY_MB, CACHE_MB = 220, 64


@dataclass
class House:
    """Our two servers on one database: one keeps pages, the other none; the application in this process; its rows."""

    kept: Server
    unkept: Server
    rows: list[Row]
    statements: dict[str, tuple[int, int]]


@dataclass
class Round:
    """What was done in one round: how often, each in seconds of the clock, and by how many seconds of the processor."""

    seconds: list[float]
    cpu: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.cpu if self.cpu else 0.0


def prepare(size: str, database: str = "SQLite", database_url: str = "") -> Path:
    """An instance with the demo of this size: for SQLite made once, for PostgreSQL each time."""
    instance = BUILD / f"bench-{size}{'-postgresql' if database_url else ''}"
    if database_url:
        shutil.rmtree(instance, ignore_errors=True)
    environment = {**os.environ, "TIWIZI_INSTANCE": str(instance), "TIWIZI_DATABASE_URL": database_url, "TIWIZI_DEMO": "1"}

    def run(*command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "app", *command], env=environment, check=True, cwd=ROOT, stdout=subprocess.DEVNULL
        )

    if not (instance / "complete").exists():
        print(f"the {size} demo is loaded into {database}", flush=True)
        run("demo", "load", "--size", size)
        (instance / "complete").touch()
    elif (instance / "search" / "rules.txt").read_text() != Analysis().fingerprint:
        print("its search index was made by older rules and is built anew", flush=True)
        run("db", "upgrade")
        run("search", "rebuild")
    return instance


@contextmanager
def house(size: str, database_url: str) -> Iterator[House]:
    """Served from a copy of the instance, since what is bought stays bought."""
    made = BUILD / f"bench-{size}{'-postgresql' if database_url else ''}"
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        instance = Path(folder) / "instance"
        shutil.copytree(made, instance)
        app = open_house(instance, database_url)
        rows = find_rows(app)
        statements = {row.name: statements_of(app, row) for row in rows if row.paths and not row.kept}
        given = {
            "PYTHONPATH": str(ROOT),
            "TIWIZI_INSTANCE": str(instance),
            "TIWIZI_DATABASE_URL": database_url,
            "TIWIZI_DEMO": "1",
            "TIWIZI_RATE_LIMITS": "0",
        }
        kept = Server("app.wsgi:app", {**given, "TIWIZI_PAGE_CACHE_MB": str(CACHE_MB)})
        unkept = Server("app.wsgi:app", {**given, "TIWIZI_PAGE_CACHE_MB": "0"})
        try:
            yield House(kept, unkept, rows, statements)
        finally:
            kept.stop()
            unkept.stop()


def one_round(server: Server, hands: list[Callable[[], object]], seconds: float) -> Round:
    """Every hand does its work again and again for so many seconds."""
    done: list[float] = []
    troubles: list[Exception] = []
    over = time.monotonic() + seconds

    def work(act: Callable[[], object]) -> None:
        try:
            while time.monotonic() < over and not troubles:
                began = time.perf_counter()
                act()
                done.append(time.perf_counter() - began)
        except Exception as trouble:  # said by the thread that waits, or nobody would hear of it
            troubles.append(trouble)

    before = server.cpu_seconds()
    threads = [threading.Thread(target=work, args=(act,)) for act in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]
    return Round(done, server.cpu_seconds() - before)


@contextmanager
def once_a_second(act: Callable[[int], object] | None, port: int) -> Iterator[None]:
    """Meanwhile this happens, from another process."""
    over = threading.Event()

    def again() -> None:
        while act is not None and not over.is_set():
            act(port)
            over.wait(1)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def measure(row: Row, place: House, bare: Server, rounds: int, seconds: float) -> tuple[list[Round], list[Round]]:
    """Rounds of ours and of the bare page, in turn. Where either came to nothing on a busy machine, both are taken again."""
    server = place.kept if row.kept else place.unkept
    hands = [row.act(server.port) for _ in range(HANDS)]
    for act in hands:  # a page is kept at its second asking
        for _ in range(2 * max(1, len(row.paths))):
            act()
    plain = [_asking_bare(bare.port) for _ in range(HANDS)]
    ours: list[Round] = []
    yardstick: list[Round] = []
    while len(ours) < rounds:
        with once_a_second(row.beside, place.unkept.port):
            one = one_round(server, hands, seconds)
        other = one_round(bare, plain, seconds / 2)
        if one.rate and other.rate:
            ours.append(one)
            yardstick.append(other)
    return ours, yardstick


def _asking_bare(port: int) -> Callable[[], object]:
    return lambda: ask(port, "GET", "/", HEADERS)


def ratio(ours: list[Round], yardstick: list[Round]) -> float:
    """The median of the rounds, each against the bare page's beside it."""
    return statistics.median(one.rate / other.rate for one, other in zip(ours, yardstick, strict=True))


def line(row: Row, ours: list[Round], found: float, statements: tuple[int, int] | None) -> str:
    times = sorted(second for one in ours for second in one.seconds)
    p50, p95 = times[len(times) // 2] * 1000, times[int(len(times) * 0.95)] * 1000
    cpu = 1000 / statistics.median(one.rate for one in ours)
    told = "{:4d} {:4d}".format(*statements) if statements else "   -    -"
    floor = f"{row.floor:8.4f}" if row.floor else "       -"
    return f"{row.name:28} {cpu:9.3f} {p50:9.2f} {p95:9.2f} {told} {found:8.4f} {floor}"


def missed(row: Row, found: float, statements: tuple[int, int] | None) -> bool:
    short, most = statements or (0, 0)
    return found < row.floor or short > MOST_STATEMENTS or most > short


def measure_all(chosen: argparse.Namespace, database: str, database_url: str, bare: Server) -> list[str]:
    """The table of one database; names of what lies below its floor."""
    size = "small" if chosen.small else "large"
    prepare(size, database, database_url)
    below: list[str] = []
    with house(size, database_url) as place:
        print(f"\n{database}, load of the machine before: {os.getloadavg()[0]:.2f}")
        print(f"{'row':28} {'cpu ms':>9} {'p50 ms':>9} {'p95 ms':>9} {'SQL':>4} {'SQL+':>4} {'ratio':>8} {'floor':>8}")
        for row in place.rows:
            if not row.name.startswith(tuple(chosen.rows or [""])):
                continue
            ours, yardstick = measure(row, place, bare, chosen.rounds, chosen.seconds)
            found, counted = ratio(ours, yardstick), place.statements.get(row.name)
            print(line(row, ours, found, counted), flush=True)
            below += [row.name] if missed(row, found, counted) else []
        without, with_pages = place.unkept.memory_mb(), place.kept.memory_mb()
        print(f"load of the machine after: {os.getloadavg()[0]:.2f}")
        print(f"memory of a process: {without:.0f} MB; of the one that keeps pages: {with_pages:.0f} MB")
        below += ["memory"] if without > MOST_MEMORY_MB or with_pages > MOST_MEMORY_MB + CACHE_MB else []
    return below


def main() -> int:
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument("--small", action="store_true")
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--rows", action="append")
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    BUILD.mkdir(exist_ok=True)
    with ExitStack() as stack:
        bare = Server("bench.bare:app", {"PYTHONPATH": str(ROOT)})
        stack.callback(bare.stop)
        below = measure_all(chosen, "SQLite", "", bare)
        if not chosen.rows:
            below += measure_search(prepare("small" if chosen.small else "large"))
        if chosen.database == "postgresql":
            beside = measure_all(chosen, "PostgreSQL", stack.enter_context(cluster()), bare)
            print(f"on PostgreSQL these would lie below the floors of SQLite: {', '.join(beside) or 'none'}")
    print(f"below the floor: {', '.join(below)}" if below else "every floor holds")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
