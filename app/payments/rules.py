"""Rules of payments: methods, the states of a payable, the accounts of the ledger, and sets that balance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.kernel.errors import Invalid
from app.kernel.money import Money
from app.kernel.states import States
from app.kernel.text import msg


@dataclass(frozen=True)
class Method:
    """A method of payment, found by its name in METHODS. Its words are for the buyer, %(total)s the sum."""

    name: str  # what is stored
    territory_name: str  # what territories call it
    label: str
    terms: str  # what choosing it means
    confirm: str  # the button that confirms
    icon: str
    asked: str  # in the letter that confirms
    ahead: bool = False  # the money is asked for first, and what is bought waits for it; else it is paid at the door
    by_provider: bool = False  # needs a card provider
    returned: str = ""  # in the letter that says that money goes back

    def offered(self, allowed: Sequence[str], provider: bool) -> bool:
        """May a buyer choose it where a territory allows these, with or without a card provider?"""
        return self.territory_name in allowed and (provider or not self.by_provider)


# In the order in which buyers are offered them.
METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(
            "cash",
            "cash_on_delivery",
            msg("Cash on delivery"),
            msg("You pay when the parcel is in your hands, to each cooperative."),
            confirm=msg("Confirm the order"),
            icon="check",
            asked=msg("To pay in cash on delivery: %(total)s"),
        ),
        Method(
            "card",
            "card",
            msg("Card"),
            msg("You pay now, on the page of the card service. We never see your card."),
            confirm=msg("Confirm and pay by card"),
            icon="card",
            asked=msg("Paid by card: %(total)s"),
            ahead=True,
            by_provider=True,
            returned=msg("%(total)s go back to your card."),
        ),
    )
}

# A payable waits for its money; settled when the money is there; closed when nothing is owed any more.
PAYABLE = States(
    "payable",
    "open",
    {
        "open": {"settle": "settled", "close": "closed"},
        "settled": {},
        "closed": {"settle": "settled"},  # the card page was paid in the last second: the money came, the asker decides
    },
)

# A payment is one visit to the provider's page.
PAYMENT = States(
    "payment",
    "started",
    {
        "started": {"pay": "paid", "expire": "expired", "fail": "failed"},
        "paid": {},
        "expired": {"pay": "paid"},
        "failed": {"pay": "paid"},
    },
)

REFUND = States(
    "refund",
    "asked",
    {
        "asked": {"succeed": "done", "fail": "failed"},
        "done": {},
        "failed": {},  # the bank did not take it: the office owes it by another way
    },
)

# What each account of the ledger holds. A debit is positive, a credit negative.
ACCOUNTS = {
    "buyer": "what buyers still owe (below zero: what we owe them)",
    "card": "money the card provider holds for us",
    "cash": "cash a cooperative has collected at the door (owner: the cooperative)",
    "seller": "what we owe a cooperative, as a credit (owner: the cooperative)",
    "commission": "the operator's commission, as a credit",
}
OWNED = frozenset({"cash", "seller"})


@dataclass(frozen=True)
class Entry:
    """One line of a set: minor units, a debit above zero, a credit below."""

    account: str
    amount: Money
    owner_id: int | None = None

    def __post_init__(self) -> None:
        if self.account not in ACCOUNTS:
            raise ValueError(f"no such account: {self.account}")
        if (self.account in OWNED) != (self.owner_id is not None):
            raise ValueError(f"{self.account}: owner missing or not wanted")


def balanced(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that move anything; refuses a set that does not sum to zero in each currency."""
    sums: dict[str, int] = {}
    for entry in entries:
        sums[entry.amount.currency] = sums.get(entry.amount.currency, 0) + entry.amount.amount
    if any(sums.values()):
        raise Invalid("ledger-unbalanced")
    moving = tuple(entry for entry in entries if entry.amount)
    if not moving:
        raise Invalid("ledger-empty")
    return moving


@dataclass(frozen=True)
class Share:
    """One line of what happens to every sale: which of its sums an account gets, as a debit (1) or as a credit (-1)."""

    account: str
    of: str  # "total" or "commission"
    sign: int

    def turned(self) -> "Share":
        return replace(self, sign=-self.sign)

    def entry(self, total: Money, commission: Money, seller_id: int) -> Entry:
        amount = total if self.of == "total" else commission
        return Entry(self.account, amount if self.sign > 0 else -amount, seller_id if self.account in OWNED else None)


# The buyer owes the total, the cooperative is owed it less the commission.
SALE = (
    Share("buyer", "total", 1),
    Share("seller", "total", -1),
    Share("seller", "commission", 1),
    Share("commission", "commission", -1),
)
# The cooperative has taken the buyer's cash at the door.
CASH = (Share("cash", "total", 1), Share("buyer", "total", -1))
# What is booked of a sale, by the event: it is booked, and compared with the sales there were, from here alone.
SALES: Mapping[str, Sequence[Share]] = {
    "sale": SALE,
    "sale-reversed": tuple(share.turned() for share in SALE),
    "cash-collected": CASH,
}


def sale(total: Money, commission: Money, seller_id: int) -> tuple[Entry, ...]:
    """A sale on behalf of a cooperative."""
    if not Money(0, total.currency) <= commission <= total:
        raise Invalid("commission-out-of-range")
    return balanced([share.entry(total, commission, seller_id) for share in SALE])


def card_received(amount: Money) -> tuple[Entry, ...]:
    return balanced([Entry("card", amount), Entry("buyer", -amount)])


def card_returned(amount: Money) -> tuple[Entry, ...]:
    return balanced([Entry("buyer", amount), Entry("card", -amount)])


def cash_received(amount: Money, seller_id: int) -> tuple[Entry, ...]:
    return balanced([share.entry(amount, Money(0, amount.currency), seller_id) for share in CASH])


def reversal(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same set with every sign turned."""
    return tuple(Entry(entry.account, -entry.amount, entry.owner_id) for entry in entries)
