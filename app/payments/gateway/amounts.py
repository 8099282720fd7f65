"""Amounts as the provider counts them. It follows ISO minor units but for a few currencies."""

from app.kernel.money import Money
from app.payments.gateway.refusals import ProviderRefused

# No smaller unit in ISO 4217, but the provider wants hundredths.
IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
# Thousandths whose last figure must be 0.
IN_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_provider(money: Money) -> tuple[int, str]:
    """The provider's whole number and lower-case code; raises ProviderRefused for what no card can be charged."""
    if money.amount < 1 or (money.currency in IN_THOUSANDTHS and money.amount % 10):
        raise ProviderRefused("amount_invalid")
    return money.amount * (100 if money.currency in IN_HUNDREDTHS else 1), money.currency.lower()


def from_provider(amount: int, currency: str) -> Money:
    """Minor units of the currency."""
    code = currency.upper()
    return Money(amount // 100 if code in IN_HUNDREDTHS else amount, code)
