"""The rules of orders: every pair of state and move, what actions do, sums, promises, what a buyer is told."""

from datetime import date

import pytest

from app.kernel.errors import Conflict, Invalid
from app.kernel.money import Money
from app.territories.loading import territory_named
from orders.rules import amounts, promises, stages, states
from orders.rules.states import Axes

MOROCCO, QUEBEC = territory_named("morocco"), territory_named("quebec")

KNOWN = {
    "commercial": {
        ("pending", "place"): "placed",
        ("pending", "abandon"): "abandoned",
        ("pending", "fail"): "cancelled",
        ("pending", "wait"): "unconfirmed",
        ("unconfirmed", "place"): "placed",
        ("unconfirmed", "lapse"): "lapsed",
        ("abandoned", "place"): "placed",
        ("abandoned", "fail"): "cancelled",
        ("placed", "accept"): "accepted",
        ("placed", "refuse"): "refused",
        ("placed", "cancel"): "cancelled",
        ("accepted", "complete"): "completed",
        ("accepted", "cancel"): "cancelled",
    },
    "payment": {
        ("unpaid", "defer"): "due-cash",
        ("unpaid", "pay"): "paid",
        ("due-cash", "collect"): "paid",
        ("due-cash", "drop"): "void",
        ("paid", "refund"): "refunded",
    },
    "fulfilment": {
        ("waiting", "pack"): "packed",
        ("waiting", "stop"): "stopped",
        ("packed", "ship"): "shipped",
        ("packed", "hand-over"): "delivered",
        ("packed", "stop"): "stopped",
        ("shipped", "hand-over"): "delivered",
        ("shipped", "fail"): "failed",
        ("failed", "ship"): "shipped",
        ("failed", "stop"): "stopped",
    },
    "after_sale": {("none", "claim"): "claimed", ("claimed", "settle"): "settled", ("claimed", "withdraw"): "none"},
}


@pytest.mark.parametrize("axis", list(states.AXES))
def test_every_pair_of_state_and_move(axis: str) -> None:
    table = states.AXES[axis]
    for state, move in table.pairs():
        if (state, move) in KNOWN[axis]:
            assert table.after(state, move) == KNOWN[axis][state, move]
        else:
            with pytest.raises(Conflict):
                table.after(state, move)
    assert set(KNOWN[axis]) <= set(table.pairs())


NEW = Axes("placed", "due-cash", "waiting", "none")


def walked(start: Axes, *actions: str) -> Axes:
    for action in actions:
        start = states.after(start, action)
    return start


def test_a_cash_order_goes_from_new_to_delivered() -> None:
    assert walked(NEW, "accept", "pack", "ship", "hand-over") == Axes("completed", "paid", "delivered", "none")


def test_a_refused_cash_order_owes_nothing_and_a_paid_one_is_paid_back() -> None:
    assert states.after(NEW, "refuse") == Axes("refused", "void", "stopped", "none")
    assert states.after(Axes("placed", "paid", "waiting"), "refuse") == Axes("refused", "refunded", "stopped", "none")


@pytest.mark.parametrize(
    ("axes", "action"),
    [
        (Axes("placed", "due-cash", "waiting"), "pack"),
        (Axes("accepted", "due-cash", "waiting"), "ship"),
        (Axes("accepted", "due-cash", "shipped"), "cancel"),
        (Axes("completed", "paid", "delivered"), "cancel"),
        (Axes("cancelled", "void", "stopped"), "accept"),
        (Axes("pending", "unpaid", "waiting"), "accept"),
        (Axes("accepted", "due-cash", "waiting"), "accept"),
        (Axes("accepted", "due-cash", "waiting"), "hand-over"),
    ],
)
def test_a_step_out_of_turn_is_refused(axes: Axes, action: str) -> None:
    with pytest.raises(Conflict):
        states.after(axes, action)


def test_after_any_walk_the_axes_agree() -> None:
    """Every order one can reach: stopped parcels belong to stopped orders, delivered ones are complete and paid."""
    seen, ahead = set(), [NEW, Axes("placed", "paid", "waiting"), Axes()]
    while ahead:
        axes = ahead.pop()
        if axes in seen:
            continue
        seen.add(axes)
        assert (axes.fulfilment == "stopped") == (axes.commercial in states.STOPPED), axes
        assert (axes.fulfilment == "delivered") == (axes.commercial == "completed"), axes
        assert axes.commercial != "completed" or axes.payment == "paid", axes
        assert axes.commercial not in states.STOPPED or axes.payment in ("void", "refunded", "unpaid"), axes
        stages.stage(axes)
        placed_unpaid = axes.commercial in states.UNPAID_CARD | states.WAITING
        ahead += [
            states.after(axes, action)
            for action in states.ACTIONS
            if states.possible(axes, action) and not (action == "place" and placed_unpaid)
        ]
    assert len(seen) == 20  # 8 of a cash order, 7 more of a paid one, 3 that nobody paid, 2 that nobody confirmed


def test_what_an_office_is_offered() -> None:
    assert states.office_actions(NEW, shipped=True) == ["accept", "refuse"]
    accepted = walked(NEW, "accept")
    assert states.office_actions(accepted, shipped=True) == ["pack", "cancel"]
    packed = walked(accepted, "pack")
    assert states.office_actions(packed, shipped=True) == ["ship", "cancel"]
    assert states.office_actions(packed, shipped=False) == ["hand-over", "cancel"]
    shipped = walked(packed, "ship")
    assert states.office_actions(shipped, shipped=True) == ["fail", "hand-over"]
    assert states.office_actions(walked(shipped, "fail"), shipped=True) == ["ship", "cancel"]
    assert states.office_actions(walked(shipped, "hand-over"), shipped=True) == []


def test_of_an_order_that_nobody_confirmed_an_office_says_only_what_the_call_brought() -> None:
    waiting = walked(Axes(), "wait")
    assert waiting == Axes("unconfirmed", "unpaid", "waiting", "none")
    assert states.office_actions(waiting, shipped=True) == ["place", "lapse"]
    assert states.office_actions(walked(waiting, "lapse"), shipped=True) == []
    assert not states.buyer_may_cancel(waiting)
    for action in ("accept", "pack", "refuse", "cancel", "abandon", "fail-paid"):
        assert not states.possible(waiting, action)


def test_a_buyer_cancels_before_the_parcel_leaves() -> None:
    assert states.buyer_may_cancel(NEW)
    assert states.buyer_may_cancel(walked(NEW, "accept", "pack"))
    assert not states.buyer_may_cancel(walked(NEW, "accept", "pack", "ship"))
    assert not states.buyer_may_cancel(walked(NEW, "accept", "pack", "ship", "fail"))
    assert not states.buyer_may_cancel(walked(NEW, "cancel"))


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        (["pending", "pending"], "pending"),
        (["new", "new"], "placed"),
        (["new", "accepted"], "in-preparation"),
        (["packed", "shipped"], "partly-shipped"),
        (["shipped", "delivered"], "shipped"),
        (["delivered", "cancelled"], "delivered"),
        (["cancelled", "refused"], "cancelled"),
        (["abandoned", "abandoned"], "abandoned"),
        (["unconfirmed", "unconfirmed"], "unconfirmed"),
        (["unconfirmed", "new"], "unconfirmed"),
        (["lapsed", "lapsed"], "lapsed"),
        (["lapsed", "cancelled"], "cancelled"),
        (["lapsed", "new"], "placed"),
        (["shipped", "cancelled"], "shipped"),
        (["failed", "delivered"], "partly-shipped"),
        (["new", "cancelled"], "placed"),
    ],
)
def test_what_a_buyer_is_told_of_the_whole(parts: list[str], status: str) -> None:
    assert stages.purchase_status(parts) == status


def test_amounts_of_an_order() -> None:
    lines = [(Money(12_050, "MAD"), 3), (Money(4_999, "MAD"), 1)]
    found = amounts.amounts(lines, Money(3_000, "MAD"), None, 500)
    assert (found.goods.amount, found.delivery.amount, found.commission.amount, found.total.amount) == (
        41_149,
        3_000,
        2_057,
        44_149,
    )
    assert amounts.amounts(lines, Money(3_000, "MAD"), 41_149, 500).delivery.amount == 0
    assert amounts.amounts(lines, Money(3_000, "MAD"), 41_150, 500).delivery.amount == 3_000


def test_where_an_order_can_stand() -> None:
    cash, card = states.reachable(ahead=False), states.reachable(ahead=True)
    assert {axes.payment for axes in cash} == {"due-cash", "paid", "void", "unpaid"}
    assert {axes.commercial for axes in cash if axes.payment == "unpaid"} == {"unconfirmed", "lapsed"}
    assert not {axes.commercial for axes in card} & {"unconfirmed", "lapsed"}
    assert {axes.payment for axes in card} == {"unpaid", "paid", "refunded"}
    assert Axes("completed", "paid", "delivered") in cash & card
    for axes in (Axes("placed", "paid", "shipped"), Axes("completed", "due-cash", "delivered"), Axes("cancelled", "paid")):
        assert axes not in cash | card
    assert {stages.stage(axes) for axes in cash | card} == set(stages.STAGES)


@pytest.mark.parametrize("count", [0, -1, 1000])
def test_counts_out_of_range(count: int) -> None:
    with pytest.raises(Invalid):
        amounts.checked_count(count)
    assert amounts.checked_count(999) == 999


def test_promises_count_working_days() -> None:
    friday = date(2026, 11, 20)
    assert promises.promise(MOROCCO, friday, 1, 3) == (date(2026, 11, 23), date(2026, 11, 25))
    assert promises.promise(MOROCCO, date(2026, 11, 23), 0, 5) == (date(2026, 11, 23), date(2026, 11, 30))


def test_promises_skip_the_days_off_of_the_buyers_territory() -> None:
    tuesday = date(2026, 11, 17)  # the day after is Independence Day in Morocco and a working day in Quebec
    assert promises.promise(MOROCCO, tuesday, 1, 2) == (date(2026, 11, 19), date(2026, 11, 20))
    assert promises.promise(QUEBEC, tuesday, 1, 2) == (date(2026, 11, 18), date(2026, 11, 19))
    before_christmas = date(2026, 12, 24)
    assert promises.promise(MOROCCO, before_christmas, 1, 1) == (date(2026, 12, 25), date(2026, 12, 25))
    assert promises.promise(QUEBEC, before_christmas, 1, 1) == (date(2026, 12, 28), date(2026, 12, 28))
