"""The one word for where an order or a purchase stands."""

from collections.abc import Mapping, Sequence

from orders.rules.states import WAITING, Axes, reachable

# The one word for where an order stands, as tabs and badges say it.
STAGES: Mapping[str, tuple[str, str | None]] = {
    "pending": ("pending", None),
    "unconfirmed": ("unconfirmed", None),
    "new": ("placed", None),
    "accepted": ("accepted", "waiting"),
    "packed": ("accepted", "packed"),
    "shipped": ("accepted", "shipped"),
    "failed": ("accepted", "failed"),
    "delivered": ("completed", None),
    "refused": ("refused", None),
    "cancelled": ("cancelled", None),
    "abandoned": ("abandoned", None),
    "lapsed": ("lapsed", None),
}
UNPLACED = "unplaced"
GONE = ("refused", "cancelled", "abandoned", "lapsed")


def stage(axes: Axes) -> str:
    """The word of STAGES for where an order stands."""
    return next(
        word
        for word, (commercial, fulfilment) in STAGES.items()
        if commercial == axes.commercial and fulfilment in (None, axes.fulfilment)
    )


# Each word's commercial and fulfilment states, as far as an order comes there.
PLACES: Mapping[str, frozenset[tuple[str, str]]] = {
    word: frozenset(
        (axes.commercial, axes.fulfilment)
        for axes in reachable(ahead=True) | reachable(ahead=False) | {Axes()}
        if stage(axes) == word
    )
    for word in STAGES
}


def tally_word(axes: Axes, placed: bool) -> str:
    """The word under which an order is counted; `placed` says that it has stood."""
    return " ".join((axes.commercial, axes.fulfilment, *(() if placed else (UNPLACED,))))


def counted(tally: Mapping[str, int], for_office: bool) -> dict[str, int]:
    """{stage: how many orders} of what is counted under those words; no office sees an order whose card was not paid."""
    counts = dict.fromkeys(STAGES, 0)
    for word, number in tally.items():
        commercial, fulfilment, *unplaced = word.split()
        if not for_office or not unplaced or commercial in (*WAITING, "lapsed"):
            counts[stage(Axes(commercial=commercial, fulfilment=fulfilment))] += number
    return counts


def purchase_status(stages: Sequence[str]) -> str:
    """What a buyer is told of a whole purchase; never stored."""
    going = [one for one in stages if one not in GONE]
    if not going:
        return stages[0] if set(stages) in ({"abandoned"}, {"lapsed"}) else "cancelled"
    for waiting in ("pending", "unconfirmed"):
        if waiting in going:
            return waiting
    if set(going) == {"delivered"}:
        return "delivered"
    on_the_way = [one for one in going if one in ("shipped", "delivered")]
    if on_the_way:
        return "shipped" if len(on_the_way) == len(going) else "partly-shipped"
    return "placed" if set(going) == {"new"} else "in-preparation"
