"""Every list asks for its rows by an index: the plan of each statement behind the pages, on SQLite and PostgreSQL."""

import pytest
from flask import Flask

from app.engines.db import db
from app.engines.housekeeping import drain_search
from tests.browsing import Browser, sign_in
from tests.kinds.world import World
from tests.plans import Asked, asked, read_whole

OFFICE = "/fr/sell/tifawin"
LISTS = {
    "guest": (
        *(f"/fr/market{query}" for query in ("", "?in_stock=1", "?sort=cheap&page=2", "?category=honey", "?region=MA-09")),
        *("/fr/market?q=huile", "/fr/market?cooperative=tifawin", "/fr/cooperatives", "/fr/projects", "/fr/academy", "/fr/"),
        *("/fr/market/goods.atom", "/fr/market/goods.atom?category=honey", "/fr/cooperatives/tifawin/goods.atom"),
        "/fr/market/goods-1.xml",
    ),
    "buyer": ("/fr/orders", "/fr/account/", "/fr/account/acts", "/fr/account/sessions", "/fr/basket", "/fr/academy/mine"),
    "chair": (
        f"{OFFICE}/",
        *(f"{OFFICE}/orders{query}" for query in ("", "?state=delivered", "?state=stopped", "?q=T20", "?state=on-the-way")),
        *(
            f"{OFFICE}/products",
            f"{OFFICE}/products?q=huile",
            f"{OFFICE}/stock",
            f"{OFFICE}/products/1/stock",
            f"{OFFICE}/products/1/lots",
            f"{OFFICE}/members",
            f"{OFFICE}/proofs",
            "/fr/projects/mine",
        ),
    ),
    "office": (
        "/fr/desk/",
        *("/fr/desk/orders", "/fr/desk/orders?q=T20", "/fr/desk/organisations", "/fr/desk/people", "/fr/desk/projects"),
        *("/fr/desk/courses", "/fr/desk/certificates", "/fr/desk/letters", "/fr/desk/proofs"),
    ),
}


@pytest.fixture(scope="module")
def house(_house: Flask) -> Flask:
    """The application of the tests."""
    return _house


def asked_by(house: Flask, world: World, who: str) -> dict[str, Asked]:
    """{statement: as it was asked first} of all lists of somebody."""
    browser = Browser(house)
    if who in world.people:
        sign_in(browser, world.people[who])
    found: list[Asked] = []
    for address in LISTS[who]:
        with asked() as statements:
            answer = browser.get(address, follow_redirects=True)
        assert answer.status_code == 200, (address, answer.status_code)
        found += statements
    return {one.statement: one for one in found}


# What of the market grows with every order; PostgreSQL is asked about these, since without figures of how the values lie
# it answers at random about lists of few.
BY_ORDERS = {"purchase", "seller_order", "order_line", "hold", "payable", "payment", "refund", "ledger_set", "ledger_entry"}
# Written and read one by one by people: some hundreds, of which lists and filters show all. A tally has some rows for each
# office, however much it counts.
BOUNDED = {"proof", "setting_change", "organisation", "sheet", "course", "act_waiting", "lost_factor", "tally"}
# Read whole, and known: how the statement begins, and why it may.
WHOLE = {
    "SELECT product.organisation_id, product.category, count(*)": "the market's filters, kept while no product changes",
    "SELECT variant.product_id, count(*)": "how merchants' files are cut, kept while no product changes",
    "SELECT variant.product_id, variant.price, EXISTS": "what all goods cost, in a table kept while none changes",
}


def read_whole_by(statements: dict[str, Asked]) -> dict[str, set[str]]:
    on_postgresql = db.session.get_bind().dialect.name == "postgresql"
    db.session.rollback()
    found = {}
    for one in statements.values():
        written = " ".join(one.statement.split())
        tables = read_whole(one) - BOUNDED
        if on_postgresql:
            tables &= BY_ORDERS
        if tables and not written.startswith(tuple(WHOLE)):
            found[written] = tables
    return found


@pytest.mark.parametrize("who", LISTS)
def test_no_list_reads_a_table_from_end_to_end(house: Flask, world: World, who: str) -> None:
    drain_search()
    statements = asked_by(house, world, who)
    assert len(statements) > 5
    assert read_whole_by(statements) == {}


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("SELECT id FROM purchase WHERE total > 1", "purchase"),
        ("SELECT id FROM purchase AS bought WHERE number || '' = 'T2026' ORDER BY id DESC LIMIT 30", "purchase"),
        ("SELECT count(*) FROM seller_order WHERE commercial = 'placed' OR payment = 'paid'", "seller_order"),
    ],
)
def test_what_is_read_from_end_to_end_is_noticed(house: Flask, world: World, statement: str, table: str) -> None:
    assert table in read_whole(Asked(statement, ()))
