"""Buyers who all press at once: processes of their own, several threads each, every form sent twice at the same moment."""

import random
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.engines import counters, sessions
from app.engines.counters import taking
from app.engines.counters.tables import Counter
from app.engines.db import db
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.clock import now
from app.settings import read_settings
from catalog.queries import STOCK
from orders.models import Basket, BasketLine
from tests.browsing import Browser, post
from tests.builders.orders import CONTACT

MODULES = ("app.accounts", "app.payments", "catalog", "orders")
SECRET = "a secret of the tests, long enough to be one"
HANDS = 6
SPARE = 100_000


@dataclass(frozen=True)
class Form:
    """What one buyer's browser holds: its session, and the form of the recap."""

    token: str
    fields: Mapping[str, str]


def some_buyers(count: int, variant_id: int, organisation_id: int, price: int, fee: int, method: str = "cash") -> list[Form]:
    """Guests with one of the goods in their basket, just before the last press."""
    forms = []
    with transaction() as session:
        for number in range(count):
            token, guest = sessions.new_token(), f"racing-guest-{number:04d}"
            sessions.start_session(token, {"guest": guest}, None, "tests", now())
            basket = Basket(person_id=None, guest=guest, changed_at=now())
            session.add(basket)
            session.flush()
            session.add(BasketLine(basket_id=basket.id, variant_id=variant_id, count=1, price_seen=price))
            forms.append(
                Form(
                    token,
                    {
                        **CONTACT,
                        "method": method,
                        "key": f"{number:04d}-racing-key-of-a-buyer",
                        "region_shown": "MA-06",
                        f"delivery_{organisation_id}": "delivery-0",
                        "total_seen": str(price + fee),
                        "step": "place",
                    },
                )
            )
    return forms


def house_of(instance: str, database_url: str, crash_at: str = "") -> Flask:
    """Another process of the same house."""
    house = create_app(
        read_settings(
            {},
            INSTANCE=Path(instance),
            DATABASE_URL=database_url,
            DEMO=True,
            RATE_LIMITS=False,
            SECRET_KEY=SECRET,
            PUBLIC_URL="http://localhost",
            MODULES=MODULES,
            CRASH_AT=crash_at,
        )
    )
    house.config["TESTING"] = True
    house.test_client_class = Browser
    return house


def press(house: Flask, form: Form) -> int:
    """Send the form of the recap; the status of the answer."""
    with house.app_context():
        client = house.test_client()
        client.set_cookie("tiwizi", form.token, domain="localhost")
        return post(client, "/fr/checkout", **form.fields).status_code


_seen = threading.local()
_guarded = taking._take_of


def _unguarded(rows: Sequence[Any], kind: str, wanted: Mapping[int, int], *given: Any) -> dict[int, int]:
    """What a shop without the guard does: it looked before, now it writes."""
    for subject, quantity in wanted.items():
        if _seen.free < quantity:
            raise counters.Short("out-of-stock", kind=kind, subject=subject, asked=quantity, available=_seen.free)
    return _guarded(rows, kind, wanted, *given)


def _look_first(house: Flask, variant_id: int) -> None:
    with house.app_context():
        free = db.session.scalar(select(Counter.available).where(Counter.kind == STOCK, Counter.subject == variant_id)) or 0
        db.session.remove()
    _seen.free = free - SPARE


def race(house: Flask, forms: list[Form], variant_id: int, guarded: bool, gate: Any, answers: Any) -> None:
    """The life of one racing process: every form twice, shuffled, as soon as the gate opens."""
    if not guarded:
        taking._take_of = _unguarded

    def send(form: Form) -> int:
        if not guarded:
            _look_first(house, variant_id)
        return press(house, form)

    twice = [*forms, *forms]
    random.Random(7).shuffle(twice)
    gate.wait()
    with ThreadPoolExecutor(HANDS) as hands:
        answers.put(list(hands.map(send, twice)))
