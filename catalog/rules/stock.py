"""Why a stock changes."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.kernel.errors import Invalid
from app.kernel.text import msg

REFERENCE_LENGTH = 64
CODE_LONGEST = 40
RECALL_LONGEST = 500
MOST_SHELF_DAYS = 3650


@dataclass(frozen=True)
class Reason:
    """Why a stock changed. `by_hand`: +1 where a person adds so many for it, -1 where they take so many out, 0 neither."""

    word: str
    by_hand: int = 0


REASONS = {
    "began": Reason(msg("There when this list began")),
    "counted": Reason(msg("Counted")),
    "imported": Reason(msg("From a file")),
    "sorted": Reason(msg("Now counted in a lot")),
    "recalled": Reason(msg("The lot was recalled")),
    "over": Reason(msg("The lot is past its last day of sale")),
    "sold": Reason(msg("Sold")),
    "returned": Reason(msg("Back: the order was stopped")),
    "made": Reason(msg("Made or received"), +1),
    "found": Reason(msg("Found again"), +1),
    "lost": Reason(msg("Lost or stolen"), -1),
    "broken": Reason(msg("Broken or spoilt"), -1),
    "expired": Reason(msg("Past its day"), -1),
    "used": Reason(msg("Used, tasted or given away"), -1),
}
BY_HAND = tuple(key for key, reason in REASONS.items() if reason.by_hand)


def last_day_of_sale(best_before: date, shelf_days: int) -> date:
    """The buyer has the product's least number of days left when it is sold on this day."""
    return best_before - timedelta(days=shelf_days)


def change_by_hand(reason: str, number: int) -> int:
    """By how much the stock changes when a person says so many for this reason. Raises Invalid."""
    known = REASONS.get(reason)
    if known is None or not known.by_hand:
        raise Invalid("catalog-unknown-reason", "reason")
    return known.by_hand * number
