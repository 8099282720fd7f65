"""A permit is taken back while goods are made or bought: what came first stands, and nothing is sold that came after."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Conflict
from catalog.queries import offers, offers_of
from catalog.queries.permits import broken_permits
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services import making, proofs
from catalog.services.products import create_product, publish
from catalog.services.proofs import revoke_proof
from orders.models import Purchase
from orders.services import checkout
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import TERMS, a_guest, a_wish, puts
from tests.builders.proofs import a_proof
from tests.engines.together import at_once

PATIENCE = 1.0  # so long does the one in front look whether the other has overtaken it


@pytest.fixture
def chair(app: Flask) -> Person:
    return a_person("Aïcha")


@pytest.fixture
def shop(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair, permitted=False)


@pytest.fixture
def permit(chair: Person, shop: Organisation) -> int:
    return a_proof(chair, shop, an_operator("Driss"), "onssa")


class Pause:
    """Somebody stops in the middle of a transaction, until the other is through or patience ends."""

    def __init__(self, patch: pytest.MonkeyPatch, place: object, name: str) -> None:
        self.there, self.through = threading.Event(), threading.Event()
        self.overtaken = False
        real = getattr(place, name)

        def paused(*given: Any, **more: Any) -> Any:
            told = real(*given, **more)
            self.there.set()
            self.overtaken = self.through.wait(PATIENCE)
            return told

        patch.setattr(place, name, paused)

    def then(self, act: Callable[[], Any]) -> Callable[[], Any]:
        """What the other does, as soon as the first has stopped."""

        def run() -> Any:
            assert self.there.wait(20)
            with transaction():
                told = act()
            self.through.set()
            return told

        return run


def door(act: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with transaction():
            return act()

    return run


def revoking(permit: int) -> Callable[[], Any]:
    office = actor_of(an_operator())
    return lambda: revoke_proof(office, permit, "Une fraude.", now())


def made(shop_id: int) -> int:
    texts, sizes = {"fr": TextFacts("Miel")}, [VariantFacts(9_000, stock=5)]
    product = create_product(SYSTEM, shop_id, texts, sizes, ProductFacts("honey"))
    publish(SYSTEM, product)
    return product


def sellable(product: int) -> bool:
    db.session.rollback()
    return offers_of([variant_of(product)], "fr")[variant_of(product)].sellable


def unguarded(patch: pytest.MonkeyPatch, place: Any, name: str) -> None:
    """The negative control; of SQLite there is none, where who writes is alone."""
    if db.session.get_bind().dialect.name == "sqlite":
        pytest.skip("a writer is alone")
    patch.setattr(place, name, lambda *_given: None)


def make_while_revoked(app: Flask, patch: pytest.MonkeyPatch, shop: Organisation, permit: int) -> tuple[bool, int]:
    pause, shop_id = Pause(patch, making, "permits_of"), shop.id
    product, told = at_once(app, [door(lambda: made(shop_id)), pause.then(revoking(permit))])
    assert told is None
    return pause.overtaken, product


def test_goods_made_while_their_permit_is_taken_back_are_not_sold(
    app: Flask, monkeypatch: pytest.MonkeyPatch, shop: Organisation, permit: int
) -> None:
    overtaken, product = make_while_revoked(app, monkeypatch, shop, permit)
    assert (overtaken, sellable(product), broken_permits()) == (False, False, [])


def test_without_the_lock_on_the_cooperative_they_are(
    app: Flask, monkeypatch: pytest.MonkeyPatch, shop: Organisation, permit: int
) -> None:
    unguarded(monkeypatch, proofs, "locked_maker")
    overtaken, product = make_while_revoked(app, monkeypatch, shop, permit)
    assert (overtaken, sellable(product), len(broken_permits())) == (True, True, 1)


def press_while_revoked(app: Flask, patch: pytest.MonkeyPatch, shop: Organisation, permit: int) -> bool:
    jar, buyer = variant_of(a_product(shop.id, stock=5)), a_guest()
    puts(buyer, {jar: 1})
    wish, pause = a_wish(buyer), Pause(patch, checkout, "offers_for_update")
    bought, told = at_once(app, [door(lambda: checkout.prepare(buyer, wish, TERMS).id), pause.then(revoking(permit))])
    assert (isinstance(bought, int), told) == (True, None)
    return pause.overtaken


def test_a_permit_is_taken_back_after_the_press_that_has_seen_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, shop: Organisation, permit: int
) -> None:
    assert not press_while_revoked(app, monkeypatch, shop, permit)


def test_without_the_lock_of_the_press_it_is_overtaken(
    app: Flask, monkeypatch: pytest.MonkeyPatch, shop: Organisation, permit: int
) -> None:
    unguarded(monkeypatch, offers, "stand_still")
    assert press_while_revoked(app, monkeypatch, shop, permit)


def test_a_press_waits_for_who_takes_a_permit_back_and_is_refused(
    app: Flask, monkeypatch: pytest.MonkeyPatch, shop: Organisation, permit: int
) -> None:
    jar, buyer = variant_of(a_product(shop.id, stock=5)), a_guest()
    puts(buyer, {jar: 1})
    wish, pause = a_wish(buyer), Pause(monkeypatch, proofs, "renew_permits")
    told, bought = at_once(app, [door(revoking(permit)), pause.then(lambda: checkout.prepare(buyer, wish, TERMS))])
    assert (told, pause.overtaken) == (None, False)
    assert isinstance(bought, Conflict)
    assert bought.code == "waits-for-permit"
    db.session.rollback()
    assert db.session.query(Purchase).count() == 0
