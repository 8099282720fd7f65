"""A service refuses whoever may not, by itself: the door before it may change, or a second door be built beside it."""

from dataclasses import replace

import pytest

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.errors import Refusal
from tests.kinds.deeds import last_line
from tests.kinds.test_journal_lines import DEEDS
from tests.kinds.world import World

CHAIR, DESK, PACKING, BANK = {"chair"}, {"chair", "seller"}, {"chair", "seller", "packer"}, {"chair", "treasurer"}
ACCOUNTS, GOODS, MOVE = "app.accounts.services.", "catalog.services.", "orders.services.fulfilment.move"
# Who in an organisation may do it; nobody else, a member without a role and a stranger least of all.
IN_AN_OFFICE = {
    **dict.fromkeys((f"{ACCOUNTS}members.{name}" for name in ("invite", "withdraw_invitation", "set_roles")), CHAIR),
    f"{ACCOUNTS}verification.submit_organisation": CHAIR,
    **dict.fromkeys((f"{ACCOUNTS}organisations.{name}" for name in ("edit_facts", "edit_words", "set_picture")), DESK),
    f"{ACCOUNTS}bank.set_bank": BANK,
    **dict.fromkeys((name for name in DEEDS if name.startswith(f"{GOODS}products.")), DESK),
    f"{GOODS}zones.write_zones": DESK,
    f"{GOODS}variants.count_stock": PACKING,
    f"{GOODS}stock.move_stock": PACKING,
    **dict.fromkeys((f"{GOODS}lots.{name}" for name in ("receive_lot", "count_lot")), PACKING),
    **dict.fromkeys((f"{GOODS}lots.{name}" for name in ("set_shelf_days", "recall_lot")), DESK),
    "orders.services.recalls.ask_to_tell": DESK,
    **dict.fromkeys((MOVE, f"{MOVE} (refuse)"), DESK),
}
OF_THE_OFFICE = [
    name
    for name in DEEDS
    if name.startswith((f"{ACCOUNTS}verification.", f"{ACCOUNTS}undelivered.", "projectbank.services.deciding."))
    and not name.endswith("submit_organisation")
] + [
    f"{ACCOUNTS}people.promote",
    *(name for name in DEEDS if name.startswith(f"{ACCOUNTS}blocking.")),
    *(f"{ACCOUNTS}lost_factors.{name}" for name in ("agree_lost", "refuse_lost", "reset_factor")),
    f"{ACCOUNTS}demo_house.add_demo_people",
    f"{ACCOUNTS}demo_house.register_verified_organisation",
    "academy.services.courses.publish_course",
    "academy.services.courses.return_course",
    "academy.services.courses.withdraw_course",
    "academy.services.certificates.revoke_certificate",
]
OF_A_TEACHER = [
    name
    for name in DEEDS
    if name.startswith(("academy.services.contents.", "academy.services.questions."))
    or name in ("academy.services.courses.change_course", "academy.services.courses.submit_course")
]


class Undone(Exception):
    """It was allowed; the world stays as it was."""


def may(world: World, name: str, **instead: Actor) -> bool:
    """Is it done when somebody else stands where these people stand?"""
    other = World(world.people, world.ids, {**world.actors, **instead})
    before = last_line()
    db.session.rollback()
    try:
        with transaction():
            DEEDS[name](other).call()
            raise Undone
    except Undone:
        return True
    except Refusal:
        return False
    finally:
        db.session.rollback()
        assert last_line() == before
        db.session.rollback()


@pytest.mark.parametrize("name", IN_AN_OFFICE)
def test_only_these_roles_do_it_in_an_organisation(world: World, name: str) -> None:
    places = [world[key] for key in ("ours", "draft", "waiting", "suspended")]
    chair = world.actors["chair"]
    done = set()
    for role in ("chair", "treasurer", "seller", "packer", "member", "stranger"):
        held = {} if role == "stranger" else {place: frozenset({role}) for place in places}
        somebody = replace(chair, roles=held)
        done |= {role} if may(world, name, chair=somebody, seller=somebody, packer=somebody) else set()
    assert done == IN_AN_OFFICE[name]


@pytest.mark.parametrize("name", OF_THE_OFFICE)
def test_only_the_office_does_it(world: World, name: str) -> None:
    """A chair of every organisation, a teacher of other courses, a visitor: none of them."""
    assert may(world, name)
    teacher = replace(world.actors["buyer"], instructor=True)
    assert [who for who in (world.actors["chair"], teacher, world.actors["guest"]) if may(world, name, office=who)] == []


@pytest.mark.parametrize("name", OF_A_TEACHER)
def test_only_its_own_teacher_writes_a_course(world: World, name: str) -> None:
    assert may(world, name)
    colleague = replace(world.actors["buyer"], instructor=True)
    no_longer = replace(world.actors["instructor"], instructor=False)
    others = (colleague, no_longer, world.actors["office"], world.actors["guest"])
    assert [who for who in others if may(world, name, instructor=who)] == []
