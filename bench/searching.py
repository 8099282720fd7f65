"""Search, measured: how good its answers are on what others have judged, how fast they come, what the index costs.

`make bench` runs it after the pages; alone: `python -m bench.searching`. Products of a catalogue in English with graded
judgments (nDCG@10, both ways of counting a grade), questions in French and Arabic with the passage they were written on
(MRR@10), each typed as given and without accents and hamza. The analyser and the settings are the product's own. Then the
pages of a market of 20,000: processor time of one process, facets included, each search as it is, sorted and filtered.
"""

import csv
import gzip
import itertools
import json
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import log2
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.engines.search import Changes, SearchDocument, SearchIndex
from bench.pages import open_house

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "search"
FIRST = 10
FLOORS = {"chorus-electronics": 0.69, "piaf-fr": 0.78, "arcd-ar": 0.75}
MOST_APART = 0.01  # between what is typed with and without accents
MEDIAN_MS, P95_MS = 25.0, 60.0
SUGGESTED_MS = 20.0  # 95 of 100 suggestions, each asked for the first time by a process that has just begun
UPDATES = 20
TYPED = (
    *("argan", "huile d'olive", "miel", "safran", "tapis", "زيت أركان", "couscous", "huile", "coopérative", "bio", "dattes"),
    *("savon noir", "amlou", "زربية", "cumin", "miel de thym 500 g", "poterie", "produits de figuig", "argan oil", "laine"),
    *("eau de rose", "zarbiya", "huile argan visage", "3assel"),
)
NARROWED = (
    "",
    "&sort=cheap",
    "&region=MA-09",
    "&in_stock=1",
    "&price_min=50&price_max=200",
    "&category=food&sort=dear&page=3",
)
_HAMZA = str.maketrans("أإآىةؤئ", "اااي" + "هوي", "ء")

Questions = Sequence[tuple[str, dict[int, float]]]  # what is typed, and the grades of documents by their numbers


def main(instance: Path | None = None) -> list[str]:
    """Prints the tables; names what lies below its floor. Without data of others, or an instance, that part is left out."""
    below: list[str] = []
    if DATA.is_dir():
        print(
            f"\n{'search':20} {'given':>7} {'plain':>7} {'linear':>7} {'docs':>7} {'build s':>8} {'change ms':>9} {'MB':>6}"
        )
        below += _quality("chorus-electronics", _electronics(), _judgments(), _ndcg)
        for name, language in (("piaf-fr", "fr"), ("arcd-ar", "ar")):
            below += _quality(name, _passages(name, language), _questions(name), _reciprocal_rank)
    if instance is not None:
        below += _speed(instance) + _typing(instance)
    return below


def _quality(name: str, documents: Iterator[SearchDocument], questions: Questions, worth: Callable[..., float]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        index = SearchIndex(folder)
        everything = list(documents)
        build, _count = _timed(lambda: index.rebuild(everything))
        given, bare, linear = (
            _mean([worth(index.ids(name, read(typed), FIRST).ids, grades, gain) for typed, grades in questions])
            for read, gain in ((str, _doubling), (_plain, _doubling), (str, float))
        )
        change = min(_timed(lambda one=one: index.apply(Changes([one])))[0] for one in everything[:UPDATES])
        size = index.stats().bytes / 1e6
        index.close()
    count = len(everything)
    print(
        f"{name:20} {given:7.4f} {bare:7.4f} {linear:7.4f} {count:7} {build:8.1f} {change * 1000:9.1f} {size:6.1f}",
        flush=True,
    )
    return [f"{name} {what}" for what, low in (("given", given), ("plain", given - bare)) if _missed(name, what, low)]


def _missed(name: str, what: str, value: float) -> bool:
    return value < FLOORS[name] if what == "given" else value > MOST_APART


def _speed(instance: Path) -> list[str]:
    client = open_house(instance, "", page_cache_mb=64).test_client(use_cookies=False)
    asked = [f"/fr/market?q={quote(typed)}{more}" for typed, more in itertools.product(TYPED, NARROWED)]
    for path in asked[:: len(NARROWED)]:
        client.get(path, base_url="http://127.0.0.1")
    times = []
    for path in asked:
        seconds, answer = _timed(lambda path=path: client.get(path, base_url="http://127.0.0.1"))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
        times.append(seconds * 1000)
    times.sort()
    median, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(
        f"searches of the market, processor ms: median {median:.1f}, 95 of 100 under {p95:.1f}, the longest {times[-1]:.1f}"
    )
    return ["search speed"] if median > MEDIAN_MS or p95 > P95_MS else []


def _typing(instance: Path) -> list[str]:
    """What is suggested letter by letter, each asked for the first time: nothing is kept of the answer itself."""
    client = open_house(instance, "", page_cache_mb=64).test_client(use_cookies=False)
    client.get("/fr/market/suggest?q=xx", base_url="http://127.0.0.1")
    begun = dict.fromkeys(typed[:end] for typed in TYPED for end in range(2, len(typed) + 1))
    times = []
    for typed in begun:
        path = f"/fr/market/suggest?q={quote(typed)}"
        seconds, answer = _timed(lambda path=path: client.get(path, base_url="http://127.0.0.1"))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
        times.append(seconds * 1000)
    times.sort()
    median, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"{len(times)} suggestions, processor ms: median {median:.1f}, 95 of 100 under {p95:.1f}, longest {times[-1]:.1f}")
    return ["speed of suggestions"] if p95 > SUGGESTED_MS else []


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the processor, and what came of it."""
    began = time.process_time()
    done = act()
    return time.process_time() - began, done


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _doubling(grade: float) -> float:
    return 2.0**grade - 1


def _ndcg(found: Sequence[int], grades: dict[int, float], gain: Callable[[float], float]) -> float:
    best = sorted(map(gain, grades.values()), reverse=True)[:FIRST]
    told = [gain(grades.get(one, 0.0)) for one in found]
    return sum(value / log2(rank + 1) for rank, value in enumerate(told, 1)) / sum(
        value / log2(rank + 1) for rank, value in enumerate(best, 1)
    )


def _reciprocal_rank(found: Sequence[int], grades: dict[int, float], _gain: object) -> float:
    return next((1 / rank for rank, one in enumerate(found, 1) if one in grades), 0.0)


def _plain(typed: str) -> str:
    """As it is typed in a hurry: no accents, no vowel marks, no hamza."""
    letters = unicodedata.normalize("NFKD", typed.translate(_HAMZA))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _electronics() -> Iterator[SearchDocument]:
    for number, row in enumerate(_lines("chorus-electronics-products")):
        facts = " ".join(f"{key.replace('_', ' ')} {value}" for key, value in (row["attributes"] or {}).items())
        classes = [name for name in (row["supplier"], row["product_type"]) if name]
        title = f"{row['title']} {row['name'] or ''}"
        body = f"{row['short_description'] or ''} {facts}"
        yield SearchDocument("chorus-electronics", number, {"en": title}, {"en": body}, classes)


def _judgments() -> Questions:
    """Queries of which something is worth finding."""
    numbers = {row["id"]: number for number, row in enumerate(_lines("chorus-electronics-products"))}
    grades: dict[str, dict[int, float]] = defaultdict(dict)
    with (DATA / "chorus-electronics-judgments-dev.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            grades[row["query"]][numbers.get(row["docid"], -1)] = float(row["rating"])
    return [(typed, judged) for typed, judged in grades.items() if any(judged.values())]


def _passages(name: str, language: str) -> Iterator[SearchDocument]:
    for number, row in enumerate(_lines(f"{name}-passages")):
        yield SearchDocument(name, number, {language: row["title"]}, {language: row["text"]})


def _questions(name: str) -> Questions:
    numbers = {row["id"]: number for number, row in enumerate(_lines(f"{name}-passages"))}
    return [(row["query"], {numbers[one]: 1.0 for one in row["relevant"]}) for row in _lines(f"{name}-queries-dev")]


if __name__ == "__main__":
    missing = main(Path(sys.argv[1]) if sys.argv[1:] else None)
    print(f"below the floor: {', '.join(missing)}" if missing else "every floor of search holds")
    sys.exit(bool(missing))
