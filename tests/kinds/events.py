"""What happens and which letters go then: to whom, under which subject, with which link and words in them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from academy.services import courses
from academy.services.certificates import issue_certificate
from app.accounts.queries.typed import ContactValue
from app.accounts.services import bank, codes, members, people, verification
from app.accounts.services.codes import Asked
from app.engines import counters
from app.engines.db import db
from app.engines.mail import Letter
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.queries import STOCK, lot_of
from catalog.services import lots
from orders.models import Order
from orders.queries.lots import taken_from_lot
from orders.services import confirming, fulfilment, recalls
from projectbank.services import deciding, groups
from tests.builders.counters import counter
from tests.kinds.deeds_of_people import RIB
from tests.kinds.deeds_of_shops import a_lot, buys, money_comes, waits
from tests.kinds.world import World, later

NEW = ContactValue("mail", "nora@example.org")
MEMBER = ContactValue("mail", "member@example.org")
BUYER, CHAIR, SELLER = "nadia@example.org", "chair@example.org", "seller@example.org"
OWN = ("buyer@example.org", "second@example.org")
BEFORE = "before@example.org"


@dataclass(frozen=True)
class Told:
    """A letter in English: `subject` and `says` may name {number}, {order}, {code}; `link` may name {language} too."""

    to: str
    subject: str
    link: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """`writer` is the function of the letters room that writes about it."""

    writer: str
    happens: Callable[[World], object]
    letters: list[Told] = field(default_factory=list)


def forget_letters() -> None:
    """What was written on the way to the event is told by an event of its own."""
    db.session.flush()
    db.session.execute(update(Letter).values(recipient=BEFORE))


def walks(world: World, *actions: str) -> None:
    for action in actions:
        order = db.session.get_one(Order, world["cash_order"], populate_existing=True)
        fulfilment.move(world.actor("seller"), order.id, action, order.version, "Épuisé", "Amana", "RR12")
        db.session.flush()


def step(*before: str, action: str) -> Callable[[World], object]:
    def happens(world: World) -> None:
        walks(world, *before)
        forget_letters()
        walks(world, action)

    return happens


def paid_then(action: str) -> Callable[[World], object]:
    """A paid order is refused: the money goes back."""

    def happens(world: World) -> None:
        money_comes(world)
        forget_letters()
        order = db.session.get_one(Order, world["paid_order"], populate_existing=True)
        fulfilment.move(world.actor("seller"), order.id, action, order.version, "Épuisé")

    return happens


def too_late(world: World) -> None:
    """The goods went to somebody else while the money was on its way."""
    fulfilment.give_up(world.actor("buyer"), world["paid"])
    db.session.flush()
    there = counter(STOCK, world["variant"])
    assert there is not None
    counters.take(STOCK, {world["variant"]: there.available}, "somebody else", later(), now())
    forget_letters()
    money_comes(world)


def cancelled_by_buyer(world: World) -> None:
    order = db.session.get_one(Order, world["cash_order"])
    fulfilment.cancel_as_buyer(world.actor("buyer"), order.id, order.version)


def nobody_confirms(world: World) -> None:
    """The day is over."""
    purchase = waits(world)
    forget_letters()
    purchase.expires_at = now()
    db.session.flush()
    confirming.lapse_purchase(purchase.id)


def unwanted(world: World) -> None:
    """The chair has switched letters about orders off."""
    people.set_preferences(world.actor("chair"), world.actor("chair").language, {"mail": ["orders"]})
    db.session.flush()
    buys("cash")(world).call()


def address(path: str) -> Callable[[str], str]:
    return lambda language: f"http://localhost/{language}/{path}"


def decides(service: Any, name: str, *reason: str) -> Callable[[World], object]:
    return lambda world: service(world.actor("office"), world[name], *reason, now())


def judges(service: Any, name: str, *reason: str) -> Callable[[World], object]:
    return lambda world: service(world.actor("office"), world[name], 1, *reason, address("an-idea"))


def teaches(service: Any, name: str, *given: str) -> Callable[[World], object]:
    return lambda world: service(world.actor("office"), world[name], *given)


PEOPLE, ORDERS, IDEAS, COURSES = (
    "app.accounts.services.letters.",
    "orders.services.letters.",
    "projectbank.services.letters.",
    "academy.services.letters.",
)
PAGE = "http://localhost/{language}/orders/{number}"
OFFICE_PAGE = "http://localhost/{language}/sell/tifawin/orders/{order}"
CASH, BACK, REASON = "ready in cash", "go back to your card", "The cooperative writes: Épuisé"
ASKED, KNOWN = Told(NEW.value, r"Your code: \d{6}", says=("10 minutes",)), Told(MEMBER.value, "You already have an account")
WRITES = "The office writes: Il manque un papier"


def placed(total: str, how: str) -> list[Told]:
    return [
        Told(BUYER, "Your order {number} is confirmed", PAGE, (how, "Tifawin", "2026-1", total)),
        Told(CHAIR, "New order {order}", OFFICE_PAGE, (total,)),
        Told(SELLER, "New order {order}", OFFICE_PAGE, (total,)),
    ]


def to_buyer(subject: str, *says: str, never: tuple[str, ...] = (CASH, BACK, REASON)) -> list[Told]:
    return [Told(BUYER, subject, PAGE, says, never)]


def told_of_recall(world: World) -> None:
    lot = a_lot(world)
    buys("cash")(world).call()
    lots.recall_lot(world.actor("seller"), world["ours"], lot, "Glass in a jar")
    facts = lot_of(world["ours"], lot, "en", now())
    for portion in taken_from_lot(world["ours"], lot, facts.variant_id):
        for taken in portion:
            recalls.tell_of_recall(facts, taken)


EVENTS: dict[str, Event] = {
    "a code to sign up": Event(
        f"{PEOPLE}write_code", lambda w: codes.ask_sign_up(w.actor("guest"), NEW, "Nora", "a hash", now()), [ASKED]
    ),
    "a code for a new password": Event(
        f"{PEOPLE}write_code",
        lambda w: codes.ask_reset(w.actor("guest"), MEMBER, now()),
        [Told(MEMBER.value, r"Your code: \d{6}", says=("new password",))],
    ),
    "nobody's new password": Event(f"{PEOPLE}write_code", lambda w: codes.ask_reset(w.actor("guest"), NEW, now())),
    "a code for another contact": Event(
        f"{PEOPLE}write_code", lambda w: codes.ask_contact(w.actor("buyer"), NEW, now()), [ASKED]
    ),
    "somebody signs up with my contact": Event(
        f"{PEOPLE}write_already_known",
        lambda w: codes.ask_sign_up(w.actor("guest"), MEMBER, "Nora", "a hash", now()),
        [KNOWN],
    ),
    "somebody adds my contact": Event(
        f"{PEOPLE}write_already_known", lambda w: codes.ask_contact(w.actor("buyer"), MEMBER, now()), [KNOWN]
    ),
    "another password": Event(
        f"{PEOPLE}write_password_changed",
        lambda w: people.set_password(w.actor("buyer"), w["buyer"], "a hash"),
        [Told(to, "Your password was changed") for to in OWN],
    ),
    "a contact more": Event(
        f"{PEOPLE}write_contact_changed",
        lambda w: people.add_own_contact(w.actor("buyer"), Asked("contact", NEW, w["buyer"], {}), now()),
        [Told(to, "Your contacts have changed", says=(f"{NEW.value} now opens",)) for to in OWN],
    ),
    "a contact less": Event(
        f"{PEOPLE}write_contact_changed",
        lambda w: people.remove_own_contact(w.actor("buyer"), w["contact"]),
        [Told(to, "Your contacts have changed", says=(f"{OWN[1]} no longer opens",)) for to in OWN],
    ),
    "an invitation to an organisation": Event(
        f"{PEOPLE}write_invitation",
        lambda w: members.invite(w.actor("chair"), w["ours"], NEW, "packer", "secret", "http://localhost/join", now()),
        [
            Told(
                NEW.value,
                "You are invited to an organisation",
                "http://localhost/join",
                ("Chair invites", "as Packer", "14 days"),
            )
        ],
    ),
    "another bank account": Event(
        f"{PEOPLE}write_bank_changed",
        lambda w: bank.set_bank(w.actor("chair"), w["ours"], RIB),
        [Told(CHAIR, "Bank details were changed", says=(RIB[-4:],), never=(RIB,))],
    ),
    "verified": Event(
        f"{PEOPLE}write_decision",
        decides(verification.verify_organisation, "waiting"),
        [Told(CHAIR, "Your organisation is verified", says=("“Tafoukt” is verified",), never=("The office writes",))],
    ),
    "to be corrected": Event(
        f"{PEOPLE}write_decision",
        decides(verification.return_organisation, "waiting", "Il manque un papier"),
        [Told(CHAIR, "Your file needs a correction", says=(WRITES,))],
    ),
    "suspended": Event(
        f"{PEOPLE}write_decision",
        decides(verification.suspend_organisation, "ours", "Il manque un papier"),
        [Told(CHAIR, "Your organisation is suspended", says=(WRITES,))],
    ),
    "reinstated": Event(
        f"{PEOPLE}write_decision",
        decides(verification.reinstate_organisation, "suspended"),
        [Told(CHAIR, "Your organisation is back", says=("Anzar",))],
    ),
    "bought in cash": Event(
        f"{ORDERS}write_purchase_placed", lambda w: buys("cash")(w).call(), placed("270.00", "To pay in cash on delivery")
    ),
    "paid by card": Event(f"{ORDERS}write_order_for_seller", money_comes, placed("150.00", "Paid by card")),
    "bought from sellers who want no letters": Event(
        f"{ORDERS}write_order_for_seller",
        unwanted,
        [one for one in placed("270.00", "To pay in cash on delivery") if one.to != CHAIR],
    ),
    "an order waits for its buyer": Event(
        f"{ORDERS}write_waiting",
        waits,
        [Told(BUYER, "Confirm your order {number}", PAGE, ("270.00", "code", "If it was not you"), ("Nadia", "Berrada"))],
    ),
    "nobody has confirmed": Event(
        f"{ORDERS}write_lapsed",
        nobody_confirms,
        [Told(BUYER, "Your order {number} was not confirmed", says=("free again",))],
    ),
    "accept": Event(f"{ORDERS}write_move", step(action="accept"), to_buyer("Tifawin has accepted your order {order}")),
    "refuse": Event(
        f"{ORDERS}write_move",
        step(action="refuse"),
        to_buyer("Tifawin cannot deliver your order {order}", REASON, never=(CASH, BACK)),
    ),
    "refuse what is paid": Event(
        f"{ORDERS}write_move",
        paid_then("refuse"),
        to_buyer("Tifawin cannot deliver your order {order}", REASON, BACK, "150.00", never=(CASH,)),
    ),
    "pack": Event(
        f"{ORDERS}write_move",
        step("accept", action="pack"),
        to_buyer("Your order {order} is packed", CASH, "270.00", never=(BACK, REASON, "You can collect it")),
    ),
    "ship": Event(
        f"{ORDERS}write_move",
        step("accept", "pack", action="ship"),
        to_buyer("Your order {order} is on its way", CASH, "Amana", "RR12", never=(BACK, REASON)),
    ),
    "fail": Event(
        f"{ORDERS}write_move",
        step("accept", "pack", "ship", action="fail"),
        to_buyer("Your order {order} could not be delivered", never=(CASH, BACK, REASON, "Amana")),
    ),
    "hand-over": Event(
        f"{ORDERS}write_move", step("accept", "pack", "ship", action="hand-over"), to_buyer("Your order {order} has arrived")
    ),
    "cancel": Event(
        f"{ORDERS}write_move",
        step("accept", action="cancel"),
        to_buyer("Your order {order} is cancelled", REASON, never=(CASH, BACK)),
    ),
    "cancelled by the buyer": Event(
        f"{ORDERS}write_buyer_cancelled",
        cancelled_by_buyer,
        [
            *to_buyer("Your order {order} is cancelled"),
            Told(CHAIR, "Order {order} was cancelled", OFFICE_PAGE, ("270.00",)),
            Told(SELLER, "Order {order} was cancelled", OFFICE_PAGE, ("270.00",)),
        ],
    ),
    "paid too late": Event(
        f"{ORDERS}write_not_deliverable",
        too_late,
        [Told(BUYER, "Part of your order {number} is sold out", PAGE, ("{order}", f"150.00 {BACK}"))],
    ),
    "what was bought is recalled": Event(
        f"{ORDERS}write_recall",
        told_of_recall,
        [
            *placed("270.00", "To pay in cash on delivery"),
            Told(
                BUYER,
                "Goods of your order {order} are recalled",
                PAGE,
                ("lot L-7", "Do not eat them", "The cooperative writes: Glass in a jar"),
            ),
        ],
    ),
    "not paid": Event(
        f"{ORDERS}write_abandoned",
        lambda w: fulfilment.give_up(w.actor("buyer"), w["card"]),
        [Told(BUYER, "Your order {number} was not paid", "http://localhost/{language}/basket")],
    ),
    "an idea is published": Event(
        f"{IDEAS}write_decision",
        judges(deciding.publish_sheet, "sent"),
        [Told("founder@example.org", "Your idea is published: Laiterie", "http://localhost/{language}/an-idea")],
    ),
    "an idea is returned": Event(
        f"{IDEAS}write_decision",
        judges(deciding.return_sheet, "sent", "Il manque un papier"),
        [
            Told(
                "founder@example.org",
                "Your idea needs another look: Laiterie",
                "http://localhost/{language}/an-idea",
                (WRITES,),
            )
        ],
    ),
    "an idea is withdrawn": Event(
        f"{IDEAS}write_decision",
        judges(deciding.withdraw_sheet, "sheet", "Il manque un papier"),
        [
            Told(
                "founder@example.org", "Your idea was withdrawn: Miellerie", "http://localhost/{language}/an-idea", (WRITES,)
            )
        ],
    ),
    "an invitation to a group": Event(
        f"{IDEAS}write_group_invitation",
        lambda w: groups.invite(w.actor("founder"), w["group"], NEW, "another secret", address("join")),
        [
            Told(
                NEW.value,
                "You are invited to a founding group",
                "http://localhost/{language}/join",
                ("Founder", "Miellerie"),
            )
        ],
    ),
    "somebody joins the group": Event(
        f"{IDEAS}write_member_joined",
        lambda w: groups.accept_invitation(w.actor("newcomer"), w["secret"], address("a-group")),
        [Told("founder@example.org", "Your group has a new member", "http://localhost/{language}/a-group", ("Newcomer",))],
    ),
    "a certificate": Event(
        f"{COURSES}write_certificate",
        lambda w: issue_certificate(w.actor("learner"), w["learnt"]),
        [
            Told(
                "learner@example.org",
                "Your certificate: Cours learnt in English",
                "http://localhost/verify/{code}",
                ("Learner",),
            )
        ],
    ),
    "a course is published": Event(
        f"{COURSES}write_decision",
        teaches(courses.publish_course, "handed_in"),
        [
            Told(
                "instructor@example.org",
                "Your course is published: Cours handed_in in English",
                "http://localhost/{language}/academy/teach/cours-handed-in",
                never=("The office writes",),
            )
        ],
    ),
    "a course is returned": Event(
        f"{COURSES}write_decision",
        teaches(courses.return_course, "handed_in", "Il manque un papier"),
        [
            Told(
                "instructor@example.org",
                "Your course needs another look: Cours handed_in in English",
                "http://localhost/{language}/academy/teach/cours-handed-in",
                (WRITES,),
            )
        ],
    ),
    "a course is taken out": Event(
        f"{COURSES}write_decision",
        teaches(courses.withdraw_course, "course"),
        [
            Told(
                "instructor@example.org",
                "Your course has left the catalogue: Cours course in English",
                "http://localhost/{language}/academy/teach/cours-course",
            )
        ],
    ),
    "a course the teacher withdraws": Event(
        f"{COURSES}write_decision", lambda w: courses.withdraw_course(w.actor("instructor"), w["course"])
    ),
    "a course the house loads": Event(f"{COURSES}write_decision", lambda w: courses.publish_course(SYSTEM, w["handed_in"])),
}
