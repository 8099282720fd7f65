"""What is changed is seen at the very next asking, in every process; what a crash or an old snapshot left, by nobody."""

import random
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.engines.counters import extend, release, take
from app.engines.crash_points import crash_point
from app.engines.generations import Generation, changed, raise_numbers, renew_epoch
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.web.page_cache import cache_of
from catalog.queries.offers import STOCK
from catalog.services.variants import count_stock
from tests.builders.dying import killed_at
from tests.kept_pages.world import FACTS, STOCKED, a_price, body, build, few_left, held, settle, sold


@pytest.mark.parametrize("fact", FACTS)
def test_what_is_changed_in_one_process_is_seen_in_another_at_the_next_request(kept, client, elsewhere, fact):
    it = build()
    act, names = FACTS[fact]
    addresses = [it.addresses[name] for name in names]
    before = {address: (settle(client, address), settle(elsewhere, address)) for address in addresses}
    assert kept.hits == len(addresses)
    with transaction():
        act(it)
    for address in addresses:
        here, there = body(client, address), body(elsewhere, address)
        assert here != before[address][0], address
        assert (here == there) or "404" in here, address
        assert there != before[address][1], address


def test_the_test_would_notice(kept, client, elsewhere, monkeypatch):
    """With services that tell nothing, the old price is served."""
    it = build()
    before = settle(elsewhere, it.addresses["product"])
    monkeypatch.setattr("app.engines.transactions.raise_numbers", lambda session: session.info.pop("changed facts", None))
    monkeypatch.setattr("tests.public_facts.KIND_OF", {})
    with transaction():
        a_price(it)
    assert body(elsewhere, it.addresses["product"]) == before


def test_a_sale_that_changes_no_word_empties_nothing(kept, client):
    it = build()
    for name in ("market", "product"):
        settle(client, it.addresses[name])
    with transaction():
        held(it, 2)
    kept.hits = 0
    for name in ("market", "product"):
        body(client, it.addresses[name])
    assert kept.hits == 2
    with transaction():
        take(STOCK, {it.variant: 2}, "purchase:2", now() + timedelta(minutes=30), now())
    assert "Plus que 5" in body(client, it.addresses["product"])


def test_a_page_made_while_a_change_is_stored_is_never_served_afterwards(kept, client, monkeypatch):
    """The page reads the old price, the change is stored, and only then is the page finished."""
    it = build()
    address = it.addresses["product"]
    body(client, address)
    finish = kept.finish

    def late(draft, page):
        monkeypatch.setattr(kept, "finish", finish)
        with transaction():
            a_price(it)
        finish(draft, page)

    monkeypatch.setattr(kept, "finish", late)
    assert "120,00" in body(client, address)
    for _ in range(3):
        assert "99,00" in body(client, address)


def test_killed_between_the_change_and_its_end_the_old_page_is_true(kept, app, client):
    it = build()
    address = it.addresses["product"]
    old = settle(client, address)

    def crash():
        with transaction():
            a_price(it)
            crash_point("of-this-test")

    assert killed_at(app, "of-this-test", crash)
    assert body(client, address) == old
    with transaction():
        a_price(it)
    assert "99,00" in body(client, address)


def test_a_transaction_that_fails_raises_nothing(kept, client):
    it = build()
    settle(client, it.addresses["market"])
    with pytest.raises(RuntimeError), transaction():
        a_price(it)
        raise RuntimeError
    kept.hits = 0
    body(client, it.addresses["market"])
    assert kept.hits == 1
    with transaction():
        changed("pages")
    body(client, it.addresses["market"])
    assert kept.hits == 2


def test_goods_that_were_held_come_back_when_their_time_is_over(kept, client, elsewhere):
    """Nothing is written then: the page itself has said until when it holds."""
    it = build()
    with transaction():
        held(it)
    for visitor in (client, elsewhere):
        assert "Épuisé" in settle(visitor, it.addresses["product"])
        assert "Miel de thym" not in settle(visitor, it.addresses["in stock"])
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        for visitor in (client, elsewhere):
            assert "Épuisé" not in body(visitor, it.addresses["product"])
            assert "Miel de thym" in body(visitor, it.addresses["in stock"])


def test_holds_that_counted_as_free_are_told_when_they_are_taken_up(kept, client):
    """Nine held and late, counted as free; then the late buyer's goods are gone after all."""
    it = build()
    with transaction():
        held(it)
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        assert "Épuisé" not in settle(client, it.addresses["product"])
        with transaction():
            sold(it)
        assert "Épuisé" in body(client, it.addresses["product"])


def test_what_another_buyer_takes_of_late_holds_is_told(kept, client):
    """Five are free and four are held too long: nine, until another takes four. Five are free again, as the row says."""
    it = build()
    with transaction():
        held(it, 4)
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        assert "En stock" in settle(client, it.addresses["product"])
        with transaction():
            take(STOCK, {it.variant: 4}, "purchase:2", now() + timedelta(minutes=30), now())
        assert "Plus que 5" in body(client, it.addresses["product"])


def test_late_holds_that_are_prolonged_are_told(kept, client):
    it = build()
    with transaction():
        held(it, 4)
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        assert "En stock" in settle(client, it.addresses["product"])
        with transaction():
            extend("purchase:1", now() + timedelta(minutes=30))
        assert "Plus que 5" in body(client, it.addresses["product"])


def test_giving_back_is_told(kept, client):
    it = build()
    with transaction():
        held(it)
    settle(client, it.addresses["product"])
    with transaction():
        release("purchase:1")
    assert "Épuisé" not in body(client, it.addresses["product"])


def test_after_a_restore_or_an_upgrade_nothing_from_before_is_served(kept, client):
    it = build()
    settle(client, it.addresses["market"])
    kept.hits = 0
    with transaction() as session:
        renew_epoch(session)
    body(client, it.addresses["market"])
    assert kept.hits == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_random_changes_and_readings_never_show_what_is_no_longer_so(kept, client, elsewhere, seed):
    """A hundred of each: prices and stock change, visitors of two processes look."""
    it, chance = build(), random.Random(seed)
    price, left = 12_000, STOCKED
    for _ in range(100):
        if chance.random() < 0.25:
            price = chance.randrange(1_000, 90_000, 100)
            with transaction():
                a_price(it, price)
        elif chance.random() < 0.3:
            left = chance.randrange(8)
            with transaction():
                count_stock(it.chair, it.shop, {it.variant: left})
        visitor = chance.choice((client, elsewhere))
        page = body(visitor, it.addresses["product"])
        said = "Épuisé" if left == 0 else f"Plus que {left}" if left <= 5 else "En stock"
        assert (said in page, f'"price": "{price // 100}' in page) == (True, True), (price, left)


def test_the_numbers_are_raised_in_the_order_of_their_names(kept, app):
    """Two transactions that change the same things the other way round never wait for each other in a circle."""
    with transaction() as session:
        changed("sheet", 2, 1)
        changed("market")
        changed("product", 7)
        raise_numbers(session)
        names = list(session.scalars(select(Generation.name)))
    assert {"market", "projects", "product:7", "sheet:1", "sheet:2"} <= set(names)
    with pytest.raises(LookupError), transaction():
        changed("weather")


def test_few_left_is_said_from_five_down(kept, client):
    it = build()
    settle(client, it.addresses["product"])
    with transaction():
        few_left(it)
    assert "Plus que 4" in body(client, it.addresses["product"])
    assert cache_of(client.application) is kept
