"""The practice cards: numbers, what the bank answers, and the words of a decline."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A practice card; ``outcome`` is success, declined, challenge, slow or disputed."""

    name: str
    number: str
    token: str
    outcome: str
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


CARDS = (
    Card("success", "4242424242424242", "pm_card_visa", "success"),
    Card("challenge", "4000000000003220", "pm_card_threeDSecure2Required", "challenge"),
    Card(
        "declined",
        "4000000000000002",
        "pm_card_visa_chargeDeclined",
        "declined",
        "card_declined",
        "generic_decline",
        "Your card was declined.",
    ),
    Card(
        "insufficient",
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "declined",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    Card(
        "expired",
        "4000000000000069",
        "pm_card_chargeDeclinedExpiredCard",
        "declined",
        "expired_card",
        "expired_card",
        "Your card has expired.",
    ),
    Card("disputed", "4000000000000259", "pm_card_createDispute", "disputed"),
    # Not offered as a choice: only code that plays the bank can end it.
    Card("slow", "4000000000000440", "pm_card_slow", "slow"),
)
OFFERED = CARDS[:5]
BY_NAME = {card.name: card for card in CARDS}
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS}


def digits_add_up(number: str) -> bool:
    """The check digit of card numbers (Luhn)."""
    total = 0
    for index, figure in enumerate(reversed(number)):
        value = int(figure) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return bool(number) and total % 10 == 0
