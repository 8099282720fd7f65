"""Wherever a name is typed that others will read, it is a name: no link, no address, no number to call."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.accounts.rules.passwords import person_name
from app.accounts.services import organisations, people
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Refusal
from catalog.services import zones
from projectbank.services import groups
from tests.kinds.deeds import last_line
from tests.kinds.deeds_of_people import FACTS, WORDS
from tests.kinds.world import World


class Undone(Exception):
    """It was taken; the world stays as it was."""


def collects_at(world: World, place: str) -> None:
    zones.write_zones(world.actor("seller"), world["ours"], [zones.ZoneFacts("pickup", (), 0, 0, 1, place=place)])


def founds(world: World, name: str) -> None:
    chair = world.actor("chair")
    organisations.found_organisation(
        chair, replace(FACTS, identifiers={}), replace(WORDS, name=name), "fr", now(), "morocco"
    )


TYPED: dict[str, Callable[[World, str], object]] = {
    "one's own name": lambda w, name: people.rename(w.actor("buyer"), name),
    "the name at sign-up": lambda _w, name: person_name(name),
    "the name of a new organisation": founds,
    "an organisation's name": lambda w, name: organisations.edit_words(
        w.actor("chair"), w["draft"], "fr", replace(WORDS, name=name)
    ),
    "a group's name": lambda w, name: groups.start_group(w.actor("buyer"), w["sheet"], name),
    "a place to collect": collects_at,
}


@pytest.mark.parametrize("hostile", ["Gagnez sur evil.com", "https://evil.example", "www.evil", "écrire à x@evil.com"])
@pytest.mark.parametrize("what", TYPED)
def test_a_message_is_no_name(world: World, what: str, hostile: str) -> None:
    before = last_line()
    with pytest.raises(Refusal, match="-is-a-message"), transaction():
        TYPED[what](world, hostile)
    assert last_line() == before
    db.session.rollback()


@pytest.mark.parametrize("name", ["Coop. Taliouine", "ⵜⵉⵣⵉⵔⵉ", "تعاونية تيفاوين", "Jean-Pierre St.-Onge", "S.A.R.L. d'Arc"])
@pytest.mark.parametrize("what", TYPED)
def test_a_name_is_taken(world: World, what: str, name: str) -> None:
    with pytest.raises(Undone), transaction():
        TYPED[what](world, name)
        db.session.flush()
        raise Undone
    db.session.rollback()
