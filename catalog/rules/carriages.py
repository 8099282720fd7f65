"""How a product reaches its buyer: one record each, found by its name in CARRIAGES, the one that asks most last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.kernel.text import msg
from catalog.rules import categories
from catalog.rules.ways import BULKY_DELIVERY, DELIVERY, PICKUP, VISIT

MOST_IN_A_PARCEL = 30_000  # grams; what weighs more begins as bulky, and the cooperative may say otherwise


@dataclass(frozen=True)
class Carriage:
    """What a cooperative says of a product, and the names of the WAYS that carry it."""

    name: str  # what is stored
    offered: str  # to the cooperative that lists it
    told: str  # to the buyer; empty of what comes as a parcel, as everybody expects
    ways: tuple[str, ...]


PARCEL = Carriage("parcel", msg("By parcel"), "", (DELIVERY.name, PICKUP.name))
BULKY = Carriage(
    "bulky",
    msg("Too heavy or large for a parcel"),
    msg("It is too heavy or too large for a parcel."),
    (BULKY_DELIVERY.name, PICKUP.name),
)
COLLECTED = Carriage("collected", msg("The buyer collects it"), msg("It is not sent: you collect it."), (PICKUP.name,))
ON_THE_SPOT = Carriage(
    "on-the-spot",
    msg("On the spot: a stay, a visit, a workshop"),
    msg("It takes place on the spot, on a day that you agree on with the cooperative."),
    (VISIT.name,),
)
CARRIAGES: Mapping[str, Carriage] = {one.name: one for one in (PARCEL, BULKY, COLLECTED, ON_THE_SPOT)}
_RANKS = {name: rank for rank, name in enumerate(CARRIAGES)}


def together(names: Iterable[str]) -> Carriage:
    """How goods of these carriages travel in one order: as the one that asks most."""
    return CARRIAGES[max(names, key=_RANKS.__getitem__)]


def usual_carriage(category: str | None, sizes: Sequence[tuple[str, int, int]]) -> str:
    """How goods of the kind usually reach a buyer; nobody has said it yet. `sizes` are (unit, quantity, weight in grams)."""
    grams = max((max(weight, quantity if unit == "g" else 0) for unit, quantity, weight in sizes), default=0)
    line = categories.ancestors(category) if category is not None and category in categories.tree() else []
    named = next((one.carriage for one in reversed(line) if one.carriage), None)
    return named or (BULKY.name if grams > MOST_IN_A_PARCEL else PARCEL.name)
