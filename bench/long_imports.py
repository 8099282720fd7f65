"""`python -m bench.long_imports [SECONDS]`: eight cooperatives send 5,000 rows each at once while others look and buy.

Watched for so long, then each is called off; with 0 until all have ended. Printed: pages and writes of others, how long the
write lock was held at a stretch, memory of the process tree, how many rows were written, and whether each work says exactly
what stands. Limits: no write refused, 200 ms, 150 MB, and a p95 of a second.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.__main__ import prepare
from bench.holds import tell_holds
from bench.hostile_uploads import AT_ONCE, MOST_MORE_MB, MOST_SECONDS, Seen, Visitor, buy, figures, pss_mb, visit, watch
from tests.ports import free_port

MOST_LOCKED = 0.2
IMPORT = "/fr/sell/{}/products/import"
ROWS = 5_000


def eight_shops(database: Path) -> list[str]:
    """The demo's seller sells for eight cooperatives; likes of the first are made, since the small demo has fewer."""
    with sqlite3.connect(database) as connection:
        seller, since = connection.execute(
            "SELECT person_id, since FROM membership JOIN person ON person.id = person_id"
            " WHERE role = 'seller' AND is_demo ORDER BY membership.id LIMIT 1"
        ).fetchone()
        columns = [name for _place, name, *_more in connection.execute("PRAGMA table_info(organisation)") if name != "id"]
        for number in range(AT_ONCE):
            like = ", ".join(f"slug || '-{number}'" if name == "slug" else name for name in columns)
            connection.execute(
                f"INSERT INTO organisation ({', '.join(columns)}) SELECT {like} FROM organisation"
                " WHERE kind = 'cooperative' AND state = 'verified' ORDER BY id LIMIT 1"
            )
        shops = connection.execute(
            "SELECT id, slug FROM organisation WHERE kind = 'cooperative' AND state = 'verified' ORDER BY id LIMIT ?",
            (AT_ONCE,),
        ).fetchall()
        connection.executemany(
            "INSERT OR IGNORE INTO membership (organisation_id, person_id, role, since) VALUES (?, ?, 'seller', ?)",
            [(shop_id, seller, since) for shop_id, _slug in shops],
        )
    return [slug for _shop_id, slug in shops]


def watch_lock(database: Path, stretches: list[float], over: threading.Event) -> None:
    """How long, at a stretch, nobody else could have begun to write."""
    connection, locked_since = sqlite3.connect(database, timeout=0, isolation_level=None), None
    while not over.is_set():
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            if locked_since is not None:
                stretches.append(time.perf_counter() - locked_since)
            locked_since = None
        except sqlite3.OperationalError:
            locked_since = locked_since or time.perf_counter()
        time.sleep(0.003)
    connection.close()


def written(database: Path) -> dict[int, tuple[int, int]]:
    """{work: rows its page tells, products that stand}, the products by the addresses the file gave them."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT long_work.id, done, (SELECT count(*) FROM product"
            " WHERE product.organisation_id = long_work.organisation_id AND external_key LIKE 'handle:pot-%') FROM long_work"
        )
        return {work: (done, there) for work, done, there in rows}


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    instance = Path(tempfile.mkdtemp()) / "instance"
    shutil.copytree(prepare("small"), instance)
    database, port = instance / "tiwizi.db", free_port()
    shops = eight_shops(database)
    base = f"http://127.0.0.1:{port}"
    settings = {"TIWIZI_INSTANCE": str(instance), "TIWIZI_DEMO": "1", "TIWIZI_RATE_LIMITS": "0", "TIWIZI_PUBLIC_URL": base}
    with (instance / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.holds", str(instance / "holds"), "run", "--port", str(port)],
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        sellers = [Visitor(base) for _ in shops]
        for _ in range(300):
            try:
                sellers[0].ask("/healthz")
                break
            except OSError:
                time.sleep(0.1)
        for seller in sellers:
            seller.send("/fr/demo/sign-in", "/fr/sign-in", person="seller")
        before, seen, over, stretches = pss_mb(server.pid), Seen(), threading.Event(), list[float]()
        others = [threading.Thread(target=one, args=(base, seen, over)) for one in (visit, visit, buy)]
        others.append(threading.Thread(target=watch_lock, args=(database, stretches, over)))
        others.append(threading.Thread(target=watch, args=(server.pid, seen, over)))
        senders = [threading.Thread(target=send, args=one) for one in zip(sellers, shops, strict=True)]
        for thread in (*others, *senders):
            thread.start()
        for thread in senders:
            thread.join()
        began = time.monotonic()
        while under_way(database) if seconds == 0 else time.monotonic() - began < seconds:
            time.sleep(1)
        took = time.monotonic() - began
        for work in written(database):
            page = f"/fr/account/work/{work}"
            sellers[0].send(f"{page}/cancel", page)
        over.set()
        for thread in others:
            thread.join()
        time.sleep(2)
        found, after, holds = written(database), pss_mb(server.pid), (instance / "holds").read_text().splitlines()
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(instance.parent)
    each = ", ".join(f"{one:.0f}" for one in seen.peak_of_each)
    print(f"memory {before:.0f} MB before, {seen.peak:.0f} at its peak ({each}), {after:.0f} afterwards")
    tell_holds(holds)
    light = seen.peak - before <= MOST_MORE_MB
    return 0 if tell(seen, stretches, found, took) and light else 1


def under_way(database: Path) -> bool:
    with sqlite3.connect(database) as rows:
        return rows.execute("SELECT count(*) FROM long_work WHERE open_key IS NOT NULL").fetchone() != (0,)


def send(seller: Visitor, shop: str) -> None:
    lines = (f"pot-{shop[:8]}-{number},Pot {number},12,4\n" for number in range(ROWS))
    content = ("handle,nom,prix,stock\n" + "".join(lines)).encode()
    while seller.upload(IMPORT.format(shop), "file", content, format="auto", step="write") == 503:
        time.sleep(1)  # four are read at once, and the others told to try again


def tell(seen: Seen, stretches: list[float], found: dict[int, tuple[int, int]], seconds: float) -> bool:
    """Whether the limits held."""
    (median, most), slow = figures(seen.pages), figures(seen.writes)[1]
    rows, exact = sum(done for done, _there in found.values()), all(done == there for done, there in found.values())
    locked = max(stretches, default=0.0)
    print(f"{len(found)} works, {rows} rows in {seconds:.0f} s; the pages say exactly what stands: {exact}")
    print(f"pages of others {median * 1000:.0f} / {most * 1000:.0f} ms (p50 / p95), writes {slow * 1000:.0f} ms (p95)")
    print(f"{seen.refused} of {len(seen.writes)} writes refused")
    print(f"write lock held {locked * 1000:.0f} ms at most, {figures(stretches)[1] * 1000:.0f} ms (p95)")
    held = exact and rows > 0 and most <= MOST_SECONDS and seen.refused == 0 and locked <= MOST_LOCKED
    print("every limit holds" if held else "a limit was broken")
    return held


if __name__ == "__main__":
    sys.exit(main())
