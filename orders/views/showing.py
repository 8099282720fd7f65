"""How orders are shown: words and colours of their stages, the timeline, pictures."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.engines.files.pictures import key_of
from app.engines.language import day, moment, translate, translate_many
from app.kernel.text import msg
from catalog.queries import DeliveryChoice, Way
from orders.queries.purchases import OrderFacts

STAGES: Mapping[str, tuple[str, str]] = {
    "pending": (msg("Waiting for payment"), "wait"),
    "unconfirmed": (msg("Waiting for the buyer to confirm"), "wait"),
    "new": (msg("Confirmed"), "info"),
    "accepted": (msg("In preparation"), "info"),
    "packed": (msg("Packed"), "info"),
    "shipped": (msg("On its way"), "info"),
    "failed": (msg("Not delivered"), "bad"),
    "delivered": (msg("Delivered"), "good"),
    "refused": (msg("Refused"), "bad"),
    "cancelled": (msg("Cancelled"), "neutral"),
    "abandoned": (msg("Not paid"), "neutral"),
    "lapsed": (msg("Not confirmed"), "neutral"),
}
STATUSES: Mapping[str, tuple[str, str]] = {
    "pending": (msg("Waiting for payment"), "wait"),
    "unconfirmed": (msg("Waiting for your confirmation"), "wait"),
    "placed": (msg("Confirmed"), "info"),
    "in-preparation": (msg("In preparation"), "info"),
    "partly-shipped": (msg("Partly on its way"), "info"),
    "shipped": (msg("On its way"), "info"),
    "delivered": (msg("Delivered"), "good"),
    "cancelled": (msg("Cancelled"), "neutral"),
    "abandoned": (msg("Not paid"), "neutral"),
    "lapsed": (msg("Not confirmed"), "neutral"),
}
PAYMENTS: Mapping[str, tuple[str, str]] = {
    "unpaid": (msg("Not paid"), "wait"),
    "due-cash": (msg("Cash on delivery"), "wait"),
    "paid": (msg("Paid"), "good"),
    "void": (msg("Nothing to pay"), "neutral"),
    "refunded": (msg("Paid back"), "neutral"),
}
TABS = {
    "to-confirm": msg("To be confirmed"),
    "new": msg("To accept"),
    "to-pack": msg("To pack"),
    "to-ship": msg("To ship"),
    "on-the-way": msg("On the way"),
    "delivered": msg("Delivered"),
    "stopped": msg("Cancelled"),
}
ACTIONS: Mapping[str, tuple[str, str, str]] = {
    "place": (msg("Confirmed by phone"), "phone", "primary"),
    "lapse": (msg("The buyer did not order this"), "close", "danger"),
    "accept": (msg("Accept the order"), "check", "primary"),
    "pack": (msg("It is packed"), "parcel", "primary"),
    "ship": (msg("Handed to the carrier"), "truck", "primary"),
    "hand-over": (msg("Handed over to the buyer"), "hand", "primary"),
    "fail": (msg("Could not be delivered"), "undo", "quiet"),
    "refuse": (msg("Refuse"), "close", "danger"),
    "cancel": (msg("Cancel the order"), "close", "danger"),
}
# What is agreed on takes place: nothing of it is packed.
_AGREED_ACTIONS = {
    "pack": (msg("Everything is ready"), "check", "primary"),
    "hand-over": (msg("It has taken place"), "hand", "primary"),
}
_AGREED_STEPS = {"pack": msg("Everything is ready"), "hand-over": msg("Taken place")}
_AGREED_STAGES = {"packed": (msg("Everything is ready"), "info"), "delivered": (msg("Taken place"), "good")}
_STEPS = (
    ("place", msg("Confirmed")),
    ("accept", msg("Accepted")),
    ("pack", msg("Packed")),
    ("ship", msg("On its way")),
    ("hand-over", msg("Delivered")),
)
_BEFORE = ("pending", "abandoned", "unconfirmed", "lapsed")
_DONE = {**dict.fromkeys(_BEFORE, 0), "new": 1, "accepted": 2, "packed": 3, "shipped": 4, "failed": 4, "delivered": 5}


def told(words: Mapping[str, tuple[str, str]], key: str) -> tuple[str, str]:
    """(text, tone) of a badge."""
    text, tone = words[key]
    return translate(text), tone


def stage_of(order: OrderFacts) -> tuple[str, str]:
    """(text, tone) of the stage of an order."""
    return told({**STAGES, **_AGREED_STAGES} if order.way.by_agreement else STAGES, order.stage)


def action_words(order: OrderFacts) -> Mapping[str, tuple[str, str, str]]:
    """{action: (text, icon, kind of button)}"""
    return {**ACTIONS, **_AGREED_ACTIONS} if order.way.by_agreement else ACTIONS


def picture_of(stem: str | None) -> str | None:
    """The address of the small picture of a line."""
    return f"/{key_of(stem, 'small')}" if stem else None


def timeline(order: OrderFacts) -> list[dict[str, Any]]:
    """The steps of an order for the `steps` macro; a stopped order ends where it was stopped."""
    wanted = [(key, label) for key, label in _STEPS if order.way.shipped or key != "ship"]
    if order.way.by_agreement:
        wanted = [(key, _AGREED_STEPS.get(key, label)) for key, label in wanted]
    if order.stage in ("refused", "cancelled"):
        done = [(key, label) for key, label in wanted if key in order.moments]
        stopped = order.moments.get("refuse") or order.moments.get("cancel") or order.moments.get("fail-paid")
        return [_step(order, key, label, "done") for key, label in done] + [
            {
                "label": told(STAGES, order.stage)[0],
                "state": "stopped",
                "when": moment(stopped, "short") if stopped else None,
                "text": order.reason or None,
            }
        ]
    reached = [key for key, _label in _STEPS][: _DONE[order.stage]]
    items = []
    for key, label in wanted:
        if key in reached:
            items.append(_step(order, key, label, "done"))
        else:
            first_left = not any(item["state"] == "now" for item in items)
            items.append(
                {
                    "label": translate(label),
                    "state": "now" if first_left and order.stage not in _BEFORE else "next",
                }
            )
    if order.stage == "failed":
        items[-2] = {**items[-2], "state": "stopped", "label": told(STAGES, "failed")[0]}
    return items


def _step(order: OrderFacts, key: str, label: str, state: str) -> dict[str, Any]:
    when = order.moments.get(key)
    return {"label": translate(label), "state": state, "when": moment(when, "short") if when else None}


def way_words(way: DeliveryChoice) -> str:
    """A way to receive the goods in words."""
    return translate(way.way.told, place=way.place)


def days_words(way: DeliveryChoice) -> str:
    """How long it takes in working days."""
    if way.way.by_agreement:
        return translate("on a day that you agree on")
    if way.days_min == way.days_max:
        return translate_many("%(num)s working day", "%(num)s working days", way.days_max)
    return translate("%(first)s to %(last)s working days", first=way.days_min, last=way.days_max)


def promise_words(way: Way, first: date, last: date) -> str:
    """When it comes, or what is still to be agreed on."""
    if way.by_agreement:
        return translate("on a day that you agree on")
    if first == last:
        return translate("on %(day)s", day=day(first))
    return translate("between %(first)s and %(last)s", first=day(first), last=day(last))
