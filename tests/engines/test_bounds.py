"""Letters to people who have not asked for them stop at their bound, by who causes them and by who receives them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.mail import Letter, post
from app.engines.transactions import transaction
from app.kernel.bounds import BOUNDS, Unasked

MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
# Told here a second time: (caused by one, received by one contact) in a day.
KNOWN = {"code": (0, 30), "order": (40, 6), "order-news": (20, 30), "invitation": (40, 5)}


@pytest.fixture(autouse=True)
def _limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "RATE_LIMITS", True)


def sends(kind: str, cause: str | None, recipient: str, channel: str = "mail") -> bool:
    with transaction():
        return post(channel, recipient, "Bonjour", "Un mot.", "fr", unasked=Unasked(kind, cause))


def letters() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Letter.id))) or 0


def test_every_bound_is_told_here() -> None:
    assert {kind: (bound.caused, bound.received) for kind, bound in BOUNDS.items()} == KNOWN


@pytest.mark.parametrize("kind", BOUNDS)
def test_a_contact_receives_so_many_a_day_whoever_causes_them(kind: str) -> None:
    most = BOUNDS[kind].received
    with time_machine.travel(MORNING, tick=False) as clock:
        causes = [None if kind == "code" else f"sender:{n}" for n in range(most + 2)]
        assert [sends(kind, cause, "nadia@example.org") for cause in causes] == [True] * most + [False] * 2
        assert letters() == most
        assert sends(kind, causes[-1], "other@example.org")
        assert sends(kind, causes[-1], "nadia@example.org", "phone")
        clock.shift(timedelta(hours=24, seconds=-1))
        assert not sends(kind, causes[-1], "nadia@example.org")
        clock.shift(timedelta(seconds=1))
        assert sends(kind, causes[-1], "nadia@example.org")


@pytest.mark.parametrize("kind", [kind for kind in BOUNDS if kind != "code"])
def test_one_cause_writes_so_many_a_day_whoever_receives_them(kind: str) -> None:
    most = BOUNDS[kind].caused
    sent = [sends(kind, "sender:one", f"n{n}@example.org") for n in range(most + 2)]
    assert (sent, letters()) == ([True] * most + [False] * 2, most)
    assert sends(kind, "sender:another", "n0@example.org")


def test_kinds_are_counted_apart_and_a_letter_without_a_bound_is_none() -> None:
    for _ in range(7):
        sends("order", "sender:one", "nadia@example.org")
    assert sends("invitation", "sender:one", "nadia@example.org")
    with transaction():
        assert post("mail", "nadia@example.org", "Bonjour", "Un mot.", "fr")
    with pytest.raises(ValueError, match="without a bound"):
        Unasked("advertising", "sender:one")


def test_without_limits_nothing_is_counted(app: Flask) -> None:
    app.config["RATE_LIMITS"] = False
    assert all(sends("order", "sender:one", "nadia@example.org") for _ in range(8))
