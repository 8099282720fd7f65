"""Amounts as the provider counts them. It follows ISO minor units but for a few currencies."""

from app.kernel.money import Money
from app.payments.gateway.refusals import ProviderRefused

# No smaller unit in ISO 4217, but the provider wants hundredths.
IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
# Thousandths whose last figure must be 0.
IN_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})

# What the provider takes at the least, in minor units; in other currencies the worth of half a dollar in our own.
# Source: Stripe's table of minimum charge amounts. Dirhams are converted: six leave room for the rate.
LEAST = {"CAD": 50, "EUR": 50, "GBP": 30, "MAD": 600, "USD": 50}
LEAST_ELSEWHERE = 100


def least_charge(currency: str) -> Money:
    """The smallest sum a card can be charged."""
    return Money(LEAST.get(currency, LEAST_ELSEWHERE), currency)


def to_provider(money: Money) -> tuple[int, str]:
    """The provider's whole number and lower-case code; raises ProviderRefused for what no card can be charged."""
    if money.amount < 1 or (money.currency in IN_THOUSANDTHS and money.amount % 10):
        raise ProviderRefused("amount_invalid")
    return money.amount * (100 if money.currency in IN_HUNDREDTHS else 1), money.currency.lower()


def from_provider(amount: int, currency: str) -> Money:
    """Minor units of the currency."""
    code = currency.upper()
    return Money(amount // 100 if code in IN_HUNDREDTHS else amount, code)
