"""A guest's order above what is taken on trust waits: held, confirmed once by its code or on the phone, or free again."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Organisation, Person
from app.engines import counters
from app.engines.db import db
from app.engines.jobs import run_due_jobs
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotAllowed, NotFound, TooMany
from app.kernel.money import Money
from app.payments.queries import ledger
from catalog.queries import STOCK
from orders.models import Order, Purchase
from orders.rules import purchases
from orders.services import confirming
from orders.services.checkout import prepare
from orders.services.confirming import answer_for_buyer, confirm_by_code, drop_waiting, lapse_purchase, send_code_again
from orders.services.fulfilment import move
from orders.services.trust import forget_senders
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.dying import killed_at
from tests.builders.orders import a_guest, a_variant, a_wish, orders_by, problems, puts, stock_of
from tests.engines.together import at_once

LIMIT = 150_000


def terms(most: int, sender: str) -> purchases.Terms:
    return purchases.Terms("morocco", 500, timedelta(minutes=30), most, sender)


TERMS = terms(LIMIT, "an-address")
MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
GUEST = Actor("guest")


class Stall:
    """A cooperative with a hundred bottles of oil at 120 dirhams, delivered for 30."""

    def __init__(self) -> None:
        self.person: Person = a_person("Aïcha")
        self.cooperative: Organisation = a_cooperative("Tifawin", chair=self.person, slug="tifawin")
        self.packer, self.other = a_person("Hassan"), a_person("Brahim")
        joins(self.packer, self.cooperative, "packer")
        self.seller, self.stranger = actor_of(self.person), actor_of(self.other)
        self.oil = a_variant(self.cooperative.id, 12_000, 100)


@pytest.fixture
def stall(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Stall:
    monkeypatch.setitem(app.config, "RATE_LIMITS", True)
    return Stall()


def buys(stall: Stall, bottles: int, under: purchases.Terms = TERMS, who: Actor | None = None, **facts: object) -> Purchase:
    who = who or a_guest()
    puts(who, {stall.oil: bottles})
    with transaction():
        return prepare(who, a_wish(who, **facts), under)


def letters(recipient: str = "nadia@example.org") -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).where(Letter.recipient == recipient).order_by(Letter.id)))


def code_in(letter: Letter) -> str:
    return re.findall(r"(?<![\d-])\d{6}(?!\d)", letter.body.split("http")[0])[-1]


def stages(purchase_id: int) -> list[str]:
    return [order.commercial for order in orders_by(purchase_id)]


def in_transaction(act: Callable[..., Any], *given: Any) -> Callable[[], Any]:
    def run() -> Any:
        with transaction():
            return act(*given)

    return run


def test_so_much_is_taken_at_once_and_no_more(stall: Stall) -> None:
    """12 bottles are 147,000 with delivery; a further one from the same contact or the same address is too much."""
    first = buys(stall, 12)
    assert stages(first.id) == ["placed"]
    for facts, sender in (
        ({}, "another-address"),
        ({"mail": "other@example.org"}, "another-address"),
        ({"phone": None}, "another-address"),
        ({"mail": "new@example.org", "phone": "+212612345679"}, "an-address"),
    ):
        waiting = buys(stall, 1, terms(LIMIT, sender), **facts)
        assert stages(waiting.id) == ["unconfirmed"], facts
    elsewhere = terms(LIMIT, "third")
    free = buys(stall, 1, elsewhere, mail="new@example.org", phone="+212612345670")
    assert stages(free.id) == ["placed"]
    assert counters.broken_counters() == []


def test_exactly_the_limit_is_taken_and_one_centime_more_waits(stall: Stall) -> None:
    total = 12 * 12_000 + 3_000
    just = terms(total, "a")
    assert stages(buys(stall, 12, just).id) == ["placed"]
    less = terms(total - 1, "b")
    other = {"mail": "new@example.org", "phone": None}
    assert stages(buys(stall, 12, less, **other).id) == ["unconfirmed"]


def test_what_was_delivered_or_cancelled_counts_no_more(app: Flask, stall: Stall) -> None:
    first = buys(stall, 12)
    (order,) = orders_by(first.id)
    for action in ("accept", "pack", "ship", "hand-over"):
        with transaction():
            move(stall.seller, order.id, action, version_of(order.id))
    assert stages(buys(stall, 12).id) == ["placed"]
    assert problems(app) == []


def version_of(order_id: int) -> int:
    return db.session.scalars(select(Order.version).where(Order.id == order_id)).one()


def test_a_waiting_order_holds_its_goods_and_tells_nobody_but_its_buyer(app: Flask, stall: Stall) -> None:
    purchase = buys(stall, 20)
    assert stages(purchase.id) == ["unconfirmed"]
    assert stock_of(stall.oil) == (100, 80)
    (letter,) = letters()
    assert letter.subject == f"Confirmez votre commande {purchase.number}"
    assert (letter.bound, letter.cause) == ("order", "sender:an-address")
    assert db.session.scalars(select(Letter.recipient)).all() == ["nadia@example.org"]
    assert ledger.balance("buyer", "MAD") == Money(0, "MAD")
    assert problems(app) == []


def test_the_code_confirms_once(app: Flask, stall: Stall) -> None:
    purchase = buys(stall, 20)
    code = code_in(letters()[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert in_transaction(confirm_by_code, GUEST, purchase.id, wrong)() == 4
    assert stages(purchase.id) == ["unconfirmed"]
    assert [in_transaction(confirm_by_code, GUEST, purchase.id, code)() for _ in range(2)] == [None, None]
    assert stages(purchase.id) == ["placed"]
    assert stock_of(stall.oil) == (80, 80)
    assert [letter.subject for letter in letters()][1:] == [f"Votre commande {purchase.number} est confirmée"]
    assert letters()[1].bound is None
    assert ledger.balance("buyer", "MAD") == Money(243_000, "MAD")
    assert problems(app) == []


def test_a_confirmed_order_counts_no_more(stall: Stall) -> None:
    purchase = buys(stall, 20)
    assert in_transaction(confirm_by_code, GUEST, purchase.id, code_in(letters()[0]))() is None
    assert stages(buys(stall, 12).id) == ["placed"]


def test_five_wrong_tries_end_the_code_and_another_one_is_sent(stall: Stall) -> None:
    purchase = buys(stall, 20)
    code = code_in(letters()[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    tries = [in_transaction(confirm_by_code, GUEST, purchase.id, wrong)() for _ in range(6)]
    assert tries == [4, 3, 2, 1, 0, 0]
    assert in_transaction(confirm_by_code, GUEST, purchase.id, code)() == 0
    assert in_transaction(send_code_again, GUEST, purchase.id)() is True
    assert in_transaction(confirm_by_code, GUEST, purchase.id, code_in(letters()[1]))() is None
    assert stages(purchase.id) == ["placed"]


def test_a_contact_gets_no_more_than_six_of_these_letters_a_day(stall: Stall) -> None:
    purchase = buys(stall, 20)
    sent = [in_transaction(send_code_again, GUEST, purchase.id)() for _ in range(8)]
    assert sent == [True] * 5 + [False] * 3
    assert len(letters()) == 6
    last = code_in(letters()[5])
    assert in_transaction(confirm_by_code, GUEST, purchase.id, last)() is None  # the last one that was sent still fits


def test_the_code_of_another_order_fits_nothing(stall: Stall) -> None:
    first, second = buys(stall, 20), buys(stall, 20, mail="other@example.org")
    code = code_in(letters()[0])
    if code != code_in(letters("other@example.org")[0]):
        assert in_transaction(confirm_by_code, GUEST, second.id, code)() == 4
    assert stages(first.id) + stages(second.id) == ["unconfirmed", "unconfirmed"]


def test_nobody_confirms_and_the_goods_are_free_after_a_day(app: Flask, stall: Stall) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        purchase = buys(stall, 20)
        clock.shift(timedelta(hours=24, seconds=-1))
        run_due_jobs()
        assert (stages(purchase.id), stock_of(stall.oil)) == (["unconfirmed"], (100, 80))
        clock.shift(timedelta(seconds=1))
        run_due_jobs()
        assert (stages(purchase.id), stock_of(stall.oil)) == (["lapsed"], (100, 100))
        assert letters()[-1].subject == f"Votre commande {purchase.number} n’a pas été confirmée"
        before = len(letters())
        for _ in range(2):
            with transaction():
                lapse_purchase(purchase.id)
        assert (stock_of(stall.oil), len(letters())) == ((100, 100), before)
        assert in_transaction(confirm_by_code, GUEST, purchase.id, code_in(letters()[0]))() is None
        assert (stages(purchase.id), stock_of(stall.oil)) == (["lapsed"], (100, 100))
        assert problems(app) == []


def test_after_the_day_a_code_is_too_late_even_before_the_job_has_run(stall: Stall) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        purchase = buys(stall, 20)
        clock.shift(timedelta(hours=24))
        with pytest.raises(Conflict, match="confirmation-over"):
            in_transaction(confirm_by_code, GUEST, purchase.id, code_in(letters()[0]))()
        (order,) = orders_by(purchase.id)
        with pytest.raises(Conflict, match="confirmation-over"):
            in_transaction(answer_for_buyer, stall.seller, order.id, "place", order.version)()
        assert (stages(purchase.id), stock_of(stall.oil)) == (["unconfirmed"], (100, 80))


def test_check_names_an_order_that_waits_too_long(app: Flask, stall: Stall) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        purchase = buys(stall, 20)
        clock.shift(timedelta(hours=25, seconds=1))
        assert problems(app) == [f"order {purchase.number}-1 still waits for its buyer, whose day is over"]


def test_ordinary_cash_orders_have_no_day(stall: Stall) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        purchase = buys(stall, 3)
        clock.shift(timedelta(days=30))
        run_due_jobs()
        assert (stages(purchase.id), stock_of(stall.oil)) == (["placed"], (97, 97))


@pytest.mark.parametrize("who", ["person", "packer"])
def test_the_cooperative_calls_the_buyer(app: Flask, stall: Stall, who: str) -> None:
    purchase = buys(stall, 20, mail=None)
    (order,) = orders_by(purchase.id)
    shown, actor = order.version, actor_of(getattr(stall, who))
    call = in_transaction(answer_for_buyer, actor, order.id, "place", shown)
    assert [call(), call()] == [True, False]
    assert (stages(purchase.id), stock_of(stall.oil)) == (["placed"], (80, 80))
    lines = db.session.execute(
        select(JournalLine.verb, JournalLine.actor_id).where(
            JournalLine.subject_id == order.id, JournalLine.verb.in_(("confirm-by-phone", "place-order"))
        )
    )
    assert sorted(map(tuple, lines)) == [("confirm-by-phone", actor.person_id), ("place-order", actor.person_id)]
    assert problems(app) == []


def test_the_buyer_says_on_the_phone_that_it_was_somebody_else(app: Flask, stall: Stall) -> None:
    purchase = buys(stall, 20)
    (order,) = orders_by(purchase.id)
    shown = order.version
    call = in_transaction(answer_for_buyer, stall.seller, order.id, "lapse", shown)
    assert [call(), call()] == [True, False]
    assert (stages(purchase.id), stock_of(stall.oil)) == (["lapsed"], (100, 100))
    with pytest.raises(Conflict):
        in_transaction(answer_for_buyer, stall.seller, order.id, "place", shown + 1)()
    assert problems(app) == []


def test_nobody_else_answers_for_the_buyer(stall: Stall) -> None:
    purchase = buys(stall, 20)
    (order,) = orders_by(purchase.id)
    treasurer = a_person("Treasurer")
    joins(treasurer, stall.cooperative, "treasurer")
    for actor, refusal in ((stall.stranger, NotFound), (GUEST, NotFound), (actor_of(treasurer), NotAllowed)):
        with pytest.raises(refusal):
            in_transaction(answer_for_buyer, actor, order.id, "place", order.version)()
    for action in ("accept", "pack", "refuse", "cancel"):
        with pytest.raises(Conflict):
            in_transaction(partial(move, reason="non"), stall.seller, order.id, action, order.version)()
    assert (stages(purchase.id), stock_of(stall.oil)) == (["unconfirmed"], (100, 80))


def test_one_cooperatives_call_moves_no_other_cooperatives_order(app: Flask, stall: Stall) -> None:
    assif = a_cooperative("Assif", chair=stall.other)
    honey, who = a_variant(assif.id, 9_000, 50), a_guest()
    puts(who, {stall.oil: 10, honey: 10})
    with transaction():
        purchase = prepare(who, a_wish(who), TERMS)
    first, second = orders_by(purchase.id)
    with pytest.raises(NotFound):
        in_transaction(answer_for_buyer, stall.seller, second.id, "place", second.version)()
    assert in_transaction(answer_for_buyer, stall.seller, first.id, "place", first.version)()
    assert stages(purchase.id) == ["placed", "unconfirmed"]
    assert (stock_of(stall.oil), stock_of(honey)) == ((90, 90), (50, 40))
    assert problems(app) == []
    assert in_transaction(confirm_by_code, GUEST, purchase.id, code_in(letters()[0]))() is None
    assert stages(purchase.id) == ["placed", "placed"]
    assert (stock_of(stall.oil), stock_of(honey)) == ((90, 90), (40, 40))
    assert problems(app) == []


@pytest.mark.parametrize("mail", [None, "nora@example.org"])  # the second where no relay is set
def test_without_mail_and_gateway_no_code_goes(
    app: Flask, stall: Stall, monkeypatch: pytest.MonkeyPatch, mail: str | None
) -> None:
    monkeypatch.setitem(app.config, "DEMO", False)
    purchase = buys(stall, 20, mail=mail)
    assert (stages(purchase.id), purchase.code_id) == (["unconfirmed"], None)
    assert letters("+212612345678") == letters("nora@example.org") == []
    assert in_transaction(send_code_again, GUEST, purchase.id)() is False
    assert in_transaction(confirm_by_code, GUEST, purchase.id, "000000")() == 0
    assert stages(purchase.id) == ["unconfirmed"]


def test_the_buyer_drops_it(app: Flask, stall: Stall) -> None:
    purchase = buys(stall, 20)
    assert [in_transaction(drop_waiting, GUEST, purchase.id)() for _ in range(2)] == [True, False]
    assert (stages(purchase.id), stock_of(stall.oil)) == (["lapsed"], (100, 100))
    assert problems(app) == []


def test_three_wait_for_one_contact_at_an_address_and_the_fourth_is_refused(stall: Stall) -> None:
    for _ in range(3):
        assert stages(buys(stall, 13).id) == ["unconfirmed"]
    with pytest.raises(TooMany, match="too-many-waiting"):
        buys(stall, 1)
    assert stock_of(stall.oil) == (100, 61)
    elsewhere = terms(LIMIT, "the owner's address")
    assert stages(buys(stall, 2, elsewhere).id) == ["placed"]  # the owner of the contact is kept from nothing


def test_a_purchase_of_two_cooperatives_waits_as_one(stall: Stall) -> None:
    """Two purchases are four orders, and still a third one may wait."""
    honey = a_variant(a_cooperative("Assif", chair=stall.other).id, 9_000, 50)
    for _ in range(2):
        who = a_guest()
        puts(who, {stall.oil: 10, honey: 10})
        with transaction():
            purchase = prepare(who, a_wish(who), TERMS)
        assert stages(purchase.id) == ["unconfirmed", "unconfirmed"]
    assert stages(buys(stall, 13).id) == ["unconfirmed"]
    with pytest.raises(TooMany, match="too-many-waiting"):
        buys(stall, 1)


def test_a_person_who_has_signed_in_counts_as_confirmed(stall: Stall) -> None:
    """The account's own contact is proved; letters to another contact are bounded, the order itself is theirs."""
    buyer = a_person("Nadia", "nadia@example.org")
    own = buys(stall, 20, who=actor_of(buyer))
    assert (stages(own.id), own.confirmed_at is not None, own.sender) == (["placed"], True, None)
    foreign = buys(stall, 20, who=actor_of(buyer), mail="somebody@example.org")
    assert (stages(foreign.id), foreign.confirmed_at) == (["placed"], None)
    assert [(letter.bound, letter.cause) for letter in letters()] == [(None, None)]
    assert [(one.bound, one.cause) for one in letters("somebody@example.org")] == [("order", f"person:{buyer.id}")]


def test_the_address_is_forgotten_after_sixty_days(stall: Stall) -> None:
    old, young = buys(stall, 1), buys(stall, 1)
    with transaction() as session:
        session.get_one(Purchase, old.id).created_at = now() - timedelta(days=61)
    with transaction():
        forget_senders(now())
    db.session.expire_all()
    assert [db.session.get_one(Purchase, one.id).sender for one in (old, young)] == [None, "an-address"]


# two at once, half way, and the control


@pytest.mark.parametrize("early", [timedelta(seconds=1), timedelta(0)])
def test_confirming_and_the_end_of_the_day_at_once(app: Flask, stall: Stall, early: timedelta) -> None:
    for number in range(4):
        other = {"mail": f"n{number}@example.org", "phone": None}
        with time_machine.travel(MORNING, tick=False) as clock:
            under = terms(0, f"address-{number}")
            purchase = buys(stall, 5, under, **other)
            before, purchase_id = stock_of(stall.oil)[0], purchase.id
            (order,) = orders_by(purchase_id)
            call = (stall.seller, order.id, "place", order.version)
            code = code_in(letters(other["mail"] or "")[0])
            clock.shift(timedelta(hours=24) - early)
            outcomes = at_once(
                app,
                [
                    in_transaction(confirm_by_code, GUEST, purchase_id, code),
                    in_transaction(lapse_purchase, purchase_id),
                    in_transaction(answer_for_buyer, *call),
                    in_transaction(confirm_by_code, GUEST, purchase_id, code),
                ],
            )
            assert all(isinstance(one, Conflict) or one in (None, True, False) for one in outcomes), outcomes
            sold = 5 if early else 0
            assert stages(purchase_id) == (["placed"] if early else ["lapsed"])
            assert stock_of(stall.oil) == (before - sold, before - sold)
            assert problems(app) == []


def test_late_and_with_the_goods_gone_nothing_is_sold_twice(
    app: Flask, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if a day had no end: goods that somebody else has taken meanwhile are not sold a second time."""
    with time_machine.travel(MORNING, tick=False) as clock:
        under = terms(0, "an-address")
        purchase = buys(stall, 100, under)
        code = code_in(letters()[0])
        with transaction():
            assert send_code_again(GUEST, purchase.id)
        clock.shift(timedelta(hours=25))
        counters_taken(stall.oil, 100)
        monkeypatch.setattr(confirming, "_is_over", lambda _purchase: False)
        monkeypatch.setattr(confirming, "try_code", lambda *_: type("Fits", (), {"asked": True, "left": 5})())
        with pytest.raises(Conflict, match="confirmation-over"):
            in_transaction(confirm_by_code, GUEST, purchase.id, code)()
        assert (stages(purchase.id), stock_of(stall.oil)) == (["unconfirmed"], (100, 0))


def counters_taken(variant_id: int, quantity: int) -> None:
    with transaction():
        counters.take(STOCK, {variant_id: quantity}, "purchase:999", now() + timedelta(hours=1), now())


def test_without_looking_at_what_is_held_the_same_goods_are_sold_twice(
    app: Flask, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: no end of the day, and whatever is left of the hold counts as all of it."""
    with time_machine.travel(MORNING, tick=False) as clock:
        purchase = buys(stall, 100, terms(0, "an-address"))
        clock.shift(timedelta(hours=25))
        counters_taken(stall.oil, 100)
        monkeypatch.setattr(confirming, "_is_over", lambda _purchase: False)
        monkeypatch.setattr(confirming, "try_code", lambda *_: type("Fits", (), {"asked": True, "left": 5})())
        monkeypatch.setattr(confirming, "counts_in", lambda _ids: {order_of(purchase.id): {}})
        assert in_transaction(confirm_by_code, GUEST, purchase.id, "1")() is None
        assert stages(purchase.id) == ["placed"]
        assert stock_of(stall.oil) == (100, 0)  # a hundred are sold, and another hundred held, of the same hundred


def order_of(purchase_id: int) -> int:
    return db.session.scalars(select(Order.id).where(Order.purchase_id == purchase_id)).one()


@pytest.mark.parametrize("point", ["stock-consumed", "sale-booked", "order-confirmed"])
def test_a_confirmation_killed_anywhere_is_done_once(app: Flask, stall: Stall, point: str) -> None:
    purchase_id = buys(stall, 20).id
    code = code_in(letters()[0])
    confirm = in_transaction(confirm_by_code, GUEST, purchase_id, code)
    assert killed_at(app, point, confirm)
    assert (stages(purchase_id), stock_of(stall.oil), problems(app)) == (["unconfirmed"], (100, 80), [])
    assert [confirm(), confirm()] == [None, None]
    assert (stages(purchase_id), stock_of(stall.oil), problems(app)) == (["placed"], (80, 80), [])
    assert len(letters()) == 2


def test_a_lapse_killed_at_its_end_is_done_once(app: Flask, stall: Stall) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        purchase_id = buys(stall, 20).id
        clock.shift(timedelta(hours=24))
        assert killed_at(app, "order-lapsed", in_transaction(lapse_purchase, purchase_id))
        assert (stages(purchase_id), stock_of(stall.oil)) == (["unconfirmed"], (100, 80))
        run_due_jobs()
        assert (stages(purchase_id), stock_of(stall.oil), problems(app)) == (["lapsed"], (100, 100), [])


def test_a_checkout_killed_while_its_order_begins_to_wait_leaves_nothing(app: Flask, stall: Stall) -> None:
    who = a_guest()
    puts(who, {stall.oil: 20})
    wish = a_wish(who)
    press = in_transaction(prepare, who, wish, TERMS)
    assert killed_at(app, "order-waits", press)
    assert (db.session.scalars(select(Purchase)).all(), stock_of(stall.oil), problems(app)) == ([], (100, 100), [])
    first, second = press().id, press().id
    assert (first == second, stages(first), stock_of(stall.oil)) == (True, ["unconfirmed"], (100, 80))
    assert len(letters()) == 1


def test_two_of_the_same_contact_at_once_do_not_both_pass(app: Flask, stall: Stall) -> None:
    acts = []
    for number in range(4):
        who = a_guest()
        puts(who, {stall.oil: 12})
        under = terms(LIMIT, f"address-{number}")
        acts.append(in_transaction(prepare, who, a_wish(who), under))
    outcomes = at_once(app, acts)
    db.session.rollback()
    found = [stages(one.id)[0] for one in outcomes]
    assert sorted(found) == ["placed", "unconfirmed", "unconfirmed", "unconfirmed"]
    assert stock_of(stall.oil) == (88, 52)
