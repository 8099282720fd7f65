"""Lists of the market, of offices and of the desk: which rows, in which order, on which page; and the numbers beside."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Invitation, Organisation, OrganisationText
from app.accounts.queries.office import decisions_on, deeds_on
from app.accounts.queries.typed import ContactValue
from app.accounts.services.members import invite, withdraw_invitation
from app.accounts.services.organisations import set_picture
from app.accounts.services.verification import reinstate_organisation, suspend_organisation
from app.engines import counters
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.journal import JournalLine
from app.engines.search.outbox import touch
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.models import Product, Variant
from catalog.queries import STOCK
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.bulk import BulkProduct, list_in_bulk
from orders.models import OrderLine, Purchase
from orders.queries.office import desk_counts, stage_counts
from tests.browsing import Browser, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, orders_of
from tests.builders.tallies import count_orders_anew
from tests.kinds.listing import Listed, check_list, copies, names_on, page_of, pages_of, wrong_options, wrong_tabs
from tests.schema import empty_tables

GOODS, THEIRS, COOPS, WAITING = 26, 3, 26, 31
NUMBERS = range(1, GOODS + THEIRS + 1)
CATEGORIES = ("honey", "argan-oil", "carpets")
REGIONS = ("MA-09", "MA-05")


def rang(number: int) -> str:
    return f"Rang {number:02}"


def price_of(number: int) -> int:
    """Prices in another order than the goods, two of them the same."""
    return 10_000 + 100 * (number * 11 % 29) if number != 2 else price_of(1)


def minutes_of(number: int) -> int:
    """Published in another order than made, two in the same minute."""
    return number * 7 % 29 if number != 4 else minutes_of(3)


def category_of(number: int) -> str:
    return CATEGORIES[number % 3]


class Shops:
    """Goods, cooperatives and orders, more of each than a page holds."""

    def __init__(self, house: Flask) -> None:
        self.house = house
        names = ("chair", "buyer", "other", "neighbour")
        self.people: dict[str, Any] = {name: a_person(name.title()) for name in names}
        self.people["office"] = an_operator()
        self.ours = a_cooperative("Tifawin", chair=self.people["chair"], region="MA-09", sector="argan")
        self.theirs = a_cooperative("Assif", chair=self.people["neighbour"], region="MA-05", sector="agriculture")
        self.slugs = {"ours": self.ours.slug, "theirs": self.theirs.slug}
        self.ids = {"ours": self.ours.id, "theirs": self.theirs.id}
        self._goods()
        self._orders()
        self._cooperatives()
        drain_search()
        self.browsers = {name: Browser(house) for name in (*self.people, "guest")}
        for name, person in self.people.items():
            sign_in(self.browsers[name], person)
        self.actors = {name: actor_of(person) for name, person in self.people.items()}
        db.session.remove()

    def _goods(self) -> None:
        goods = [
            BulkProduct(
                self.ids["ours" if number <= GOODS else "theirs"],
                f"rang-{number}",
                {"fr": TextFacts(rang(number), "Savon")},
                [VariantFacts(price_of(number), stock=number % 4, sku=f"S-{number:03}{side}") for side in "ab"],
                ProductFacts(category_of(number)),
            )
            for number in NUMBERS
        ]
        with transaction() as session:
            list_in_bulk(SYSTEM, goods)
            ids = list(session.scalars(select(Product.id).order_by(Product.id)))
            self.goods = dict(zip(NUMBERS, ids, strict=True))
            began = now() - timedelta(days=1)
            for number, made in self.goods.items():
                at = began + timedelta(minutes=minutes_of(number))
                session.execute(update(Product).where(Product.id == made).values(published_at=at))
            touch("product", *ids)
        for state, name in (("draft", "Rang 81"), ("withdrawn", "Rang 82")):
            made = a_product(self.ids["ours"], name, published=False)
            with transaction() as session:
                session.get_one(Product, made).state = state
        drawn = db.session.scalars(select(Variant.id).where(Variant.product_id == self.goods[7]).order_by(Variant.id)).all()
        with transaction():
            counters.take(STOCK, {drawn[0]: 2}, "purchase:77", now() + timedelta(hours=1), now())

    def _orders(self) -> None:
        """32 new orders and some of every step; the neighbour has two, another buyer ten, one was never paid."""
        variant = variant_of(a_product(self.ids["ours"], "Rang 83", 99_900, stock=1000))
        other = variant_of(a_product(self.ids["theirs"], "Huile", 99_900, stock=1000))
        first = a_purchase({variant: 1}, "cash", actor_of(self.people["buyer"]))
        row, line = orders_of(first)[0], db.session.scalars(select(OrderLine)).one()
        buyer, stranger = first.buyer_id, self.people["other"].id
        keys = {name: (lambda number, name=name: f"{name}-{number}") for name in ("key", "idempotency_key")}
        bought = copies(first, 44, number=number_of, buyer_id=lambda n: buyer if n <= 21 else stranger, **keys)
        states = [("placed", "waiting")] * 31 + [
            ("accepted", "waiting"),
            ("accepted", "waiting"),
            ("accepted", "packed"),
            ("accepted", "shipped"),
            ("accepted", "failed"),
            ("completed", "delivered"),
            ("completed", "delivered"),
            ("refused", "stopped"),
            ("cancelled", "stopped"),
        ]
        made = copies(
            row,
            len(states),
            number=lambda n: f"{number_of(n)}-1",
            purchase_id=lambda n: bought[n - 1],
            commercial=lambda n: states[n - 1][0],
            fulfilment=lambda n: states[n - 1][1],
        )
        assert len(made) == 40
        copies(line, 3, order_id=lambda n: made[0])
        count_orders_anew()
        self.states = [("placed", "waiting"), *states]
        self.numbers = [first.number, *(number_of(number) for number in range(1, len(states) + 1))]
        a_purchase({variant: 1}, "card", actor_of(self.people["other"]))
        foreign = a_purchase({other: 1}, "cash", actor_of(self.people["other"]))
        self.purchases = list(db.session.scalars(select(Purchase.number).order_by(Purchase.id)))
        self.foreign = foreign.number
        self.first = first.number

    def _cooperatives(self) -> None:
        """Names in another order than the cooperatives were made; an association is no maker of goods."""
        row, text = self.ours, db.session.scalars(select(OrganisationText)).first()
        kinds = {26: "union"}
        made = copies(
            row,
            COOPS,
            slug=lambda n: f"rang-{n}",
            region=lambda n: REGIONS[n % 2],
            sector=lambda n: ("fishing", "argan", "tourism")[n % 3],
            kind=lambda n: kinds.get(n, "cooperative"),
        )
        copies(text, COOPS, organisation_id=lambda n: made[n - 1], name=lambda n: rang(n * 7 % 27))
        waiting = copies(row, WAITING, slug=lambda n: f"waiting-{n}", state=lambda n: "submitted")
        copies(text, WAITING, organisation_id=lambda n: waiting[n - 1], name=lambda n: rang(100 + n * 7 % 32))
        extra = copies(row, 1, slug=lambda n: "an-association", kind=lambda n: "association")
        copies(text, 1, organisation_id=lambda n: extra[0], name=lambda n: "Rang 98")


def number_of(number: int) -> str:
    return f"T2026RANG{number:02}"


@pytest.fixture(scope="module")
def shops(_house: Flask) -> Iterator[Shops]:
    with _house.app_context():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Shops(_house)
        db.session.remove()


def by_price(down: bool) -> list[str]:
    return [rang(number) for number in sorted(NUMBERS, key=lambda n: (price_of(n), n), reverse=down)]


def newest() -> list[str]:
    return [rang(number) for number in sorted(NUMBERS, key=lambda n: (minutes_of(n), n), reverse=True)]


def only(rows: list[str], keep: Any) -> list[str]:
    return [row for row in rows if keep(int(row.split()[1]))]


# What is bought below costs more than all of these: the market is asked without it.
HERE = "/fr/market?price_max=128.00"
MARKET: dict[str, tuple[str, list[str]]] = {
    "cheapest first": ("&sort=cheap", [*by_price(down=False)]),
    "dearest first": ("&sort=dear", [*by_price(down=True)]),
    "newest first": ("", newest()),
    "a category": ("&category=honey", only(newest(), lambda n: n % 3 == 0)),
    "two categories": ("&category=honey&category=carpets", only(newest(), lambda n: n % 3 != 1)),
    "a region": ("&region=MA-05", only(newest(), lambda n: n > GOODS)),
    "a cooperative": ("&cooperative=assif", only(newest(), lambda n: n > GOODS)),
    "in stock": ("&in_stock=1", only(newest(), lambda n: n % 4 != 0)),
    "everything at once": (
        "&category=argan-oil&region=MA-09&in_stock=1&sort=cheap",
        only(by_price(down=False), lambda n: n % 3 == 1 and n % 4 != 0 and n <= GOODS),
    ),
    "found, dearest first": ("&q=savon&sort=dear", by_price(down=True)),
    "found, newest first": ("&q=savon&sort=new", newest()),
    "found in a region": ("&q=savon&sort=cheap&region=MA-05", only(by_price(down=False), lambda n: n > GOODS)),
    "found in a category": ("&q=savon&sort=cheap&category=honey", only(by_price(down=False), lambda n: n % 3 == 0)),
    "found in stock": ("&q=savon&sort=cheap&in_stock=1", only(by_price(down=False), lambda n: n % 4 != 0)),
}


@pytest.mark.parametrize("name", MARKET)
def test_the_market(shops: Shops, name: str) -> None:
    query, rows = MARKET[name]
    check_list(shops.browsers["guest"], Listed("guest", f"{HERE}{query}", rows, 24))


EDGE = price_of(13)


@pytest.mark.parametrize("found", ["", "&q=savon"])
@pytest.mark.parametrize(
    ("low", "high", "keep"),
    [
        (EDGE, 12_800, lambda price: price >= EDGE),
        (EDGE + 1, 12_800, lambda price: price > EDGE),
        (None, EDGE, lambda price: price <= EDGE),
        (None, EDGE - 1, lambda price: price < EDGE),
        (EDGE, EDGE, lambda price: price == EDGE),
        (12_800, EDGE, lambda price: price >= EDGE),
    ],
)
def test_both_ends_of_the_price_belong_to_it(shops: Shops, low: int | None, high: int, keep: Any, found: str) -> None:
    """Typed the wrong way round they mean the same."""
    asked = f"/fr/market?sort=cheap&price_max={high / 100:.2f}{found}"
    asked += f"&price_min={low / 100:.2f}" if low is not None else ""
    rows = only(by_price(down=False), lambda number: keep(price_of(number)))
    assert rows
    check_list(shops.browsers["guest"], Listed("guest", asked, rows, 24))


@pytest.mark.parametrize(
    "query", ["", "&category=honey", "&region=MA-09&category=carpets", "&cooperative=tifawin", "&in_stock=1", "&q=savon"]
)
def test_the_numbers_beside_the_filters_of_the_market(shops: Shops, query: str) -> None:
    assert wrong_options(shops.browsers["guest"], f"{HERE}{query}") == {}


def test_the_directory_is_by_name(shops: Shops) -> None:
    guest = shops.browsers["guest"]
    rows = [rang(number) for number in range(1, COOPS + 1)]
    everything = ["Assif", *rows, "Tifawin"]
    check_list(guest, Listed("guest", "/fr/cooperatives", everything, 24, r"Rang \d+|Tifawin|Assif"))
    south = [rang(n * 7 % 27) for n in range(1, COOPS + 1) if REGIONS[n % 2] == "MA-05"]
    assert pages_of(guest, "/fr/cooperatives?region=MA-05", r"Rang \d+") == [sorted(south)]
    fishing = [rang(n * 7 % 27) for n in range(1, COOPS + 1) if n % 3 == 0]
    assert pages_of(guest, "/fr/cooperatives?sector=fishing", r"Rang \d+") == [sorted(fishing)]


@pytest.mark.parametrize("query", ["", "?region=MA-09", "?sector=argan"])
def test_the_numbers_beside_the_fields_of_work(shops: Shops, query: str) -> None:
    assert wrong_options(shops.browsers["guest"], f"/fr/cooperatives{query}") == {}


def test_a_cooperative_s_goods_stand_in_its_office_and_no_others(shops: Shops) -> None:
    chair, page = shops.browsers["chair"], f"/fr/sell/{shops.slugs['ours']}/products"
    published = [rang(number) for number in (83, *range(GOODS, 0, -1))]
    check_list(chair, Listed("chair", page, ["Rang 83", "Rang 82", "Rang 81", *published[1:]], 24))
    check_list(chair, Listed("chair", f"{page}?state=published", published, 24))
    check_list(chair, Listed("chair", f"{page}?state=draft", ["Rang 81"], 24))
    check_list(chair, Listed("chair", f"{page}?state=withdrawn", ["Rang 82"], 24))
    for query in ("", "?state=draft", "?q=Rang 1"):
        assert wrong_tabs(chair, f"{page}{query}", r"/products/\d+") == {}
    for asked, found in (("rang 07", ["Rang 07"]), ("S-011b-11", ["Rang 11"]), ("S-011b", []), ("S-028a-28", [])):
        assert names_on(page_of(chair, f"{page}?q={asked}"), r"Rang \d+") == found, asked


def test_what_buyers_hold_is_not_counted_as_free(shops: Shops) -> None:
    """Two sizes of three each, two of which a buyer is just paying for: four are free, two of them held."""
    chair, home = shops.browsers["chair"], f"/fr/sell/{shops.slugs['ours']}"
    assert "En stock : 4" in text_of(chair.get(f"{home}/products?q=Rang 07"))
    rows = re.findall(r"<tr role=\"row\"><th.*?</tr>", page_of(chair, f"{home}/stock"), re.DOTALL)
    told = {
        sku[0]: (re.findall(r'class="num"[^>]*>(\d+)<', row)[0], re.findall(r'name="was_\d+" value="(\d+)"', row)[0])
        for row in rows
        if (sku := re.findall(r"S-\d{3}\w", row))
    }
    assert (told["S-007a"], told["S-007b"], told["S-009a"]) == (("2", "3"), ("0", "3"), ("0", "1"))


def test_the_stock_is_counted_size_by_size(shops: Shops) -> None:
    chair, page = shops.browsers["chair"], f"/fr/sell/{shops.slugs['ours']}/stock"
    rows = [f"S-{number:03}{side}" for number in range(GOODS, 0, -1) for side in "ab"]
    pages = pages_of(chair, page, r"S-\d{3}\w")
    assert [name for one in pages for name in one] == rows
    counted = [len(re.findall(r'name="stock_\d+"', page_of(chair, f"{page}?page={number}"))) for number in (1, 2)]
    assert counted == [50, 2 * GOODS + 3 - 50]


TABS = {
    "new": ("placed",),
    "to-pack": ("accepted waiting",),
    "to-ship": ("accepted packed",),
    "on-the-way": ("accepted shipped", "accepted failed"),
    "delivered": ("completed",),
    "stopped": ("refused", "cancelled"),
}


@pytest.mark.parametrize("tab", TABS)
def test_the_orders_of_an_office_wait_in_the_order_they_came(shops: Shops, tab: str) -> None:
    """Work: the oldest first. What is over: the latest first. Never a neighbour's, never one whose card was not paid."""
    rows = [
        number
        for number, (commercial, fulfilment) in zip(shops.numbers, shops.states, strict=True)
        if f"{commercial} {fulfilment}".startswith(TABS[tab])
    ]
    rows = rows[::-1] if tab in ("delivered", "stopped") else rows
    page = f"/fr/sell/{shops.slugs['ours']}/orders?state={tab}"
    check_list(shops.browsers["chair"], Listed("chair", page, rows, 30, NUMBER))


NUMBER = r"T2026\w{6}"


def test_the_numbers_beside_the_steps_and_the_search_in_an_office(shops: Shops) -> None:
    chair, page = shops.browsers["chair"], f"/fr/sell/{shops.slugs['ours']}/orders"
    assert wrong_tabs(chair, page, NUMBER) == {}
    found = [number_of(number) for number in range(19, 9, -1)]
    check_list(chair, Listed("chair", f"{page}?q=t2026rang1", found, 30, NUMBER))
    assert names_on(page_of(chair, f"{page}?q={shops.foreign}"), r"/orders/T\w+-1") == []
    assert names_on(page_of(chair, f"{page}?q=T2026RAN_"), r"/orders/T\w+-1") == []
    theirs = f"/fr/sell/{shops.slugs['theirs']}/orders"
    assert pages_of(shops.browsers["neighbour"], theirs, NUMBER) == [[shops.foreign]]


def test_my_orders_are_mine_and_the_latest_stands_first(shops: Shops) -> None:
    mine = [*(number_of(number) for number in range(21, 0, -1)), shops.first]
    check_list(shops.browsers["buyer"], Listed("buyer", "/fr/orders", mine, 20, NUMBER))
    assert pages_of(shops.browsers["chair"], "/fr/orders", NUMBER) == []


def test_the_desk_lists_every_purchase_latest_first(shops: Shops) -> None:
    office = shops.browsers["office"]
    check_list(office, Listed("office", "/fr/desk/orders", shops.purchases[::-1], 30, NUMBER))
    found = [number_of(number) for number in range(39, 29, -1)]
    check_list(office, Listed("office", "/fr/desk/orders?q=t2026rang3", found, 30, NUMBER))
    check_list(office, Listed("office", "/fr/desk/orders?q=T2026RANG07-1", [number_of(7)], 30, NUMBER))


def test_the_desk_counts_orders_by_their_stage(shops: Shops) -> None:
    told = desk_counts()
    assert {stage: count for stage, count in told.items() if count} == {
        "pending": 1,
        "new": 33,
        "accepted": 2,
        "packed": 1,
        "shipped": 1,
        "failed": 1,
        "delivered": 2,
        "refused": 1,
        "cancelled": 1,
    }
    assert stage_counts(shops.ids["ours"]) == {
        "to-confirm": 0,
        "new": 32,
        "to-pack": 2,
        "to-ship": 1,
        "on-the-way": 2,
        "delivered": 2,
        "stopped": 2,
    }


def test_the_desk_lists_organisations_longest_waiting_first(shops: Shops) -> None:
    office = shops.browsers["office"]
    rows = [rang(100 + n * 7 % 32) for n in range(1, WAITING + 1)]
    page = "/fr/desk/organisations"
    check_list(office, Listed("office", page, rows, 30))
    narrowed = [row for row in rows if "Rang 11" in row]
    check_list(office, Listed("office", f"{page}?q=rang 11", narrowed, 30))
    assert wrong_tabs(office, page, r"/desk/organisations/[\w-]+") == {}


def test_members_invitations_deeds_and_decisions_of_an_organisation(shops: Shops) -> None:
    """Who came first stands first, what happened last stands first; thirty deeds are told."""
    chair, home = shops.browsers["chair"], f"/fr/sell/{shops.slugs['ours']}"
    actor, ours = shops.actors["chair"], db.session.get_one(Organisation, shops.ids["ours"])
    for number in (3, 1, 2):
        joins(a_person(rang(number)), ours, "member")
    with transaction():
        for number in (2, 1, 3):
            contact = ContactValue("mail", f"rang{number}@example.org")
            invite(actor, shops.ids["ours"], contact, "packer", f"secret {number}", "http://x", now())
    with transaction() as session:
        gone = session.scalars(select(Invitation.id).where(Invitation.contact == "rang1@example.org")).one()
        withdraw_invitation(actor, shops.ids["ours"], gone)
        old = session.scalars(select(Invitation).where(Invitation.contact == "rang3@example.org")).one()
        old.expires_at = now() - timedelta(minutes=1)
        copied = {column.key: getattr(old, column.key) for column in Invitation.__table__.columns if column.key != "id"}
        used = {
            "contact": "rang4@example.org",
            "token_hash": "used",
            "used_at": now(),
            "expires_at": now().replace(year=2100),
        }
        session.add(Invitation(**copied | used))
    page = page_of(chair, f"{home}/members")
    assert names_on(page, r"Rang \d+") == ["Rang 03", "Rang 01", "Rang 02"]
    assert names_on(page, r"rang\d@example.org") == ["rang2@example.org"]
    for number in range(40):
        with transaction():
            set_picture(actor, shops.ids["ours"], f"pictures/{number}")
    told = deeds_on(shops.ids["ours"])
    assert [deed.verb for deed in deeds_on(shops.ids["theirs"])] == []
    lines = db.session.execute(
        select(JournalLine.verb)
        .where(JournalLine.subject_kind == "organisation", JournalLine.subject_id == shops.ids["ours"])
        .order_by(JournalLine.id.desc())
    ).scalars()
    assert [deed.verb for deed in told] == list(lines)[:30]
    assert {deed.who for deed in told} == {"Chair"}
    office = shops.actors["office"]
    with transaction():
        suspend_organisation(office, shops.ids["theirs"], "Une plainte", now())
    with transaction():
        reinstate_organisation(office, shops.ids["theirs"], now())
    decided = decisions_on(shops.ids["theirs"])
    assert [(one.decision, one.reason, one.decided_by) for one in decided] == [
        ("reinstated", None, "Samira"),
        ("suspended", "Une plainte", "Samira"),
    ]
