"""`python -m bench.traces [--pages N] [--orders N]`: what pages and orders leave behind, in rows and bytes.

A house of its own runs as `tiwizi run`. It serves pages to visitors without a session, then orders are placed and handed
over; after each part the rows of every table, the bytes of the database and those of the log are counted.
"""

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import requests
from sqlalchemy import func, select, text

from app.engines.db import db
from app.engines.jobs import Job
from app.engines.migrating import upgrade_database
from app.factory import create_app
from app.settings import read_settings
from bench.neighbours import a_house, soon
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import a_purchase, a_variant, orders_of, takes

PAGES = (
    "/fr/",
    "/fr/market",
    "/ar/market",
    "/fr/projects",
    "/ar/academy",
    "/fr/cooperatives",
    "/en/legal/terms",
    "/fr/basket",
)
STEPS = ("accept", "pack", "ship", "hand-over")


@dataclass
class Traces:
    """What lies there: rows by table, bytes of the database (as it would be without free pages), of the log."""

    rows: Counter[str]
    database: int
    log: int


def found(instance: Path) -> Traces:
    db.session.rollback()
    tables = db.metadata.sorted_tables
    rows = Counter({table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables})
    pages, free, size = (db.session.scalar(text(f"PRAGMA {name}")) for name in ("page_count", "freelist_count", "page_size"))
    return Traces(rows, (pages - free) * size, (instance / "log").stat().st_size)


def told(what: str, count: int, before: Traces, after: Traces) -> None:
    more = {name: number for name, number in (after.rows - before.rows).items() if number}
    print(f"{count} {what}: {after.database - before.database} bytes of database, {after.log - before.log} of log")
    for name, number in sorted(more.items(), key=lambda item: -item[1]):
        print(f"  {name}: {number} rows, {number / count:.2f} each")


def nothing_is_due() -> bool:
    db.session.rollback()
    return not db.session.scalar(select(func.count(Job.id)).where(Job.state != "done"))


def measure(instance: Path, pages: int, orders: int) -> None:
    settings = {"INSTANCE": instance, "PUBLIC_URL": "http://127.0.0.1:1"}
    with create_app(read_settings({}, **settings)).app_context():
        upgrade_database()
        person = a_person("Aïcha", "aicha@example.org")
        variant = a_variant(a_cooperative("Tifawin", chair=person).id, 12_000, 10 * orders)
        chair = actor_of(person)
        db.session.remove()
        db.engine.dispose()
    with a_house(instance) as (_app, site):
        soon(nothing_is_due, 120)
        begin = found(instance)
        for number in range(pages):
            requests.get(site + PAGES[number % len(PAGES)], timeout=60).raise_for_status()
        soon(nothing_is_due, 120)
        read = found(instance)
        told("pages", pages, begin, read)
        for _ in range(orders):
            bought = a_purchase({variant: 2}, "cash", name="Nora", mail="nora@example.org")
            for step in STEPS:
                takes(chair, orders_of(bought)[0], step)
        soon(nothing_is_due, 120)
        time.sleep(2)
        told("orders", orders, read, found(instance))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=5000)
    options.add_argument("--orders", type=int, default=300)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.pages, asked.orders)


if __name__ == "__main__":
    main()
