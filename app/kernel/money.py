"""Money: integer minor units with an ISO 4217 currency. Two currencies never add."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from babel.numbers import get_currency_precision, list_currencies

from app.kernel.errors import Invalid

# What people write beside a sum, without capitals, spaces and accents; the code of ISO 4217 goes without saying.
_DOLLARS = "$ dollar dollars دولار دولارات"
_NAMES = {
    "MAD": "dh dhs dirham dirhams dirhammarocain dirhamsmarocains moroccandirham moroccandirhams "
    "د.م د.م. دم درهم دراهم درهما درهممغربي درهمامغربيا",
    "CAD": f"{_DOLLARS} ca$ c$ $ca $cad dollarcanadien dollarscanadiens canadiandollar canadiandollars دولاركندي",
    "USD": f"{_DOLLARS} us$ $us $usd dollaramericain dollarsamericains usdollar usdollars دولارامريكي",
    "EUR": "€ euro euros يورو اورو",
    "GBP": "£ gb£ £gb pound pounds livresterling livressterling جنيهاسترليني",
    "DZD": "da dinar dinars دج د.ج د.ج. دينار دنانير",
    "XOF": "cfa fcfa francscfa",
}
_OWN = {currency: frozenset(names.split()) for currency, names in _NAMES.items()}
_LONGEST_NAME = 30


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


def names_currency(text: str, currency: str) -> bool:
    """Is it a name or sign of this currency: its code, "dirhams", "€"? A dollar sign is that of every dollar."""
    name = _bare(text)
    return name == currency.casefold() or name in _OWN.get(currency, ())


def names_money(text: str) -> bool:
    """Is it a name or sign of any currency: a code of ISO 4217 in capitals, a word people use, a sign of money?"""
    name = text.strip()
    return (
        name in list_currencies()
        or any(names_currency(name, currency) for currency in _OWN)
        or (len(name) <= _LONGEST_NAME and any(unicodedata.category(sign) == "Sc" for sign in name))
    )


def _bare(text: str) -> str:
    """Without capitals, spaces and accents; "" for what is too long to be a name."""
    if len(text) > _LONGEST_NAME:
        return ""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter) and not letter.isspace())
