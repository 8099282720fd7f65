"""Rules of orders: the four axes and their moves, what a purchase adds up to, limits, prices, promised days. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.kernel.errors import Conflict, Invalid
from app.kernel.money import Money, total_of
from app.kernel.states import States

# What payments are asked for with: its reference is a purchase's id.
PURPOSE = "purchase"
MAX_LINES = 50
MAX_COUNT = 999
# The goods outlive the payment page by this much, so that money of the last second still finds them.
HOLD_MARGIN = timedelta(minutes=10)

COMMERCIAL = States(
    "order",
    "pending",
    {
        "pending": {"place": "placed", "abandon": "abandoned", "fail": "cancelled"},
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

METHODS = ("cash", "card")
SOLD = frozenset({"placed", "accepted", "completed"})  # the sale stands in the ledger
STOPPED = frozenset({"cancelled", "refused"})
UNPAID_CARD = frozenset({"pending", "abandoned"})


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
    "place": Action({"commercial": "place"}, UNPAID_CARD),
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


def reachable(method: str) -> frozenset[Axes]:
    """Everywhere an order of this method of payment can stand."""
    found = {Axes()}
    todo = list(found)
    while todo:
        axes = todo.pop()
        for next_ in _steps(axes, method):
            if next_ not in found:
                found.add(next_)
                todo.append(next_)
    return frozenset(found if method == "card" else found - {Axes()})  # cash stands at once


def _steps(axes: Axes, method: str) -> Iterable[Axes]:
    """Where one action leads; placing and failing say how it was paid."""
    cash = method == "cash"
    for name in ACTIONS:
        if not possible(axes, name) or (cash and name in ("abandon", "fail-paid")):
            continue
        moved = after(axes, name)
        if name == "place":
            moved = replace(moved, payment=PAYMENT.after(axes.payment, "defer" if cash else "pay"))
        elif name == "fail-paid":
            moved = replace(moved, payment=PAYMENT.after(PAYMENT.after(axes.payment, "pay"), "refund"))
        yield moved


def office_actions(axes: Axes, kind: str) -> list[str]:
    """What a cooperative can do next with an order that is delivered or collected (`kind` delivery, pickup)."""
    found = [name for name in ACTIONS if name in DECIDING | HANDLING and possible(axes, name)]
    if axes.fulfilment == "packed":
        found.remove("hand-over" if kind == "delivery" else "ship")
    if axes.commercial == "placed":
        found.remove("cancel")  # refusing says it
    return found


def buyer_may_cancel(axes: Axes) -> bool:
    """Before the parcel leaves; a parcel that came back is the cooperative's to settle."""
    return axes.fulfilment in ("waiting", "packed") and possible(axes, "cancel")


# The one word for where an order stands, as tabs and badges say it.
STAGES: Mapping[str, tuple[str, str | None]] = {
    "pending": ("pending", None),
    "new": ("placed", None),
    "accepted": ("accepted", "waiting"),
    "packed": ("accepted", "packed"),
    "shipped": ("accepted", "shipped"),
    "failed": ("accepted", "failed"),
    "delivered": ("completed", None),
    "refused": ("refused", None),
    "cancelled": ("cancelled", None),
    "abandoned": ("abandoned", None),
}


def stage(axes: Axes) -> str:
    """The word of STAGES for where an order stands."""
    return next(
        word
        for word, (commercial, fulfilment) in STAGES.items()
        if commercial == axes.commercial and fulfilment in (None, axes.fulfilment)
    )


def purchase_status(stages: Sequence[str]) -> str:
    """What a buyer is told of a whole purchase; never stored."""
    going = [one for one in stages if one not in ("refused", "cancelled", "abandoned")]
    if not going:
        return "abandoned" if stages and set(stages) == {"abandoned"} else "cancelled"
    if "pending" in going:
        return "pending"
    if set(going) == {"delivered"}:
        return "delivered"
    on_the_way = [one for one in going if one in ("shipped", "delivered")]
    if on_the_way:
        return "shipped" if len(on_the_way) == len(going) else "partly-shipped"
    return "placed" if set(going) == {"new"} else "in-preparation"


def checked_count(count: int) -> int:
    """How many of a variant a basket may hold. Raises Invalid."""
    if not 1 <= count <= MAX_COUNT:
        raise Invalid("count-out-of-range", "quantity", most=MAX_COUNT)
    return count


@dataclass(frozen=True)
class Amounts:
    """What an order costs and what the operator keeps of it."""

    goods: Money
    delivery: Money
    commission: Money

    @property
    def total(self) -> Money:
        return self.goods + self.delivery


def amounts(lines: Iterable[tuple[Money, int]], fee: Money, free_from: int | None, commission_rate: int) -> Amounts:
    """An order's amounts from its (unit price, count) lines; the commission is a share of the goods in basis points."""
    goods = total_of((price * count for price, count in lines), fee.currency)
    free = free_from is not None and goods.amount >= free_from
    return Amounts(goods, Money(0, fee.currency) if free else fee, goods.share(commission_rate))


def working_day(start: date, days: int) -> date:
    """The day `days` working days (Monday to Friday) after a day."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def promise(start: date, days_min: int, days_max: int) -> tuple[date, date]:
    """The first and the last day on which the goods are promised."""
    return working_day(start, days_min), working_day(start, days_max)


@dataclass(frozen=True)
class Wish:
    """What a buyer asks for at the checkout; `deliveries` maps organisations to the key of the chosen way.

    `total_seen` is the total the buyer was shown, in minor units.
    """

    idempotency_key: str
    name: str
    phone: str | None
    mail: str | None
    region: str
    commune: str
    street: str
    method: str
    deliveries: Mapping[int, str]
    total_seen: int
    terms_version: str


@dataclass(frozen=True)
class Terms:
    """The house's settings that a purchase is made under: commission in basis points, how long goods are held."""

    territory: str
    commission_rate: int
    hold: timedelta
