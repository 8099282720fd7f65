"""The pages that are measured, found in the data, with their number of SQL statements."""

import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from sqlalchemy import event, text

from app.engines import sessions
from app.engines.db import db
from app.engines.logs import set_up_logs
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.clock import now
from app.settings import read_settings

BROWSER = {"Accept-Encoding": "gzip", "Accept-Language": "fr", "User-Agent": "bench"}
WORDS = ("argan", "huile d'olive", "miel", "safran", "tapis", "زيت أركان", "couscous")


@dataclass
class Page:
    """A kind of page: some of its addresses; statements on a short list and on a long one."""

    name: str
    paths: list[str]
    headers: dict[str, str]
    statements: int = 0
    statements_more_rows: int = 0
    short: str = field(default="")


def _column(statement: str, limit: int = 40) -> list[str]:
    return [str(value) for value in db.session.execute(text(f"{statement} LIMIT {limit}")).scalars()]


def _basket_cookie(app: Flask) -> dict[str, str]:
    """A guest whose basket holds goods of two cooperatives."""
    guest, token = secrets.token_urlsafe(16), sessions.new_token()
    client = app.test_client()
    with transaction():
        sessions.start_session(token, {"guest": guest}, None, "bench", now())
    client.set_cookie("tiwizi", token, domain="127.0.0.1")
    client.environ_base["HTTP_HOST"] = "127.0.0.1"
    sellers = db.session.execute(
        text(
            "SELECT p.organisation_id, min(v.id) FROM variant v JOIN product p ON p.id = v.product_id "
            "JOIN counter c ON c.kind = 'stock' AND c.subject = v.id "
            "WHERE p.state = 'published' AND c.available > 20 GROUP BY p.organisation_id LIMIT 2"
        )
    ).all()
    for _organisation, variant in sellers:
        sent = {"variant": str(variant), "quantity": "1"}
        client.post("/fr/basket/lines", base_url="http://127.0.0.1", data=sent, headers={"Origin": "http://127.0.0.1"})
    return {**BROWSER, "Cookie": f"tiwizi={token}"}


def find_pages(instance: Path) -> list[Page]:
    """Addresses from the data of the instance, and the statements of each, counted in this process."""
    app = create_app(read_settings({}, INSTANCE=instance, DEMO=True, RATE_LIMITS=False))
    set_up_logs(logging.WARNING)
    with app.app_context():
        products = _column("SELECT slug FROM product WHERE state = 'published' ORDER BY id DESC")
        projects = _column("SELECT slug FROM sheet WHERE state = 'published'", 1)
        maker = _column("SELECT slug FROM organisation WHERE kind = 'cooperative' AND state = 'verified' ORDER BY id", 1)
        courses = _column("SELECT slug FROM course WHERE state = 'published'")
        pages = [
            Page("home", ["/fr/"], BROWSER),
            Page(
                "product list",
                [f"/fr/market?page={number}" for number in (1, 2, 3, 5, 8)],
                BROWSER,
                short="/fr/market?page=800",
            ),
            Page("product page", [f"/fr/market/products/{slug}" for slug in products], BROWSER),
            Page(
                "search",
                [f"/fr/market?q={quote(word)}" for word in WORDS],
                BROWSER,
                short=f"/fr/market?q=argan&cooperative={quote(maker[0])}",
            ),
            Page("project list", ["/fr/projects", "/fr/projects?page=2"] if projects else ["/fr/projects"], BROWSER),
            Page("course page", [f"/fr/academy/courses/{slug}" for slug in courses], BROWSER),
            Page("checkout", ["/fr/checkout"], _basket_cookie(app)),
        ]
    for page in pages:
        page.statements_more_rows = max(_statements(app, path, page.headers) for path in page.paths[:3])
        page.statements = max(_statements(app, page.short, page.headers), 0) if page.short else page.statements_more_rows
    return pages


def _statements(app: Flask, path: str, headers: dict[str, str]) -> int:
    """SQL statements of one request (BEGIN and the like not counted), the second time it is asked."""
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SET ", "ROLLBACK")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    client = app.test_client(use_cookies=False)  # its own jar would replace the cookie of the headers
    client.get(path, headers=headers, base_url="http://127.0.0.1")
    event.listen(engine, "before_cursor_execute", count)
    answer = client.get(path, headers=headers, base_url="http://127.0.0.1")
    event.remove(engine, "before_cursor_execute", count)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    return len(seen)
