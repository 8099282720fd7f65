"""Scarce things: held until a moment, sold once, never below zero, also when many ask at once."""

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import bindparam, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from app.engines.counters import (
    LIMIT,
    Short,
    available,
    broken_counters,
    consume,
    counted,
    extend,
    free,
    free_of,
    held,
    holds_of,
    on_hand,
    on_hand_for_update,
    open_counter,
    open_counters,
    put_back,
    release,
    set_on_hand,
    take,
    use_up,
    well_stocked,
)
from app.engines.counters.tables import Counter, Hold
from app.engines.db import Moment, db
from app.engines.transactions import transaction
from app.kernel.errors import Invalid
from tests.engines.together import at_once
from tests.plans import Asked, asked, read_whole

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)


def stocked(**on_hand: int) -> None:
    """Counters of stock: stocked(s1=5, s2=3) opens subjects 1 and 2."""
    with transaction():
        for name, number in on_hand.items():
            open_counter("stock", int(name[1:]), number)


def takes(holder: str, wanted: dict[int, int], until: datetime = LATER, at: datetime = NOON) -> None:
    with transaction():
        take("stock", wanted, holder, until, at)


def stands() -> dict[int, tuple[int, int]]:
    """{subject: (on hand, available)} as the database has it."""
    db.session.rollback()
    rows = db.session.execute(select(Counter.subject, Counter.on_hand, Counter.available).order_by(Counter.subject))
    return {subject: (on_hand, free) for subject, on_hand, free in rows}


def holds() -> list[tuple[str, int]]:
    return [
        (holder, quantity) for holder, quantity in db.session.execute(select(Hold.holder, Hold.quantity).order_by(Hold.id))
    ]


def test_what_is_taken_is_held_and_no_longer_free(app):
    stocked(s1=5)
    takes("amina", {1: 3})
    assert stands() == {1: (5, 2)}
    assert held("amina", "stock") == {1: 3}
    assert available("stock", [1, 2], NOON) == {1: 2}


def test_more_than_is_left_is_refused_and_nothing_changes(app):
    stocked(s1=5, s2=1)
    takes("amina", {1: 3})
    with pytest.raises(Short) as refused:
        takes("brahim", {2: 1, 1: 3})
    assert refused.value.status == 409
    assert refused.value.facts == {"kind": "stock", "subject": 1, "asked": 3, "available": 2}
    assert stands() == {1: (5, 2), 2: (1, 1)}
    assert holds() == [("amina", 3)]


def test_a_thing_that_has_no_counter_is_short(app):
    stocked(s1=5)
    with pytest.raises(Short) as refused:
        takes("amina", {1: 1, 404: 1})
    assert refused.value.facts["available"] == 0
    assert stands() == {1: (5, 5)}


def test_what_is_used_up_at_once_is_gone_all_or_nothing(app):
    stocked(s1=5, s2=1)
    takes("amina", {1: 3})
    with pytest.raises(Short) as refused, transaction():
        use_up("stock", {2: 1, 1: 3}, NOON)
    assert refused.value.facts == {"kind": "stock", "subject": 1, "asked": 3, "available": 2}
    assert (stands(), holds()) == ({1: (5, 2), 2: (1, 1)}, [("amina", 3)])
    with transaction():
        use_up("stock", {2: 1, 1: 2}, NOON)
    assert (stands(), holds()) == ({1: (3, 0), 2: (0, 0)}, [("amina", 3)])
    with transaction():
        use_up("stock", {1: 3}, LATER)  # the hold is over by then
    assert (stands(), holds()) == ({1: (0, 0), 2: (0, 0)}, [])


@pytest.mark.parametrize("quantity", [0, -1, LIMIT + 1])
def test_only_possible_quantities_are_taken_or_put_back(app, quantity):
    stocked(s1=5)
    with pytest.raises(Invalid):
        takes("amina", {1: quantity})
    with pytest.raises(Invalid), transaction():
        put_back("stock", {1: quantity})
    with pytest.raises(Invalid), transaction():
        use_up("stock", {1: quantity}, NOON)
    assert stands() == {1: (5, 5)}


def test_asking_twice_holds_once(app):
    stocked(s1=5)
    takes("amina", {1: 4})
    takes("amina", {1: 5})
    assert stands() == {1: (5, 0)}
    assert holds() == [("amina", 5)]


def test_a_refused_second_asking_leaves_the_first(app):
    stocked(s1=5)
    takes("amina", {1: 4})
    with pytest.raises(Short):
        takes("amina", {1: 6})
    assert stands() == {1: (5, 1)}
    assert holds() == [("amina", 4)]


def test_an_expired_hold_is_free_for_the_next(app):
    stocked(s1=5)
    takes("amina", {1: 5})
    assert available("stock", [1], LATER - timedelta(seconds=1)) == {1: 0}
    assert available("stock", [1], LATER) == {1: 5}
    with pytest.raises(Short):
        takes("brahim", {1: 1}, at=LATER - timedelta(seconds=1))
    takes("brahim", {1: 2}, until=LATER + timedelta(hours=1), at=LATER)
    assert stands() == {1: (5, 3)}
    assert holds() == [("brahim", 2)]
    with transaction():
        assert consume("amina") == {}
    assert stands() == {1: (5, 3)}


def test_a_hold_can_be_extended_before_it_is_freed(app):
    stocked(s1=5)
    takes("amina", {1: 5})
    with transaction():
        extend("amina", LATER + timedelta(hours=1))
    with pytest.raises(Short):
        takes("brahim", {1: 1}, at=LATER)
    assert held("amina", "stock") == {1: 5}


def test_what_is_consumed_is_gone_and_what_is_released_is_free(app):
    stocked(s1=5, s2=5)
    takes("amina", {1: 2, 2: 1})
    takes("brahim", {1: 1})
    with transaction():
        assert consume("amina") == {1: 2, 2: 1}
    with transaction():
        assert consume("amina") == {}
        release("brahim")
        release("brahim")
    assert stands() == {1: (3, 3), 2: (4, 4)}
    assert holds() == []


def test_only_one_kind_is_released_when_it_is_named(app):
    stocked(s1=5)
    with transaction():
        open_counter("slot", 1, 2)
        take("stock", {1: 2}, "amina", LATER, NOON)
        take("slot", {1: 1}, "amina", LATER, NOON)
    with transaction():
        release("amina", "slot")
    rows = db.session.execute(select(Counter.kind, Counter.available).order_by(Counter.kind)).all()
    assert [tuple(row) for row in rows] == [("slot", 2), ("stock", 3)]


def test_a_cancelled_order_comes_back_on_hand(app):
    stocked(s1=5)
    takes("amina", {1: 2})
    with transaction():
        consume("amina")
    with transaction():
        put_back("stock", {1: 2})
    assert stands() == {1: (5, 5)}


def test_a_person_counts_the_shelf(app):
    stocked(s1=5)
    takes("amina", {1: 2})
    with transaction():
        set_on_hand("stock", 1, 9, NOON)
        set_on_hand("stock", 7, 4, NOON)
    assert stands() == {1: (9, 7), 7: (4, 4)}
    with pytest.raises(Short) as refused, transaction():
        set_on_hand("stock", 1, 1, NOON)
    assert refused.value.code == "more-is-held"
    assert stands()[1] == (9, 7)
    with transaction():
        set_on_hand("stock", 1, 1, LATER)
    assert stands()[1] == (1, 1)


@pytest.mark.parametrize("number", [-1, LIMIT + 1])
def test_a_shelf_holds_a_possible_number(app, number):
    stocked(s1=5)
    with pytest.raises(Invalid), transaction():
        set_on_hand("stock", 1, number, NOON)
    with pytest.raises(Invalid), transaction():
        open_counter("stock", 2, number)
    assert stands() == {1: (5, 5)}


@pytest.mark.parametrize("values", [{"available": -1}, {"available": 6}, {"on_hand": 4}])
def test_the_database_itself_refuses_what_cannot_be(app, values):
    stocked(s1=5)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(Counter).values(**values))
    assert stands() == {1: (5, 5)}


def test_check_names_a_counter_that_does_not_add_up(app):
    stocked(s1=5, s2=5)
    takes("amina", {1: 2})
    assert broken_counters() == []
    with transaction() as session:
        session.execute(update(Counter).where(Counter.subject == 1).values(available=4))
    assert broken_counters() == ["counter stock 1: on hand 5, available 4, held 2"]


def won(outcomes: list[object]) -> int:
    """How many got what they asked for; nobody may see anything but that or Short."""
    assert all(outcome is None or isinstance(outcome, Short) for outcome in outcomes), outcomes
    return sum(outcome is None for outcome in outcomes)


def test_twenty_buyers_race_for_seven(app):
    stocked(s1=7)
    outcomes = at_once(app, [lambda name=f"buyer-{n}": takes(name, {1: 1}) for n in range(20)])
    assert won(outcomes) == 7
    assert stands() == {1: (7, 0)}
    assert len(holds()) == 7
    assert broken_counters() == []


def test_without_the_guard_the_same_buyers_oversell(app):
    """The negative control: a plain read and write, outside the counter's lock, sells more than there is."""
    stocked(s1=7)
    sold = []
    meet = threading.Barrier(12)

    def buys() -> None:
        free = db.session.scalar(select(Counter.available))
        db.session.rollback()
        meet.wait(20)
        if free > 0:
            with transaction() as session:
                session.execute(update(Counter).values(available=free - 1))
            sold.append(free)

    at_once(app, [buys] * 12)
    assert len(sold) > 7


def test_baskets_of_five_in_any_order_never_wait_in_a_circle(app):
    stocked(**{f"s{n}": 12 for n in range(1, 9)})
    chance = random.Random(2026)

    def shops(name: str) -> int:
        got = 0
        for _ in range(4):
            basket = chance.sample(range(1, 9), 5)
            try:
                takes(name, dict.fromkeys(basket, 1))
                got += 1
            except Short:
                pass
        return got

    outcomes = at_once(app, [lambda name=f"buyer-{n}": shops(name) for n in range(12)])
    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    assert broken_counters() == []
    assert all(0 <= free <= on_hand for on_hand, free in stands().values())
    assert sum(quantity for _holder, quantity in holds()) == sum(on_hand - free for on_hand, free in stands().values())


def test_the_return_page_and_the_webhook_consume_once(app):
    stocked(s1=10)
    takes("purchase-1", {1: 4})

    def finishes() -> dict[int, int]:
        with transaction():
            return consume("purchase-1")

    outcomes = at_once(app, [finishes] * 6)
    assert sorted(outcomes, key=len) == [{}] * 5 + [{1: 4}]
    assert stands() == {1: (6, 6)}


def test_two_releases_give_back_once(app):
    stocked(s1=10)
    takes("purchase-1", {1: 4})

    def lets_go() -> None:
        with transaction():
            release("purchase-1")

    assert at_once(app, [lets_go] * 6) == [None] * 6
    assert stands() == {1: (10, 10)}


def test_a_late_payment_and_the_next_buyer_never_both_have_it(app):
    """The hold has run out: either the payer still finds it and consumes, or the next buyer takes it."""
    for round_ in range(6):
        subject = round_ + 1
        stocked(**{f"s{subject}": 1})
        takes(f"late-{round_}", {subject: 1})

        def pays(holder: str = f"late-{round_}") -> bool:
            with transaction():
                return bool(consume(holder))

        def takes_next(holder: str = f"next-{round_}", subject: int = subject) -> bool:
            try:
                takes(holder, {subject: 1}, until=LATER + timedelta(hours=1), at=LATER)
            except Short:
                return False
            return True

        outcomes = at_once(app, [pays, takes_next])
        assert sorted(outcomes) == [False, True], outcomes
        assert broken_counters() == []


def test_a_statement_reads_what_is_free_as_everybody_does(app):
    """Held is not free, held until now is free again, and what nobody has counted is unknown rather than nothing."""
    stocked(s1=10, s2=10)
    with transaction():
        open_counter("seats", 1, 99)
    takes("a", {1: 4, 2: 10})
    takes("b", {1: 3}, until=LATER + timedelta(hours=1))
    things = union_all(*(select(literal(number).label("id")) for number in (1, 2, 3))).subquery()
    moment = bindparam("now", type_=Moment())
    joined = select(things.c.id, on_hand(), free(moment)).outerjoin(*counted("stock", things.c.id)).order_by(things.c.id)
    alone = select(things.c.id, free_of("stock", things.c.id, moment)).order_by(things.c.id)
    just_before = LATER - timedelta(seconds=1)
    for at, expected in ((just_before, {1: 3, 2: 0}), (LATER, {1: 7, 2: 10})):
        assert available("stock", [1, 2, 3], at) == expected
        assert [tuple(row) for row in db.session.execute(joined, {"now": at})] == [
            (1, 10, expected[1]),
            (2, 10, expected[2]),
            (3, None, None),
        ]
        assert [tuple(row) for row in db.session.execute(alone, {"now": at})] == [
            (1, expected[1]),
            (2, expected[2]),
            (3, None),
        ]


def test_many_counters_open_at_once_and_tell_of_themselves(app):
    with transaction():
        open_counters("stock", {3: 0, 1: 7, 2: 5})
        open_counters("stock", {})
    assert stands() == {1: (7, 7), 2: (5, 5), 3: (0, 0)}
    takes("purchase:1", {1: 2, 2: 5})
    takes("purchases", {1: 1})
    assert well_stocked("stock", 1, 10) == [1]
    assert well_stocked("stock", 0, 2) == [1, 2]
    assert well_stocked("seats", 0, 2) == []
    assert holds_of("stock", "purchase:", "order:") == {"purchase:1": [(1, 2), (2, 5)]}
    with transaction():
        assert [on_hand_for_update("stock", subject) for subject in (1, 3, 4)] == [7, 0, 0]
    with pytest.raises(Invalid), transaction():
        open_counters("stock", {4: 1, 5: -1})
    assert stands().keys() == {1, 2, 3}


def test_a_hold_reads_its_own_counters_and_no_other(app: Flask) -> None:
    """Inside the write lock nothing is read that grows with the market."""
    stocked(**{f"s{number}": 5 for number in range(1, 40)})
    takes("basket-1", {3: 1, 4: 2})
    with asked() as statements:
        takes("basket-1", {2: 1, 4: 1})
        with transaction():
            extend("basket-1", LATER)
            release("basket-1", "stock")
            consume("basket-1")
    ours = [one for one in statements if " counter" in one.statement or " hold" in one.statement]
    assert len(ours) >= 10
    assert [(one.statement, tables) for one in ours if (tables := read_whole(one))] == []
    either = Asked("SELECT id FROM counter WHERE available >= 5 OR subject = 3", ())
    assert read_whole(either) == {"counter"}
    assert (stands()[2], stands()[3], stands()[4]) == ((5, 5), (5, 5), (5, 5))
