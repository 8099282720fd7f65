"""What a basket may hold and what an order adds up to."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kernel.errors import Invalid
from app.kernel.money import Money, total_of

MAX_LINES = 50
MAX_COUNT = 999


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
