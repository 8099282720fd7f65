"""A product's states and limits, and what it needs before strangers see it."""

from collections.abc import Mapping, Sequence

from app.kernel.errors import Conflict, Invalid
from app.kernel.states import States
from app.kernel.text import one_line, paragraphs

PRODUCT = States(
    "product",
    "draft",
    {
        "draft": {"publish": "published", "discard": "discarded"},
        "published": {"withdraw": "withdrawn"},
        "withdrawn": {"publish": "published", "discard": "discarded"},
        "discarded": {},
    },
)
TITLE_LENGTH = 255  # as other shops have them, and so what follows
TEXT_LENGTH = 5_000
NAME_LENGTH = 80
OPTION_LENGTH = 255
VARIANT_NAME_LENGTH = 3 * OPTION_LENGTH + 6  # three options, and what stands between them
PLACE_LENGTH = 120
SKU_LENGTH = 64
MAX_PICTURES = 5
MAX_VARIANTS = 2_000
MAX_ZONES = 20
MAX_PRICE = 100_000_000_00  # minor units
MAX_QUANTITY = 1_000_000  # base units in one variant: a tonne
MAX_WEIGHT = 1_000_000  # grams
MAX_STOCK = 10_000_000
MAX_DAYS = 60
FEW_LEFT = 5  # up to here a page says how many are left
BASE_UNITS = ("g", "ml", "piece", "m", "m2")
SALE_UNITS = ("piece", "g", "kg", "ml", "l", "m", "m2")


def shown_left(free: int) -> int:
    """What a page says of so many that are free: 0 sold out, up to `FEW_LEFT` the number, above it one more than that."""
    return min(max(free, 0), FEW_LEFT + 1)


def require_publishable(titles: Mapping[str, str], prices: Sequence[int | None], verified: bool) -> None:
    """What strangers see has a verified maker, a name in at least one language and a price. Raises Invalid."""
    if not verified:
        raise Invalid("catalog-cooperative-not-verified")
    if not any(one_line(title) for title in titles.values()):
        raise Invalid("catalog-title-missing", "title")
    if not any(price is not None for price in prices):
        raise Invalid("catalog-price-missing", "price")


def require_unchanged(variant_id: int, there: int, counted: int, seen: int | None) -> None:
    """Who counted saw as many as there are, or has counted what there is; else Conflict."""
    if seen is not None and there not in (seen, counted):
        raise Conflict("catalog-stock-changed", "stock", subject=variant_id, there=there, seen=seen)


def require_lots_unchanged(variant_id: int, there: int, counted: int) -> None:
    """What is in lots is counted lot by lot: whoever says how many there are in all may only say what there is."""
    if there != counted:
        raise Conflict("catalog-counted-by-lot", "stock", subject=variant_id)


def require_text(text: str, limit: int, field: str) -> str:
    """The text without white space around it; too long raises Invalid."""
    text = paragraphs(text)
    if len(text) > limit:
        raise Invalid("catalog-text-too-long", field, limit=limit)
    return text


def require_within(value: int, low: int, high: int, field: str) -> int:
    """A whole number within bounds; else Invalid."""
    if not low <= value <= high:
        raise Invalid("catalog-out-of-range", field, low=low, high=high)
    return value
