"""Pieces of pages and counts are kept for those too whose pages are not, and renewed by the same numbers."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.engines.db import db
from app.engines.generations import changed, renew_epoch
from app.engines.keeping import Keeping, keeping, kept_while
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.models import Product
from projectbank.services import save_sheet
from tests.browsing import HOST, post, sign_in
from tests.builders.accounts import a_person, actor_of
from tests.kept_pages.world import FACTS, body, build, held

LISTS = ("home", "market", "cooperatives", "projects")


def with_a_session(client):
    """Nobody's, but a session: the page is made each time."""
    client.set_cookie("tiwizi", "of-nobody", domain=HOST)
    return client


@pytest.mark.parametrize("fact", [fact for fact, (_act, names) in FACTS.items() if set(names) & set(LISTS)])
def test_what_is_changed_is_seen_at_once_by_who_has_a_session_in_every_process(kept, client, elsewhere, fact):
    it = build()
    act, names = FACTS[fact]
    visitors = [with_a_session(client), with_a_session(elsewhere)]
    addresses = [it.addresses[name] for name in names if name in LISTS]
    before = {address: [body(visitor, address) for visitor in visitors for _ in range(2)] for address in addresses}
    with transaction():
        act(it)
    for address in addresses:
        after = [body(visitor, address) for visitor in visitors]
        assert after[0] == after[1], address
        assert after[0] not in before[address], address
    assert kept.hits == 0


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


def test_a_card_ends_with_the_hold_it_shows(kept, client):
    it = build()
    with transaction():
        held(it)
    visitor = with_a_session(client)
    assert "Épuisé" in body(visitor, "/fr/")
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        assert "Épuisé" not in body(visitor, "/fr/")


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
