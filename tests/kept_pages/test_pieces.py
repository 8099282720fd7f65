"""Pieces of pages and counts are kept for those too whose pages are not, and renewed by the same numbers."""

import importlib
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.engines.db import db
from app.engines.generations import changed, numbers_of, renew_epoch
from app.engines.housekeeping import drain_search
from app.engines.keeping import Keeping, keeping, kept_each, kept_while
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.models import Product
from catalog.queries import market
from catalog.services.products import withdraw
from projectbank.services import save_sheet
from tests.browsing import HOST, post, sign_in
from tests.builders.accounts import a_person, actor_of
from tests.builders.catalog import a_product
from tests.kept_pages.world import FACTS, a_price, body, build, goods_withdrawn, held, sheet_withdrawn

SHOWN = ("home", "market", "product", "cooperatives", "cooperative", "projects")


def with_a_session(client):
    """Nobody's, but a session: the page is made each time."""
    client.set_cookie("tiwizi", "of-nobody", domain=HOST)
    return client


@pytest.mark.parametrize("fact", [fact for fact, (_act, names) in FACTS.items() if set(names) & set(SHOWN)])
def test_what_is_changed_is_seen_at_once_by_who_has_a_session_in_every_process(kept, client, elsewhere, fact):
    it = build()
    act, names = FACTS[fact]
    visitors = [with_a_session(client), with_a_session(elsewhere)]
    addresses = [it.addresses[name] for name in names if name in SHOWN]
    before = {address: [body(visitor, address) for visitor in visitors for _ in range(2)] for address in addresses}
    with transaction():
        act(it)
    for address in addresses:
        after = [without_number(body(visitor, address)) for visitor in visitors]
        assert after[0] == after[1], address
        assert after[0] not in before[address], address
    assert kept.hits == 0


def without_number(page):
    """A page that says what is not there without the number of its request."""
    return re.sub(r'<bdi class="code" dir="ltr">[0-9a-f]{16}</bdi>', "", page)


def test_the_cards_of_home_are_made_once_for_all_who_are_not_signed_in(kept, app, client, monkeypatch):
    build()
    body(client, "/fr/")
    monkeypatch.setattr("app.web.pages.cards._rendered", lambda card, subject: pytest.fail(f"made again: {card.template}"))
    guest = with_a_session(app.test_client())
    for visitor in (client, guest):
        assert "Miel de thym" in body(visitor, "/fr/")


def test_what_somebody_has_saved_is_on_no_other_page(kept, app, client):
    it, reader = build(), a_person("Nadia Bennani")
    with transaction():
        save_sheet(actor_of(reader), it.sheet)
    own = app.test_client()
    sign_in(own, reader)
    guest = app.test_client()
    assert post(guest, "/fr/basket/lines", variant=it.variant, quantity="2").status_code == 303
    for _ in range(2):
        assert "Enregistré" in body(own, "/fr/")
        assert "Enregistré" not in body(client, "/fr/")
        assert "Enregistré" not in body(guest, "/fr/")
        assert "1 article" in body(guest, "/fr/")


@pytest.mark.parametrize("address", ["/fr/", "/fr/market", "/fr/cooperatives/tifawin"])
def test_a_card_ends_with_the_hold_it_shows(kept, client, address):
    it = build()
    with transaction():
        held(it)
    visitor = with_a_session(client)
    assert "Épuisé" in body(visitor, address)
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        assert "Épuisé" not in body(visitor, address)


def test_goods_are_written_once_for_whoever_is_shown_them_in_whatever_list(kept, app, client, monkeypatch):
    it = build()
    a_product(it.shop, "Amlou", price=7_000)
    body(with_a_session(client), "/fr/market")
    monkeypatch.setattr("catalog.views.goods.cards_of", lambda ids, *_rest: pytest.fail(f"read again: {ids}"))
    member = app.test_client()
    sign_in(member, a_person("Nadia Bennani"))
    for visitor, address in ((client, "/fr/market?sort=cheap"), (member, "/fr/market?category=honey")):
        assert "Miel de thym" in body(visitor, address)
        assert "120,00" in body(visitor, address)


def test_what_is_made_for_some_ids_is_made_for_the_others_when_they_are_asked(kept, app):
    asked = []

    def made(ids):
        asked.append(list(ids))
        return {one: f"goods {one}" for one in ids if one != 3}

    def shown(*ids):
        return kept_each("x", ids=ids, kinds=("market",), make=made)

    assert shown(1, 2) == {1: "goods 1", 2: "goods 2"}
    assert shown(2, 4, 1) == {1: "goods 1", 2: "goods 2", 4: "goods 4"}
    assert shown(4, 2) == {2: "goods 2", 4: "goods 4"}
    assert shown(3) == {}
    assert asked == [[1, 2], [4], [3]]


def test_what_is_made_for_ids_does_not_grow_without_end(kept, app, monkeypatch):
    monkeypatch.setattr("app.engines.keeping.MOST_OF_EACH", 2)
    for ids in ((1, 2), (3,)):
        kept_each("x", ids=ids, kinds=("market",), make=lambda ids: dict.fromkeys(ids, "made"))
    assert keeping().find(("x",), ("market",)).value == {3: "made"}


def test_what_was_kept_before_a_change_is_not_kept_with_what_is_made_after_it(kept, app, monkeypatch):
    """A change is stored while the ids that are missing are being asked for."""
    it = build()

    def prices(ids):
        return {one: db.session.scalar(select(Product.price_from).where(Product.id == it.honey)) for one in ids}

    def shown(*ids):
        return kept_each("x", ids=ids, kinds=("market",), make=prices)

    def late(*kinds):
        db.session.rollback()
        with transaction():
            a_price(it)
        return numbers_of(*kinds)

    assert shown(1) == {1: 12_000}
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("app.engines.keeping.numbers_of", late)
        shown(1, 2)
    assert shown(1, 2) == {1: 9_900, 2: 9_900}


def test_how_many_are_in_stock_is_counted_anew_when_the_last_is_held_and_when_it_comes_back(kept, client, elsewhere):
    it = build()
    visitors = [with_a_session(client), with_a_session(elsewhere)]

    def numbers():
        pages = [body(visitor, f"/fr/market?in_stock=1{more}") for visitor in visitors for more in ("", "&price_max=500")]
        return {("1 produit" in page, "Miel de thym" in page) for page in pages for _ in range(2)}

    assert numbers() == {(True, True)}
    with transaction():
        held(it)
    assert numbers() == {(False, False)}
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        assert numbers() == {(True, True)}


def test_what_is_made_of_an_old_snapshot_is_never_found(kept, app):
    """A change is stored while something is being made of what was before."""
    it = build()

    def prices():
        return list(db.session.scalars(select(Product.price_from)))

    def made_late():
        found = prices()
        db.session.rollback()
        with transaction() as session:
            session.execute(update(Product).where(Product.id == it.honey).values(price_from=9_900))
            changed("market")
        return found

    assert kept_while("late", kinds=("market",), make=made_late) == [12_000]
    assert kept_while("late", kinds=("market",), make=prices) == [9_900]


def test_after_a_restore_nothing_that_was_made_before_is_found(kept, app):
    made = iter(("before", "after"))
    assert [kept_while("x", kinds=("market",), make=lambda: next(made)) for _ in range(2)] == ["before", "before"]
    db.session.rollback()
    with transaction() as session:
        renew_epoch(session)
    assert kept_while("x", kinds=("market",), make=lambda: next(made)) == "after"


def test_the_least_recently_used_goes_first_and_none_is_kept_where_none_may_be(kept, app, monkeypatch):
    place = Keeping(app.extensions["numbers"], 2)
    monkeypatch.setitem(app.extensions, "keeping", place)
    for name in ("a", "b", "a", "c"):
        kept_while(name, kinds=("market",), make=lambda name=name: name)
    assert [bool(place.find((name,), ("market",))) for name in ("a", "b", "c")] == [True, False, True]
    monkeypatch.setattr(place, "most", 0)
    assert kept_while("d", kinds=("market",), make=lambda: "d") == "d"
    assert place.find(("d",), ("market",)) is None
    assert keeping() is place


SEARCH = "/fr/market?q=miel"


def searched_often(monkeypatch):
    """The table of what is listed is made at the first search."""
    monkeypatch.setattr("catalog.queries.listed.ENOUGH", 0)


@pytest.mark.parametrize("sort", ["best", "new", "cheap", "dear"])
def test_the_table_of_what_is_listed_finds_what_the_statement_finds(kept, client, monkeypatch, sort):
    it = build()
    a_product(it.shop, "Miel de thym", price=9_000, stock=3)
    a_product(it.shop, "Miel de jujubier", price=20_000, category="argan-oil", stock=0)
    hidden = a_product(it.shop, "Miel caché")
    drain_search()
    with transaction():
        withdraw(SYSTEM, hidden)
    address = f"{SEARCH}&sort={sort}"
    plain = body(client, address)
    searched_often(monkeypatch)
    table = body(client, address)
    monkeypatch.setattr("catalog.queries.listed._rows", lambda ids, now: pytest.fail("the table was not asked"))
    assert body(client, address) == table == plain
    assert ("Miel de jujubier" in plain, "Miel caché" in plain) == (True, False)


@pytest.mark.parametrize("fact", ["a price", "goods withdrawn", "a cooperative suspended", "a name of goods"])
def test_a_search_shows_at_once_what_was_changed_in_another_process(kept, client, elsewhere, monkeypatch, fact):
    """The index follows later; the table does not: what is withdrawn is found no more, and costs what it costs."""
    it = build()
    drain_search()
    searched_often(monkeypatch)
    before = [body(visitor, SEARCH) for visitor in (client, elsewhere) for _ in range(2)]
    assert all("120,00" in page and "Miel de thym" in page for page in before)
    with transaction():
        FACTS[fact][0](it)
    after = [body(visitor, SEARCH) for visitor in (client, elsewhere)]
    assert after[0] == after[1]
    gone = fact in ("goods withdrawn", "a cooperative suspended")
    assert ("1 produit" in after[0], "Miel de thym" in after[0]) == (not gone, fact == "a price")


def test_the_table_is_made_when_the_market_has_been_searched_often_without_a_change(kept, client, monkeypatch):
    it = build()
    drain_search()
    monkeypatch.setattr("catalog.queries.listed.ENOUGH", 3)
    made = []
    monkeypatch.setattr("catalog.queries.listed._every_row", lambda now: made.append(1) or {})
    for number in range(8):
        body(client, SEARCH)
        if number == 1:
            with transaction():
                a_price(it)
    assert made == [1]


@pytest.mark.parametrize(
    ("room", "between", "address", "gone"),
    [
        ("projectbank.views.listing", "find_sheets", "projects", sheet_withdrawn),
        ("catalog.views.goods", "cards_of", "market", goods_withdrawn),
    ],
)
def test_a_change_between_the_counting_and_the_filters_leaves_no_old_filters(
    kept, client, monkeypatch, room, between, address, gone
):
    """A list counts, shows its cards, draws filters and map; meanwhile another transaction takes away what was counted."""
    it, visitor = build(), with_a_session(client)
    reads = importlib.import_module(room)
    read = getattr(reads, between)

    def late(*asked):
        monkeypatch.setattr(reads, between, read)
        db.session.rollback()
        with transaction():
            gone(it)
        return read(*asked)

    monkeypatch.setattr(reads, between, late)
    body(visitor, it.addresses[address])
    after = body(visitor, it.addresses[address])
    keeping().forget()
    assert body(visitor, it.addresses[address]) == after


def test_two_choices_that_find_the_same_have_filters_of_their_own(kept, client):
    build()
    visitor = with_a_session(client)
    asked = ("/fr/projects?sector=agriculture", "/fr/projects?sector=agriculture&sector=agri_beekeeping")
    first = [body(visitor, address) for address in asked]
    keeping().forget()
    assert [body(visitor, address) for address in reversed(asked)] == first[::-1]


def test_goods_by_price_are_sorted_once_for_a_filter_until_a_price_changes(kept, client, monkeypatch):
    it, sorted_out = build(), []
    narrow = market.narrowed
    monkeypatch.setattr(market, "narrowed", lambda *given: sorted_out.append(given) or narrow(*given))
    monkeypatch.setattr(kept, "limit", 0)
    for address, times in (("/fr/market?sort=cheap", 1), ("/fr/market?sort=cheap", 1), ("/fr/market?in_stock=1", 2)):
        body(client, address)
        assert len(sorted_out) == times
    with transaction():
        a_price(it)
    assert "99,00" in body(client, "/fr/market?sort=cheap")
    assert len(sorted_out) == 3
    monkeypatch.setattr(market, "MOST_PAGES", 1)
    for address in ("/fr/market?in_stock=1", "/fr/market?sort=cheap", "/fr/market?in_stock=1"):
        body(client, address)
    assert len(sorted_out) == 6
