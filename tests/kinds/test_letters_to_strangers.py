"""What one person types cannot be followed in a letter to another, no stranger writes its subject, and each has its bound.

The letters are found by looking (test_letters): whatever somebody may have typed is planted into the tables, then every
event happens.
"""

import pytest
from sqlalchemy import func, select, update

from academy.models import CourseText
from app.accounts.models import Contact, OrganisationText, Person
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.bounds import BOUNDS
from app.kernel.names import can_be_followed
from catalog.models import DeliveryZone, ProductText
from orders.models import Order, Purchase
from orders.services import fulfilment
from projectbank.models import FoundingGroup, SheetText
from tests.kinds import events, events_of_safety
from tests.kinds.events import BEFORE
from tests.kinds.world import World

EVENTS = events.EVENTS | events_of_safety.EVENTS
WORD = "Gagnez"
TYPED = f"{WORD} http://evil.example/win evil.com bit.ly/x"
PLACES = (
    Person.name,
    OrganisationText.name,
    ProductText.title,
    DeliveryZone.place,
    Purchase.name,
    Purchase.commune,
    Purchase.street,
    Order.pickup_place,
    FoundingGroup.name,
    SheetText.title,
    CourseText.title,
)
# Whose words may stand in a subject: the reader's own, or those of somebody whom the office has read before.
NAMED = {
    "orders.services.letters.write_move": "the cooperative, verified by the office, that the reader has bought from",
    "projectbank.services.letters.write_decision": "the reader's own idea",
    "academy.services.letters.write_certificate": "the course, published by the office, that the reader has finished",
    "academy.services.letters.write_decision": "the reader's own course",
}

# Whoever is invited has not asked for it, account or not.
INVITING = ("app.accounts.services.letters.write_invitation", "projectbank.services.letters.write_group_invitation")


class Undone(Exception):
    """The letters were read; the world stays as it was."""


def planted(text: str) -> None:
    """Everything somebody has typed says this now, as if it had been typed before there was a rule."""
    for column in PLACES:
        db.session.execute(update(column.class_).values({column.key: text}).execution_options(synchronize_session=False))
    db.session.expire_all()


def written_since(mark: int) -> list[Letter]:
    db.session.flush()
    return list(db.session.scalars(select(Letter).where(Letter.id > mark, Letter.recipient != BEFORE)))


def last_letter() -> int:
    return db.session.scalar(select(func.max(Letter.id))) or 0


def followed(letter: Letter) -> list[str]:
    """What a mail program would make a link of, but for the site's own addresses and the reader's contacts."""
    words = f"{letter.subject} {letter.body}".split()
    return [word for word in words if not word.startswith("http://localhost/") and "@" not in word and can_be_followed(word)]


@pytest.mark.parametrize("name", EVENTS)
def test_nothing_typed_can_be_followed_and_no_stranger_writes_a_subject(world: World, name: str) -> None:
    with pytest.raises(Undone), transaction():
        planted(TYPED)
        mark = last_letter()
        EVENTS[name].happens(world)
        for letter in written_since(mark):
            assert followed(letter) == []
            assert "evil.com" not in letter.subject + letter.body
            assert WORD not in letter.subject or EVENTS[name].writer in NAMED
        raise Undone
    db.session.rollback()


def test_a_reason_and_a_carrier_of_a_cooperative_cannot_be_followed_either(world: World) -> None:
    with pytest.raises(Undone), transaction():
        seller, mark = world.actor("seller"), last_letter()
        for action in ("accept", "pack", "ship", "fail", "cancel"):
            order = db.session.get_one(Order, world["cash_order"], populate_existing=True)
            fulfilment.move(seller, order.id, action, order.version, TYPED, TYPED, TYPED)
            db.session.flush()
        letters = written_since(mark)
        assert [letter for letter in letters if followed(letter)] == []
        said = [letter.body for letter in letters if WORD in letter.body]
        assert len(said) == 2
        assert all("http[:]//evil[.]example/win evil[.]com bit[.]ly/x" in body for body in said)
        raise Undone
    db.session.rollback()


def contacts() -> set[tuple[str, str]]:
    """What people have proved to be theirs."""
    rows = db.session.execute(select(Contact.kind, Contact.value).where(Contact.verified_at.is_not(None)))
    return {(kind, value) for kind, value in rows}


@pytest.mark.parametrize("name", EVENTS)
def test_who_has_not_asked_gets_letters_within_a_bound(world: World, name: str) -> None:
    """A letter either goes to a contact that an account has proved, or bears its bound: a new one without fails here."""
    with pytest.raises(Undone), transaction():
        mark, proved = last_letter(), contacts()
        EVENTS[name].happens(world)
        letters, proved = written_since(mark), proved | contacts()  # one that goes is told a last time
        unbounded = [one.recipient for one in letters if one.bound is None and (one.channel, one.recipient) not in proved]
        assert unbounded == []
        assert {one.bound for one in letters} - {None} <= set(BOUNDS)
        assert EVENTS[name].writer not in INVITING or {one.bound for one in letters} == {"invitation"}
        raise Undone
    db.session.rollback()


def test_every_bound_has_its_letter(world: World) -> None:
    """The control: the events above really cause a letter of each bound."""
    found: set[str | None] = set()
    for name in EVENTS:
        with pytest.raises(Undone), transaction():
            mark = last_letter()
            EVENTS[name].happens(world)
            found |= {one.bound for one in written_since(mark)}
            raise Undone
        db.session.rollback()
    assert found - {None} == set(BOUNDS)


def test_the_word_is_really_planted(world: World) -> None:
    """The control: a letter that names somebody holds the planted word, so the tests above look at something."""
    with pytest.raises(Undone), transaction():
        planted(TYPED)
        mark = last_letter()
        EVENTS["an invitation to an organisation"].happens(world)
        (letter,) = written_since(mark)
        assert letter.body.count(WORD) == 2
        raise Undone
    db.session.rollback()
