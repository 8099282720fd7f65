"""Which letters warn a person about the own account."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update

from app.accounts.models import ActWaiting, LostFactor, Membership
from app.accounts.services import bank, blocking, factors, lost_factors, second_person
from app.engines.db import db
from app.kernel.clock import now
from tests.kinds.deeds import latest
from tests.kinds.deeds_of_safety import CODES, NEW, OLD, SECRET, code
from tests.kinds.events import CHAIR, OWN, SELLER, Event, Told, forget_letters
from tests.kinds.world import World

WARNINGS = "app.accounts.services.warnings."
NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
STOP = "sign in with your second factor: that stops it"
WAITS, PAGE = "This waits for a second person", "http://localhost/{language}/account/acts"
CHANGED = "Your second factor was changed"


def app_goes(world: World) -> None:
    factors.set_up_app(world.actor("buyer"), SECRET, code(), now())
    forget_letters()
    factors.remove_app(world.actor("buyer"), False, now())


def lost(step: str) -> Callable[[World], object]:
    """The buyer's list is lost; the letters of the steps before are told by an event of their own."""

    def happens(world: World) -> None:
        office, asked = world.actor("office"), latest(LostFactor)
        factors.print_codes(world.actor("buyer"), CODES, now())
        if step != "asked":
            lost_factors.ask_lost(world.actor("guest"), world["buyer"], now())
        forget_letters()
        calls = {
            "asked": lambda: lost_factors.ask_lost(world.actor("guest"), world["buyer"], now()),
            "waiting": lambda: lost_factors.agree_lost(office, asked(), NOON),
            "refused": lambda: lost_factors.refuse_lost(office, asked(), now()),
            "withdrawn": lambda: lost_factors.withdraw_lost(world.actor("buyer"), world["buyer"], now()),
            "reset": lambda: lost_factors.reset_factor(office, world["buyer"], now()),
        }
        calls[step]()

    return happens


def told(subject: str, *says: str, never: tuple[str, ...] = ()) -> list[Told]:
    return [Told(to, subject, says=says, never=never) for to in OWN]


def unblocks(world: World) -> None:
    blocking.block_person(world.actor("office"), world["buyer"], "Volé", now())
    forget_letters()
    blocking.unblock_person(world.actor("office"), world["buyer"], "Retrouvé", now())


def another_account(second: bool = False, withdrawn: bool = False) -> Callable[[World], object]:
    """The chair asks for another account, alone or with a treasurer."""

    def happens(world: World) -> None:
        chair, ours = world.actor("chair"), world["ours"]
        bank.set_bank(chair, ours, OLD)
        if second:
            db.session.execute(update(Membership).where(Membership.role == "seller").values(role="treasurer"))
        forget_letters()
        bank.set_bank(chair, ours, NEW)
        if withdrawn:
            forget_letters()
            second_person.refuse_act(chair, latest(ActWaiting)(), now())

    return happens


EVENTS: dict[str, Event] = {
    "an app": Event(
        f"{WARNINGS}write_factor_changed",
        lambda w: factors.set_up_app(w.actor("buyer"), SECRET, code(), now()),
        [Told(to, CHANGED, says=("An authenticator app was set up.", "If it was not you")) for to in OWN],
    ),
    "no app any more": Event(
        f"{WARNINGS}write_factor_changed",
        app_goes,
        [Told(to, CHANGED, says=("The authenticator app was removed.",)) for to in OWN],
    ),
    "a list of codes": Event(
        f"{WARNINGS}write_factor_changed",
        lambda w: factors.print_codes(w.actor("buyer"), CODES, now()),
        [Told(to, CHANGED, says=("A new list of one-time codes",), never=CODES) for to in OWN],
    ),
    "somebody says it is lost": Event(
        f"{WARNINGS}write_lost_factor",
        lost("asked"),
        told("Somebody asks to remove your second factor", "that your second factor is lost", STOP, never=("48",)),
    ),
    "the office agrees": Event(
        f"{WARNINGS}write_lost_factor",
        lost("waiting"),
        told("Your second factor will be removed", "on 4 Mar 2026, 12:00, not before", STOP),
    ),
    "the office refuses": Event(
        f"{WARNINGS}write_lost_factor",
        lost("refused"),
        told("Your second factor stays", "The office has not agreed", never=(STOP,)),
    ),
    "it is not lost": Event(
        f"{WARNINGS}write_lost_factor",
        lost("withdrawn"),
        told("Your second factor stays", "it is not lost", never=(STOP,)),
    ),
    "it is taken away": Event(
        f"{WARNINGS}write_factor_changed", lost("reset"), told(CHANGED, "The office has removed your second factor.")
    ),
    "blocked": Event(
        f"{WARNINGS}write_account_decision",
        lambda w: blocking.block_person(w.actor("office"), w["buyer"], "Volé", now()),
        told("Your account is blocked", "Nobody can sign in to it.", "The office writes: Volé"),
    ),
    "open again": Event(
        f"{WARNINGS}write_account_decision", unblocks, told("Your account is open again", "The office writes: Retrouvé")
    ),
    "sessions ended": Event(
        f"{WARNINGS}write_account_decision",
        lambda w: blocking.end_sessions_of_person(w.actor("office"), w["buyer"], "Perdu", now()),
        told("Your sessions were ended", "Sign in again", "The office writes: Perdu"),
    ),
    "a second person is asked": Event(
        f"{WARNINGS}write_act_waiting",
        another_account(),
        [
            Told(
                CHAIR, WAITS, PAGE, ("“Tifawin” is to be paid", "ends in 7784", "Asked for by Chair", "Nobody else"), (NEW,)
            ),
        ],
    ),
    "there is a second person": Event(
        f"{WARNINGS}write_act_waiting",
        another_account(second=True),
        [
            Told(to, WAITS, PAGE, ("as soon as another entitled person agrees",), ("Nobody else", NEW))
            for to in (CHAIR, SELLER)
        ],
    ),
    "it is withdrawn": Event(
        f"{WARNINGS}write_act_ended",
        another_account(withdrawn=True),
        [Told(CHAIR, "What waited for a second person is decided", says=("ends in 7784", "It was withdrawn."))],
    ),
}
