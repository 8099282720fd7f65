"""What has an end: it still holds a moment before, and from the very moment of its end it holds no longer."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, update

from app.accounts.models import ActWaiting, EntryCard, Invitation, KnownBrowser, LostFactor
from app.accounts.queries.acts import acts_due
from app.accounts.queries.desk_people import lost_due
from app.accounts.queries.known_browsers import hash_of_browser, known_browser
from app.accounts.queries.office import invitation_by_hash, open_invitations
from app.accounts.queries.typed import ContactValue
from app.accounts.rules.acts import ACT_LAPSES
from app.accounts.rules.limits import BROWSER_LIFE
from app.accounts.services import entry_cards, factors, lost_factors, members, papers
from app.accounts.services.known_browsers import forget_old_browsers
from app.engines.db import db
from app.engines.sessions import SessionRow, find_session, forget_expired_sessions, sessions_of, start_session
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Refusal
from app.payments.models import Payable
from app.payments.queries.payables import overdue_payables
from app.territories.loading import territory_named
from catalog.models import Proof
from catalog.queries.office import office_figures
from catalog.queries.proofs import proofs_ending, proofs_to_end
from catalog.services.proofs import end_proof
from projectbank.models import GroupInvitation
from projectbank.queries.groups import group_page
from projectbank.services import groups
from tests.kinds.deeds import latest
from tests.kinds.deeds_of_people import MET
from tests.kinds.deeds_of_proofs import verified
from tests.kinds.deeds_of_safety import CODES
from tests.kinds.refusals import NORA, asks_account
from tests.kinds.world import World

Asks = Callable[[datetime], Any]
END, INSTANT = datetime.fromisoformat("2026-03-16T12:00:00+00:00"), timedelta(microseconds=1)


class Undone(Exception):
    """The world stays as it was."""


@pytest.fixture(autouse=True)
def _two_days_before() -> Iterator[None]:
    with time_machine.travel(END - timedelta(days=2), tick=False):
        yield


def set_all(table: Any, **facts: Any) -> None:
    db.session.flush()
    db.session.execute(update(table).values(**facts))
    db.session.expire_all()


def outcome(does: Callable[[], Any]) -> Any:
    """What comes of it, or the word of the refusal; undone."""
    try:
        with db.session.begin_nested() as undone:
            told = does()
            undone.rollback()
    except Refusal as refused:
        return refused.code
    return told


def sessions(world: World) -> Asks:
    start_session("a token", {}, world["buyer"], "Firefox", now())
    set_all(SessionRow, expires_at=END)

    def left(moment: datetime) -> int | None:
        forget_expired_sessions(moment)
        return db.session.scalar(select(func.count()).select_from(SessionRow))

    return lambda moment: (
        find_session("a token", moment) is not None,
        len(sessions_of(world["buyer"], moment)),
        outcome(lambda: left(moment)),
    )


def invitation(world: World) -> Asks:
    secrets = count()

    def invites(moment: datetime) -> bool:
        contact = ContactValue("mail", "n@example.org")
        return members.invite(
            world.actor("chair"), world["ours"], contact, "packer", f"a secret {next(secrets)}", "http://x", moment
        )

    invites(END)
    set_all(Invitation, expires_at=END)
    hashed = db.session.scalars(select(Invitation.token_hash)).one()
    return lambda moment: (
        len(open_invitations(world["ours"], moment)),
        invitation_by_hash(hashed, moment).used,
        outcome(lambda: invites(moment)),
    )


def invitation_to_group(world: World) -> Asks:
    founder, group = world.actor("founder"), world["group"]
    groups.invite(founder, group, NORA, "another", lambda _language: "http://x")
    set_all(GroupInvitation, expires_at=END)

    def does(moment: datetime, service: Callable[[], Any]) -> Any:
        with time_machine.travel(moment, tick=False):
            return outcome(service)

    return lambda moment: (
        len(group_page(founder, group, "fr", moment).invitations),
        does(moment, lambda: groups.invite(founder, group, NORA, "again", lambda _language: "http://x")),
        does(
            moment, lambda: bool(groups.accept_invitation(world.actor("newcomer"), world["secret"], lambda _l: "http://x"))
        ),
    )


def browser(world: World) -> Asks:
    token, known = "what a browser keeps", END - BROWSER_LIFE
    db.session.add(KnownBrowser(person_id=world["buyer"], token_hash=hash_of_browser(token), known_at=known))
    db.session.flush()
    return lambda moment: known_browser(world["buyer"], token, moment) is not None


def forgotten_browser(world: World) -> Asks:
    """It is kept to the last moment it may be known in."""
    browser(world)

    def forgets(moment: datetime) -> int | None:
        forget_old_browsers(moment)
        return db.session.scalar(select(func.count()).select_from(KnownBrowser))

    return lambda moment: outcome(lambda: forgets(moment + INSTANT))


def entry_card(world: World) -> Asks:
    card = entry_cards.add_person_met(world.actor("office"), MET, "a form", now())
    set_all(EntryCard, expires_at=END)
    return lambda moment: outcome(
        lambda: entry_cards.use_card(world.actor("guest"), card.number, card.code, "hash", moment) == card.person_id
    )


def act_alone(world: World) -> Asks:
    asks_account(world)
    set_all(ActWaiting, due_at=END)
    return lambda moment: len(acts_due(moment))


def act_for_two(world: World) -> Asks:
    asks_account(world)
    set_all(ActWaiting, due_at=None, asked_at=END - ACT_LAPSES)
    return lambda moment: len(acts_due(moment))


def lost_factor(world: World) -> Asks:
    factors.print_codes(world.actor("buyer"), CODES, now())
    lost_factors.ask_lost(world.actor("guest"), world["buyer"], now())
    lost = latest(LostFactor)()
    lost_factors.agree_lost(world.actor("office"), lost, now())
    set_all(LostFactor, due_at=END)
    return lambda moment: (
        lost_due(moment) == [lost],
        outcome(lambda: lost_factors.carry_out_lost(world.actor("office"), lost, moment)),
    )


def proof(world: World) -> Asks:
    made = verified(world, territory_named("morocco").day_of(END))
    db.session.get_one(Proof, made).ends_at = END
    db.session.flush()
    return lambda moment: (
        list(proofs_ending(moment, timedelta(days=7))),
        list(proofs_to_end(moment)),
        outcome(lambda: end_proof(world.actor("office"), made, moment)),
    )


def payable(world: World) -> Asks:
    set_all(Payable, expires_at=END)
    return lambda moment: len(overdue_payables(moment))


ENDS: dict[str, tuple[Callable[[World], Asks], Any, Any]] = {
    "sessions": (sessions, (True, 3, 3), (False, 0, 0)),
    "an invitation to an office": (invitation, (1, False, False), (0, True, True)),
    "an invitation to a group": (
        invitation_to_group,
        (2, "already-invited", True),
        (0, None, "invitation-closed"),
    ),
    "a browser that is known": (browser, True, False),
    "what is kept of it": (forgotten_browser, 1, 0),
    "a card to enter with": (entry_card, True, False),
    "an act that nobody else may agree to": (act_alone, 0, 1),
    "an act that nobody agreed to": (act_for_two, 0, 1),
    "a lost second step": (lost_factor, (False, False), (True, True)),
    "an open payment": (payable, 0, 2),
}


@pytest.mark.parametrize("name", ENDS)
def test_it_holds_to_the_moment_of_its_end(world: World, name: str) -> None:
    prepare, before, after = ENDS[name]
    with pytest.raises(Undone), transaction():
        asks = prepare(world)
        assert (asks(END - INSTANT), asks(END)) == (before, after)
        raise Undone
    db.session.rollback()


def test_a_proof_holds_to_the_moment_of_its_end(world: World) -> None:
    with pytest.raises(Undone), transaction():
        asks = proof(world)
        ours = latest(Proof)()
        assert asks(END - INSTANT) == ([ours], [], "move-not-possible")
        assert asks(END) == ([], [ours], None)
        assert [office_figures(world["ours"], END - back).ending for back in (INSTANT, timedelta())] == [1, 0]
        raise Undone
    db.session.rollback()


@pytest.mark.parametrize(("back", "word"), [(0, None), (1, "paper-has-ended")])
def test_a_paper_may_end_today_but_not_yesterday(world: World, back: int, word: str | None) -> None:
    last = territory_named("morocco").day_of(END) - timedelta(days=back)
    facts = papers.PaperFacts("statutes", "organisation", world["ours"], ("chair",), expires_on=last)
    with pytest.raises(Undone), transaction():
        told = outcome(lambda: papers.add_paper(world.actor("chair"), world["ours"], facts, ("papers/ab/a.webp", b"x"), END))
        assert (told if word else isinstance(told, int)) == (word or True)
        raise Undone
    db.session.rollback()
