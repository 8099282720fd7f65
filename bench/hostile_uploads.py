"""`python -m bench.hostile_uploads`: eight hostile uploads of each kind at once against `tiwizi run`, while others buy.

Printed for each kind: memory of the process tree (PSS) before, at its peak and afterwards, what the uploads were answered,
how long the pages of others took, and how many of their writes were refused. Limits: 150 MB, a second, none.
"""

import http.cookiejar
import io
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from bench.__main__ import prepare
from tests.catalog.test_workbooks import HOSTILE
from tests.ports import free_port

AT_ONCE = 8
MOST_MORE_MB, MOST_SECONDS = 150, 1.0
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
BOUNDARY = "----hostile"
SPREADSHEETS = (
    "a million rows",
    "a text of 20,000 letters in 5,000 cells",
    "a merge of everything",
    "texts that unfold to 60 MB",
)


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer."""

    def redirect_request(self, *_: object) -> None:
        return None


class Visitor:
    """A browser with its cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, Stay)

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/x-www-form-urlencoded") -> tuple[int, str]:
        heads = {"Content-Type": kind, "Origin": self.base} if body is not None else {}
        request = urllib.request.Request(self.base + path, body, heads)
        try:
            with self.opener.open(request, timeout=300) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(errors="replace")

    def where(self, path: str) -> str:
        """Where a page leads on to."""
        try:
            self.opener.open(self.base + path, timeout=60)
        except urllib.error.HTTPError as leads:
            return leads.headers["Location"] or ""
        return ""

    def token(self, page: str) -> str:
        """Of a form of who is signed in; a visitor's has none."""
        found = TOKEN.search(self.ask(page)[1])
        return found[1] if found else ""

    def send(self, path: str, page: str, **fields: str) -> int:
        return self.ask(path, urllib.parse.urlencode({**fields, "csrf_token": self.token(page)}).encode())[0]

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> int:
        fields["csrf_token"] = self.token(path)
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        head = "".join(parts) + (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.ask(path, body, f"multipart/form-data; boundary={BOUNDARY}")[0]


def tree(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [int(one) for one in task.read_text().split()]
    return [pid, *(one for child in children for one in tree(child))]


def pss_of_each(pid: int) -> list[float]:
    """Proportional memory of a process and of everything it has started, in MB."""
    each = list[float]()
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has just ended
            continue
        each += [int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")]
    return each


def pss_mb(pid: int) -> float:
    """Of all together."""
    return sum(pss_of_each(pid))


@dataclass
class Seen:
    """What others lived through meanwhile."""

    pages: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    refused: int = 0
    peak: float = 0.0
    peak_of_each: list[float] = field(default_factory=list)


def visit(base: str, seen: Seen, over: threading.Event) -> None:
    guest = Visitor(base)
    while not over.is_set():
        for path in ("/healthz", "/fr/", "/fr/market", "/fr/cooperatives"):
            began = time.perf_counter()
            status, _text = guest.ask(path)
            seen.pages.append(time.perf_counter() - began)
            seen.refused += status >= 500
            time.sleep(0.02)


def buy(base: str, seen: Seen, over: threading.Event) -> None:
    guest = Visitor(base)
    product = re.findall(r'href="(/fr/market/products/[^"#?]+)"', guest.ask("/fr/market")[1])[0]
    variant = re.findall(r'name="variant"[^>]*value="(\d+)"', guest.ask(product)[1])[0]
    token = guest.token(product)
    while not over.is_set():
        body = urllib.parse.urlencode({"variant": variant, "quantity": "1", "csrf_token": token}).encode()
        began = time.perf_counter()
        status, _text = guest.ask("/fr/basket/lines", body)
        seen.writes.append(time.perf_counter() - began)
        seen.refused += status >= 500
        time.sleep(0.1)


def watch(pid: int, seen: Seen, over: threading.Event) -> None:
    while not over.is_set():
        each = pss_of_each(pid)
        if sum(each) > seen.peak:
            seen.peak, seen.peak_of_each = sum(each), each
        time.sleep(0.05)


def figures(times: list[float]) -> tuple[float, float]:
    times = sorted(times) or [0.0]
    return statistics.median(times), times[int(len(times) * 0.95)]


def attack(name: str, base: str, pid: int, sellers: list[Visitor], act: Callable[[Visitor], int]) -> bool:
    """One kind, by all sellers at once; whether the limits held."""
    before, seen, over = pss_mb(pid), Seen(), threading.Event()
    others = [threading.Thread(target=one, args=(base, seen, over)) for one in (visit, visit, buy)]
    others.append(threading.Thread(target=watch, args=(pid, seen, over)))
    answers: list[int] = []
    attackers = [threading.Thread(target=lambda one=one: answers.append(act(one))) for one in sellers]
    for thread in (*others, *attackers):
        thread.start()
    began = time.monotonic()
    for thread in attackers:
        thread.join()
    took = time.monotonic() - began
    time.sleep(1)
    over.set()
    for thread in others:
        thread.join()
    median, most = figures(seen.pages)
    slow = figures(seen.writes)[1]
    told = ", ".join(f"{count} × {status}" for status, count in sorted(Counter(answers).items()))
    print(
        f"{name:34} {before:6.0f} {seen.peak:6.0f} {pss_mb(pid):6.0f} MB {took:6.1f} s  {median * 1000:5.0f} "
        f"{most * 1000:6.0f} {slow * 1000:6.0f} ms {seen.refused:3d} refused  {told}",
        flush=True,
    )
    return seen.peak - before <= MOST_MORE_MB and most <= MOST_SECONDS and seen.refused == 0


def picture(width: int, height: int, kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(out, kind)
    return out.getvalue()


def kinds(shop: str) -> dict[str, Callable[[Visitor], int]]:
    """Each kind of upload, with its content made once."""
    pictures, goods = f"/fr/sell/{shop}/picture", f"/fr/sell/{shop}/products/import"
    png, jpeg = picture(6_300, 6_300, "PNG"), picture(8_000, 7_500, "JPEG")
    largest, webp = picture(4_000, 4_000, "PNG"), picture(4_000, 4_000, "WEBP")
    columns = ",".join(f"c{number}" for number in range(200_000)).encode()
    rows = b"nom,prix\n" + b"a,1\n" * 1_000_000
    tags = b"nom,prix,description\n" + (b"a,1," + b"<a " * 30_000 + b"\n") * 200
    shelf = b"handle,nom,prix,stock\n" + b"".join(b"pot-%d,Pot %d,12,4\n" % (one, one) for one in range(5_000))

    def table(content: bytes, step: str = "look") -> Callable[[Visitor], int]:
        return lambda seller: seller.upload(goods, "file", content, format="auto", step=step)

    books = {name: HOSTILE[name][0]() for name in SPREADSHEETS}
    return {
        "8 PNGs of 6300 × 6300": lambda seller: seller.upload(pictures, "picture", png),
        "8 JPEGs of 60 megapixels": lambda seller: seller.upload(pictures, "picture", jpeg),
        "8 PNGs of 16 megapixels": lambda seller: seller.upload(pictures, "picture", largest),
        "8 WebPs of 16 megapixels": lambda seller: seller.upload(pictures, "picture", webp),
        "8 tables of 200,000 columns": table(columns),
        "8 tables of 1,000,000 short rows": table(rows),
        "8 tables of unfinished tags": table(tags),
        "8 looks at 5,000 rows": table(shelf),
        "8 times 5,000 rows written": table(shelf, "write"),
        **{f"8 spreadsheets: {name}": table(content) for name, content in books.items()},
    }


def main() -> int:
    instance = Path(tempfile.mkdtemp()) / "instance"
    shutil.copytree(prepare("small"), instance)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = {"TIWIZI_INSTANCE": str(instance), "TIWIZI_DEMO": "1", "TIWIZI_RATE_LIMITS": "0", "TIWIZI_PUBLIC_URL": base}
    wanted = sys.argv[1:]
    with (instance / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--port", str(port)], env={**os.environ, **settings}, stdout=log, stderr=log
        )
    try:
        guest = Visitor(base)
        for _ in range(300):
            try:
                guest.ask("/healthz")
                break
            except OSError:
                time.sleep(0.1)
        sellers = [Visitor(base) for _ in range(AT_ONCE)]
        for seller in sellers:
            seller.send("/fr/demo/sign-in", "/fr/sign-in", person="seller")
        shop = re.findall(r"/fr/sell/([a-z0-9-]+)/products", sellers[0].where("/fr/sell/products"))[0]
        print(f"{'':34} before   peak  after      took    p50    p95  write   of others")
        held = [
            attack(name, base, server.pid, sellers, act)
            for name, act in kinds(shop).items()
            if not wanted or any(word in name for word in wanted)
        ]
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(instance.parent)
    print("every limit holds" if all(held) else "a limit was broken")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
