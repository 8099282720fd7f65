"""Goods in lots: first expired first out, nothing past its last day of sale, and a recall finds exactly who has it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation, Person
from app.engines import counters
from app.engines.counters import Short
from app.engines.db import db
from app.engines.place import today
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from catalog.jobs import look_at_lots
from catalog.models import StockMovement, Variant
from catalog.queries import STOCK
from catalog.queries.lots import LOT, broken_lots, taken_by
from catalog.services import stock
from catalog.services.lots import count_lot, recall_lot, receive_lot, set_shelf_days
from catalog.services.stock import move_stock
from catalog.services.variants import count_stock
from orders.models import Order
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.dying import killed_at
from tests.builders.lots import a_lot
from tests.builders.orders import a_purchase, a_variant, orders_of, problems, stock_of, takes
from tests.engines.together import at_once
from tests.plans import asked, read_whole


@pytest.fixture
def honey(shop: Organisation) -> int:
    return a_variant(shop.id, 12_000, 0)


def within(act: Callable[..., Any], *given: Any) -> Any:
    with transaction():
        return act(*given)


def lot_stock(lot_id: int) -> int:
    db.session.rollback()
    with transaction():
        return counters.on_hand_for_update(LOT, lot_id)


def has(order: Any) -> dict[str, int]:
    """{code: how many} that an order has."""
    db.session.rollback()
    return {taken.code: taken.quantity for taken in taken_by(order.number)}


def test_what_expires_first_is_sold_first_and_one_line_may_come_from_two_lots(
    app: Flask, chair: Person, shop: Organisation, honey: int
) -> None:
    late = a_lot(shop, chair, honey, "B", 60, 10)
    early = a_lot(shop, chair, honey, "A", 30, 4)
    first, second = (orders_of(a_purchase({honey: 3}))[0] for _ in range(2))
    assert has(first) == {"A": 3}
    assert has(second) == {"A": 1, "B": 2}
    assert (lot_stock(early), lot_stock(late), stock_of(honey)) == (0, 8, (8, 8))
    takes(actor_of(chair), second, "refuse")
    assert has(second) == {}
    assert (lot_stock(early), lot_stock(late), stock_of(honey)) == (1, 10, (11, 11))
    assert problems(app) == []


def test_what_is_held_for_a_card_keeps_its_lots(app: Flask, chair: Person, shop: Organisation, honey: int) -> None:
    early, late = a_lot(shop, chair, honey, "A", 30, 4), a_lot(shop, chair, honey, "B", 60, 10)
    a_purchase({honey: 3}, "card")
    assert has(orders_of(a_purchase({honey: 2}))[0]) == {"A": 1, "B": 1}
    assert (lot_stock(early), lot_stock(late), stock_of(honey)) == (3, 9, (12, 9))
    assert problems(app) == []


def test_nothing_is_sold_from_midnight_after_its_last_day(app: Flask, chair: Person, shop: Organisation, honey: int) -> None:
    who, shop_id, product = actor_of(chair), shop.id, db.session.get_one(Variant, honey).product_id
    within(set_shelf_days, who, shop_id, product, 30)
    with time_machine.travel(datetime(2026, 7, 1, 9, tzinfo=UTC), tick=False):
        within(receive_lot, who, shop_id, honey, "A", date(2026, 8, 9), 5, "a")  # sold until the tenth of July
        within(receive_lot, who, shop_id, honey, "B", date(2026, 12, 1), 5, "b")
        with pytest.raises(Invalid):
            within(receive_lot, who, shop_id, honey, "C", date(2026, 7, 30), 5, "c")
    last = datetime(2026, 7, 10, 22, 59, 59, tzinfo=UTC)  # a second to midnight where the cooperative is
    with time_machine.travel(last, tick=False):
        assert has(orders_of(a_purchase({honey: 1}))[0]) == {"A": 1}
    with time_machine.travel(last + timedelta(seconds=1), tick=False):
        assert has(orders_of(a_purchase({honey: 1}))[0]) == {"B": 1}
        assert stock_of(honey) == (8, 8)  # no job has run: the counter still counts the four
        with pytest.raises(Short) as refused:
            a_purchase({honey: 5})
        assert refused.value.facts["available"] == 4
        look_at_lots()
        look_at_lots()
        assert stock_of(honey) == (4, 4)
        moved = db.session.execute(select(StockMovement.reason, StockMovement.change).order_by(StockMovement.id)).all()
        assert [tuple(row) for row in moved][-1:] == [("over", -4)]
        assert has(orders_of(a_purchase({honey: 4}))[0]) == {"B": 4}
        assert problems(app) == []


def test_of_two_who_want_the_last_of_a_lot_at_once_one_has_it(
    app: Flask, chair: Person, shop: Organisation, honey: int
) -> None:
    lot = a_lot(shop, chair, honey, "A", 30, 1)

    def buys(name: str) -> Any:
        with transaction():
            stock.hold_goods(name, {honey: 1}, now() + timedelta(minutes=5), now())

    answers = at_once(app, [lambda name=name: buys(name) for name in ("one", "two")])
    assert sorted(type(one).__name__ for one in answers) == ["NoneType", "Short"]
    assert (lot_stock(lot), stock_of(honey)) == (1, (1, 0))


def test_two_who_buy_at_once_share_the_lots_that_are_left(app: Flask, chair: Person, shop: Organisation, honey: int) -> None:
    first, second = a_lot(shop, chair, honey, "A", 30, 1), a_lot(shop, chair, honey, "B", 60, 1)
    answers = at_once(app, [lambda name=name: within(hold, name, honey) for name in ("one", "two")])
    assert answers == [None, None]
    db.session.rollback()
    assert sorted(counters.held(name, LOT).popitem() for name in ("one", "two")) == [(first, 1), (second, 1)]


def hold(name: str, variant: int) -> None:
    stock.hold_goods(name, {variant: 1}, now() + timedelta(minutes=5), now())


def test_without_reading_the_lots_under_lock_the_second_is_told_that_there_is_none(
    chair: Person, shop: Organisation, honey: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what was free of each lot before the other one bought."""
    lots = [a_lot(shop, chair, honey, code, days, 1) for code, days in (("A", 30), ("B", 60))]
    monkeypatch.setattr(stock.counters, "free_for_update", lambda *_: dict.fromkeys(lots, 1))
    within(hold, "one", honey)
    with pytest.raises(Short):
        within(hold, "two", honey)


@pytest.mark.sqlite_only  # PostgreSQL chooses by how many rows it has counted: here there are none
def test_a_press_reads_no_other_lots(chair: Person, shop: Organisation, honey: int) -> None:
    """Inside the write lock: what is asked of lots is found by an index, however many lots there are elsewhere."""
    a_lot(shop, chair, honey, "A", 30, 5)
    with asked() as told:
        purchase = a_purchase({honey: 1})
        takes(actor_of(chair), orders_of(purchase)[0], "refuse")
    of_lots = [one for one in told if " lot " in one.statement]
    assert len(of_lots) >= 3
    assert {one.statement: tables for one in of_lots if (tables := read_whole(one))} == {}


def test_goods_that_were_there_before_are_counted_into_the_first_lot(app: Flask, chair: Person, shop: Organisation) -> None:
    oil = a_variant(shop.id, 5_000, 10)
    waiting = orders_of(a_purchase({oil: 4}, "card"))[0]
    before = orders_of(a_purchase({oil: 1}))[0]
    lot = a_lot(shop, chair, oil, "A", 30, 5)
    assert (lot_stock(lot), stock_of(oil)) == (14, (14, 10))
    db.session.rollback()
    assert counters.held(f"purchase:{waiting.purchase_id}", LOT) == {lot: 4}
    assert problems(app) == []
    takes(actor_of(chair), before, "refuse")  # of no lot that is known: a person says in which it is
    assert (lot_stock(lot), stock_of(oil)) == (14, (14, 10))
    assert problems(app) == []


def test_lots_are_counted_lot_by_lot(app: Flask, chair: Person, shop: Organisation, honey: int) -> None:
    who, shop_id = actor_of(chair), shop.id
    lot = a_lot(shop, chair, honey, "A", 30, 5)
    a_lot(shop, chair, honey, "A", 30, 2)
    for deed in ((count_stock, who, shop_id, {honey: 3}), (move_stock, who, shop_id, honey, "broken", 1)):
        with pytest.raises(Conflict):
            within(*deed)
    within(count_stock, who, shop_id, {honey: 7})  # as many as there are says nothing new
    with pytest.raises(Conflict):
        within(receive_lot, who, shop_id, honey, "A", today() + timedelta(days=31), 1, "other day")
    with pytest.raises(Conflict):
        within(count_lot, who, shop_id, lot, 4, 6)
    assert (lot_stock(lot), stock_of(honey)) == (7, (7, 7))
    within(count_lot, who, shop_id, lot, 4, 7)
    assert (lot_stock(lot), stock_of(honey)) == (4, (4, 4))
    within(count_lot, who, shop_id, lot, 9, 4)
    assert (lot_stock(lot), stock_of(honey)) == (9, (9, 9))
    assert problems(app) == []


@pytest.mark.parametrize("point", ["lot-received", "lot-counted", "lot-stopped", "lot-recalled"])
def test_killed_half_way_nothing_has_changed(app: Flask, chair: Person, shop: Organisation, honey: int, point: str) -> None:
    who, shop_id = actor_of(chair), shop.id
    lot = a_lot(shop, chair, honey, "A", 30, 5)
    a_purchase({honey: 2}, "card")
    deeds: dict[str, tuple[Any, ...]] = {
        "lot-received": (receive_lot, who, shop_id, honey, "A", today() + timedelta(days=30), 4, "again"),
        "lot-counted": (count_lot, who, shop_id, lot, 3, 5),
        "lot-stopped": (recall_lot, who, shop_id, lot, "Glass in a jar"),
        "lot-recalled": (recall_lot, who, shop_id, lot, "Glass in a jar"),
    }
    assert killed_at(app, point, lambda: within(*deeds[point]))
    assert (lot_stock(lot), stock_of(honey)) == (5, (5, 3))
    assert problems(app) == []
    within(*deeds[point])
    assert lot_stock(lot) == {"lot-received": 9, "lot-counted": 3}.get(point, 0)
    assert problems(app) == []


def test_a_recalled_lot_is_sold_no_more_also_not_to_who_is_paying(
    app: Flask, chair: Person, shop: Organisation, honey: int
) -> None:
    who, shop_id = actor_of(chair), shop.id
    lot = a_lot(shop, chair, honey, "A", 30, 5)
    sold = orders_of(a_purchase({honey: 1}))[0]
    paying = orders_of(a_purchase({honey: 2}, "card"))[0]
    within(receive_lot, who, shop_id, honey, "B", today() + timedelta(days=60), 3, "b")
    paying_for, number = paying.purchase_id, sold.number
    answers = at_once(app, [lambda: within(recall_lot, who, shop_id, lot, "Glass in a jar") for _ in range(2)])
    assert sorted(answers) == [False, True]
    assert (lot_stock(lot), stock_of(honey)) == (0, (3, 3))
    db.session.rollback()
    assert counters.held(f"purchase:{paying_for}", STOCK) == {}
    assert has(orders_of(a_purchase({honey: 2}))[0]) == {"B": 2}
    sold = db.session.scalars(select(Order).where(Order.number == number)).one()
    assert has(sold) == {"A": 1}
    takes(who, sold, "refuse")
    assert (lot_stock(lot), stock_of(honey), has(sold)) == (0, (1, 1), {})
    assert problems(app) == []


def test_who_may_recall(app: Flask, chair: Person, shop: Organisation, honey: int) -> None:
    lot, shop_id = a_lot(shop, chair, honey, "A", 30, 5), shop.id
    packer, stranger = a_person("Sami"), a_person("Omar")
    joins(packer, shop, "packer")
    other = a_cooperative("Adrar", chair=stranger).id
    tried: list[tuple[Any, ...]] = [
        (NotAllowed, packer, shop_id),
        (NotFound, stranger, shop_id),
        (NotFound, stranger, other),
    ]
    for refusal, person, organisation in tried:
        with pytest.raises(refusal):
            within(recall_lot, actor_of(person), organisation, lot, "Glass in a jar")
    with pytest.raises(Invalid):
        within(recall_lot, actor_of(chair), shop_id, lot, " ")
    assert (lot_stock(lot), stock_of(honey)) == (5, (5, 5))


def test_the_check_names_lots_that_do_not_make_up_the_stock(
    app: Flask, chair: Person, shop: Organisation, honey: int
) -> None:
    lot = a_lot(shop, chair, honey, "A", 30, 5)
    with transaction():
        counters.use_up(LOT, {lot: 1}, now())
    assert list(broken_lots()) == [
        f"variant {honey}: there are 5, its lots make 4",
        f"lot {lot}: there are 4, its movements make 5",
    ]
