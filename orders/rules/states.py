"""Where an order stands on its four axes, and the moves that lead there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.kernel.errors import Conflict
from app.kernel.states import States

COMMERCIAL = States(
    "order",
    "pending",
    {
        "pending": {"place": "placed", "abandon": "abandoned", "fail": "cancelled", "wait": "unconfirmed"},
        "unconfirmed": {
            "place": "placed",
            "lapse": "lapsed",
        },  # a guest's, until the buyer says so by a code or on the phone
        "lapsed": {},
        "abandoned": {
            "place": "placed",
            "fail": "cancelled",
        },  # the money came after all: goods if there are some, else money back
        "placed": {"accept": "accepted", "refuse": "refused", "cancel": "cancelled"},
        "accepted": {"complete": "completed", "cancel": "cancelled"},
        "completed": {},
        "refused": {},
        "cancelled": {},
    },
)
PAYMENT = States(
    "order-payment",
    "unpaid",
    {
        "unpaid": {"defer": "due-cash", "pay": "paid"},
        "due-cash": {"collect": "paid", "drop": "void"},
        "paid": {"refund": "refunded"},
        "void": {},
        "refunded": {},
    },
)
FULFILMENT = States(
    "order-fulfilment",
    "waiting",
    {
        "waiting": {"pack": "packed", "stop": "stopped"},
        "packed": {"ship": "shipped", "hand-over": "delivered", "stop": "stopped"},
        "shipped": {"hand-over": "delivered", "fail": "failed"},
        "failed": {"ship": "shipped", "stop": "stopped"},
        "delivered": {},
        "stopped": {},
    },
)
AFTER_SALE = States(
    "order-after-sale",
    "none",
    {
        "none": {"claim": "claimed"},
        "claimed": {"settle": "settled", "withdraw": "none"},
        "settled": {},
    },
)
AXES = {"commercial": COMMERCIAL, "payment": PAYMENT, "fulfilment": FULFILMENT, "after_sale": AFTER_SALE}
SOLD = frozenset({"placed", "accepted", "completed"})  # the sale stands in the ledger
STOPPED = frozenset({"cancelled", "refused"})
UNPAID_CARD = frozenset({"pending", "abandoned"})
WAITING = frozenset({"unconfirmed"})


@dataclass(frozen=True)
class Axes:
    """Where an order stands, on its four axes."""

    commercial: str = COMMERCIAL.first
    payment: str = PAYMENT.first
    fulfilment: str = FULFILMENT.first
    after_sale: str = AFTER_SALE.first


@dataclass(frozen=True)
class Action:
    """Something a person or the house does with an order: a move on each axis it touches, and when it is possible."""

    moves: Mapping[str, str]
    commercial: frozenset[str]  # the commercial states it starts from
    stops: bool = False  # the money goes back the way it came
    collects: bool = False  # cash changes hands


ACTIONS = {
    "place": Action({"commercial": "place"}, UNPAID_CARD | WAITING),
    "wait": Action({"commercial": "wait"}, frozenset({"pending"})),
    "lapse": Action({"commercial": "lapse"}, WAITING),
    "abandon": Action({"commercial": "abandon"}, frozenset({"pending"})),
    "fail-paid": Action({"commercial": "fail", "fulfilment": "stop"}, UNPAID_CARD, stops=True),
    "accept": Action({"commercial": "accept"}, frozenset({"placed"})),
    "refuse": Action({"commercial": "refuse", "fulfilment": "stop"}, frozenset({"placed"}), stops=True),
    "pack": Action({"fulfilment": "pack"}, frozenset({"accepted"})),
    "ship": Action({"fulfilment": "ship"}, frozenset({"accepted"})),
    "fail": Action({"fulfilment": "fail"}, frozenset({"accepted"})),
    "hand-over": Action({"commercial": "complete", "fulfilment": "hand-over"}, frozenset({"accepted"}), collects=True),
    "cancel": Action({"commercial": "cancel", "fulfilment": "stop"}, frozenset({"placed", "accepted"}), stops=True),
}
# What each role in a cooperative may do with its orders.
DECIDING = frozenset({"accept", "refuse", "cancel"})
HANDLING = frozenset({"pack", "ship", "fail", "hand-over"})
# What whoever handles orders says of an order whose buyer has not confirmed it: the buyer was called.
CALLING = frozenset({"place", "lapse"})
NEEDS_REASON = frozenset({"refuse", "cancel"})
_BACK = {"due-cash": "drop", "paid": "refund"}


def after(axes: Axes, action: str) -> Axes:
    """Where the order stands after the action. Raises Conflict when one of its axes does not know the move."""
    known = ACTIONS[action]
    if axes.commercial not in known.commercial:
        raise Conflict("move-not-possible", states="order", state=axes.commercial, move=action)
    moved = replace(axes, **{name: AXES[name].after(getattr(axes, name), move) for name, move in known.moves.items()})
    if known.stops and axes.payment in _BACK:
        moved = replace(moved, payment=PAYMENT.after(axes.payment, _BACK[axes.payment]))
    if known.collects and axes.payment == "due-cash":
        moved = replace(moved, payment=PAYMENT.after(axes.payment, "collect"))
    return moved


def possible(axes: Axes, action: str) -> bool:
    try:
        after(axes, action)
    except Conflict:
        return False
    return True


def reachable(ahead: bool) -> frozenset[Axes]:
    """Everywhere an order can stand whose money comes `ahead`, or else at the door."""
    reached = {Axes()}
    todo = list(reached)
    while todo:
        axes = todo.pop()
        for next_ in _steps(axes, ahead):
            if next_ not in reached:
                reached.add(next_)
                todo.append(next_)
    return frozenset(reached if ahead else reached - {Axes()})  # what is paid at the door stands at once


def _steps(axes: Axes, ahead: bool) -> Iterable[Axes]:
    """Where one action leads; placing and failing say how it was paid."""
    for name in ACTIONS:
        if not possible(axes, name) or name in (("wait", "lapse") if ahead else ("abandon", "fail-paid")):
            continue
        moved = after(axes, name)
        if name == "place":
            moved = replace(moved, payment=PAYMENT.after(axes.payment, "pay" if ahead else "defer"))
        elif name == "fail-paid":
            moved = replace(moved, payment=PAYMENT.after(PAYMENT.after(axes.payment, "pay"), "refund"))
        yield moved


def office_actions(axes: Axes, shipped: bool) -> list[str]:
    """What a cooperative can do next with an order that is `shipped`, or else collected."""
    actions = [name for name in ACTIONS if name in DECIDING | HANDLING and possible(axes, name)]
    if axes.commercial in WAITING:
        return sorted(CALLING, reverse=True)
    if axes.fulfilment == "packed":
        actions.remove("hand-over" if shipped else "ship")
    if axes.commercial == "placed":
        actions.remove("cancel")  # refusing says it
    return actions


def buyer_may_cancel(axes: Axes) -> bool:
    """Before the parcel leaves; a parcel that came back is the cooperative's to settle."""
    return axes.fulfilment in ("waiting", "packed") and possible(axes, "cancel")
