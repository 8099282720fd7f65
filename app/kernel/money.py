"""Money: integer minor units with an ISO 4217 currency. Two currencies never add."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from babel.numbers import get_currency_precision

from app.kernel.errors import Invalid


@dataclass(frozen=True, order=False)
class Money:
    """An amount in minor units (centimes for MAD and CAD) of one currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, int) or isinstance(self.amount, bool):
            raise TypeError("money is a whole number of minor units")
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise ValueError(f"not an ISO 4217 currency: {self.currency!r}")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise Invalid("two-currencies", left=self.currency, right=other.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        if not isinstance(times, int) or isinstance(times, bool):
            raise TypeError("money is multiplied by whole numbers only; use share() for rates")
        return Money(self.amount * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def share(self, basis_points: int) -> "Money":
        """The part of this amount at a rate in basis points (1/100 of a percent), half away from zero."""
        product = abs(self.amount) * basis_points
        rounded = (product * 2 + 10_000) // 20_000
        return Money(rounded if self.amount >= 0 else -rounded, self.currency)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to `weights` that sum to the whole (largest remainder, ties to the first)."""
        return [Money(part, self.currency) for part in split_whole(self.amount, weights)]


def split_whole(whole: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number by largest remainder; the parts always sum to the whole."""
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be whole numbers of at least zero")
    total = sum(weights)
    if total == 0:
        weights = [1] * len(weights)
        total = len(weights)
    sign = -1 if whole < 0 else 1
    magnitude = abs(whole)
    floors = [magnitude * weight // total for weight in weights]
    remainders = [magnitude * weight % total for weight in weights]
    missing = magnitude - sum(floors)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:missing]:
        floors[index] += 1
    return [sign * part for part in floors]


def total_of(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; an empty sum is zero of `currency`."""
    total = Money(0, currency)
    for amount in amounts:
        total = total + amount
    return total


def minor_digits(currency: str) -> int:
    """How many decimals the currency has (MAD 2, XOF 0, TND 3)."""
    return int(get_currency_precision(currency))
