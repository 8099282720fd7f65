"""`make bench`: pages of the large demo against a bare Flask application, in one run, both on one processor core each.

The ratio is requests per processor second of our worker over those of the bare one; rounds of both alternate, so that a
machine whose speed drifts harms neither. `--small` measures the small demo, `--requests N` sets the length of a round.
"""

import argparse
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.pages import Page, find_pages
from bench.server import Answer, Server

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {"product page": 0.08, "product list": 0.08, "search": 0.04}
ROUNDS = 5


@dataclass
class Figures:
    """What was measured of one page."""

    answers: list[Answer]
    per_cpu_second: list[float]


def prepare(size: str) -> Path:
    """An instance with the demo of this size, made once."""
    instance = ROOT / "build" / f"bench-{size}"
    environment = {**os.environ, "TIWIZI_INSTANCE": str(instance), "TIWIZI_DEMO": "1"}
    if not (instance / "complete").exists():
        subprocess.run([sys.executable, "-m", "app", "demo", "load", "--size", size], env=environment, check=True, cwd=ROOT)
        (instance / "complete").touch()
    return instance


def one_round(server: Server, page: Page, count: int) -> tuple[list[Answer], float]:
    """Requests one after the other; returns the answers and requests per processor second."""
    before = server.cpu_seconds()
    answers = [server.get(page.paths[i % len(page.paths)], page.headers) for i in range(count)]
    used = server.cpu_seconds() - before
    wrong = [answer.status for answer in answers if answer.status != 200]
    if wrong:
        raise RuntimeError(f"{page.name}: answers {sorted(set(wrong))}")
    return answers, count / used if used else 0.0


def row(page: Page, ours: Figures, bare: Figures) -> tuple[str, float]:
    times = sorted(answer.seconds for answer in ours.answers)
    ratio = statistics.median(ours.per_cpu_second) / statistics.median(bare.per_cpu_second)
    p50, p95 = times[len(times) // 2] * 1000, times[int(len(times) * 0.95)] * 1000
    size = max(answer.size for answer in ours.answers)
    rate = len(times) / sum(times)
    line = (
        f"{page.name:14} {rate:8.0f} {p50:8.2f} {p95:8.2f} {page.statements:5d} {page.statements_more_rows:5d} "
        f"{size / 1000:8.1f} {ratio:8.3f}"
    )
    return line, ratio


def main() -> int:
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument("--small", action="store_true")
    options.add_argument("--requests", type=int, default=150)
    chosen = options.parse_args()
    instance = prepare("small" if chosen.small else "large")
    os.environ.update(TIWIZI_INSTANCE=str(instance), TIWIZI_DEMO="1", TIWIZI_RATE_LIMITS="0")
    pages = find_pages(instance)
    ours, bare = Server("app.wsgi:app", {"PYTHONPATH": str(ROOT)}), Server("bench.bare:app", {"PYTHONPATH": str(ROOT)})
    yardstick = Page("bare", ["/"], {})
    print(f"{'page':14} {'req/s':>8} {'p50 ms':>8} {'p95 ms':>8} {'SQL':>5} {'SQL+':>5} {'kB wire':>8} {'ratio':>8}")
    missed = []
    try:
        one_round(bare, yardstick, 100)
        for page in pages:
            figures, measure = Figures([], []), Figures([], [])
            one_round(ours, page, 20)
            for _ in range(ROUNDS):
                for server, shown, kept in ((ours, page, figures), (bare, yardstick, measure)):
                    answers, rate = one_round(server, shown, chosen.requests * (1 if server is ours else 10))
                    kept.answers += answers
                    kept.per_cpu_second.append(rate)
            line, ratio = row(page, figures, measure)
            print(line, flush=True)
            if ratio < FLOORS.get(page.name, 0) or page.statements > 12 or page.statements_more_rows > page.statements:
                missed.append(page.name)
        print(f"memory of our process: {ours.memory_mb():.0f} MB, of the bare one: {bare.memory_mb():.0f} MB")
    finally:
        ours.stop()
        bare.stop()
    print(f"below the floor: {', '.join(missed)}" if missed else "every floor holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
