"""A counter under any sequence of takings, endings and countings equals a model of plain numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from app.engines.counters import (
    Short,
    broken_counters,
    consume,
    extend,
    open_counter,
    put_back,
    release,
    set_on_hand,
    take,
    use_up,
)
from app.engines.counters.tables import Counter, Hold
from app.engines.db import db
from app.engines.transactions import transaction

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SUBJECTS = (1, 2, 3)
HOLDERS = ("amina", "brahim", "chama")
holders = st.sampled_from(HOLDERS)
baskets = st.dictionaries(st.sampled_from(SUBJECTS), st.integers(1, 6), min_size=1)
minutes = st.integers(0, 45)


class Shelf(RuleBasedStateMachine):
    """The model: on hand per subject, and {(holder, subject): (quantity, end)} of holds that still stand as rows."""

    @initialize(stock=st.lists(st.integers(0, 9), min_size=3, max_size=3))
    def opened(self, stock: list[int]) -> None:
        with transaction() as session:
            session.execute(delete(Hold))
            session.execute(delete(Counter))
            for subject, on_hand in zip(SUBJECTS, stock, strict=True):
                open_counter("stock", subject, on_hand)
        self.on_hand = dict(zip(SUBJECTS, stock, strict=True))
        self.holds: dict[tuple[str, int], tuple[int, datetime]] = {}
        self.now = START

    def taken(self, subject: int) -> int:
        return sum(quantity for (_holder, one), (quantity, _end) in self.holds.items() if one == subject)

    def without_expired(self, subjects: Any) -> dict[tuple[str, int], tuple[int, datetime]]:
        return {key: hold for key, hold in self.holds.items() if key[1] not in subjects or hold[1] > self.now}

    @rule(holder=holders, basket=baskets, wait=minutes)
    def takes(self, holder: str, basket: dict[int, int], wait: int) -> None:
        kept = {key: hold for key, hold in self.without_expired(basket).items() if key[0] != holder}
        used = {subject: sum(q for (_h, one), (q, _e) in kept.items() if one == subject) for subject in basket}
        fits = all(self.on_hand[subject] - used[subject] >= quantity for subject, quantity in basket.items())
        end = self.now + timedelta(minutes=wait)
        if not fits:
            with pytest.raises(Short), transaction():
                take("stock", basket, holder, end, self.now)
            return
        with transaction():
            take("stock", basket, holder, end, self.now)
        self.holds = {**kept, **{(holder, subject): (quantity, end) for subject, quantity in basket.items()}}

    @rule(basket=baskets)
    def is_used_up(self, basket: dict[int, int]) -> None:
        """Without a hold before: what others hold until later stays theirs."""
        kept = self.without_expired(basket)
        used = {subject: sum(q for (_h, one), (q, _e) in kept.items() if one == subject) for subject in basket}
        if any(self.on_hand[subject] - used[subject] < quantity for subject, quantity in basket.items()):
            with pytest.raises(Short), transaction():
                use_up("stock", basket, self.now)
            return
        with transaction():
            use_up("stock", basket, self.now)
        for subject, quantity in basket.items():
            self.on_hand[subject] -= quantity
        self.holds = kept

    @rule(wait=minutes)
    def time_passes(self, wait: int) -> None:
        self.now += timedelta(minutes=wait)

    @rule(holder=holders, wait=minutes)
    def extends(self, holder: str, wait: int) -> None:
        end = self.now + timedelta(minutes=wait)
        with transaction():
            extend(holder, end)
        self.holds = {key: (hold[0], end if key[0] == holder else hold[1]) for key, hold in self.holds.items()}

    @rule(holder=holders)
    def consumes(self, holder: str) -> None:
        mine = {subject: quantity for (one, subject), (quantity, _end) in self.holds.items() if one == holder}
        with transaction():
            assert consume(holder) == mine
        for subject, quantity in mine.items():
            self.on_hand[subject] -= quantity
        self.holds = {key: hold for key, hold in self.holds.items() if key[0] != holder}

    @rule(holder=holders)
    def releases(self, holder: str) -> None:
        with transaction():
            release(holder)
        self.holds = {key: hold for key, hold in self.holds.items() if key[0] != holder}

    @rule(basket=baskets)
    def comes_back(self, basket: dict[int, int]) -> None:
        with transaction():
            put_back("stock", basket)
        for subject, quantity in basket.items():
            self.on_hand[subject] += quantity

    @rule(subject=st.sampled_from(SUBJECTS), number=st.integers(0, 12))
    def is_counted(self, subject: int, number: int) -> None:
        kept = self.without_expired([subject])
        if number < sum(q for (_h, one), (q, _e) in kept.items() if one == subject):
            with pytest.raises(Short), transaction():
                set_on_hand("stock", subject, number, self.now)
            return
        with transaction():
            set_on_hand("stock", subject, number, self.now)
        self.on_hand[subject], self.holds = number, kept

    @invariant()
    def database_equals_model(self) -> None:
        if not hasattr(self, "now"):
            return
        db.session.rollback()
        rows = {
            subject: (on_hand, free)
            for subject, on_hand, free in db.session.execute(select(Counter.subject, Counter.on_hand, Counter.available))
        }
        assert rows == {
            subject: (self.on_hand[subject], self.on_hand[subject] - self.taken(subject)) for subject in SUBJECTS
        }
        assert broken_counters() == []


def test_a_shelf_equals_its_model(app, request):
    examples = 400 if request.config.getoption("--long") else 15
    run_state_machine_as_test(
        Shelf,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            derandomize=examples == 15,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
